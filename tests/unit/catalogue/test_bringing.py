"""Files into an inbox: once, whole, and none over another."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_orchestrator.catalogue.bringing import Outgoing, bring, outgoing
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.stores import Store, open_store


@pytest.fixture
def inbox(tmp_path: Path) -> Store:
    (tmp_path / "inbox").mkdir()
    return open_store(str(tmp_path / "inbox"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "run 7"
    for name, content in {"a.raw": b"a", "deep/b.raw": b"bb", ".DS_Store": b"x"}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    (place / ".hidden").mkdir()
    (place / ".hidden/c.raw").write_bytes(b"c")
    (place / "link.raw").symlink_to(place / "a.raw")
    return place


def keys(inbox: Store) -> list[str]:
    return [each.key for each in inbox.list()]


def test_a_folder_keeps_its_name_and_leaves_out_what_is_hidden_or_linked(
    folder: Path, inbox: Store
) -> None:
    brought = bring(outgoing(folder), inbox)
    assert (brought.new, brought.there, brought.others) == (2, 0, [])
    assert keys(inbox) == ["run 7/a.raw", "run 7/deep/b.raw"]


def test_a_file_goes_where_it_is_told(folder: Path, inbox: Store) -> None:
    bring(outgoing(folder / "a.raw"), inbox)
    bring(outgoing(folder / "a.raw", "batch/1"), inbox)
    assert keys(inbox) == ["a.raw", "batch/1/a.raw"]


def test_the_same_is_passed_over_and_another_content_is_named(folder: Path, inbox: Store) -> None:
    bring(outgoing(folder), inbox)
    (folder / "a.raw").write_bytes(b"z")
    brought = bring(outgoing(folder), inbox)
    assert (brought.new, brought.there, brought.others) == (0, 1, ["run 7/a.raw"])
    with inbox.open("run 7/a.raw") as stream:
        assert stream.read() == b"a"


def test_what_was_broken_off_goes_on(folder: Path, inbox: Store) -> None:
    files = outgoing(folder)
    bring(files[:1], inbox)
    brought = bring(files, inbox)
    assert (brought.new, brought.there) == (1, 1)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 3 << 20), min_size=1, max_size=3))
def test_progress_adds_up_to_all_bytes(
    sizes: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("sent")
    (place / "inbox").mkdir()
    files, told = [], list[int]()
    for number, size in enumerate(sizes):
        (place / f"{number}").write_bytes(bytes(size))
        files.append(Outgoing(place / f"{number}", f"{number}"))
    bring(files, open_store(str(place / "inbox")), told.append)
    assert sum(told) == sum(sizes)


@pytest.mark.parametrize(
    ("name", "said"), [("nowhere", "is not there"), ("empty", "no file that could be brought")]
)
def test_nothing_to_bring_is_an_error(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match=said):
        outgoing(tmp_path / name)
