"""The cells that neither conform nor are blank, one by one: of most fields there are few.

What is done with each of them, such as looking up the reason of a missing code, is then done once
for all fields together.
"""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from omics_orchestrator.dictionary.judging import Judged

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
        "outcome": prepared.select(
            each.outcome.implode().alias(name) for name, each in judged.items()
        ),
        "text": prepared.select(
            pl.col(each.field).filter(is_doubtful[name]).implode().alias(name)
            for name, each in judged.items()
        ),
    }
    told = pl.DataFrame(
        {name: each.unpivot(variable_name="judged")["value"] for name, each in lists.items()}
    )
    return (
        told.with_row_index("judged")
        .explode(*lists)
        .drop_nulls("row")
        .with_columns(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    )


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
