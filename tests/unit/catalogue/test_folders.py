"""A folder that is one thing, such as a zarr store, is one file of the register."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import zarr

from omics_orchestrator.catalogue import folders, verifying
from omics_orchestrator.catalogue.keeping import key_of
from omics_orchestrator.stores import StoredObject
from tests.unit.catalogue.bench import Bench

PATH = "run/S-1.zarr"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(params=[2, 3], ids=["zarr 2", "zarr 3"])
def cells(request: pytest.FixtureRequest, bench: Bench) -> Path:
    """A store of two arrays in the inbox, beside a loose file."""
    (bench.folder / "run").mkdir()
    bench.drop("run/S-2.raw", b"from an instrument of its own")
    store = bench.folder / PATH
    group = zarr.open_group(store, mode="w", zarr_format=request.param)
    group.create_array("X", data=np.arange(400).reshape(20, 20), chunks=(10, 10))
    group.create_group("inner").create_array("labels", data=np.arange(20), chunks=(5,))
    return store


def names(store: Path) -> list[str]:
    return sorted(path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file())


def a_chunk(store: Path) -> Path:
    return next(store / name for name in names(store) if name.endswith(("X/1.1", "X/c/1/1")))


def test_a_store_is_one_row_and_its_copy_is_whole(bench: Bench, cells: Path) -> None:
    rows = bench.register()
    assert sorted(rows) == [PATH, "run/S-2.raw"]
    row = rows[PATH]
    assert (row["format"], row["status"], row["fault"]) == ("zarr", "whole", None)
    assert row["size_bytes"] == sum((cells / name).stat().st_size for name in names(cells))
    listed = "".join(
        f"{hashlib.sha256((cells / name).read_bytes()).hexdigest()}  {name}\n"
        for name in names(cells)
    )
    assert row["sha256"] == hashlib.sha256(listed.encode()).hexdigest()
    key = key_of(bench.store, str(row["location"]))
    copy = bench.main / str(key)
    assert {name: (copy / name).read_bytes() for name in names(copy)} == {
        name: (cells / name).read_bytes() for name in names(cells)
    }


def test_a_store_that_did_not_change_is_not_read_again(bench: Bench, cells: Path) -> None:
    first = bench.register()
    assert bench.register() == first
    assert bench.inbox.opened == []
    # Nor is it copied once more for being examined once more, or under another name.
    cells.rename(cells.with_name("S-3.zarr"))
    assert bench.register()["run/S-3.zarr"]["location"] == first[PATH]["location"]


def test_another_chunk_is_another_version(bench: Bench, cells: Path) -> None:
    first = bench.register()[PATH]
    zarr.open_group(cells)["X"][15, 15] = 7
    second = bench.register()[PATH]
    assert (second["version"], second["status"]) == (2, "whole")
    assert second["sha256"] != first["sha256"]
    assert second["location"] != first["location"]


def test_a_damaged_store_goes_no_further(bench: Bench, cells: Path) -> None:
    chunk = a_chunk(cells)
    chunk.write_bytes(chunk.read_bytes()[:-3])
    row = bench.register()[PATH]
    assert (row["format"], row["status"]) == ("zarr", "damaged")
    assert row["location"] == bench.inbox.url(PATH)
    assert len(bench.kept) == 1


@pytest.mark.usefixtures("cells")
def test_a_copy_is_verified_as_a_whole(bench: Bench) -> None:
    row = bench.register()[PATH]
    files = bench.known.filter(bench.known["path"] == PATH)

    def state() -> object:
        key = str(key_of(bench.store, str(row["location"])))
        (found,) = verifying.verify(files, lambda *_: (bench.store, key))
        return found["state"]

    assert state() == "sound"
    copy = bench.main / str(key_of(bench.store, str(row["location"])))
    chunk = a_chunk(copy)
    content = chunk.read_bytes()
    chunk.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert state() == "changed"
    for name in names(copy):
        (copy / name).unlink()
    assert state() == "vanished"


@pytest.mark.usefixtures("cells")
def test_a_copy_that_was_broken_off_goes_on(bench: Bench) -> None:
    location = str(bench.register()[PATH]["location"])
    copy = bench.main / str(key_of(bench.store, location))
    before = names(copy)
    for name in names(copy):
        if name.rpartition("/")[2] in (".zgroup", ".zarray", "zarr.json"):
            (copy / name).unlink()
    assert bench.register(mark="v2")[PATH]["location"] == location
    assert names(copy) == before


def test_a_folder_of_a_collection_that_is_moved_stays_and_is_kept(
    bench: Bench, cells: Path
) -> None:
    row = bench.register("move")[PATH]
    assert row["is_present"]
    assert key_of(bench.store, str(row["location"]))
    assert names(cells)
    assert not (bench.folder / "run/S-2.raw").exists()


@pytest.mark.usefixtures("cells")
def test_a_folder_that_is_only_registered_stays_where_it_is(bench: Bench) -> None:
    assert bench.register("register")[PATH]["location"] == bench.inbox.url(PATH)
    assert bench.kept == []


def test_a_store_that_changes_while_it_is_read_is_left_for_the_next_look(
    bench: Bench, cells: Path
) -> None:
    def grow(key: str) -> None:
        if key.endswith((".zgroup", "zarr.json")):
            (cells / "more").write_bytes(b"1")

    bench.inbox._then = grow
    assert list(bench.register()) == ["run/S-2.raw"]
    assert bench.look.changing == 1


def test_loose_objects_are_gathered_once_their_folder_is_known(bench: Bench, cells: Path) -> None:
    rows = {name: (cells / name).read_bytes() for name in names(cells)}
    for name in rows:
        (cells / name).unlink()
    bench.drop(f"{PATH}/part.bin", b"1")
    assert f"{PATH}/part.bin" in bench.register()
    for name, content in rows.items():
        bench.drop(f"{PATH}/{name}", content)
    bench.register()
    assert bench.look.gathered == [f"{PATH}/part.bin"]


def test_a_listing_without_folders_is_given_back_as_it_is() -> None:
    found = [StoredObject(f"run/{n}.vcf", 1, datetime.now(UTC), "e") for n in range(3)]
    assert folders.gathered(found).items is found
