"""Runs in processes of their own: killed in the middle of a load, or two of them at once.

A lock that the test holds stops a load at a place of its choice, as a slow moment would.
"""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from psycopg import sql
from running_platform import Platform
from tables import AT_DATES, OF_A_SAMPLING

from omics_orchestrator.warehouse.connect import connect

# Each on a platform of its own, minutes in all.
pytestmark = pytest.mark.proof

SAMPLING = "core.gidamps__sampling"
_PATIENCE = 150
_WAITING = """
    select count(*)::int from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
"""
# The transaction that waits has the loader's lock on its table, and has opened the ledger's entry.
_INSIDE_A_LOAD = """
    select count(*)::int from pg_stat_activity as session
    where datname = current_database() and wait_event_type = 'Lock' and query ilike 'copy %%'
        and exists (select from pg_locks as held where held.pid = session.pid
                    and held.locktype = 'advisory' and held.granted)
        and exists (select from pg_locks as held where held.pid = session.pid and held.granted
                    and held.relation = 'ops.load'::regclass and held.mode = 'RowExclusiveLock')
"""
_OTHER_SESSIONS = """
    select count(*)::int from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
"""


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """A Dagster home of its own, kept in files.

    Its databases are made here: two processes that both make them disturb each other in Dagster.
    """
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(home)) as made:
        assert made.get_runs_count() == 0
    return home


@contextmanager
def _running(platform: Platform, instance: Path, run_id: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run everything in a process group of its own, which does not outlive the block."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OMICS_", "GIDAMPS_", "DAGSTER_"))
    }
    with subprocess.Popen(
        [sys.executable, "-m", "omics_orchestrator.run", run_id],
        env=environment | platform.environment | {"DAGSTER_HOME": str(instance)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def _held(platform: Platform, *tables: str) -> Iterator[psycopg.Connection]:
    """Hold tables so that they can be read and not be written."""
    named = sql.SQL(", ").join(sql.Identifier(*table.split(".")) for table in tables)
    with connect(platform.environment["OMICS_WAREHOUSE_URL"]) as owner:
        owner.execute(sql.SQL("begin; lock table {} in share mode").format(named))
        yield owner
        owner.execute("rollback")


def _await(reached: Callable[[], bool]) -> None:
    last = time.monotonic() + _PATIENCE
    while not reached():
        assert time.monotonic() < last, "it was waited for in vain"
        time.sleep(0.05)


def _visit(platform: Platform) -> str:
    """Enter one more visit of a participant in REDCap; gives the participant."""
    ((participant,),) = platform.ask(
        "select study_id from core.gidamps__sampling order by 1 limit 1"
    )
    platform.record(
        participant,
        redcap_repeat_instrument="sampling",
        redcap_repeat_instance="90",
        sampling_date="2026-10-01",
    )
    return str(participant)


@pytest.mark.parametrize(
    "held", [sorted(OF_A_SAMPLING), ["ops.cell_account"]], ids=["its tables", "the account"]
)
def test_a_run_killed_in_the_middle_of_a_load_leaves_the_old_rows_whole(
    platform: Platform, instance: Path, held: list[str]
) -> None:
    before, participant, run_id = platform.content(), _visit(platform), str(uuid.uuid4())
    with _held(platform, *held), _running(platform, instance, run_id) as run:
        _await(lambda: platform.ask(_INSIDE_A_LOAD) == [(1,)])
        os.killpg(run.pid, signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
    _await(lambda: platform.ask(_OTHER_SESSIONS) == [(0,)])
    assert platform.content() == before
    assert (
        platform.ask(
            "select status from ops.load where run_id = %s and relation = any(%s)",
            run_id,
            sorted(OF_A_SAMPLING),
        )
        == []
    )
    healed = platform.run()
    assert healed.succeeded
    changes = platform.changes(healed)
    # The visit is one more day on which each drug is asked for.
    of_drugs = [changes.pop(table) for table in sorted(AT_DATES)]
    assert all(inserted and not updated and not deleted for inserted, updated, deleted in of_drugs)
    assert changes == {
        **dict.fromkeys(OF_A_SAMPLING, (1, 0, 0)),
        "datasets.gidamps__sampling": (1, 0, 0),
        "tidy.gidamps__sampling": (1, 0, 0),
    }
    assert platform.ask(
        "select count(*) from core.gidamps__sampling where study_id = %s and sampling_instance = 90",
        participant,
    ) == [(1,)]


def test_two_runs_at_once_load_once_and_each_has_one_outcome(
    platform: Platform, instance: Path
) -> None:
    _visit(platform)
    ids = [str(uuid.uuid4()), str(uuid.uuid4())]
    with (
        _running(platform, instance, ids[0]) as one,
        _running(platform, instance, ids[1]) as other,
    ):
        with _held(platform, SAMPLING):
            _await(lambda: platform.ask(_WAITING) == [(2,)])
        assert (one.wait(_PATIENCE), other.wait(_PATIENCE)) == (0, 0)
    assert platform.ask(
        "select status from ops.load where run_id = any(%s) and relation = %s order by 1",
        ids,
        SAMPLING,
    ) == [("ok",), ("unchanged",)]
    assert (
        platform.ask(
            "select relation, run_id from ops.load where run_id = any(%s)"
            " group by 1, 2 having count(*) > 1",
            ids,
        )
        == []
    )
    again = platform.run()
    assert platform.changes(again) == {}
