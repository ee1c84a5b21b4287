"""Lists and sheets are read from where they are kept, and only as they were registered."""

import hashlib
from pathlib import Path

import pytest

from omics_orchestrator.catalogue.list_texts import texts_of
from omics_orchestrator.errors import StoreError
from omics_orchestrator.stores import Store, open_store
from tests.unit.catalogue.registered import file, register


@pytest.fixture
def stores(tmp_path: Path) -> tuple[Store, Store]:
    for name in ("main", "inbox"):
        (tmp_path / name).mkdir()
    return open_store(str(tmp_path / "main")), open_store(str(tmp_path / "inbox"))


def kept(path: str, content: bytes, location: str) -> dict[str, object]:
    return file(path, sha256=hashlib.sha256(content).hexdigest(), location=location)


def test_a_copied_list_is_read_from_our_own_store(stores: tuple[Store, Store]) -> None:
    main, inbox = stores
    main.put("omics/ab/abcd/all.md5", b"copied")
    inbox.put("in/all.md5", b"another by now")
    inbox.put("m #1.csv", b"left there")
    needed = register(
        kept("in/all.md5", b"copied", main.url("omics/ab/abcd/all.md5")),
        kept("m #1.csv", b"left there", inbox.url("m #1.csv")),
    )
    texts, problems = texts_of(needed, main, inbox)
    assert texts == {"in/all.md5": b"copied", "m #1.csv": b"left there"}
    assert problems == []


def test_a_list_that_changed_since_is_told_and_not_used(stores: tuple[Store, Store]) -> None:
    _, inbox = stores
    inbox.put("all.md5", b"new")
    texts, problems = texts_of(register(kept("all.md5", b"old", inbox.url("all.md5"))), *stores)
    assert texts == {}
    (problem,) = problems
    assert problem.startswith("all.md5: it changed since it was registered; ")


def test_a_list_that_cannot_be_read_stops_with_its_name(stores: tuple[Store, Store]) -> None:
    needed = register(kept("gone.md5", b"", stores[1].url("gone.md5")))
    with pytest.raises(StoreError, match=r"gone\.md5"):
        texts_of(needed, *stores)
