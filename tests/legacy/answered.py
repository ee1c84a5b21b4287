"""Where a question was answered at all: what is published today cannot tell a no from nothing."""

from collections.abc import Mapping, Sequence

import polars as pl

from omics_orchestrator.demo.music.dictionary import EVENTS, MISSING_CODE
from omics_orchestrator.demo.redcap.columns import checkbox_column
from tests.legacy.generated import EVENT, INSTANCE
from tests.legacy.music import DRUG_SLOTS, FLAGS

_ONE_OF = {
    "montreal_cd_location": ("baseline_mont_cd_loc", "012"),
    "montreal_cd_behaviour": ("baseline_mont_cd_beh", "012"),
    "endoscopy_type": ("endoscopy_type", "123"),
}


def music(raw: Mapping[str, pl.DataFrame], sources: Mapping[str, str]) -> pl.DataFrame:
    """Participant, timepoint and column of each box and each drug flag that was answered.

    Args:
        raw: the raw tables.
        sources: our column → the export column it is published from.
    """
    key = [
        pl.format("MID-{}", "study_id").alias("study_id"),
        pl.col(EVENT).str.strip_suffix("_arm_1").alias("timepoint"),
    ]
    told = raw["phenotyping"].filter(
        pl.any_horizontal(
            (pl.col(slot) != MISSING_CODE).fill_null(value=False) for slot in DRUG_SLOTS
        )
    )
    everywhen = told.drop(EVENT).join(pl.DataFrame({EVENT: EVENTS}), how="cross")
    flags = [everywhen.select(*key, column=pl.lit(flag)) for flag in FLAGS]
    boxes = [part for frame in raw.values() for part in _boxes(frame, key, sources)]
    return pl.concat([*boxes, *flags]).with_columns(is_answered=True)


def gidamps(raw: Mapping[str, pl.DataFrame], sources: Mapping[str, str]) -> pl.DataFrame:
    """Participant, sampling ("" on the base row) and column of each box that was answered."""
    parts = [part for frame in raw.values() for part in _boxes(frame, _place(frame), sources)]
    return pl.concat(parts).with_columns(is_answered=True)


def several_ticked(raw: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Participant, sampling and column where several boxes of one question are ticked."""
    found = []
    for column, (field, options) in _ONE_OF.items():
        boxes = [checkbox_column(field, option) for option in options]
        (frame,) = (frame for frame in raw.values() if boxes[0] in frame.columns)
        ticks = pl.sum_horizontal((pl.col(box) == "1").cast(pl.Int8) for box in boxes)
        found.append(frame.filter(ticks > 1).select(*_place(frame), column=pl.lit(column)))
    return pl.concat(found).with_columns(has_several_ticked=True)


def at_each_place(known: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """What is known of a participant's base row, and of each sampling, at each of `places`."""
    wanted = places.cast(pl.String)
    base = known.filter(pl.col("sampling_instance") == "").drop("sampling_instance")
    found = wanted.join(base, on="study_id").select(*wanted.columns, *base.columns[1:])
    if "sampling_instance" not in wanted.columns:
        return found
    return pl.concat([found, known.filter(pl.col("sampling_instance") != "").select(found.columns)])


def _place(frame: pl.DataFrame) -> list[pl.Expr]:
    instance = pl.col(INSTANCE) if INSTANCE in frame.columns else pl.lit("")
    return [pl.col("study_id").str.to_uppercase(), instance.alias("sampling_instance")]


def _boxes(
    frame: pl.DataFrame, key: Sequence[pl.Expr], sources: Mapping[str, str]
) -> list[pl.DataFrame]:
    """The rows in which a box was not declared missing."""
    return [
        frame.filter(
            pl.col(checkbox_column(source.partition("___")[0], MISSING_CODE)) == "0"
        ).select(*key, column=pl.lit(column))
        for column, source in sources.items()
        if "___" in source and source in frame.columns
    ]
