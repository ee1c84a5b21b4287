"""A look through an inbox in a process of its own, to which something happens at one of its steps.

Every call that the register, its stores and the warehouse make or answer is a step.
"""

import itertools
import multiprocessing
import os
import pkgutil
import resource
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from types import FrameType

import psycopg

from omics_orchestrator import catalogue, formats
from omics_orchestrator.catalogue import keeping
from omics_orchestrator.errors import StoreError, TransientError
from omics_orchestrator.stores import _remote, open_store
from omics_orchestrator.warehouse.connect import connect
from tests.unit.catalogue.bench import collection

DONE, AGAIN, REFUSED = 0, 3, 4
EVENTS = ("killed", "without its warehouse", "on a full disk")
LARGE_BYTES = 100_000
Door = tuple[str, dict[str, str]]
_OURS = tuple(
    f"{Path(catalogue.__file__).parents[1] / package}{os.sep}"
    for package in ("catalogue", "stores", "warehouse")
)
# A process that has imported all and done nothing yet is copied faster than a new one starts.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    [
        "omics_orchestrator.catalogue",
        "omics_orchestrator.stores.local",
        *(f"{formats.__name__}.{each.name}" for each in pkgutil.iter_modules(formats.__path__)),
    ]
)


def look(url: str, doors: tuple[Door, Door], event: str = "", at: int = 0) -> tuple[int, int]:
    """Look once; how the process ended, and how many steps it came to.

    Args:
        url: the warehouse.
        doors: of the inbox and the main store.
        event: one of `EVENTS`, or blank.
        at: the step at which it happens; bytes of the longest file that the disk has room for.
    """
    steps = _processes.Value("q", 0)
    process = _processes.Process(target=_look, args=(url, doors, event, at, steps))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode, steps.value


def _look(
    url: str, doors: tuple[Door, Door], event: str, at: int, steps: "Synchronized[int]"
) -> None:
    keeping._SMALL_BYTES = LARGE_BYTES
    # All that is large goes to a server in parts, as if it were 100 times as large.
    _remote._ONE_REQUEST, _remote._SMALLEST_PART = LARGE_BYTES, 5 << 20
    inbox, main = (open_store(address, **credentials) for address, credentials in doors)
    with connect(url) as connection:
        happenings: dict[str, Callable[[], object]] = {
            "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
            "without its warehouse": lambda: _part(url, connection),
        }
        if event == "on a full disk":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (at, at))
        _count_steps(steps, at, happenings.get(event, lambda: None))
        os._exit(_outcome(connection, catalogue.Round(collection("move"), inbox, main, "v1")))


def _outcome(connection: psycopg.Connection, round_: catalogue.Round) -> int:
    try:
        catalogue.register(connection, round_, catalogue.Author("broken", "v1"), allow_shrink=1.0)
    except TransientError:
        return AGAIN
    except StoreError:
        return REFUSED
    return DONE


def _part(url: str, connection: psycopg.Connection) -> None:
    """Let the server end the session."""
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))


def _count_steps(steps: "Synchronized[int]", at: int, happens: Callable[[], object]) -> None:
    numbers = itertools.count(1)

    def step(frame: FrameType, _event: str, _arg: object) -> None:
        if frame.f_code.co_filename.startswith(_OURS):
            number = next(numbers)
            steps.value = number
            if number == at:
                happens()

    threading.setprofile(step)
    sys.setprofile(step)
