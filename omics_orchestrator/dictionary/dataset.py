"""A dataset: the rows of one conformed table, with the columns of others beside them."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary import long, types
from omics_orchestrator.dictionary.conform import ROW_SCHEMA
from omics_orchestrator.dictionary.expression import compile_expression
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.plan import columns
from omics_orchestrator.dictionary.tables import Beside, Dataset, Long
from omics_orchestrator.errors import DictionaryError


@dataclass(frozen=True)
class Assembled:
    """A dataset's rows, and the account of how they came together (see `conform.ROW_SCHEMA`)."""

    frame: pl.DataFrame
    rows: pl.DataFrame


def parts_of(dataset: Dataset | Long) -> list[str]:
    """The tables a dataset is made of, the leading one first."""
    return [dataset.rows, *(beside.table for beside in dataset.beside)]


def sources_of(
    dictionary: Dictionary, study: Study, name: str
) -> dict[str, tuple[str, pl.DataType]]:
    """Each column of a dataset with the table it comes from and its type.

    Raises:
        DictionaryError: two tables would give the same column.
    """
    dataset = study.datasets[name]
    if isinstance(dataset, Long):
        return long.sources(dictionary, study, dataset)
    found: dict[str, tuple[str, pl.DataType]] = {}
    clashes = []
    dated = {beside.table: set(beside.dated.values()) for beside in dataset.beside}
    unwanted = {
        column for each in dataset.leave_out for column in types.columns(dictionary.variables[each])
    }
    for table in parts_of(dataset):
        # The key of a row that stands beside by its date would say nothing here.
        keys = {*study.tables[table].grain, *dated[table]} if dated.get(table) else set()
        hidden = unwanted | keys
        for column, dtype in columns(dictionary, study, table).items():
            if column in hidden:
                continue
            if column in found and column not in study.tables[table].grain:
                clashes.append(
                    f"studies/{study.study}.yaml: datasets.{name}: both {found[column][0]} and "
                    f"{table} have a column {column}"
                )
            found.setdefault(column, (table, dtype))
    if clashes:
        raise DictionaryError(clashes)
    return found


def assemble(
    dictionary: Dictionary, study: Study, name: str, tables: Mapping[str, pl.DataFrame]
) -> Assembled:
    """Put a dataset together; no row of its leading table is multiplied."""
    dataset = study.datasets[name]
    if isinstance(dataset, Long):
        return _as_long(dictionary, study, dataset, tables[dataset.long])
    before = tables[dataset.rows]
    frame = before if dataset.where is None else before.filter(compile_expression(dataset.where))
    gone = before.height - frame.height
    why = f"not where {dataset.where}" if gone else ""
    account = [(f"rows of {dataset.rows}", before.height, frame.height, gone, 0, why)]
    for beside in dataset.beside:
        there = tables[beside.table].drop("missing_reasons")
        key = list(study.tables[beside.table].grain)
        if beside.dated:
            person = [column for column in key if column in study.tables[dataset.rows].grain]
            frame = _with_nearest(frame, there, beside, person, key)
        alone = frame.join(there, on=key, how="anti").height
        unused = there.join(frame, on=key, how="anti").height
        frame = frame.join(there, on=key, how="left", validate="m:1", maintain_order="left")
        found = f"{alone} without a row in {beside.table}; {unused} of its rows beside none"
        account.append((f"beside {beside.table}", frame.height, frame.height, 0, 0, found))
    wanted = list(sources_of(dictionary, study, name))
    return Assembled(frame.select(wanted), pl.DataFrame(account, schema=ROW_SCHEMA, orient="row"))


def _as_long(dictionary: Dictionary, study: Study, dataset: Long, frame: pl.DataFrame) -> Assembled:
    values = long.melt(dictionary, study, dataset, frame)
    cells = frame.height * len(long.numbers(dictionary, study, dataset))
    empty = cells - values.height
    step = (f"rows of {dataset.long}", cells, values.height, empty, 0, "no value" if empty else "")
    return Assembled(values, pl.DataFrame([step], schema=ROW_SCHEMA, orient="row"))


def grain_of(study: Study, dataset: Dataset | Long) -> tuple[str, ...]:
    """The columns that make a row's key."""
    grain = study.tables[dataset.rows].grain
    return (*grain, "variable") if isinstance(dataset, Long) else grain


def _with_nearest(
    frame: pl.DataFrame, there: pl.DataFrame, beside: Beside, person: list[str], key: list[str]
) -> pl.DataFrame:
    """Name beside each row the key of the other table's row that is nearest in time.

    Of two that are equally near, the earlier one, then the one whose key comes first.
    """
    ((here, their),) = beside.dated.items()
    own = [column for column in key if column not in person]
    dated = frame.select(*person, here).with_row_index("row")
    apart = (pl.col(their) - pl.col(here)).dt.total_days().abs()
    near = (
        dated.join(there.select(*key, their), on=person, how="inner")
        .filter(apart <= beside.within_days)
        .sort("row", apart, their, *own)
        .unique("row", keep="first", maintain_order=True)
        .select("row", *own)
    )
    return frame.with_row_index("row").join(near, on="row", how="left").sort("row").drop("row")
