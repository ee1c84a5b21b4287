"""A zarr store is whole when nothing is absent that cannot have been left out for being empty."""

import io
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
import scipy.sparse
import zarr
from numcodecs import LZMA, Blosc, GZip, Zlib, Zstd

from omics_orchestrator.errors import TransientError
from omics_orchestrator.folder_formats import Folder, folder_formats, identify_folder
from omics_orchestrator.formats import DamagedFileError, Depth, formats
from omics_orchestrator.formats._folder import JoinedFolder
from omics_orchestrator.formats._zarr_values import of_joined_folder

ZARR = "zarr"
ZIPPED = Path(__file__).resolve().parents[2] / "samples" / "zarr_zip" / "cells.zarr.zip"


def folder_at(root: Path) -> Folder:
    names = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    sizes = {name: (root / name).stat().st_size for name in names}
    return Folder(frozenset(names), sizes, lambda name: (root / name).open("rb"))


def fault(root: Path, depth: Depth = Depth.FULL) -> str | None:
    return folder_formats()[ZARR].validate(folder_at(root), depth).fault


@pytest.fixture(params=[2, 3])
def cells(request: Any, tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    adata = anndata.AnnData(
        scipy.sparse.random(60, 40, density=0.3, format="csr", rng=rng, dtype=np.float32)
    )
    adata.obs_names = [f"cell{n}" for n in range(60)]
    adata.var_names = [f"gene{n}" for n in range(40)]
    adata.obs["cell_type"] = ["B", "T", "T"] * 20
    adata.obs["is_doublet"] = False
    adata.layers["dense"] = rng.normal(size=(60, 40))
    adata.obsm["X_umap"] = rng.normal(size=(60, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zarr's and anndata's own
        adata.strings_to_categoricals()
        group = zarr.open_group(tmp_path / "cells.zarr", mode="w", zarr_format=request.param)
        anndata.io.write_elem(group, "/", adata)
        if request.param == 2:
            zarr.consolidate_metadata(group.store)
    return tmp_path / "cells.zarr"


def chunks_of(root: Path, array: str) -> list[Path]:
    files = [path for path in (root / array).rglob("*") if path.is_file()]
    return sorted(path for path in files if path.name[0].isdigit())


def test_a_store_is_told_and_described(cells: Path) -> None:
    folder = folder_at(cells)
    found = identify_folder(folder.names)
    assert found is folder_formats()[ZARR]
    told = dict(found.describe(folder))
    assert json.loads(json.dumps(told)) == told
    assert (told["flavour"], told["n_obs"], told["n_vars"]) == ("anndata", 60, 40)
    assert told["obs_columns"] == ["cell_type", "is_doublet"]
    assert list(found.personal_fields(folder)) == []
    assert identify_folder(["readme.txt", "a/.zgroup"]) is None


@pytest.mark.parametrize("depth", Depth)
def test_a_whole_store_is_whole_at_each_depth(cells: Path, depth: Depth) -> None:
    assert fault(cells, depth) is None


def test_empty_columns_may_be_left_out(cells: Path) -> None:
    for chunk in chunks_of(cells, "obs/is_doublet"):
        chunk.unlink()
    assert fault(cells, Depth.STRUCTURE) is None


@pytest.mark.parametrize(
    "array",
    ["obs/_index", "var/_index", "X/data", "X/indices", "X/indptr", "layers/dense", "obsm/X_umap",
     "obs/cell_type/categories"],
)  # fmt: skip
def test_a_missing_chunk_is_damage_where_nothing_is_empty(cells: Path, array: str) -> None:
    chunks = chunks_of(cells, array)
    chunks[0].unlink()
    assert fault(cells, Depth.STRUCTURE) == f"{array} lacks 1 of {len(chunks)} chunks"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize(
    ("damage", "array"), [(cut, "X/indices"), (empty, "obs/_index"), (zeros, "layers/dense")]
)
def test_a_spoilt_chunk_is_damage(cells: Path, array: str, damage: Callable[[Path], None]) -> None:
    damage(chunks_of(cells, array)[0])
    assert (fault(cells) or "").startswith(f"{array} has a chunk that")


def test_metadata_that_went_missing_are_named(cells: Path) -> None:
    for mark in (".zarray", "zarr.json"):
        (cells / "obs" / "cell_type" / "codes" / mark).unlink(missing_ok=True)
    assert fault(cells, Depth.STRUCTURE) is not None


def test_who_writes_one_empty_chunk_writes_all(tmp_path: Path) -> None:
    values = np.zeros((8, 8), "f4")
    values[:4] = 1
    for name, config in (("sparse", False), ("full", True)):
        array = zarr.create_array(
            tmp_path / name,
            shape=(8, 8),
            chunks=(4, 4),
            dtype="f4",
            config={"write_empty_chunks": config},
        )
        array[:] = values
    assert fault(tmp_path / "sparse") is None
    assert fault(tmp_path / "full") is None
    chunks_of(tmp_path / "full", "c/0")[0].unlink()
    assert fault(tmp_path / "full") == "its array lacks 1 of 4 chunks"


@pytest.mark.parametrize("codec", [Zlib(), LZMA(), GZip(), Blosc(), Zstd()], ids=repr)
def test_what_each_codec_says_of_a_cut_chunk_is_damage(tmp_path: Path, codec: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of codecs that version 3 does not have
        array = zarr.create_array(
            tmp_path / "a", shape=(8,), chunks=(4,), dtype="f8", zarr_format=2, compressors=codec
        )
        array[:] = np.arange(8.0)
    chunk = chunks_of(tmp_path, "a")[0]
    cut(chunk)
    # In this process: a fault that the codec says in a way of its own would end the one apart.
    with pytest.raises(DamagedFileError, match="chunk that"):
        of_joined_folder(io.BufferedReader(JoinedFolder(folder_at(tmp_path / "a"))))


def test_sharded_chunks_are_read(tmp_path: Path) -> None:
    array = zarr.create_array(
        tmp_path / "shards", shape=(16, 16), chunks=(2, 2), shards=(8, 8), dtype="i4"
    )
    array[:] = np.arange(256).reshape(16, 16)
    assert fault(tmp_path / "shards") is None
    zeros(chunks_of(tmp_path / "shards", "c/1")[0])
    assert (fault(tmp_path / "shards") or "").endswith("cannot be unpacked")


def test_a_persons_column_is_named(cells: Path) -> None:
    for mark in (".zattrs", "zarr.json", ".zmetadata"):
        for path in [cells / mark, cells / "obs" / mark]:
            if path.exists():
                path.write_text(path.read_text().replace('"is_doublet"', '"patient_name"'))
    places = list(folder_formats()[ZARR].personal_fields(folder_at(cells)))
    assert places == ["obs column patient_name"]


def test_a_broken_connection_is_no_damage(cells: Path) -> None:
    whole = folder_at(cells)

    def fails(_: str) -> Any:
        raise TransientError("the store did not answer", mend="run again later.")

    broken = Folder(whole.names, whole.sizes, fails)
    for depth in Depth:
        with pytest.raises(TransientError):
            folder_formats()[ZARR].validate(broken, depth)


def test_metadata_that_are_no_json_are_damage(cells: Path) -> None:
    for mark in (".zgroup", "zarr.json", ".zmetadata"):
        if (cells / mark).exists():
            (cells / mark).write_text("{")
    assert fault(cells, Depth.HEADER) == "its zarr metadata cannot be read"


@pytest.mark.parametrize("depth", Depth)
def test_what_follows_the_end_of_a_zipped_store_is_damage(depth: Depth) -> None:
    content = ZIPPED.read_bytes()
    behind = [io.BytesIO(content + garbage) for garbage in (b"", b"more", content[:3000])]
    faults = [formats()["zarr_zip"].validate(stream, depth).fault for stream in behind]
    assert faults == [None, *["something else follows the end of its zip archive"] * 2]
