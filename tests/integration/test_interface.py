"""`make up` as a person meets it: Dagster's UI in a real browser, then `make down`."""

import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from omics_orchestrator.demo import environment, preparation
from omics_orchestrator.demo.laptop import Laptop

# Dagster's processes and a browser, minutes in all.
pytestmark = pytest.mark.proof
REPOSITORY = Path(__file__).parents[2]
_SHOWN = {
    "gidamps": ("patient_details", "participant", "olink", "cucq32"),
    "omics": ("file_sample",),
}
_PATIENCE_MS = 60_000
_LOCATION = '{repositoryName: "__repository__", repositoryLocationName: "omics_orchestrator"}'


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """The demo after its first run, with the UI up."""
    home = tmp_path_factory.mktemp("laptop")
    settings = environment.settings_of_demo(home, REPOSITORY)
    machine = Laptop({"PATH": os.environ["PATH"], **settings}, REPOSITORY)
    try:
        preparation.prepare(machine)
        machine.start_sources()
        run = [sys.executable, "-m", "omics_orchestrator.run", str(uuid.uuid4())]
        subprocess.run(run, env=dict(machine.environment), cwd=REPOSITORY, check=True)
        machine.start_dagster()
        machine.start_pages()
        yield machine
        assert set(machine.stop()) == {"pages", "daemon", "webserver", "redcap", "postgres"}
        assert _processes_of(home) == []
    finally:
        machine.remove()


def _processes_of(home: Path) -> list[str]:
    """Commands of processes that were started for this home, by their command or environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("OMICS_HOME") == str(home):
                found.append(" ".join(process.cmdline()))
    return found


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    opened = browser.new_page(viewport={"width": 4000, "height": 9000})
    opened.set_default_timeout(_PATIENCE_MS)
    expect.set_options(timeout=_PATIENCE_MS)
    return opened


def test_the_graph_shows_every_table_in_its_group(page: Page, laptop: Laptop) -> None:
    for group, names in _SHOWN.items():
        # One group at a time: of a graph that is too large, the page leaves out what is far away.
        page.goto(f"{laptop.interface}/asset-groups?expanded=global%40global%3A{group}")
        for name in names:
            expect(page.get_by_text(name, exact=True).first).to_be_visible()


def test_a_table_tells_a_clinician_what_it_is_and_what_its_columns_mean(
    page: Page, laptop: Laptop
) -> None:
    page.goto(f"{laptop.interface}/assets/core/gidamps/activity")
    expect(page.get_by_text("One row a sampling visit").first).to_be_visible()
    expect(page.get_by_text("SCCAI: general well-being").first).to_be_visible()
    expect(page.get_by_text("data-manager@example.org").first).to_be_visible()


def test_a_load_shows_what_became_of_every_cell(page: Page, laptop: Laptop) -> None:
    page.goto(f"{laptop.interface}/assets/core/gidamps/sampling?view=events")
    for said in ("cells/arrived", "cells/conformed", "cells/quarantined"):
        expect(page.get_by_text(said, exact=True).first).to_be_visible()


def test_the_damaged_file_is_named_with_what_to_do(page: Page, laptop: Laptop) -> None:
    page.goto(f"{laptop.interface}/assets/omics/file?view=checks&checkDetail=every_file_is_whole")
    expect(page.get_by_text("ask whoever sent a file listed here").first).to_be_visible()


def test_the_pages_say_what_is_held_and_lead_to_the_table_in_dagster(
    page: Page, laptop: Laptop
) -> None:
    page.goto(laptop.pages)
    expect(page.get_by_text('decimal: ","', exact=True).first).to_be_visible()
    page.get_by_role("link", name="value", exact=True).first.click()
    page.get_by_role("link", name="core.gidamps__olink").click()
    expect(page.get_by_text("Olink", exact=False).first).to_be_visible()
    assert page.url.startswith(f"{laptop.interface}/assets/core/gidamps/olink")


def test_schedules_and_sensors_are_on(laptop: Laptop) -> None:
    query = """{
      schedulesOrError(repositorySelector: %s) { ... on Schedules { results { name scheduleState { status } } } }
      sensorsOrError(repositorySelector: %s) { ... on Sensors { results { name sensorState { status } } } }
    }""".replace("%s", _LOCATION)  # fmt: skip
    answer = requests.post(f"{laptop.interface}/graphql", json={"query": query}, timeout=60).json()
    schedules = answer["data"]["schedulesOrError"]["results"]
    sensors = answer["data"]["sensorsOrError"]["results"]
    assert {each["scheduleState"]["status"] for each in schedules} == {"RUNNING"}
    assert {each["sensorState"]["status"] for each in sensors} == {"RUNNING"}
    assert "every_night" in {each["name"] for each in schedules}
