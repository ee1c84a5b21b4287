"""What is wrong with an AnnData file is named, and another file on this machine is never read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from omics_orchestrator.formats import Finding, formats

FORMAT_NAME = "h5ad"
SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "h5ad" / "cells.h5ad"


def validated(path: Path) -> Finding:
    with path.open("rb") as stream:
        return formats()[FORMAT_NAME].validate(stream)


def described(path: Path) -> Any:
    with path.open("rb") as stream:
        return formats()[FORMAT_NAME].describe(stream)


def replace(file: Any, name: str, value: Any) -> None:
    del file[name]
    file[name] = value


def drop_x(file: Any) -> None:
    del file["X"]
    del file["layers"]


def external(file: Any, name: str) -> None:
    del file[name]
    file[name] = h5py.ExternalLink("/etc/hostname", "/")


def virtual(file: Any, name: str) -> None:
    layout = h5py.VirtualLayout(shape=(6, 4), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", shape=(6, 4))
    del file[name]
    file.create_virtual_dataset(name, layout)


def raw_external(file: Any, name: str) -> None:
    del file[name]
    file.create_dataset(name, (6, 4), "f4", external=[("/etc/hostname", 0, 96)])


Change = Callable[[Any], None]
CHANGES: list[tuple[Change, str]] = [
    (lambda f: replace(f, "layers/log", np.zeros((6, 5))), "layers/log has 6 by 5 entries where"),
    (lambda f: replace(f, "obsm/X_umap", np.zeros((5, 2))), "obsm/X_umap has 5 by 2 entries"),
    (lambda f: replace(f, "obs/n_counts", np.zeros(5)), "obs/n_counts has 5 entries"),
    (lambda f: replace(f, "obs/cell_type/codes", np.zeros(7)), "obs/cell_type has 7 entries"),
    (lambda f: f.__delitem__("obs/n_counts"), "obs names a column it does not hold"),
    (lambda f: f.__delitem__("obs"), "obs or its index is absent"),
    (lambda f: f.__delitem__("var/_index"), "var or its index is absent"),
    (drop_x, "X is absent"),
    (lambda f: replace(f, "X/indices", np.zeros(3, "i4")), "X is a sparse matrix whose parts"),
    (lambda f: f.__delitem__("X/indptr"), "X is a sparse matrix whose parts"),
    (lambda f: f["X"].attrs.__setitem__("shape", [5, 4]), "X has 5 by 4 entries where obs and"),
    (lambda f: external(f, "X"), "it links to another file"),
    (lambda f: external(f, "obs"), "it links to another file"),
    (lambda f: external(f, "layers/log"), "it links to another file"),
    (lambda f: external(f, "uns"), "it links to another file"),
    (lambda f: virtual(f, "layers/log"), "it keeps data in another file"),
    (lambda f: raw_external(f, "layers/log"), "it keeps data in another file"),
    (lambda f: f["obs"].attrs.__setitem__("_index", "../../x"), "obs or its index is absent"),
]


@pytest.mark.parametrize(("change", "fault"), CHANGES)
def test_each_fault_is_named(tmp_path: Path, change: Change, fault: str) -> None:
    path = tmp_path / "cells.h5ad"
    path.write_bytes(SAMPLE.read_bytes())
    with h5py.File(path, "r+") as file:
        change(file)
    assert (validated(path).fault or "").startswith(fault)


def test_a_soft_link_inside_the_file_is_followed_once(tmp_path: Path) -> None:
    path = tmp_path / "cells.h5ad"
    path.write_bytes(SAMPLE.read_bytes())
    whole = validated(path).facts["datasets"]
    with h5py.File(path, "r+") as file:
        file["layers/again"] = h5py.SoftLink("/layers/log")
        file["uns/up"] = h5py.SoftLink("/")
        file["uns/hard"] = file["uns"]
    assert validated(path) == Finding(None, {"n_obs": 6, "n_vars": 4, "datasets": whole})


def test_a_link_to_itself_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "cells.h5ad"
    path.write_bytes(SAMPLE.read_bytes())
    with h5py.File(path, "r+") as file:
        file["uns/loop"] = h5py.SoftLink("/uns/loop")
    assert validated(path).fault == "its HDF5 structure or data cannot be read"


def test_a_frame_without_x_is_whole_until_it_is_annotated(tmp_path: Path) -> None:
    path = tmp_path / "bare.h5ad"
    with h5py.File(path, "w") as file:
        for axis, length in (("obs", 3), ("var", 2)):
            frame = file.create_group(axis)
            frame.attrs["_index"] = "_index"
            frame["_index"] = np.arange(length)
    assert validated(path).fault is None
    with h5py.File(path, "r+") as file:
        file["obs/age"] = np.arange(3)
    assert (validated(path).fault or "").startswith("X is absent")


def test_the_frames_of_old_anndata_are_read(tmp_path: Path) -> None:
    path = tmp_path / "old.h5ad"
    with h5py.File(path, "w") as file:
        file["X"] = np.zeros((3, 2))
        file["obs"] = np.zeros(3, dtype=[("index", "S5"), ("n_counts", "f4")])
        file["var"] = np.zeros(2, dtype=[("index", "S5")])
    assert validated(path).fault is None
    assert described(path)["obs_columns"] == ["n_counts"]
    assert described(path)["x"] == "dense"


def test_large_datasets_are_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "large.h5ad"
    with h5py.File(path, "w") as file:
        file.create_dataset("X", (20_000, 300), "f4", chunks=(64, 300), compression="gzip")
        file["X"][:100] = 1
        for axis, length in (("obs", 20_000), ("var", 300)):
            frame = file.create_group(axis)
            frame.attrs["_index"] = "_index"
            frame["_index"] = np.arange(length)
    assert validated(path).fault is None
