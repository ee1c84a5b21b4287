"""What only a folder can do wrong: links, odd files, rights, leftovers."""

import logging
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.errors import StoreError
from omics_orchestrator.stores import open_store
from omics_orchestrator.stores._addresses import checked_key
from omics_orchestrator.stores.local import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    (tmp_path / "store").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("not ours")
    return LocalStore(tmp_path / "store")


@pytest.mark.parametrize("target", ["../outside/secret.txt", "../outside", "inside.txt"])
def test_a_link_is_never_followed(
    store: LocalStore, tmp_path: Path, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.put("inside.txt", b"ours")
    (tmp_path / "store" / "link").symlink_to(target)
    with caplog.at_level(logging.WARNING):
        assert [found.key for found in store.list()] == ["inside.txt"]
    assert "store/link is a link" in caplog.text
    for key in ("link", "link/secret.txt"):
        with pytest.raises(StoreError, match="symbolic link"):
            store.open(key)
        with pytest.raises(StoreError, match="symbolic link"):
            store.put(key, b"x")
    assert (tmp_path / "outside" / "secret.txt").read_text() == "not ours"


def test_a_pipe_is_no_object(store: LocalStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "store" / "pipe")
    assert list(store.list()) == []
    with pytest.raises(StoreError, match="not there"):
        store.open("pipe")


def test_a_root_reached_by_a_link_is_the_folder_it_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    store = open_store(str(tmp_path / "link"))
    assert store.put("a", b"x") is True
    assert (tmp_path / "real" / "a").read_bytes() == b"x"


def test_a_mistyped_folder_is_no_empty_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder is not there"):
        list(open_store(str(tmp_path / "mistyped")).list())


def test_a_name_that_no_text_can_hold_is_named(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "store" / os.fsdecode(b"caf\xe9.vcf")).write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be printed") as caught:
        list(store.list())
    assert str(caught.value).encode()


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a")])
def test_a_file_and_a_folder_cannot_share_a_name(
    store: LocalStore, first: str, second: str
) -> None:
    store.put(first, b"x")
    with pytest.raises(StoreError):
        store.put(second, b"y")
    assert [found.key for found in store.list()] == [first]


def test_a_name_too_long_for_the_file_system_is_told(store: LocalStore) -> None:
    with pytest.raises(StoreError, match="refused"):
        store.put("a" * 300, b"x")


def test_what_a_killed_writer_left_is_hidden_and_cleared_a_day_later(
    store: LocalStore, tmp_path: Path
) -> None:
    unfinished = tmp_path / "store" / ".omics-unfinished"
    unfinished.mkdir()
    yesterday = time.time() - 25 * 3600
    for name, when in (("old", yesterday), ("new", time.time())):
        (unfinished / name).write_bytes(b"half")
        os.utime(unfinished / name, (when, when))
    assert list(store.list()) == []
    store.put("a", b"x")
    assert [left.name for left in unfinished.iterdir()] == ["new"]
    with pytest.raises(StoreError):
        store.open(".omics-unfinished/new")


def test_others_may_read_what_the_umask_lets_them(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    store.put("a", b"x")
    assert (tmp_path / "store" / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


@given(st.text(min_size=1, max_size=60))
def test_an_accepted_key_stays_below_its_root(key: str) -> None:
    try:
        checked_key(key)
    except StoreError:
        return
    assert os.path.normpath(f"/store/{key}") == f"/store/{key}"
    assert key.isprintable() or key.encode()


@given(st.text(alphabet="./\\a\0~", min_size=1, max_size=12))
def test_no_spelling_of_a_way_out_is_accepted(key: str) -> None:
    parts = key.split("/")
    bad = "\0" in key or any(part in ("", ".", "..") for part in parts)
    try:
        checked_key(key)
    except StoreError:
        assert bad
    else:
        assert not bad
