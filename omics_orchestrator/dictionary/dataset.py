"""A dataset: the rows of one conformed table, with the columns of others beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import polars as pl

from omics_orchestrator.dictionary import long, types
from omics_orchestrator.dictionary.conform import ROW_SCHEMA
from omics_orchestrator.dictionary.expression import compile_expression
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.plan import columns
from omics_orchestrator.dictionary.settled_flags import FLAGS, settle
from omics_orchestrator.dictionary.tables import Beside, Dataset, Long
from omics_orchestrator.errors import DictionaryError

_BESIDE = "beside "
_OF_BESIDE, _OF_FLAGS = ("alone", "unused"), ("filled", "emptied", "turned")
_COUNTED = {**ROW_SCHEMA, **dict.fromkeys((*_OF_BESIDE, *_OF_FLAGS), pl.Int64)}


@dataclass(frozen=True)
class Assembled:
    """A dataset's rows, and how they came together; those of slices can be added up.

    Attributes:
        frame: the rows.
        counted: step by step, `conform.ROW_SCHEMA`, and of what stands beside what was not found.
    """

    frame: pl.DataFrame
    counted: pl.DataFrame

    @property
    def rows(self) -> pl.DataFrame:
        """The account of the rows (see `conform.ROW_SCHEMA`)."""
        found = pl.format(
            "{} without a row in {}; {} of its rows beside none",
            "alone",
            pl.col("step").str.strip_prefix(_BESIDE),
            "unused",
        )
        settled = pl.format(
            "{} flags are known by the courses of drugs alone, {} unknown by them, {} the opposite",
            *_OF_FLAGS,
        )
        reason = (
            pl.when(pl.col("alone").is_not_null())
            .then(found)
            .when(pl.col("filled").is_not_null())
            .then(settled)
            .otherwise("reason")
        )
        return self.counted.with_columns(reason.alias("reason")).select(*ROW_SCHEMA)

    def without_rows(self) -> Self:
        """The account, with a frame that holds no row any more."""
        return replace(self, frame=self.frame.clear())

    @classmethod
    def of(cls, frame: pl.DataFrame, steps: Sequence[tuple[object, ...]]) -> Self:
        """Rows, and the steps that led to them."""
        padded = [(*step, *(None,) * (len(_COUNTED) - len(step))) for step in steps]
        return cls(frame, pl.DataFrame(padded, schema=_COUNTED, orient="row"))


def together(slices: Sequence[Assembled]) -> Assembled:
    """Put slices of one dataset together, and add up their accounts."""
    counted = pl.concat([each.counted for each in slices])
    return Assembled(
        pl.concat([each.frame for each in slices]),
        counted.group_by("step", maintain_order=True)
        .agg(
            # The sum of nothing is nothing, not 0.
            pl.when(pl.col(pl.Int64).count() > 0).then(pl.col(pl.Int64).sum()),
            pl.col("reason").max(),
        )
        .select(*_COUNTED),
    )


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
    beside = {each.table: each for each in dataset.beside}
    unwanted = {
        column for each in dataset.leave_out for column in types.columns(dictionary.variables[each])
    }
    for table in parts_of(dataset):
        # The key of a row that stands beside by its date would say nothing here.
        dated = set(beside[table].dated.values()) if table in beside else set()
        keys = {*study.tables[table].grain, *dated} if dated else set()
        hidden = unwanted | keys
        shown = _shown(dictionary, study, beside[table]) if table in beside else None
        for column, dtype in (shown or columns(dictionary, study, table)).items():
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


def _shown(dictionary: Dictionary, study: Study, beside: Beside) -> dict[str, pl.DataType]:
    """The columns that are wanted of a table that stands beside, and those that place its rows."""
    every = columns(dictionary, study, beside.table)
    if not beside.only:
        return every
    named = (*study.tables[beside.table].grain, *beside.dated.values(), *beside.only)
    wanted = {each for name in named for each in types.columns(dictionary.variables[name])}
    return {name: dtype for name, dtype in every.items() if name in wanted}


def assemble(
    dictionary: Dictionary, study: Study, name: str, tables: Mapping[str, pl.DataFrame]
) -> Assembled:
    """Put a dataset together; no row of its leading table is multiplied.

    Args:
        dictionary: the data dictionary.
        study: the study.
        name: the dataset.
        tables: the conformed tables that it is made of (see `parts_of`), and the flags by the name
            `settled_flags.FLAGS` where it takes any from exposure.
    """
    dataset = study.datasets[name]
    if isinstance(dataset, Long):
        return _as_long(dictionary, study, dataset, tables[dataset.long])
    told = {
        each: settle(study, each, tables[each], tables[FLAGS]) for each in dataset.from_exposure
    }
    tables = {**tables, **{table: each.frame for table, each in told.items()}}
    before = tables[dataset.rows]
    frame = before if dataset.where is None else before.filter(compile_expression(dataset.where))
    gone = before.height - frame.height
    why = f"not where {dataset.where}" if gone else ""
    steps: list[tuple[object, ...]] = [
        (f"rows of {dataset.rows}", before.height, frame.height, gone, 0, why)
    ]
    for table, each in told.items():
        rows, counts = each.frame.height, (None, None, each.filled, each.emptied, each.turned)
        steps.append((f"drug flags of {table}", rows, rows, 0, 0, "", *counts))
    for beside in dataset.beside:
        there = tables[beside.table].select(*_shown(dictionary, study, beside))
        key = list(study.tables[beside.table].grain)
        if beside.dated:
            person = [column for column in key if column in study.tables[dataset.rows].grain]
            frame = _with_nearest(frame, there, beside, person, key)
        keys, theirs = frame.select(key), there.select(key)
        alone = keys.join(theirs, on=key, how="anti").height
        unused = theirs.join(keys, on=key, how="anti").height
        frame = frame.join(there, on=key, how="left", validate="m:1", maintain_order="left")
        met = (f"{_BESIDE}{beside.table}", frame.height, frame.height, 0, 0, "", alone, unused)
        steps.append(met)
    return Assembled.of(frame.select(list(sources_of(dictionary, study, name))), steps)


def _as_long(dictionary: Dictionary, study: Study, dataset: Long, frame: pl.DataFrame) -> Assembled:
    values = long.melt(dictionary, study, dataset, frame)
    cells = frame.height * len(long.numbers(dictionary, study, dataset))
    empty = cells - values.height
    step = (f"rows of {dataset.long}", cells, values.height, empty, 0, "no value" if empty else "")
    return Assembled.of(values, [step])


def whole_by(study: Study, dataset: Dataset | Long) -> dict[str, str]:
    """The column of each part whose rows come together; none where a table does not have it."""
    who = study.tables[dataset.rows].grain[0]
    found = {table: who for table in parts_of(dataset) if who in study.tables[table].grain}
    if len(found) < len(parts_of(dataset)):
        return {}
    if dataset.from_exposure:
        if study.drugs is None or study.drugs.participant != who:
            return {}
        found[FLAGS] = "participant"
    return found


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
