"""A reader that crashes or never ends is the file's fault, and the next file is read all the same."""

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from omics_orchestrator.errors import TransientError
from omics_orchestrator.formats import DamagedFileError, _apart
from omics_orchestrator.formats._apart import read_apart
from tests.unit.formats import strange_readers

CONTENT = bytes(range(200)) * 1000


@pytest.fixture(autouse=True)
def _fresh_child(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[3]))
    _apart._READER.end()
    yield
    _apart._READER.end()


def test_what_was_read_apart_is_what_was_there() -> None:
    told = read_apart(strange_readers.add_up, io.BytesIO(CONTENT))
    assert told["sum"] == sum(CONTENT)
    assert told["tail"] == [197, 198, 199]
    assert told["process"] != os.getpid()


def test_one_process_serves_whole_files_and_a_damaged_one_is_its_last() -> None:
    first, second = (
        read_apart(strange_readers.add_up, io.BytesIO(CONTENT))["process"] for _ in range(2)
    )
    assert first == second
    with pytest.raises(DamagedFileError, match="it is not whole"):
        read_apart(strange_readers.find_damage, io.BytesIO(CONTENT))
    assert read_apart(strange_readers.add_up, io.BytesIO(CONTENT))["process"] != first


def test_a_crash_is_damage() -> None:
    with pytest.raises(DamagedFileError, match="crashes or never ends"):
        read_apart(strange_readers.crash, io.BytesIO(CONTENT))
    assert read_apart(strange_readers.add_up, io.BytesIO(CONTENT))["sum"] == sum(CONTENT)


def test_running_for_ever_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_apart, "PATIENCE_SECONDS", 1)
    with pytest.raises(DamagedFileError, match="crashes or never ends"):
        read_apart(strange_readers.never_end, io.BytesIO(CONTENT))


def test_being_killed_by_the_machine_is_no_damage() -> None:
    with pytest.raises(RuntimeError, match="ended with -9"):
        read_apart(strange_readers.be_killed, io.BytesIO(CONTENT))


class Unreachable(io.BytesIO):
    def read(self, _: int | None = -1, /) -> bytes:
        raise TransientError("the store did not answer", mend="run again later.")


def test_a_store_that_does_not_answer_is_no_damage() -> None:
    with pytest.raises(TransientError):
        read_apart(strange_readers.add_up, Unreachable(CONTENT))
    assert read_apart(strange_readers.add_up, io.BytesIO(CONTENT))["sum"] == sum(CONTENT)


def test_threads_do_not_mix_their_files() -> None:
    contents = [bytes([n]) * 10_000 for n in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        told = pool.map(lambda c: read_apart(strange_readers.add_up, io.BytesIO(c)), contents)
        assert [found["sum"] for found in told] == [sum(content) for content in contents]
