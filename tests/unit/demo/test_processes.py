"""Background processes: started once, stopped with all they started, and nobody else's touched."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from omics_orchestrator.demo import processes
from omics_orchestrator.errors import ConfigurationError

NAME = "service"
PARENT = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("child").write_text(str(child.pid))
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where notes and logs of processes are; what a test left running is stopped."""
    yield tmp_path / "processes"
    processes.stop(tmp_path / "processes", NAME)


@pytest.fixture
def bystander() -> Iterator[psutil.Process]:
    """A process that nobody here may touch."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield psutil.Process(process.pid)
        process.kill()


def _start(folder: Path, program: str) -> None:
    command = [sys.executable, "-c", program]
    processes.start(folder, NAME, command, {"COLOUR": "green", **os.environ}, cwd=folder.parent)


def _note(folder: Path) -> Path:
    return folder / f"{NAME}.json"


def _noted(folder: Path) -> dict[str, float]:
    return dict(json.loads(_note(folder).read_text()))


def _eventually(path: Path) -> str:
    end = time.monotonic() + 20
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < end, f"{path.name} never came"
        time.sleep(0.05)
    return path.read_text()


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def test_a_process_is_stopped_with_all_it_started(folder: Path) -> None:
    _start(folder, PARENT)
    family = [int(_noted(folder)["pid"]), int(_eventually(folder.parent / "child"))]
    assert processes.is_running(folder, NAME)
    assert all(_is_alive(pid) for pid in family)
    assert processes.stop(folder, NAME)
    assert not any(_is_alive(pid) for pid in family)
    assert not processes.is_running(folder, NAME)
    assert not _note(folder).exists()


def test_a_process_that_does_not_listen_is_stopped_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_STOP_SECONDS", 0.3)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    _start(folder, f"{deaf}; time.sleep(600)")
    _eventually(folder / f"{NAME}.log")
    assert processes.stop(folder, NAME)
    assert not processes.is_running(folder, NAME)


def test_what_runs_already_is_not_started_again(folder: Path) -> None:
    _start(folder, PARENT)
    before = _noted(folder)
    _start(folder, PARENT)
    assert _noted(folder) == before


def test_its_output_goes_to_its_log_and_is_kept_by_the_next_start(folder: Path) -> None:
    for _ in range(2):
        _start(folder, "import os, sys; print(os.environ['COLOUR']); sys.exit('red')")
        psutil.wait_procs([psutil.Process(int(_noted(folder)["pid"]))], timeout=20)
    assert (folder / f"{NAME}.log").read_text().split() == ["green", "red"] * 2


def test_stopping_what_never_ran_does_nothing(folder: Path) -> None:
    assert not processes.stop(folder, NAME)


def test_the_note_of_a_dead_process_is_only_cleared_away(folder: Path) -> None:
    _start(folder, "pass")
    psutil.wait_procs([psutil.Process(int(_noted(folder)["pid"]))], timeout=20)
    assert not processes.is_running(folder, NAME)
    assert not processes.stop(folder, NAME)
    assert not _note(folder).exists()


def test_a_process_that_got_the_id_of_ours_is_left_alone(
    folder: Path, bystander: psutil.Process
) -> None:
    folder.mkdir()
    stale = {"pid": bystander.pid, "began": bystander.create_time() - 3600}
    _note(folder).write_text(json.dumps(stale))
    assert not processes.is_running(folder, NAME)
    assert not processes.stop(folder, NAME)
    assert _is_alive(bystander.pid)


def test_a_clock_that_was_set_by_a_second_hides_no_process(folder: Path) -> None:
    _start(folder, PARENT)
    noted = _noted(folder)
    _note(folder).write_text(json.dumps(noted | {"began": noted["began"] + 1}))
    assert processes.stop(folder, NAME)
    assert not _is_alive(int(noted["pid"]))


def test_a_process_that_ends_at_once_is_an_error_that_names_the_log(folder: Path) -> None:
    _start(folder, "raise SystemExit('the port is taken')")
    with pytest.raises(ConfigurationError) as told:
        processes.wait_until(folder, NAME, lambda: False)
    log = folder / f"{NAME}.log"
    assert f"{NAME} did not start" in str(told.value)
    assert str(log) in told.value.mend
    assert "the port is taken" in log.read_text()


def test_a_process_that_is_never_ready_is_not_waited_for_for_ever(folder: Path) -> None:
    _start(folder, PARENT)
    began = time.monotonic()
    with pytest.raises(ConfigurationError, match="did not start"):
        processes.wait_until(folder, NAME, lambda: False, patience=0.3)
    assert time.monotonic() - began < 5


def test_a_process_that_becomes_ready_is_waited_for(folder: Path) -> None:
    ready = folder.parent / "child"
    _start(folder, PARENT)
    processes.wait_until(folder, NAME, ready.exists, patience=20)
    assert ready.exists()
