"""Cells that fit no rule: kept apart by keyed hashes, so that they are counted but never shown."""

import hashlib
import hmac

import polars as pl

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.plan import Plan

SCHEMA = {
    "field": pl.String,
    "rule": pl.String,
    "reason": pl.String,
    "record_hash": pl.String,
    "value_hash": pl.String,
    "count": pl.Int64,
}
_HASH_LENGTH = 32


def keyed_hash(key: bytes, text: str) -> str:
    """A pseudonym of `text`: HMAC-SHA-256, shortened; without the key it says nothing."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_HASH_LENGTH]


def refuse_rows(outcomes: pl.DataFrame, refused: pl.Series) -> pl.DataFrame:
    """Quarantine every cell of the rows that `refused` gives a reason for."""
    if refused.null_count() == refused.len():
        return outcomes
    codes = {reason: outcome.quarantined(reason) for reason in outcome.ROW_REASONS}
    reason = refused.replace_strict(codes, return_dtype=pl.UInt8)
    return outcomes.select(
        pl.when(pl.lit(reason).is_not_null() & pl.col(name).is_not_null())
        .then(pl.lit(reason))
        .otherwise(pl.col(name))
        .alias(name)
        for name in outcomes.columns
    )


def collect(
    plan: Plan,
    arrived: pl.DataFrame,
    outcomes: pl.DataFrame,
    refused: pl.Series,
    *,
    hash_key: bytes,
) -> pl.DataFrame:
    """List what is quarantined, one line a cell, with `SCHEMA`; a refused row is one line."""
    named = arrived.select(pl.col(plan.grain_fields).fill_null(""))
    records = named.select(pl.concat_str(pl.all(), separator="\x1f").alias("record"))
    found = []
    for field in outcomes.columns:
        held = (outcomes[field] >= outcome.QUARANTINED).fill_null(value=False) & refused.is_null()
        if held.any():
            found.append(
                records.with_columns(arrived[field].alias("value"))
                .filter(held)
                .select(
                    pl.lit(field).alias("field"),
                    pl.lit(plan.rules[field]).alias("rule"),
                    outcome.reason_of(pl.lit(outcomes[field].filter(held))).alias("reason"),
                    "record",
                    "value",
                )
            )
    if refused.null_count() < refused.len():
        found.append(
            records.with_columns(refused.alias("reason"))
            .drop_nulls("reason")
            .select(
                pl.lit("*").alias("field"),
                pl.lit("grain").alias("rule"),
                "reason",
                "record",
                pl.col("record").alias("value"),
            )
        )
    return _hashed(found, hash_key)


def _hashed(found: list[pl.DataFrame], hash_key: bytes) -> pl.DataFrame:
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    held = pl.concat(found)
    return (
        held.with_columns(
            pl.Series("record_hash", [keyed_hash(hash_key, text) for text in held["record"]]),
            pl.Series("value_hash", [keyed_hash(hash_key, text) for text in held["value"]]),
        )
        .group_by("field", "rule", "reason", "record_hash", "value_hash", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("count"))
    )


def missing_reasons(plan: Plan, prepared: pl.DataFrame, outcomes: pl.DataFrame) -> pl.Series:
    """The column `missing_reasons`: a JSON object variable → reason, null where none is."""
    rows = pl.int_range(prepared.height, dtype=pl.UInt32, eager=True).alias("row")
    # Few columns at a time: each step on a frame costs as much as the frame is wide.
    pairs = [
        pl.DataFrame([rows, *(prepared[name] for name in reason.meta.root_names())])
        .filter(missing)
        .select("row", pl.format(f'"{variable}": "{{}}"', reason).alias("pair"))
        for variable, (field, reason) in plan.reasons.items()
        if (missing := (outcomes[field] == outcome.MISSING).fill_null(value=False)).any()
    ]
    # By row, and not by column over all rows: few cells are missing.
    joined = pl.concat([pl.DataFrame(schema={"row": pl.UInt32, "pair": pl.String}), *pairs])
    objects = (
        joined.drop_nulls()
        .group_by("row", maintain_order=True)
        .agg(pl.concat_str(pl.lit("{"), pl.col("pair").str.join(", "), pl.lit("}")).alias("pair"))
    )
    found = rows.to_frame().join(objects, on="row", how="left", maintain_order="left")
    return found["pair"].alias("missing_reasons")
