"""Cells that fit no rule: kept apart by keyed hashes, so that they are counted but never shown."""

import hmac
from functools import cache

import polars as pl

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.parts import PartRows

SCHEMA = {
    "field": pl.String,
    "rule": pl.String,
    "reason": pl.String,
    "record_hash": pl.String,
    "value_hash": pl.String,
    "count": pl.Int64,
}
_HASH_LENGTH = 32
_FIRST_OF_ROWS = outcome.quarantined(outcome.ROW_REASONS[0])


def keyed_hash(key: bytes, text: str) -> str:
    """A pseudonym of `text`: HMAC-SHA-256, shortened; without the key it says nothing."""
    hashed = _keyed(key).copy()
    hashed.update(text.encode())
    return hashed.hexdigest()[:_HASH_LENGTH]


@cache
def _keyed(key: bytes) -> hmac.HMAC:
    """The hash of no text yet: what is done with the key is done once."""
    return hmac.new(key, digestmod="sha256")


def collect(part: PartRows, *, hash_key: bytes) -> pl.DataFrame:
    """List what a part has in quarantine, one line a cell, with `SCHEMA`; a refused row is one."""
    records = part.arrived.frame.select(
        pl.concat_str(pl.col(part.plan.key).fill_null(""), separator="\x1f").alias("record")
    ).to_series()
    cells = _cells(part)
    is_lost = part.refused.is_in(list(outcome.ROW_REASONS)).fill_null(value=False)
    rows = pl.DataFrame({"reason": part.refused, "record": records}).filter(is_lost)
    held = pl.concat(
        [
            cells.select(
                "field",
                "rule",
                outcome.reason_of(pl.col("outcome")).alias("reason"),
                records.gather(cells["row"]).alias("record"),
                pl.col("text").alias("value"),
            ),
            rows.select(
                pl.lit("*").alias("field"),
                pl.lit("grain").alias("rule"),
                "reason",
                "record",
                pl.col("record").alias("value"),
            ),
        ]
    )
    return (
        held.with_columns(
            _hashes(held["record"], hash_key).alias("record_hash"),
            _hashes(held["value"], hash_key).alias("value_hash"),
        )
        .group_by("field", "rule", "reason", "record_hash", "value_hash", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("count"))
    )


def _cells(part: PartRows) -> pl.DataFrame:
    """The quarantined cells of the rows that stand: field, rule, row, outcome, value."""
    held = part.doubts.filter(
        (pl.col("outcome") >= outcome.QUARANTINED)
        & pl.lit(part.instead).is_null().gather(pl.col("row"))
    ).rename({"field": "name"})
    fields = [
        held.filter(pl.col("row").is_between(start, start + rows - 1)).with_columns(
            pl.col("name").replace(dict(sources)).alias("field")
        )
        for start, rows, sources in part.arrived.slots()
    ]
    rule = pl.col("name").replace_strict(part.plan.rules, return_dtype=pl.String, default=None)
    return pl.concat(fields).with_columns(rule.alias("rule"))


def _hashes(texts: pl.Series, key: bytes) -> pl.Series:
    """The keyed hash of each text, computed once a text."""
    distinct = texts.unique()
    hashes = pl.Series([keyed_hash(key, text) for text in distinct], dtype=pl.String)
    return texts.replace_strict(distinct, hashes, return_dtype=pl.String)
