"""REDCap projects as their own dictionaries describe them: typed tables, one asset an instrument.

They need no line of ours: what a project says of its fields is enough. What it means across studies
is told by the conformed tables, which read the same snapshots.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import polars as pl
import psycopg

from omics_orchestrator import snapshot, text_table
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource, Study
from omics_orchestrator.naming import TableName, as_part
from omics_orchestrator.on_disk import Frames
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL, hash_key, latest_snapshot
from omics_orchestrator.orchestration.described import column_schema, key
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.loading import (
    LoadConfig,
    Made,
    asset_spec,
    check_specs,
    materialise,
)
from omics_orchestrator.orchestration.project_dictionary import ProjectDictionary
from omics_orchestrator.orchestration.redcap import records_table
from omics_orchestrator.orchestration.resources import Stores, Warehouse
from omics_orchestrator.redcap_project import lookups
from omics_orchestrator.redcap_project.description import GROUP
from omics_orchestrator.redcap_project.names import table_name
from omics_orchestrator.redcap_project.tables import TidyTable, tables
from omics_orchestrator.redcap_project.tidy import Tidied, tidy, together
from omics_orchestrator.warehouse.table import Column, Table

# Raise it when the same rows would become other tables.
_CODE_VERSION = "1"
# Typing a slice costs the same for a hundred rows as for a thousand.
_CELLS = 1_000_000
_TICKED = {
    "record": Column(pl.String(), "The record"),
    "event": Column(pl.String(), "The event; blank in a classic project"),
    "instance": Column(pl.Int64(), "The repeat; 0 where the form stands once"),
    "field": Column(pl.String(), "The checkbox field"),
    "code": Column(pl.String(), "The option that is ticked"),
}
_CHOICES = {
    "form": Column(pl.String(), "The form"),
    "field": Column(pl.String(), "The field"),
    "code": Column(pl.String(), "The code, as it stands in the tables"),
    "label": Column(pl.String(), "What the code means"),
    "column": Column(pl.String(), "The column in which it stands"),
    "is_missing_code": Column(pl.Boolean(), "It says why a value is missing"),
}
_RECORDS = {
    "record": Column(pl.String(), "The record"),
    "data_access_group": Column(pl.String(), "Its data access group, by its unique name"),
}


def tidy_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """One asset for each instrument of each REDCap project, and two for what they share."""
    return [
        asset
        for study in dictionary.studies.values()
        for name, source in study.sources.items()
        if isinstance(source, RedcapSource)
        for asset in (
            *(_instrument(study, name, form) for form in source.instruments),
            _shared(study, name),
        )
    ]


def _spec(study: Study, table: Table, deps: list[TableName]) -> dg.AssetSpec:
    return asset_spec(
        table, study.owners, _CODE_VERSION, deps=[key(dep) for dep in deps], kind="redcap"
    )


@dataclass(frozen=True)
class _Step:
    """One step that loads tables of one project, with what every load of it needs."""

    context: dg.AssetExecutionContext
    config: LoadConfig
    connection: psycopg.Connection
    inputs: dict[str, str]

    def load(self, table: Table, make: Callable[[], Made]) -> dg.MaterializeResult:
        with failures_recorded(self.context, [table.name]):
            result = materialise(
                self.connection,
                table,
                run_id=self.context.run.run_id,
                code_version=_CODE_VERSION,
                inputs=self.inputs,
                make=make,
                config=self.config,
            )
        columns = {"dagster/column_schema": column_schema(table)}
        return result._replace(metadata={**(result.metadata or {}), **columns})


@dataclass(frozen=True)
class _Slices:
    """The rows of a snapshot, slice by slice, as often as somebody looks."""

    path: Path

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return text_table.slices(self.path, _CELLS)


def _instrument(study: Study, source: str, form: str) -> dg.AssetsDefinition:
    name = TableName("tidy", table_name(form), study.study)
    raw, project = study.raw(as_part(form)), ProjectDictionary(study, source)
    description = (
        f"The form `{form}` of the {study.label} REDCap project, typed by the project's own "
        "dictionary. Beside it stand `…_ticked`, one row a ticked option, and `…_part_2` where the "
        "form is too wide for one table."
    )
    # Its columns are the project's own, and known when it was read.
    unread = Table(name, {"record": Column(pl.String())}, ("record",), comment=description)
    spec = _spec(study, unread, [raw, project.table.name])
    named = {"dagster/table_name": str(name)}

    @dg.multi_asset(
        name="__".join(name.key),
        specs=[spec.replace_attributes(metadata=named)],
        check_specs=check_specs(unread),
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def load(
        context: dg.AssetExecutionContext,
        config: LoadConfig,
        warehouse: Warehouse,
        stores: Stores,
    ) -> dg.MaterializeResult:
        with reported(), warehouse.session() as connection, TemporaryDirectory() as folder:
            with failures_recorded(context, [name]):
                taken, store = latest_snapshot(connection, raw), stores.main()
                described = snapshot.project_description(store, taken)
                version = project.refuse_drift(connection, name, None, [form])
                shaped = tables(described, form, snapshot.fields(taken))
            inputs = {taken.relation: taken.content_hash, str(project.table.name): version}
            step = _Step(context, config, connection, inputs)

            @cache
            def tidied() -> _Tidied:
                path = snapshot.fetch(store, taken, Path(folder) / "rows.parquet")
                keys = pl.read_parquet(path, columns=list(shaped[0].key_sources))
                slices = tidy(shaped, _Slices(path), hash_key=hash_key(), keys=keys)
                return _kept(slices, [each.name for each in shaped], Path(folder))

            loaded = [
                step.load(_wide(study, each, description), partial(_part, tidied, each.name))
                for each in shaped
            ]
            if any(field.form == form and field.options for field in described.fields):
                loaded.append(step.load(_ticked(study, form), lambda: tidied().ticked))
            return loaded[0]._replace(check_results=_of_all(loaded))

    return load


def _of_all(loaded: Sequence[dg.MaterializeResult]) -> list[dg.AssetCheckResult]:
    """The checks of an asset of several tables: each fails where it failed for any of them."""
    of_each_check = zip(*(result.check_results or () for result in loaded), strict=True)
    return [
        min(same, key=lambda check: check.passed)._replace(asset_key=loaded[0].asset_key)
        for same in of_each_check
    ]


def _shared(study: Study, source: str) -> dg.AssetsDefinition:
    project, raw = ProjectDictionary(study, source), records_table(study, source)
    choices, records = (
        Table(TableName("tidy", f"{source}_{what}", study.study), columns, key, comment=comment)
        for what, columns, key, comment in (
            (
                "choice",
                _CHOICES,
                ("field", "code"),
                f"What the codes of the {study.label} REDCap project mean, by the project itself.",
            ),
            (
                "record",
                _RECORDS,
                ("record",),
                f"Every record of the {study.label} REDCap project, and its data access group.",
            ),
        )
    )

    @dg.multi_asset(
        name=f"tidy__{study.study}__{source}",
        specs=[_spec(study, table, [raw, project.table.name]) for table in (choices, records)],
        check_specs=[*check_specs(choices), *check_specs(records)],
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def load(
        context: dg.AssetExecutionContext,
        config: LoadConfig,
        warehouse: Warehouse,
        stores: Stores,
    ) -> Iterator[dg.MaterializeResult]:
        with reported(), warehouse.session() as connection:
            with failures_recorded(context, [choices.name, records.name]):
                taken, store = latest_snapshot(connection, raw), stores.main()
                described = snapshot.project_description(store, taken)
            project_now = _Step(context, config, connection, {"project": described.shape})
            records_now = _Step(context, config, connection, {taken.relation: taken.content_hash})
            yield project_now.load(choices, lambda: _counted(lookups.choices_table(described)))
            yield records_now.load(records, lambda: _counted(_records(snapshot.read(store, taken))))

    return load


def _wide(study: Study, shaped: TidyTable, comment: str) -> Table:
    columns = {name: Column(*column) for name, column in shaped.columns.items()}
    name = TableName("tidy", shaped.name, study.study)
    return Table(name, columns, shaped.key, comment=comment)


def _ticked(study: Study, form: str) -> Table:
    name = TableName("tidy", as_part(f"{table_name(form)}_ticked"), study.study)
    comment = f"One row an option that is ticked on the form `{form}`."
    return Table(name, _TICKED, tuple(_TICKED), comment=comment)


@dataclass(frozen=True)
class _Tidied:
    """What an instrument became: its tables by their names, and its ticked options."""

    parts: Mapping[str, Made]
    ticked: Made


def _part(tidied: Callable[[], _Tidied], name: str) -> Made:
    return tidied().parts[name]


def _kept(slices: Iterable[Tidied], names: Sequence[str], folder: Path) -> _Tidied:
    """Keep the rows of all slices in files, and add up their accounts."""
    frames = {name: Frames(folder / name) for name in names}
    ticked, rows_ticked, accounts = Frames(folder / "ticked options"), 0, []
    for each in slices:
        for name, part in each.parts.items():
            frames[name].add(part.frame)
        ticked.add(each.ticked.drop("instrument"))
        rows_ticked += each.ticked.height
        accounts.append(each.without_rows())
    return _Tidied(
        {
            name: Made.conformed(frames[name], int(made.rows["rows_in"].head(1).sum()), made)
            for name, made in together(accounts).parts.items()
        },
        Made(ticked, rows_ticked),
    )


def _counted(frame: pl.DataFrame) -> Made:
    return Made(frame, frame.height)


def _records(raw: pl.DataFrame) -> pl.DataFrame:
    record, *group = raw.columns
    grouped = pl.col(GROUP) if group else pl.lit(None, pl.String)
    return raw.select(pl.col(record).alias("record"), grouped.alias("data_access_group"))
