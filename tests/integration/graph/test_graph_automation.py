"""At night sources are read; what is made of them follows when it has changed, and only then."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from running_platform import Platform
from tables import AT_DATES, OF_COURSES, STAR
from typed_commands import Desk

from omics_orchestrator.definitions import defs

NEW = "GID-900"
MATERIALISE = ("dagster", "asset", "materialize", "-m", "omics_orchestrator.definitions")
_PATIENCE = 150
# Thrice: what is made of the forms, then the tables on drugs, then what is made of both.
_FOLLOWED = """
    select status from runs join run_tags using (run_id)
    where key = 'dagster/sensor_name' and value = 'follow_changes'
"""
_UNDER_WAY = "select from runs where status in ('QUEUED', 'NOT_STARTED', 'STARTING', 'STARTED')"


@dataclass
class Nights:
    """The nights of a platform: the schedule's run, and what the sensor asks for after it.

    Attributes:
        cursor: what Dagster keeps for the sensor.
    """

    platform: Platform
    cursor: str | None = None

    def pass_one(self) -> list[set[str]]:
        """Read every source, and let the rest follow; what each run after the first makes."""
        with self.platform.settings():
            job = defs().resolve_job_def("nightly")
        read = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
        assert self.platform.run(*sorted(read)).succeeded
        return list(iter(self._follow, set()))

    def _follow(self) -> set[str]:
        asked = self._look()
        if asked:
            assert self.platform.run(*sorted(asked)).succeeded
        return asked

    def _look(self) -> set[str]:
        with self.platform.settings():
            location = defs()
            sensor = location.resolve_sensor_def("follow_changes")
            with dg.build_sensor_context(
                self.platform.instance, self.cursor, definitions=location
            ) as context:
                seen = sensor.evaluate_tick(context)
        self.cursor = seen.cursor
        return {
            key.to_user_string()
            for request in seen.run_requests or []
            for key in request.asset_selection or []
        }


def as_keys(tables: Iterable[str]) -> set[str]:
    """Tables as keys of assets."""
    return {table.replace(".", "/").replace("__", "/") for table in tables}


@pytest.fixture
def nights(platform: Platform) -> Nights:
    """The nights of a platform whose whole graph was made by day."""
    assert platform.run().succeeded
    return Nights(platform)


def test_a_night_without_a_change_makes_nothing(nights: Nights) -> None:
    assert nights.pass_one() == []
    assert nights.pass_one() == []


def test_a_changed_record_makes_what_its_forms_feed_and_no_more(nights: Nights) -> None:
    (known, age), *_ = nights.platform.ask(
        "select study_id, age from core.gidamps__participant join core.gidamps__sampling"
        " using (study_id) where age is not null order by 1"
    )
    nights.platform.record(known, age=str(age + 1))
    assert nights.pass_one() == [
        {"core/gidamps/participant", "tidy/gidamps/patient_details"},
        {"published/dictionary", "omics/file_consistency", *as_keys(OF_COURSES | AT_DATES)},
        # Flags of drugs are part of the datasets, which therefore come after them, as the star does.
        {"datasets/gidamps/demographics", "datasets/gidamps/sampling", *as_keys(STAR)},
    ]
    assert nights.pass_one() == []


@contextmanager
def _daemon(desk: Desk) -> Iterator[None]:
    """Dagster's daemon, for as long as the block lasts, in a process group of its own."""
    program = Path(sys.executable).with_name("dagster-daemon")
    environment = {"PATH": os.defpath, "HOME": str(desk.home), **desk.settings}
    with subprocess.Popen(
        [program, "run", "--workspace", "workspace.yaml"],
        cwd=desk.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as daemon:
        try:
            yield
        finally:
            os.killpg(daemon.pid, signal.SIGTERM)


def _await(reached: Callable[[], bool]) -> None:
    last = time.monotonic() + _PATIENCE
    while not reached():
        assert time.monotonic() < last, "it was waited for in vain"
        time.sleep(1)


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_the_running_platform_follows_a_change_without_being_told(
    platform: Platform, desk: Desk
) -> None:
    for select in ("*", "group:gidamps and kind:redcap and kind:parquet"):
        platform.record(NEW, sex="2", age="41" if select == "*" else "42")
        done = desk.types(*MATERIALISE, "--select", select, DAGSTER_HOME=str(desk.folder))
        assert done.returncode == 0, done.stderr
    age = "select age from core.gidamps__participant where study_id = %s and _valid_to is null"
    assert platform.ask(age, NEW) == [(41,)]
    with _daemon(desk):
        _await(lambda: len(desk.asks(_FOLLOWED)) >= 3)
        _await(lambda: not desk.asks(_UNDER_WAY))
    assert platform.ask(age, NEW) == [(42,)]
    assert desk.asks(_FOLLOWED) == [("SUCCESS",)] * 3
