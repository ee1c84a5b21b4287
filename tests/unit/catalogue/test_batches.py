"""Batches: every file is in one, and a batch is another as soon as anything of it is."""

from datetime import UTC, datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.catalogue.batches import Batch, batches, folders
from omics_orchestrator.catalogue.picturing import PICTURE_SCHEMA

LINKS = pl.DataFrame({"collection": ["lab"], "path": ["run_7/a.vcf"]})
SETS = pl.DataFrame(
    {"collection": ["lab", "lab"], "set": ["run_7/a", "b"], "complete": [False, True]}
)
PICTURES = pl.DataFrame(
    [("c0", "thumbnail", "pictures/c0.jpg", "the image", None, "tiff 1")],
    schema=PICTURE_SCHEMA,
    orient="row",
)
FILES = {
    "collection": pl.String(),
    "path": pl.String(),
    "format": pl.String(),
    "status": pl.String(),
    "personal_fields": pl.String(),
    "sha256": pl.String(),
    "modified_at": pl.Datetime("us", "UTC"),
}


def register(*paths: str, personal: str = "") -> pl.DataFrame:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    rows = [
        ("lab", path, "vcf", "whole", personal, f"c{number}", now)
        for number, path in enumerate(paths)
    ]
    return pl.DataFrame(rows, schema=FILES, orient="row")


def found(files: pl.DataFrame) -> dict[str, Batch]:
    return {batch.name: batch for batch in batches(folders(files), files, LINKS, SETS, PICTURES)}


def test_a_batch_is_a_collection_and_a_folder_at_the_top_of_its_inbox() -> None:
    told = found(register("run_7/a.vcf", "run_7/deep/b.vcf", "c.vcf"))
    assert list(told) == ["lab", "lab/run_7"]
    batch = told["lab/run_7"]
    assert (batch.files, batch.linked, batch.without_owner) == (2, 1, 1)
    assert batch.incomplete_sets == 1
    assert batch.pictures == (("c0", "the image"),)
    assert batch.by_format.rows() == [("vcf", "whole", 2)]
    assert told["lab"].incomplete_sets == 0


def test_the_youngest_batch_comes_first_and_a_choice_of_them_is_kept_to() -> None:
    files = register("run_7/a.vcf", "run_8/b.vcf").with_columns(
        modified_at=pl.col("modified_at") + pl.duration(days=pl.int_range(pl.len()))
    )
    places = folders(files)
    assert places["name"].to_list() == ["lab/run_8", "lab/run_7"]
    (batch,) = batches(places.head(1), files, LINKS, SETS, PICTURES)
    assert (batch.name, batch.files) == ("lab/run_8", 1)


def test_a_folder_that_may_name_a_person_is_not_named() -> None:
    (batch,) = found(register("Doe_Jane_19610203/a.vcf", personal="the file's name")).values()
    assert "Doe" not in batch.name
    assert not batch.shown
    assert batch.personal == 1


def test_a_name_that_dagster_would_refuse_is_mended() -> None:
    (name,) = found(register("run...\t7/a.vcf"))
    assert name == "lab/run__7"


def test_whatever_changes_of_a_batch_changes_its_mark_and_no_other_batch() -> None:
    files = register("run_7/a.vcf", "run_8/b.vcf")
    before = {name: batch.digest for name, batch in found(files).items()}
    for column, value in (("sha256", "x"), ("status", "damaged"), ("personal_fields", "a tag")):
        is_first = pl.col("path") == "run_7/a.vcf"
        changed = files.with_columns(
            pl.when(is_first).then(pl.lit(value)).otherwise(column).alias(column)
        )
        after = {name: batch.digest for name, batch in found(changed).items()}
        assert after["lab/run_7"] != before["lab/run_7"]
        assert after["lab/run_8"] == before["lab/run_8"]
    assert {name: batch.digest for name, batch in found(files.reverse()).items()} == before


@given(st.lists(st.text("ab/", min_size=1, max_size=6), unique=True, max_size=12))
def test_every_file_is_in_one_batch(paths: list[str]) -> None:
    assert sum(batch.files for batch in found(register(*paths)).values()) == len(paths)
