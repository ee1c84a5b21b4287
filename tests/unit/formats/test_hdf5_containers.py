"""HDF5 of other writers: filters that h5py does not bring, and what lies behind its end."""

import bz2
import io
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from numcodecs import blosc, zstd

from omics_orchestrator.formats import formats, identify

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
CELLS = SAMPLES / "h5ad" / "cells.h5ad"
Pack = Callable[[bytes], bytes]


def repacked(folder: Path, number: int, pack: Pack) -> bytes:
    path = folder / "cells.h5ad"
    path.write_bytes(CELLS.read_bytes())
    with h5py.File(path, "r+") as file:
        plain = file["layers/log"][()]
        del file["layers/log"]
        way = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        way.set_chunk(plain.shape)
        way.set_filter(number, h5py.h5z.FLAG_OPTIONAL)
        space, kind = h5py.h5s.create_simple(plain.shape), h5py.h5t.py_create(plain.dtype)
        data = h5py.h5d.create(file["layers"].id, b"log", kind, space, way)
        data.write_direct_chunk((0, 0), pack(np.ascontiguousarray(plain).tobytes()))
    return path.read_bytes()


def fault_of(content: bytes, name: str = "h5ad") -> str | None:
    return formats()[name].validate(io.BytesIO(content)).fault


PACKED = [
    pytest.param(307, bz2.compress, id="bzip2"),
    pytest.param(32001, lambda plain: blosc.compress(plain, b"lz4", 5), id="blosc"),
    pytest.param(32015, zstd.compress, id="zstd"),
]


@pytest.mark.parametrize(("number", "pack"), PACKED)
def test_data_is_unpacked_that_h5py_alone_cannot_unpack(
    tmp_path: Path, number: int, pack: Pack
) -> None:
    assert fault_of(repacked(tmp_path, number, pack)) is None
    broken = repacked(tmp_path, number, lambda plain: pack(plain)[:-6])
    assert fault_of(broken) == "its HDF5 structure or data cannot be read"


def test_a_filter_that_nobody_has_is_named(tmp_path: Path) -> None:
    fault = fault_of(repacked(tmp_path, 32099, bytes)) or ""
    assert fault.startswith("a dataset is packed with a filter that nobody here can unpack")


@pytest.mark.parametrize(
    "name",
    [
        "h5ad/cells.h5ad",
        "h5mu/rna_and_protein.h5mu",
        "biom/feature-table.biom",
        "loom/velocity.loom",
    ],
)
def test_what_follows_the_end_of_hdf5_is_found_and_zeros_are_padding(name: str) -> None:
    path = SAMPLES / name
    content, kind = path.read_bytes(), path.parent.name
    for garbage in (b"x", content):
        behind = content + garbage
        found = identify(path.name, io.BytesIO(behind))
        assert found is not None
        assert found.name == kind
        assert fault_of(behind, kind) == "something else follows the end of its HDF5 data"
    assert fault_of(content + bytes(4096), kind) is None
