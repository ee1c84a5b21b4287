"""Courses become episodes: what may have been one course, with a gap that its class allows.

The number of episodes is the smallest that the dates allow, so they never overlap; `is_one` tells
whether all that the dates allow is one episode too. On complete dates both are OMOP's `drug_era`.
"""

import polars as pl

from omics_orchestrator.exposure.bounds import (
    PERSON_AND_DRUG,
    STOPS_BEFORE_IT_STARTS,
    as_date,
)

GAP_DAYS = 30
"""OMOP's: a course that starts so many days after the end of another belongs to its episode."""


def numbered(courses: pl.DataFrame) -> pl.DataFrame:
    """Give each course the number of its episode, from 1 for the participant's first of the drug.

    Args:
        courses: rows as `bounds.bound` gives them, with `gap_days`.
    """
    in_order = courses.sort(*PERSON_AND_DRUG, _is_impossible(), "starts_from", "source")
    reached = pl.col("stops_until").cum_max().shift(1).over(PERSON_AND_DRUG)
    is_new = (
        reached.is_null()
        | (pl.col("starts_from") > reached + pl.col("gap_days"))
        | _is_impossible()
    )
    return in_order.with_columns(is_new.cum_sum().over(PERSON_AND_DRUG).alias("episode"))


def merge(courses: pl.DataFrame) -> pl.DataFrame:
    """Put courses together to episodes; dates are null where they are open.

    Args:
        courses: rows as `numbered` gives them.
    """
    key = [*PERSON_AND_DRUG, "episode"]
    return (
        courses.sort(*key, "stops_from")
        .with_columns(_widest_gap().over(key).alias("widest"))
        .group_by(key, maintain_order=True)
        .agg(
            as_date(pl.col("starts_from").min()).alias("start_earliest"),
            as_date(pl.col("starts_until").min()).alias("start_latest"),
            as_date(pl.col("stops_from").max()).alias("stop_earliest"),
            as_date(pl.col("stops_until").max()).alias("stop_latest"),
            (pl.col("widest").max() <= pl.col("gap_days").first())
            .fill_null(value=True)
            .alias("is_one"),
            pl.col("source").sort().alias("source_rows"),
        )
    )


def _is_impossible() -> pl.Expr:
    return (pl.col("problem") == STOPS_BEFORE_IT_STARTS).fill_null(value=False)


def _widest_gap() -> pl.Expr:
    """The widest gap that can open at each course; the courses in order of their first stop.

    Where one opens, courses lie wholly before or wholly after it. Behind the first stop of a
    course, it is widest when all that can have stopped by then did, and the others start late.
    Where all can have stopped, one of them alone lies after it.
    """
    others_start = pl.col("starts_until").cum_min(reverse=True).shift(-1)
    is_last = pl.int_range(pl.len()) == pl.len() - 1
    others_stop = (
        pl.when(is_last).then(pl.col("stops_from").shift(1)).otherwise(pl.col("stops_from").max())
    )
    return pl.max_horizontal(
        others_start - pl.col("stops_from"), pl.col("starts_until") - others_stop
    )
