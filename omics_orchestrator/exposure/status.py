"""Whether a drug was taken on a date: on, off or unknown, over all that the records allow.

On means on whatever the partial dates are, off means off whatever they are. What follows from
independent intervals is reckoned exactly, for all dates together, without trying them out.
"""

import polars as pl

from omics_orchestrator.exposure.bounds import HIGHEST, LOWEST, PERSON_AND_DRUG

ON, OFF, UNKNOWN = "on", "off", "unknown"
_AT = ["participant", "drug", "date"]
_day, _gap = pl.col("day"), pl.col("gap_days")
_from, _until = pl.col("starts_from"), pl.col("starts_until")
_stop, _stop_last = pl.col("stops_from"), pl.col("stops_until")
_may_cover = _day.is_between(_from, _stop_last)
_surely_covers = _day.is_between(_until, _stop)
# Where a course need not cover the day, it can lie before it, after it, or either.
_can_be_before, _can_be_after = _stop < _day, _until > _day
_only_before, _only_after = _can_be_before & ~_can_be_after, _can_be_after & ~_can_be_before


def status_at(asked: pl.DataFrame, courses: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Tell the status at each date that is asked for.

    Args:
        asked: `participant`, `drug`, `date` and `gap_days`; no line twice.
        courses: rows as `bounds.bound` gives them; those with `dosing_days`, the days from one dose
            to the next, tell more of the last dose.
        told: `participant`, `drug` and `told_until`: the last day until which the records tell of
            all courses of the drug. After it nobody knows that there was none.

    Returns:
        `asked` with `status`; `ever`, whether it was taken on that day or before; `days_least` and
        `days_most` since the last dose, null where nothing can be said; `rows`, the sources that
        decide it.
    """
    known = courses.select(
        *PERSON_AND_DRUG, "source", "starts_from", "starts_until", "stops_from", "stops_until",
        "dosing_days",
    )  # fmt: skip
    beside = (
        asked.with_columns(_day_of("date").alias("day"))
        .join(known, on=PERSON_AND_DRUG, how="inner")
        .sort(*_AT, "stops_from", descending=[False, False, False, True])
        .with_columns(
            _latest_start_of_others().over(_AT).alias("others_start"),
            _decides().over(_AT).alias("decides"),
        )
    )
    rows = pl.col("source").filter("decides").sort()
    facts = beside.group_by(_AT).agg(*_coverage(), *_since(), rows.alias("rows"))
    return (
        asked.join(facts, on=_AT, how="left", maintain_order="left")
        .join(told, on=PERSON_AND_DRUG, how="left", maintain_order="left")
        .with_columns(_judged("surely_on", "may_be_on", "status"))
        .with_columns(_judged("surely_started", "may_be_started", "ever"))
        .with_columns(pl.col("rows").fill_null([]))
        .select(*asked.columns, "status", "ever", "days_least", "days_most", "rows")
    )


def _day_of(date: str) -> pl.Expr:
    return pl.col(date).cast(pl.Int32).cast(pl.Int64)


def _judged(surely: str, may_be: str, name: str) -> pl.Expr:
    is_told = (pl.col("date") <= pl.col("told_until")).fill_null(value=False)
    return (
        pl.when(pl.col(surely))
        .then(pl.lit(ON))
        .when(~pl.col(may_be).fill_null(value=False) & is_told)
        .then(pl.lit(OFF))
        .otherwise(pl.lit(UNKNOWN))
        .alias(name)
    )


def _latest_start_of_others() -> pl.Expr:
    """Of courses that can lie on either side: how late those start that stop later than this one.

    The courses come in descending order of their first possible stop.
    """
    either = pl.when(_can_be_before & _can_be_after).then(_until)
    return either.cum_min().forward_fill().shift(1).fill_null(HIGHEST)


def _coverage() -> list[pl.Expr]:
    """Whether the day lies in an episode, in all that the dates allow or in some of it.

    A day that no course covers lies in an episode when the gap around it is short enough. It is
    widest when the courses before the day stop early and those after it start late; which of those
    that can lie on either side lie before it is a choice of the last stop.
    """
    last_stop = _stop.filter(_only_before).max()
    first_start = _until.filter(_only_after).min()
    widest = (
        (pl.min_horizontal("others_start", first_start) - _stop)
        .filter(_can_be_before & (_stop >= last_stop))
        .max()
    )
    narrowest = _from.filter(_from > _day).min() - _stop_last.filter(_stop_last < _day).max()
    gap = _gap.first()
    is_bridged = last_stop.is_not_null() & first_start.is_not_null() & (widest <= gap)
    return [
        (_surely_covers.any() | is_bridged.fill_null(value=False)).alias("surely_on"),
        (_may_cover.any() | (narrowest <= gap).fill_null(value=False)).alias("may_be_on"),
        (_until <= _day).any().alias("surely_started"),
        (_from <= _day).any().alias("may_be_started"),
    ]


def _since() -> list[pl.Expr]:
    """Days since the last dose: a course gives its last dose on the day it stops."""
    least = pl.when(_may_cover).then(0).when(_stop_last < _day).then(_day - _stop_last)
    while_on = pl.when(_stop_last >= _day).then(
        pl.min_horizontal(pl.col("dosing_days") - 1, _day - _from)
    )
    after = pl.when(_stop < _day).then(_day - _stop)
    most = pl.when(_until <= _day).then(pl.max_horizontal(while_on, after)).min()
    is_bounded = most < -LOWEST // 2
    return [least.min().alias("days_least"), pl.when(is_bounded).then(most).alias("days_most")]


def _decides() -> pl.Expr:
    """The courses that cover the day for certain; else those that may; else those next to it."""
    near = _may_cover | (_day - _stop_last).is_between(1, _gap) | (_from - _day).is_between(1, _gap)
    beside = (_stop_last == _stop_last.filter(_stop_last < _day).max()) | (
        _from == _from.filter(_from > _day).min()
    )
    return (
        pl.when(_surely_covers.any())
        .then(_surely_covers)
        .when(near.any())
        .then(near)
        .otherwise(beside.fill_null(value=False))
    )
