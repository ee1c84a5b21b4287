"""The register over several looks: what stays, what goes, what is refused.

What happens in an inbox at random is in test_register_histories.
"""

import itertools
from pathlib import Path

import polars as pl
import psycopg
import pytest

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue import files as registered_files
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.errors import StoreError
from omics_orchestrator.stores import open_store
from omics_orchestrator.warehouse.ledger import last_load
from omics_orchestrator.warehouse.read import read
from tests.unit.catalogue.bench import collection

number = itertools.count()


class Desk:
    """One inbox and its register."""

    def __init__(self, connection: psycopg.Connection, folder: Path) -> None:
        self.connection = connection
        self.inbox, self.main = folder / "inbox", folder / "main"
        self.inbox.mkdir(parents=True)
        self.main.mkdir()
        connection.execute("drop table if exists omics.file")
        connection.execute("delete from ops.load where relation = 'omics.file'")

    def look(self, progress: catalogue.Progress = lambda *_: None) -> catalogue.Outcome:
        inbox = open_store(str(self.inbox))
        look = catalogue.Round(collection(), inbox, open_store(str(self.main)), "v1")
        author = catalogue.Author(f"run-{next(number)}", "v1")
        return catalogue.register(
            self.connection, look, author, allow_shrink=1.0, progress=progress
        )

    def put(self, path: str, content: bytes) -> None:
        target = self.inbox / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)

    def registered(self) -> pl.DataFrame:
        return read(self.connection, FILES)


@pytest.fixture
def desk(connection: psycopg.Connection, tmp_path: Path) -> Desk:
    return Desk(connection, tmp_path)


def test_a_look_that_is_broken_off_goes_on_where_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registered_files, "_FILES_TOGETHER", 2)
    for each in range(7):
        desk.put(f"{each}", b"%d" % each)

    def stop_in_the_middle(done: int, _due: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.look(progress=stop_in_the_middle)
    assert desk.registered().height == 4
    assert desk.look().counts["inserted"] == 3
    last = last_load(desk.connection, "omics.file")
    assert last is not None
    assert last.rows_out == 7


def test_objects_that_were_loose_leave_the_register_when_their_folder_is_known(desk: Desk) -> None:
    for each in range(12):
        desk.put(f"S-1.zarr/{each}", b"%d" % each)
    assert desk.look().counts["inserted"] == 12
    desk.put("S-1.zarr/.zgroup", b'{"zarr_format": 2}')
    # Twelve of twelve paths are gone, and nothing is lost.
    inbox = open_store(str(desk.inbox))
    look = catalogue.Round(collection(), inbox, open_store(str(desk.main)), "v1")
    outcome = catalogue.register(desk.connection, look, catalogue.Author("run", "v1"))
    assert outcome.counts["gathered"] == 12
    assert outcome.changed
    assert desk.registered()["path"].to_list() == ["S-1.zarr"]
    assert not desk.look().changed


def test_an_inbox_that_looks_emptied_changes_nothing(desk: Desk) -> None:
    for each in range(20):
        desk.put(f"{each}", b"%d" % each)
    desk.look()
    for each in range(15):
        (desk.inbox / f"{each}").unlink()
    inbox = open_store(str(desk.inbox))
    look = catalogue.Round(collection(), inbox, open_store(str(desk.main)), "v1")
    with pytest.raises(StoreError, match="15 of 20 files are gone at once") as refused:
        catalogue.register(desk.connection, look, catalogue.Author("run", "v1"))
    assert "allow_shrink" in str(refused.value)
    assert desk.registered()["is_present"].all()


def test_what_a_killed_run_had_not_yet_taken_out_is_taken_out_by_the_next(desk: Desk) -> None:
    for each in range(12):
        desk.put(f"{each}", b"%d" % each)
    desk.look()
    inbox = open_store(str(desk.inbox))
    moving = collection("move")
    look = catalogue.Round(moving, inbox, open_store(str(desk.main)), "v1")
    outcome = catalogue.register(desk.connection, look, catalogue.Author("run", "v1"))
    assert list(inbox.list()) == []
    assert outcome.counts["updated"] == 12
    assert not desk.registered()["is_present"].any()
    assert not catalogue.register(desk.connection, look, catalogue.Author("run", "v1")).changed


def test_the_contents_before_stay_in_the_history(desk: Desk) -> None:
    desk.put("a", b"1")
    desk.look()
    desk.put("a", b"two")
    outcome = desk.look()
    assert (outcome.counts["updated"], outcome.replaced) == (1, ["a"])
    (desk.inbox / "a").unlink()
    assert desk.look().replaced == []
    desk.put("a", b"two")
    assert desk.look().replaced == []
    rows = desk.connection.execute(
        "select version, _valid_to is null from omics.file order by version"
    ).fetchall()
    assert (rows[0], rows[-1]) == ((1, False), (2, True))


def test_collections_that_are_described_no_more_leave_the_register(desk: Desk) -> None:
    author = catalogue.Author("run", "v1")
    catalogue.forget(desk.connection, ["lab"], author)
    desk.put("a", b"1")
    desk.look()
    catalogue.forget(desk.connection, ["lab"], author)
    assert desk.registered().height == 1
    catalogue.forget(desk.connection, ["another"], author)
    assert desk.registered().is_empty()
