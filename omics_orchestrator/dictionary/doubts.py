"""The cells that neither conform nor are blank, one by one: of most fields there are few.

What is done with each of them, such as looking up the reason of a missing code, is then done once
for all fields together.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import polars as pl

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.judging import Judged, Letters, folded, is_any

SCHEMA = {"judged": pl.UInt32, "row": pl.UInt32, "outcome": pl.UInt8, "text": pl.String}


def told_apart(judged: Mapping[str, Judged], prepared: pl.DataFrame) -> pl.DataFrame:
    """Add which cells conform (`fits:`), are `blank:` or `doubtful:`, a column a judgement."""
    told = prepared.with_columns(
        expr.alias(f"{what}:{name}")
        for name, each in judged.items()
        for what, expr in (("fits", each.fits), ("blank", each.blank))
    )
    return told.with_columns(
        (~(pl.col(f"fits:{name}") | pl.col(f"blank:{name}"))).alias(f"doubtful:{name}")
        for name in judged
    )


def collect(judged: Mapping[str, Judged], prepared: pl.DataFrame) -> pl.DataFrame:
    """List doubtful cells: the position of their judgement, their row, outcome, text as it arrived.

    Args:
        judged: what rules find, by `judging.judged_name`.
        prepared: the rows and their columns so far, see `told_apart`.
    """
    if not judged:
        return pl.DataFrame(schema=SCHEMA)
    is_doubtful = {name: pl.col(f"doubtful:{name}") for name in judged}
    lists = {
        "row": prepared.select(
            each.arg_true().implode().alias(name) for name, each in is_doubtful.items()
        ),
        "text": prepared.select(
            pl.col(each.field).filter(is_doubtful[name]).implode().alias(name)
            for name, each in judged.items()
        ),
    }
    told = pl.DataFrame(
        {name: each.unpivot(variable_name="judged")["value"] for name, each in lists.items()}
    )
    found = told.with_row_index("judged").explode(*lists).drop_nulls("row")
    return found.select(
        pl.col("judged").cast(SCHEMA["judged"]),
        pl.col("row").cast(SCHEMA["row"]),
        pl.when(_says_missing(judged))
        .then(pl.lit(outcome.MISSING, pl.UInt8))
        .otherwise(pl.lit(_otherwise(judged, prepared, found["judged"])))
        .alias("outcome"),
        pl.col("text").cast(SCHEMA["text"]),
    )


def _says_missing(judged: Mapping[str, Judged]) -> pl.Expr:
    """Tell which texts are codes that their rule takes for missing; many rules share the same."""
    same: defaultdict[tuple[frozenset[str], Letters], list[int]] = defaultdict(list)
    for number, each in enumerate(judged.values()):
        same[each.missing, each.letters].append(number)
    text = pl.col("text").str.strip_chars()
    found = [
        pl.col("judged").is_in(numbers) & is_any(folded(text, letters), codes)
        for (codes, letters), numbers in same.items()
        if codes
    ]
    return pl.any_horizontal(found) if found else pl.lit(False)  # noqa: FBT003  # a value, not a switch


def _otherwise(
    judged: Mapping[str, Judged], prepared: pl.DataFrame, numbers: pl.Series
) -> pl.Series:
    """What became of each doubtful cell that says no missing code."""
    of_all = [each.outcome if isinstance(each.outcome, int) else None for each in judged.values()]
    found = pl.Series(of_all, dtype=pl.UInt8).gather(numbers)
    one_by_one = {
        number: each.outcome
        for number, each in enumerate(judged.values())
        if isinstance(each.outcome, pl.Expr)
    }
    if one_by_one:
        told = prepared.select(
            expr.implode().alias(str(number)) for number, expr in one_by_one.items()
        )
        lists = told.unpivot()["value"]
        cells = lists.filter(lists.list.len() > 0).explode()
        found = found.scatter(numbers.is_in(list(one_by_one)).arg_true(), cells)
    return found


def of_fields(doubts: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """Say of each cell once what became of it: a quarantine by any rule outweighs all else.

    Args:
        doubts: cells, as `collect` lists them.
        fields: the field that each judgement is of, by position.
    """
    named = doubts.with_columns(
        pl.lit(pl.Series(fields, dtype=pl.String)).gather("judged").alias("field")
    )
    if len(set(fields)) == len(fields):
        return named
    return named.sort("outcome", descending=True, maintain_order=True).unique(
        ["field", "row"], keep="first", maintain_order=True
    )


def spaced(doubts: pl.DataFrame, fields: Sequence[str], among: Collection[str]) -> set[str]:
    """The fields, of those `among`, in whose doubtful cells white space stands around the text."""
    suspects = [number for number, field in enumerate(fields) if field in among]
    found = doubts.filter(
        pl.col("judged").is_in(suspects) & pl.col("text").str.contains(r"^\s|\s$")
    )
    return {fields[number] for number in found["judged"].unique()}
