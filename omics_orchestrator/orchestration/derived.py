"""Assets that are made of other tables of the warehouse: datasets, and the tables on drugs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
from psycopg import Connection

from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL
from omics_orchestrator.orchestration.described import code_version, key
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.loading import (
    LoadConfig,
    Made,
    asset_spec,
    check_specs,
    loaded_content,
    materialise,
)
from omics_orchestrator.orchestration.resources import Warehouse
from omics_orchestrator.warehouse.table import Table


@dataclass(frozen=True)
class Derived:
    """A table that is made of others.

    Attributes:
        table: the table.
        owners: who answers for it.
        rules: the fingerprint of what the dictionary says of it.
        made_of: the tables it is made of.
        make: makes its rows, by a session on the warehouse; frames that do not fit into memory may
            be kept in the folder, which is empty.
        metadata: what Dagster shows of it before it was ever made.
    """

    table: Table
    owners: Sequence[str]
    rules: str
    made_of: Sequence[TableName]
    make: Callable[[Connection, Path], Made]
    metadata: Mapping[str, Any] = field(default_factory=dict)


def derived_asset(derived: Derived) -> dg.AssetsDefinition:
    """The asset of a table made of others: made anew when one of them, or a rule, changed."""
    table, version = derived.table, code_version(derived.table, derived.rules)
    deps = [key(name) for name in derived.made_of]
    spec = asset_spec(table, derived.owners, version, deps=deps, kind="polars")

    @dg.multi_asset(
        name="__".join(table.name.key),
        specs=[spec.merge_attributes(metadata=dict(derived.metadata))],
        check_specs=check_specs(table),
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def load(
        context: dg.AssetExecutionContext, config: LoadConfig, warehouse: Warehouse
    ) -> dg.MaterializeResult:
        with (
            reported(),
            failures_recorded(context, [table.name]),
            warehouse.session() as connection,
            TemporaryDirectory() as folder,
        ):
            return materialise(
                connection,
                table,
                run_id=context.run.run_id,
                code_version=version,
                inputs={str(name): loaded_content(connection, name) for name in derived.made_of},
                make=lambda: derived.make(connection, Path(folder)),
                config=config,
            )

    return load
