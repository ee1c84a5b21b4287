"""Doses of a course: one dose and how often, or a text that says both, and what they make a day."""

import polars as pl

from omics_orchestrator.dictionary.drug_records import Courses
from omics_orchestrator.exposure.dose_texts import Told, told
from omics_orchestrator.exposure.rhythms import EVERY_DAYS, longest_of

DOSES = {
    "dose": pl.Float64(),
    "dose_unit": pl.String(),
    "frequency": pl.String(),
    "daily_dose": pl.Float64(),
    "dosing_days": pl.Int64(),
    "dose_text": pl.String(),
    "dose_problem": pl.String(),
}
TWO_FREQUENCIES = "two_frequencies"
_TOLD = {name: dtype for name, dtype in DOSES.items() if name != "dose_text"}


def daily_dose(dose: pl.Expr, frequency: pl.Expr) -> pl.Expr:
    """What a dose makes a day, in the dose's own unit; null where the frequency does not tell."""
    a_day = {name: float(1 / days) for name, days in EVERY_DAYS.items()}
    return dose * frequency.replace_strict(a_day, default=None, return_dtype=pl.Float64)


def dosing_days(frequency: pl.Expr) -> pl.Expr:
    """The longest that one dose lasts until the next, in whole days; null where nobody knows."""
    days = {name: longest_of(name) for name in EVERY_DAYS}
    return frequency.replace_strict(days, default=None, return_dtype=pl.Int64)


def doses_of(spec: Courses, rows: pl.DataFrame) -> pl.DataFrame:
    """The doses that rows tell, as in `DOSES`, a line a row."""
    often = _column(spec.frequency, pl.String())
    if spec.dose_text is not None:
        return _of_texts(
            rows.select(pl.col(spec.dose_text).alias("dose_text"), often.alias("often"))
        )
    dose = _column(spec.dose, pl.Float64())
    return rows.with_columns(
        dose.alias("dose"),
        pl.when(dose.is_not_null()).then(pl.lit(spec.unit, pl.String())).alias("dose_unit"),
        often.alias("frequency"),
        daily_dose(dose, often).alias("daily_dose"),
        dosing_days(often).alias("dosing_days"),
        pl.lit(None, pl.String()).alias("dose_text"),
        pl.lit(None, pl.String()).alias("dose_problem"),
    ).select(*DOSES)


def _of_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """What texts tell; the column that says how often counts too, where there is one."""
    texts = rows["dose_text"].drop_nulls().unique()
    lines = [(text, *_line(told(text))) for text in texts]
    known = pl.DataFrame(lines, schema={"dose_text": pl.String(), **_TOLD}, orient="row")
    often, own = pl.col("often"), pl.col("frequency")
    beside = rows.join(known, on="dose_text", how="left", maintain_order="left").with_columns(
        pl.when((often != own).fill_null(value=False))
        .then(pl.lit(TWO_FREQUENCIES))
        .otherwise("dose_problem")
        .alias("dose_problem")
    )
    is_one = pl.col("dose_problem").is_null() | (pl.col("dose_problem") != TWO_FREQUENCIES)
    of_both = pl.when(is_one).then(pl.coalesce(own, often))
    return beside.with_columns(
        of_both.alias("frequency"),
        pl.when(is_one)
        .then(pl.coalesce("daily_dose", daily_dose(pl.col("dose"), often)))
        .alias("daily_dose"),
        pl.when(is_one).then(pl.coalesce("dosing_days", dosing_days(often))).alias("dosing_days"),
    ).select(*DOSES)


def _line(said: Told) -> tuple[object, ...]:
    rhythm = said.rhythm
    name = rhythm.name if rhythm and not rhythm.is_sum else None
    numbers = (each if each is None else float(each) for each in (said.dose, said.daily))
    dose, daily = numbers
    return dose, said.unit, name, daily, rhythm.longest if rhythm else None, said.problem


def _column(name: str | None, dtype: pl.DataType) -> pl.Expr:
    return pl.lit(None, dtype) if name is None else pl.col(name).cast(dtype)
