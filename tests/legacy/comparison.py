"""Two datasets cell beside cell, after the one normalisation that the types make necessary.

Booleans are 1 and 0, numbers are numbers, dates are ISO dates, and text has no space around it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import polars as pl

from omics_orchestrator.dictionary.model import Variable

THEIRS, OURS, COLUMN = pl.col("theirs"), pl.col("ours"), pl.col("column")
_BOOLEANS = {"yes": "1", "no": "0", "True": "1", "False": "0", "1.0": "1", "0.0": "0", "2.0": "2"}


@dataclass(frozen=True)
class Difference:
    """Cells that may differ, and why.

    Attributes:
        why: the number of the known defect, or words for a rule of ours.
        holds: over `column`, `theirs`, `ours` and whatever the test put beside them.
    """

    why: int | str
    holds: pl.Expr


def as_text(published: pd.DataFrame) -> pl.DataFrame:
    """A published frame with every cell as the text it would be written as."""
    text = published.map(lambda cell: None if pd.isna(cell) else str(cell).strip())
    return pl.DataFrame(
        {name: text[name].tolist() for name in text}, dict.fromkeys(text, pl.String)
    )


def cells(
    theirs: pl.DataFrame,
    ours: pl.DataFrame,
    recorded: pl.DataFrame,
    key: Sequence[str],
    names: Mapping[str, str],
) -> pl.DataFrame:
    """Lay the rows that both have side by side, one row a cell.

    Args:
        theirs: every cell text, and `key`.
        ours: a dataset of ours with the same `key`.
        recorded: the same rows of it, with flags of drugs as they were recorded.
        key: the columns that say which row this is.
        names: the published column → our column.
    """
    published = theirs.select(*key, pl.exclude(key).name.prefix("theirs:"))
    beside = recorded.select(pl.all().name.prefix("recorded:"))
    own = pl.concat([ours, beside], how="horizontal").cast(dict.fromkeys(key, pl.String))
    both = published.join(own, on=list(key), validate="1:1")
    return pl.concat(
        _column(both, key, their_name, own, ours.schema[own]) for their_name, own in names.items()
    )


def _column(
    both: pl.DataFrame, key: Sequence[str], published: str, own: str, dtype: pl.DataType
) -> pl.DataFrame:
    theirs, ours = _normalised(pl.col(f"theirs:{published}"), pl.col(own), dtype)
    _, recorded = _normalised(pl.lit(None), pl.col(f"recorded:{own}"), dtype)
    comparator = f"{own}_comparator"
    there = pl.col(comparator) if comparator in both.columns else pl.lit(None, pl.String)
    return both.select(
        *key,
        pl.lit(own).alias("column"),
        theirs.alias("theirs"),
        ours.alias("ours"),
        recorded.alias("recorded"),
        there.alias("comparator"),
        is_number=pl.lit(dtype.is_numeric()),
        is_boolean=pl.lit(dtype == pl.Boolean()),
        is_date=pl.lit(dtype == pl.Date()),
    )


def _normalised(theirs: pl.Expr, ours: pl.Expr, dtype: pl.DataType) -> tuple[pl.Expr, pl.Expr]:
    if dtype == pl.Boolean():
        return theirs.replace(_BOOLEANS), ours.cast(pl.Int8).cast(pl.String)
    if dtype.is_numeric():
        number = theirs.cast(pl.Float64, strict=False).cast(pl.String)
        return pl.coalesce(number, theirs), ours.cast(pl.Float64).cast(pl.String)
    return theirs.str.strip_suffix(".0"), ours.cast(pl.String)


def ranges(variables: Iterable[Variable]) -> pl.DataFrame:
    """The range that each variable may have."""
    rows = [(each.variable, each.minimum, each.maximum) for each in variables]
    schema = {"column": pl.String, "minimum": pl.Float64, "maximum": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def offered(codes: Mapping[str, Mapping[str, str]]) -> pl.DataFrame:
    """The label of each code that a column is published as."""
    rows = [(column, code, label) for column, own in codes.items() for code, label in own.items()]
    return pl.DataFrame(rows, schema=["column", "theirs", "label"], orient="row")


def explained(compared: pl.DataFrame, known: Sequence[Difference]) -> pl.DataFrame:
    """The cells that differ, each with the first known difference that it is; null for none."""
    reason = pl.coalesce(
        pl.when(each.holds.fill_null(value=False)).then(pl.lit(str(each.why))) for each in known
    )
    return compared.filter(THEIRS.ne_missing(OURS)).with_columns(reason.alias("why"))


def unexplained(found: pl.DataFrame) -> Counter[str]:
    """How many cells of each column differ for no reason that is known."""
    return Counter(found.filter(pl.col("why").is_null())["column"].to_list())
