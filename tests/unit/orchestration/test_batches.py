"""Batches as partitions: there is room for so many, and what has its place keeps it."""

from datetime import UTC, datetime

import polars as pl

from omics_orchestrator.catalogue.batches import folders
from omics_orchestrator.orchestration.batches import MOST_BATCHES, _with_room


def test_beyond_the_most_only_what_has_a_partition_is_told() -> None:
    moment = pl.lit(datetime(2026, 11, 24, tzinfo=UTC)) + pl.duration(minutes="n")
    files = pl.DataFrame({"n": range(MOST_BATCHES + 3)}).select(
        pl.lit("lab").alias("collection"),
        pl.format("run_{}/a.vcf", "n").alias("path"),
        moment.alias("modified_at"),
    )
    every = folders(files)
    youngest = {f"lab/run_{n}" for n in range(3, MOST_BATCHES + 3)}
    assert set(_with_room(every, [])["name"]) == youngest
    oldest = ["lab/run_0", *(f"lab/gone_{n}" for n in range(MOST_BATCHES - 2))]
    kept = ["lab/run_0", f"lab/run_{MOST_BATCHES + 2}"]
    assert _with_room(every, oldest)["name"].to_list() == kept
