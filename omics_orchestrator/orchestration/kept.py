"""What every raw asset is, whatever its source: an immutable snapshot, with proof of discretion."""

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.described import NIGHTLY, key
from omics_orchestrator.warehouse.ledger import Snapshot


def raw_spec(
    study: Study, source: str, table: TableName, description: str, kinds: set[str]
) -> dg.AssetSpec:
    """What Dagster shows of a raw table before it was ever read."""
    return dg.AssetSpec(
        key(table),
        description=description,
        group_name=table.group,
        kinds={*kinds, "parquet"},
        owners=list(study.owners),
        code_version=fingerprint.of_raw(study, source),
        freshness_policy=NIGHTLY,
        skippable=True,
    )


def discretion_specs(tables: Iterable[TableName]) -> list[dg.AssetCheckSpec]:
    """The check that nothing arrived which was to be held back, one a table."""
    return [
        dg.AssetCheckSpec(
            "no_identifier",
            asset=key(table),
            description="No field that identifies a person, and no free text that nobody "
            "released, was asked for or has arrived.",
            blocking=True,
        )
        for table in tables
    ]


def kept_result(
    taken: Snapshot, table: TableName, withheld: Mapping[str, str], scope: Mapping[str, str | int]
) -> dg.MaterializeResult:
    """What Dagster is told of a snapshot."""
    columns = taken.scope["fields"]
    names = [str(name) for name in columns] if isinstance(columns, list) else []
    return dg.MaterializeResult(
        asset_key=key(table),
        data_version=dg.DataVersion(taken.content_hash),
        check_results=[_discretion(names, table, withheld)],
        metadata={
            "dagster/row_count": taken.rows,
            "columns": taken.columns,
            "snapshot": taken.object_key,
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(name, type="text") for name in names]
            ),
            **{f"scope/{name}": value for name, value in scope.items()},
        },
    )


def _discretion(
    columns: Sequence[str], table: TableName, withheld: Mapping[str, str]
) -> dg.AssetCheckResult:
    slipped = sorted({column.partition("___")[0] for column in columns} & set(withheld))
    listed = "\n".join(f"| {field} | {rule} |" for field, rule in sorted(withheld.items()))
    return dg.AssetCheckResult(
        check_name="no_identifier",
        asset_key=key(table),
        passed=not slipped,
        metadata={
            "fields_withheld_by_the_source": len(withheld),
            "withheld": dg.MetadataValue.md(f"| field | rule |\n| --- | --- |\n{listed}"),
            "arrived_all_the_same": ", ".join(slipped) or "none",
        },
    )
