"""R's stream is read whatever wrote it, and a cut or flipped one is damage and nothing else."""

import gzip
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.formats import DamagedFileError, formats, identify
from omics_orchestrator.formats._r_object import RObject
from omics_orchestrator.formats._r_objects import Reader

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PLAIN = (SAMPLES / "rds" / "plain.rds").read_bytes()
ODD = zlib.decompress((SAMPLES / "rds" / "odd.rda").read_bytes(), 31)
SEURAT = zlib.decompress((SAMPLES / "seurat" / "cells.seurat.rds").read_bytes(), 31)


def read(content: bytes, *, keep: bool = False) -> RObject:
    return Reader(io.BytesIO(content), keep=keep).whole()


@pytest.mark.parametrize("name", ["table", "old", "plain", "text", "little_endian"])
def test_a_table_is_the_same_however_it_was_written(name: str) -> None:
    with (SAMPLES / "rds" / f"{name}.rds").open("rb") as stream:
        found = Reader(stream, keep=True).whole()
    columns = found.named
    assert list(columns) == ["sample_id", "crp", "ok", "f"]
    assert columns["sample_id"].texts == ["IBD-001", "IBD-002"]
    assert columns["crp"].value[0] == 1.5
    assert np.isnan(columns["crp"].value[1])
    assert columns["ok"].value.tolist() == [1, -(2**31)]
    assert columns["f"].strings_of("levels") == ["a", "b"]


def test_whatever_r_can_hold_is_read() -> None:
    odd = read(ODD, keep=True).named["odd"].named
    assert odd["seq"].value.tolist() == list(range(1, 1001))
    assert odd["deferred"].texts == [str(number) for number in range(1, 71)]
    assert odd["latin"].texts == ["café"]
    assert odd["na"].value == [None]
    assert odd["cplx"].value.tolist() == [1j]
    assert odd["raw"].value.tolist() == [1, 2, 3]
    assert odd["e"].named["a"].length == 3
    assert odd["big"].length == 200
    assert {"f", "call", "ns", "base", "global", "fml", "prim", "expr"} <= set(odd)


def test_long_vectors_are_skipped_but_counted() -> None:
    odd = read(ODD).named["odd"].named
    assert odd["big"].value is None
    assert (odd["big"].length, odd["seq"].length) == (200, 1000)


@pytest.mark.parametrize("content", [PLAIN, ODD, SEURAT], ids=["plain", "odd", "seurat"])
@given(data=st.data())
def test_a_cut_stream_is_damage(content: bytes, data: st.DataObject) -> None:
    with pytest.raises(DamagedFileError):
        read(content[: data.draw(st.integers(0, len(content) - 1))])


@pytest.mark.parametrize("content", [PLAIN, ODD, SEURAT], ids=["plain", "odd", "seurat"])
@given(data=st.data())
def test_flipped_bits_are_read_or_damage(content: bytes, data: st.DataObject) -> None:
    spoilt = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        spoilt[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    stream = io.BytesIO(bytes(spoilt))
    found = identify("x.rds", stream)
    if found is not None:
        found.validate(stream)
        try:
            list(found.personal_fields(stream))
        except DamagedFileError:
            return


@given(st.integers(0, len(gzip.compress(PLAIN)) * 8 - 1))
def test_a_flipped_bit_of_a_packed_file_never_goes_unseen(bit: int) -> None:
    packed = bytearray(gzip.compress(PLAIN, mtime=0))
    place = bit // 8 % len(packed)
    if place in range(3, 10):  # the time, and what system wrote it: no data
        return
    packed[place] ^= 1 << bit % 8
    finding = formats()["rds"].validate(io.BytesIO(bytes(packed)))
    assert finding.fault or gzip.decompress(packed) == PLAIN  # a bit of no meaning


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it does not begin as R's objects do"),
        (PLAIN + b"more", "something else follows R's object"),
        (b"X\n" + struct.pack(">iii", 4, 0, 0), "its version of R's serialisation is unknown"),
        (b"X\n" + struct.pack(">iiii", 2, 0, 0, 99), "an R object of it is of no known type"),
        (b"X\n" + struct.pack(">iiii", 2, 0, 0, 0x1FF), "it refers to an R object that it does"),
        (b"X\n" + struct.pack(">iiii", 2, 0, 0, 19) + b"\0\0\0\1\0\0\0\x13" * 40_000, "its R obj"),
        (b"A\n2\n1\n1\n13\n2\n1\nx\n", "a number of its ASCII data is none"),
    ],
)
def test_each_fault_is_named(content: bytes, fault: str) -> None:
    with pytest.raises(DamagedFileError) as damage:
        read(content)
    assert damage.value.what.startswith(fault)


def test_a_sparse_matrix_must_fit() -> None:
    place = SEURAT.index(b"\0\0\0\x01p\0") + 6  # the symbol of the first matrix's pointers
    length = SEURAT.index(struct.pack(">i", 10), place)
    spoilt = SEURAT[:length] + struct.pack(">i", 9) + SEURAT[length + 4 :]
    with pytest.raises(DamagedFileError):
        read(spoilt)


def described(name: str) -> dict[str, Any]:
    with (SAMPLES / name).open("rb") as stream:
        found = identify(name, stream)
        assert found is not None
        return {**found.describe(stream), **found.read_through(stream)}


def test_a_seurat_object_is_described() -> None:
    told = described("seurat/cells.seurat.rda")
    assert told["class"] == "Seurat"
    assert told["n_cells"] == 9
    assert told["samples"] == ["IBD-001", "IBD-002", "IBD-003"]
    assert told["assays"]["ADT"]["layers"]["counts"] == [3, 9]
    assert told["reductions"] == {"umap": [9, 2]}


def test_a_persons_column_is_named() -> None:
    content = SEURAT.replace(b"\x08donor_id", b"\x03dob").replace(b"\0\x02D1", b"\0\x021A")
    stream = io.BytesIO(content)
    assert list(formats()["seurat"].personal_fields(stream)) == ["meta.data column dob"]
    blank = io.BytesIO(content.replace(b"\0\x021A", b"\0\x02NA"))
    assert list(formats()["seurat"].personal_fields(blank)) == []


def test_an_experiment_is_described() -> None:
    told = described("sce/cells.sce.rds")
    assert told["class"] == "SingleCellExperiment"
    assert told["dim"] == [24, 9]
    assert told["assays"] == ["counts", "logcounts"]
    assert told["reductions"] == ["PCA"]
    assert told["samples"] == ["IBD-001", "IBD-002", "IBD-003"]


def test_a_persons_column_of_an_experiment_is_named() -> None:
    content = zlib.decompress((SAMPLES / "sce" / "cells.sce.rds").read_bytes(), 31)
    stream = io.BytesIO(content.replace(b"\x09sample_id", b"\x07surname"))
    assert list(formats()["sce"].personal_fields(stream)) == ["colData column surname"]


def test_a_column_of_a_table_is_named() -> None:
    stream = io.BytesIO(PLAIN.replace(b"\x09sample_id", b"\x0cpatient name"))
    assert list(formats()["rds"].personal_fields(stream)) == ["column patient name"]
