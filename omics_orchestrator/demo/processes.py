"""Start and stop the background processes of a laptop: each has a log, and a note of its identity.

A process is known by its id and the moment it began, so a note that survived a reboot never leads
to somebody else's process.
"""

import contextlib
import json
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from omics_orchestrator.errors import ConfigurationError

_STOP_SECONDS = 20
_POLL_SECONDS = 0.2
_LOOK_SECONDS = 0.02
# They outlive us on purpose; Python warns of one that is forgotten while it runs.
_STARTED: dict[int, subprocess.Popen[bytes]] = {}
# The system tells when a process began by a clock that may be set later.
_SAME_MOMENT_SECONDS = 2.0


def start(
    folder: Path, name: str, command: Sequence[str], environment: Mapping[str, str], *, cwd: Path
) -> None:
    """Start a process in the background, unless it runs already; its output goes to its log."""
    if is_running(folder, name):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with _log(folder, name).open("ab") as log:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _STARTED[process.pid] = process
    began = psutil.Process(process.pid).create_time()
    _note(folder, name).write_text(json.dumps({"pid": process.pid, "began": began}))


def wait_until(
    folder: Path, name: str, ready: Callable[[], bool], *, patience: float = 60.0
) -> None:
    """Wait until a started process is ready; ConfigurationError when it ended or takes too long."""
    end = time.monotonic() + patience
    while (ended := not is_running(folder, name)) or not ready():
        if ended or time.monotonic() > end:
            raise ConfigurationError(
                f"{name} did not start", mend=f"read why in {_log(folder, name)}.", service=name
            )
        time.sleep(_POLL_SECONDS)


def is_running(folder: Path, name: str) -> bool:
    """Tell whether the process that was started under this name still runs."""
    return _process(folder, name) is not None


def stop(folder: Path, name: str) -> bool:
    """Stop a process and all it started; False when it did not run."""
    process = _process(folder, name)
    if process is not None:
        family = [process, *process.children(recursive=True)]
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.send_signal(signal.SIGTERM)
        alive = _still_alive(family)
        for member in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        _still_alive(alive)
        if process.pid in _STARTED:
            _STARTED.pop(process.pid).wait()
    _note(folder, name).unlink(missing_ok=True)
    return process is not None


def _process(folder: Path, name: str) -> psutil.Process | None:
    note = _note(folder, name)
    if not note.is_file():
        return None
    known = json.loads(note.read_text())
    try:
        process = psutil.Process(known["pid"])
        same = abs(process.create_time() - known["began"]) < _SAME_MOMENT_SECONDS
        return process if same and not _has_ended(process) else None
    except psutil.NoSuchProcess:
        return None


def _still_alive(family: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Wait for processes to end; gives those that have not after a while."""
    end = time.monotonic() + _STOP_SECONDS
    while (alive := [each for each in family if not _has_ended(each)]) and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
    return alive


def _has_ended(process: psutil.Process) -> bool:
    """Tell whether a process does nothing more; in a container nobody may ever ask how it ended."""
    try:
        return process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return True


def _note(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


def _log(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"
