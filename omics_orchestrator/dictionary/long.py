"""A table's numbers as rows: one value of one variable each, with its comparator and unit."""

import polars as pl

from omics_orchestrator.dictionary import types
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.plan import columns
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.tables import Long

COLUMNS = {
    "variable": pl.String(),
    "value": pl.Float64(),
    "comparator": pl.String(),
    "unit": pl.String(),
}
_NUMBERS = ("integer", "number", "measurement")


def fixed(study: Study, dataset: Long) -> tuple[str, ...]:
    """The columns that every row carries: the grain of the table, and those that are kept."""
    return tuple(dict.fromkeys((*study.tables[dataset.long].grain, *dataset.keep)))


def sources(
    dictionary: Dictionary, study: Study, dataset: Long
) -> dict[str, tuple[str, pl.DataType]]:
    """Each column with the table it comes from and its type."""
    known = columns(dictionary, study, dataset.long)
    own = {name: known[name] for name in fixed(study, dataset)}
    return {name: (dataset.long, dtype) for name, dtype in {**own, **COLUMNS}.items()}


def numbers(dictionary: Dictionary, study: Study, dataset: Long) -> list[str]:
    """The variables that become rows."""
    carried = fixed(study, dataset)
    return [
        name
        for name in rules_of(study, dataset.long)
        if name not in carried and dictionary.variables[name].type in _NUMBERS
    ]


def melt(dictionary: Dictionary, study: Study, dataset: Long, frame: pl.DataFrame) -> pl.DataFrame:
    """Give each number of a table a row; what is empty gives none."""
    carried = fixed(study, dataset)
    parts = [
        pl.DataFrame(schema={n: d for n, (_, d) in sources(dictionary, study, dataset).items()})
    ]
    for name in numbers(dictionary, study, dataset):
        variable = dictionary.variables[name]
        own = types.columns(variable)
        compared = f"{name}_comparator"
        parts.append(
            frame.filter(pl.col(name).is_not_null()).select(
                *carried,
                pl.lit(name).alias("variable"),
                pl.col(name).cast(pl.Float64).alias("value"),
                (pl.col(compared) if compared in own else pl.lit(None, pl.String)).alias(
                    "comparator"
                ),
                pl.lit(variable.unit, pl.String).alias("unit"),
            )
        )
    return pl.concat(parts)
