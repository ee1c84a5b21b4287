"""Why values were declared missing: kept beside the null, for a gap and a refusal are not the same.

All variables are gone through together: of a wide table's cells few are missing, and what is done
column by column costs more than all of them.
"""

from collections.abc import Mapping

import polars as pl

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.judging import Reason, folded

Reasons = Mapping[str, tuple[Reason, ...]]


def missing_reasons(reasons: Reasons, prepared: pl.DataFrame, values: pl.DataFrame) -> pl.Series:
    """Say why values are missing: per row `"variable": "reason", …`, null where none is.

    Args:
        reasons: per variable, what may be the reason; the first that holds counts.
        prepared: the rows with their `text:` and `judged:` columns.
        values: the variables; where one has a value after all, nothing is said.
    """
    sources = [(name, each) for name, several in reasons.items() for each in several]
    cells = _missing_cells(sources, prepared).with_columns(_reason(sources)).drop_nulls("reason")
    for name in (name for name, several in reasons.items() if len(several) > 1):
        is_known = values[name].is_not_null().arg_true()
        cells = cells.filter(
            (pl.col("variable") != name) | ~pl.col("row").is_in(is_known.implode())
        )
    said = pl.format('"{}": "{}"', "variable", "reason").alias("said")
    inside = (
        cells.unique(["row", "variable"], keep="first", maintain_order=True)
        .select("row", said)
        .group_by("row", maintain_order=True)
        .agg(pl.col("said").str.join(", "))
    )
    every = pl.int_range(prepared.height, dtype=pl.UInt32, eager=True).alias("row").to_frame()
    return every.join(inside, on="row", how="left", maintain_order="left")["said"]


def _missing_cells(sources: list[tuple[str, Reason]], prepared: pl.DataFrame) -> pl.DataFrame:
    """The cells that were declared missing: by which source, of which variable, their row, text."""
    held = [pl.col(reason.judged) == outcome.MISSING for _, reason in sources]
    rows = prepared.select(each.arg_true().implode().alias(str(n)) for n, each in enumerate(held))
    texts = prepared.select(
        pl.col(f"text:{reason.field}").filter(each).implode().alias(str(n))
        for n, (each, (_, reason)) in enumerate(zip(held, sources, strict=True))
    )
    names = pl.Series([name for name, _ in sources], dtype=pl.String)
    return (
        outcome.unrolled(rows, "row", pl.UInt32)
        .with_columns(outcome.unrolled(texts, "text", pl.String)["text"])
        .drop_nulls("row")
        .with_columns(pl.lit(names).gather(pl.col("number")).alias("variable"))
    )


def _reason(sources: list[tuple[str, Reason]]) -> pl.Expr:
    """What each text means, by the map of its source; few maps serve all variables."""
    maps: dict[tuple[object, ...], list[int]] = {}
    for number, (_, reason) in enumerate(sources):
        known = (reason.letters, tuple(reason.meanings.items()))
        maps.setdefault(known, []).append(number)
    found: list[pl.Expr] = [pl.lit(None, pl.String)]
    for numbers in maps.values():
        reason = sources[numbers[0]][1]
        text = folded(pl.col("text"), reason.letters)
        why = text.replace_strict(dict(reason.meanings), default=None, return_dtype=pl.String)
        found.append(pl.when(pl.col("number").is_in(numbers)).then(why))
    return pl.coalesce(found).alias("reason")
