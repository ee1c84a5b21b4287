"""Parquet: cut, changed and emptied files, and whose table one is."""

import io
from pathlib import Path

import polars as pl
import pytest

from omics_orchestrator.formats import Depth, formats, identify

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "parquet" / "report.parquet"
WHOLE = SAMPLE.read_bytes()
PARQUET = formats()["parquet"]


def fault(content: bytes, depth: Depth = Depth.FULL) -> str | None:
    return PARQUET.validate(io.BytesIO(content), depth).fault


def written(frame: pl.DataFrame) -> io.BytesIO:
    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream


@pytest.mark.parametrize("depth", list(Depth))
@pytest.mark.parametrize("length", [4, 100, len(WHOLE) // 2, len(WHOLE) - 1])
def test_a_cut_file_is_found_at_each_depth(depth: Depth, length: int) -> None:
    assert fault(WHOLE[:length], depth) == "it does not end with the footer that Parquet ends with"


def test_what_follows_the_footer_is_found() -> None:
    assert fault(WHOLE + b"\n", Depth.HEADER)


@pytest.mark.parametrize("place", [32, 300, 900, 1500])
def test_a_flipped_bit_of_a_page_is_found_by_its_crc(place: int) -> None:
    content = bytearray(WHOLE)
    content[place] ^= 4
    assert fault(bytes(content)) == "its footer or a page cannot be read"


def test_a_piece_that_the_footer_puts_outside_the_file_is_found_without_reading() -> None:
    footer = int.from_bytes(WHOLE[-8:-4], "little") + 8
    content = WHOLE[:200] + WHOLE[-footer:]
    assert fault(content, Depth.STRUCTURE) == "a column's data lie outside the file"


def test_zeros_in_the_footer_are_found() -> None:
    content = WHOLE[:-200] + bytes(100) + WHOLE[-100:]
    assert fault(content, Depth.HEADER)


@pytest.mark.parametrize(
    ("columns", "dialect"),
    [
        (["SampleID", "OlinkID", "UniProt", "NPX"], "olink"),
        (["Run", "Precursor.Id", "Protein.Group"], "diann"),
        (["barcode", "in_tissue", "array_row", "array_col"], "visium_positions"),
        (["a", "b"], None),
    ],
)
def test_the_columns_tell_whose_table_it_is(columns: list[str], dialect: str | None) -> None:
    stream = written(pl.DataFrame({name: ["x"] for name in columns}))
    assert identify("x", stream) is PARQUET
    described = PARQUET.describe(stream)
    assert (described["dialect"], described["columns"]) == (dialect, columns)


def test_a_table_without_rows_is_whole() -> None:
    stream = written(pl.DataFrame({"a": []}))
    assert PARQUET.validate(stream).facts == {"rows": 0}


def test_columns_that_name_a_person_are_named() -> None:
    frame = pl.DataFrame({name: ["x"] for name in ("feature_name", "patient_name", "name", "dob")})
    assert PARQUET.personal_fields(written(frame)) == ["column patient_name", "column dob"]
