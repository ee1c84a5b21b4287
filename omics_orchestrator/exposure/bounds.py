"""On which days a course can have started and stopped, by what its row tells.

A row allows every start in an interval with every stop in another that is not before it; rows are
independent of one another. Days are counted from 1970, and an open end is a day out of all reach,
so that everything after this is plain arithmetic.
"""

import polars as pl

LOWEST, HIGHEST = -100_000_000, 100_000_000
"""The days that stand for "whenever before" and "whenever after"."""
COURSES = {
    "participant": pl.String(),
    "drug": pl.String(),
    "source": pl.String(),
    "start_earliest": pl.Date(),
    "start_latest": pl.Date(),
    "stop_earliest": pl.Date(),
    "stop_latest": pl.Date(),
    "ongoing": pl.Boolean(),
    "known_on": pl.Date(),
}
"""What a row tells of a course; `source` is its own key. Null is what it does not tell."""
PERSON_AND_DRUG = ["participant", "drug"]
STOPS_BEFORE_IT_STARTS = "stops_before_it_starts"
ONGOING_AND_STOPPED = "ongoing_and_stopped"

_DATES = [name for name, dtype in COURSES.items() if dtype == pl.Date]
_known, _ongoing = pl.col("known_on"), pl.col("ongoing").fill_null(value=False)
_start_low, _start_high = pl.col("start_earliest"), pl.col("start_latest")
_stop_low, _stop_high = pl.col("stop_earliest"), pl.col("stop_latest")
_is_stopped = pl.col("ongoing") == pl.lit(value=False)


def bound(courses: pl.DataFrame) -> pl.DataFrame:
    """Give each course the days on which it can have started and stopped.

    Args:
        courses: rows as in `COURSES`, and whatever stands beside.

    Returns:
        The rows with `starts_from`, `starts_until`, `stops_from` and `stops_until`, whole days from
        1970 with both ends inside, and `problem`, what contradicts itself in the row.
    """
    in_days = courses.with_columns(pl.col(_DATES).cast(pl.Int32).cast(pl.Int64))
    told = in_days.select(
        _start().struct.unnest(), _stop().struct.unnest(), _problem().alias("problem")
    )
    bounded = pl.concat([courses, told], how="horizontal").with_columns(
        _impossible(in_days["known_on"]).struct.unnest()
    )
    return _closed_where_told_again(bounded.with_columns(_consistent()))


def as_date(day: pl.Expr) -> pl.Expr:
    """A day as a date, null where it is out of reach."""
    is_known = (day > LOWEST) & (day < HIGHEST)
    return pl.when(is_known).then(day).cast(pl.Int32).cast(pl.Date)


def _start() -> pl.Expr:
    """A start that was told had happened by then, unless its date lies after it."""
    told = pl.when(_start_low <= _known).then(pl.min_horizontal(_start_high, _known))
    return pl.struct(
        _start_low.fill_null(LOWEST).alias("starts_from"),
        pl.when(_start_low.is_null())
        .then(_known)
        .otherwise(pl.coalesce(told, _start_high))
        .fill_null(HIGHEST)
        .alias("starts_until"),
    )


def _stop() -> pl.Expr:
    given = _stop_low.is_not_null()
    # A day on which it went on outweighs an earlier end; a whole interval before it contradicts.
    goes_on = _ongoing & _known.is_not_null()
    low = (
        pl.when(given & goes_on & (_stop_high >= _known))
        .then(pl.max_horizontal(_stop_low, _known))
        .when(given)
        .then(_stop_low)
        .when(goes_on)
        .then(_known)
    )
    by_then = pl.when(_stop_low <= _known).then(pl.min_horizontal(_stop_high, _known))
    high = (
        pl.when(given & goes_on & (_stop_high >= _known))
        .then(_stop_high)
        .when(given & ~goes_on)
        .then(pl.coalesce(by_then, _stop_high))
        .when(~given & _is_stopped & (_known >= _start_low.fill_null(LOWEST)))
        .then(_known)
    )
    return pl.struct(
        low.fill_null(LOWEST).alias("stops_from"), high.fill_null(HIGHEST).alias("stops_until")
    )


def _problem() -> pl.Expr:
    return pl.when(_ongoing & (_stop_high < _known)).then(pl.lit(ONGOING_AND_STOPPED))


def _impossible(known: pl.Series) -> pl.Expr:
    """Of a course that stops before it starts neither date is believed: it was, at some time."""
    wrong = pl.col("stops_until") < pl.col("starts_from")
    told_on = pl.max_horizontal(pl.lit(known), "starts_from", "stops_from")
    last = pl.when(pl.lit(known).is_not_null()).then(told_on).otherwise(HIGHEST)

    def unless_wrong(name: str, instead: pl.Expr) -> pl.Expr:
        return pl.when(wrong).then(instead).otherwise(pl.col(name)).alias(name)

    return pl.struct(
        unless_wrong("starts_from", pl.lit(LOWEST)),
        unless_wrong("starts_until", last),
        unless_wrong("stops_from", pl.lit(LOWEST)),
        unless_wrong("stops_until", last),
        unless_wrong("problem", pl.lit(STOPS_BEFORE_IT_STARTS)),
    )


def _consistent() -> list[pl.Expr]:
    """No start after the last possible stop, no stop before the first possible start."""
    return [
        pl.min_horizontal("starts_until", "stops_until").alias("starts_until"),
        pl.max_horizontal("stops_from", "starts_from").alias("stops_from"),
    ]


def _closed_where_told_again(bounded: pl.DataFrame) -> pl.DataFrame:
    """End what a row tells of a course that went on where another row tells of it beyond that day.

    A person takes a drug in one course at a time: the course that went on when this row was told is
    the one that the other row describes, and its end is told there.
    """
    rows = bounded.with_row_index("row")
    is_open = _ongoing & _known.is_not_null() & _stop_low.is_null()
    others = rows.select("row", *PERSON_AND_DRUG, "starts_until", "stops_from", "stops_until")
    covers = pl.col("stops_from").is_between(
        pl.col("starts_until_right"), pl.col("stops_from_right")
    )
    tells_more = (pl.col("stops_until_right") < HIGHEST) | (
        pl.col("stops_from_right") > pl.col("stops_from")
    )
    told_again = (
        rows.filter(is_open)
        .join(others, on=PERSON_AND_DRUG)
        .filter(covers & tells_more & (pl.col("row") != pl.col("row_right")))
    )
    is_ended = pl.int_range(pl.len()).is_in(told_again["row"].implode())
    ended = bounded.with_columns(
        pl.when(is_ended).then("stops_from").otherwise("stops_until").alias("stops_until")
    )
    return ended.with_columns(_consistent())
