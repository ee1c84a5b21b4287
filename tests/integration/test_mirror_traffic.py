"""What a sync costs: bytes over the wire, objects in the store."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from counting_relay import relay
from mirror_world import DICTIONARY, FORMS, World, world
from redcap_service import TOKEN

from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.project import create

RECORDS, FIELDS = 2_000, 300


@pytest.fixture
def large(tmp_path: Path) -> Iterator[World]:
    """2,000 records of 300 fields on three forms, all filled in."""
    chance = random.Random(1)
    extra = [
        dict(DICTIONARY[3])
        | {"field_name": f"measurement_{number}", "form_name": FORMS[number * 3 // FIELDS]}
        for number in range(FIELDS - 8)
    ]
    by_form = sorted([*DICTIONARY, *extra], key=lambda line: FORMS.index(line["form_name"]))
    names = [line["field_name"] for line in extra]
    rows = (
        {"participant": str(record), **{name: f"{chance.random():.3f}" for name in names}}
        for record in range(1, RECORDS + 1)
    )
    with world(tmp_path) as project:
        create(project.server.database, TOKEN, ProjectDefinition("P", tuple(by_form)), rows)
        yield project


def test_one_changed_record_in_a_hundred_costs_at_most_three_bytes_in_a_hundred(
    large: World,
) -> None:
    large.sync()
    changed = [
        {"participant": str(record), "measurement_7": "0.5"} for record in range(1, RECORDS, 100)
    ]
    large.now += timedelta(days=1)
    large.ask(content="record", data=json.dumps(changed))
    with relay(large.server.url) as line:
        form = {"token": TOKEN, "content": "record", "format": "json"}
        requests.post(line.url, data=form, timeout=60).raise_for_status()
        whole, line.sent = line.sent, 0
        large.server.url, address = line.url, large.server.url
        mirrored = large.sync()
        large.server.url = address
    assert mirrored.report["records_read"] == RECORDS / 100
    assert whole > RECORDS * FIELDS * 10
    assert 0 < line.sent <= 0.03 * whole, f"{line.sent:,} of {whole:,} bytes"
    large.check()


def test_a_project_that_did_not_change_leaves_nothing_new_behind(tmp_path: Path) -> None:
    with world(tmp_path) as project:
        project.begin("mixed", random.Random(1))
        before, stored = dict(project.past), list(project.store.list())
        project.now += timedelta(days=1)
        for everything in (False, True):
            project.sync(everything=everything)
            assert list(project.store.list()) == stored
            assert {name: kept.content_hash for name, kept in project.past.items()} == {
                name: kept.content_hash for name, kept in before.items()
            }
