"""Which files get a picture, and that each picture is kept, drawn again and taken back in time."""

from pathlib import Path

import polars as pl
import pytest

from omics_orchestrator.catalogue import key_of, picturing
from omics_orchestrator.catalogue.picturing import PERSONAL, PICTURE_SCHEMA, Due
from omics_orchestrator.stores import Store
from tests.unit.catalogue.bench import Bench

FIGURE = (Path(__file__).parents[2] / "samples/image/figure.png").read_bytes()
READS = b"@r\nACGT\n+\nIIII\n"
NOTHING = pl.DataFrame(schema=PICTURE_SCHEMA)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.drop("figure.png", FIGURE)
    bench.drop("again/figure.png", FIGURE)
    bench.drop("reads.fastq", READS)
    bench.drop("cut.fastq", READS[:-7])
    bench.drop("Doe_Jane_19610203.fastq", READS * 2)
    bench.drop("table.txt", b"of no known format")
    bench.register()
    return bench


def drawn(bench: Bench, due: Due) -> pl.DataFrame:
    def door(_collection: str, _path: str, location: str) -> tuple[Store, str]:
        return bench.store, key_of(bench.store, location) or ""

    rows = list(picturing.make(due.files, door, bench.store))
    return pl.concat([due.withheld, pl.DataFrame(rows, schema=PICTURE_SCHEMA)])


def test_each_content_is_drawn_once_and_none_that_may_name_a_person(bench: Bench) -> None:
    due = picturing.due(bench.known, NOTHING)
    assert sorted(due.files["format"]) == ["fastq", "image"]
    assert due.withheld["reason"].to_list() == [PERSONAL]
    rows = drawn(bench, due)
    assert sorted(rows["kind"].drop_nulls()) == ["plot", "thumbnail"]
    assert set(rows["key"].drop_nulls()) == {key for key in bench.kept if key[:9] == "pictures/"}
    again = picturing.due(bench.known, rows)
    assert (again.files.height, again.withheld.height, again.gone.height) == (0, 0, 0)


def test_another_version_of_the_drawing_draws_in_the_place_of_the_first(bench: Bench) -> None:
    rows = drawn(bench, picturing.due(bench.known, NOTHING))
    key = next(key for key in rows["key"].drop_nulls() if key.endswith("svg"))
    plot = bench.main / key
    plot.write_bytes(b"as it was drawn before")
    older = rows.with_columns(made_by=pl.lit("older"))
    due = picturing.due(bench.known, older)
    assert due.files.height == 2
    drawn(bench, due)
    assert plot.read_bytes().startswith(b"<svg")


def test_a_content_found_to_name_a_person_loses_its_picture(bench: Bench) -> None:
    rows = drawn(bench, picturing.due(bench.known, NOTHING))
    known = bench.known.with_columns(
        personal_fields=pl.when(pl.col("path") == "again/figure.png")
        .then(pl.lit("EXIF owner"))
        .otherwise("personal_fields")
    )
    due = picturing.due(known, rows)
    assert (due.files.height, due.withheld.height) == (0, 1)
    picturing.remove(bench.store, rows.join(due.withheld, on="sha256", how="semi")["key"])
    assert [key for key in bench.kept if key.endswith(".jpg")] == []


def test_a_content_that_is_registered_no_more_is_told(bench: Bench) -> None:
    rows = drawn(bench, picturing.due(bench.known, NOTHING))
    without = bench.known.filter(pl.col("format") == "fastq")
    assert picturing.due(without, rows).gone.height == 1


def test_a_file_that_cannot_be_read_now_is_tried_again(bench: Bench) -> None:
    for path in (bench.main / "omics").rglob("*.png"):
        path.unlink()
    rows = drawn(bench, picturing.due(bench.known, NOTHING))
    (reason,) = rows.filter(pl.col("made_by") == "", pl.col("reason") != PERSONAL)["reason"]
    assert reason
    assert picturing.due(bench.known, rows).files["format"].to_list() == ["image"]
