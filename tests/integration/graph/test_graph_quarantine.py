"""Quarantine as a data manager meets it: what is held, what mends it, decisions, and replay."""

import re

import pytest
from running_platform import Platform
from typed_commands import Desk

RIGHT = "{field: sampling_setting, codes: {1: inpatient, 2: outpatient, 3: endoscopy}}"
WRONG = RIGHT.replace(", 3: endoscopy", "")
TABLES = ("core.gidamps__sampling", "datasets.gidamps__sampling")
OUT_OF_REACH = {
    "GIDAMPS_REDCAP_URL": "http://127.0.0.1:9/api/",
    "GIDAMPS_SAMPLES_URL": "sqlite:////nowhere/samples.sqlite",
}
STEWARD = "sofia"


@pytest.fixture(scope="module")
def mistaken(workplace: tuple[Platform, Desk]) -> Desk:
    """A desk of a platform whose dictionary forgot one code, and which has run with that."""
    platform, desk = workplace
    platform.rewrite(RIGHT, WRONG)
    assert platform.run().succeeded
    desk.settle(OMICS_STEWARDS=f"otto {STEWARD}")
    return desk


def omics(desk: Desk, *words: str, **settings: str) -> str:
    """What `omics quarantine` says; it must succeed."""
    done = desk.types("omics", "quarantine", *words, **desk.settings | settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(desk: Desk, *words: str) -> str:
    done = desk.types("omics", "quarantine", *words, **desk.settings)
    assert done.returncode == 1
    return done.stdout


def group_of(desk: Desk, *about: str) -> str:
    """The name of the group about which `list` says all of this."""
    lines = omics(desk, "list", "--all").splitlines()
    (line,) = [line for line in lines if all(each in line for each in about)]
    return line.split()[0]


def contents(platform: Platform) -> dict[str, str]:
    found = platform.ask(
        "select distinct on (relation) relation, content_hash from ops.load"
        " where relation = any(%s) and status = 'ok' order by relation, load_id desc",
        list(TABLES),
    )
    return dict(found)


@pytest.mark.proof
def test_a_replay_gives_what_a_right_first_load_gave_and_asks_no_source(
    platform: Platform, desk: Desk
) -> None:
    at_first = contents(platform)
    platform.rewrite(RIGHT, WRONG)
    assert platform.run().succeeded
    assert contents(platform) != at_first
    group = group_of(desk, "core.gidamps__sampling", "unknown_code")
    omics(desk, "resolve", group, "mended", "--why", "the code was added", "--by", "anna")
    assert f"{group} " not in omics(desk, "list")
    platform.rewrite(WRONG, RIGHT)
    assert "the rule reads all of these now: replay" in omics(desk, "show", group)
    told = omics(desk, "replay", group, **OUT_OF_REACH)
    assert re.search(
        rf"^{group}  core.gidamps__sampling, .*unknown_code: \d+ cells before, 0 now",
        told,
        re.MULTILINE,
    )
    assert contents(platform) == at_first
    assert group_of(desk, "gone, mended (anna)") == group


def test_the_list_says_what_mends_each_group_and_shows_no_value(mistaken: Desk) -> None:
    told = omics(mistaken, "list")
    mends = re.split(r"core\.gidamps__sampling +sampling_setting", told)[1].splitlines()[1]
    place = r"tables\.sampling\.variables\.sampling_setting"
    assert re.search(place + r": codes: \{#\w{8}: ___\}  mends \d+ ", mends)
    assert re.search("one of .*endoscopy", mends)
    assert '"3"' not in told
    assert 'decimal: ","' in told


def test_values_are_shown_to_a_steward_with_their_records_and_that_is_recorded(
    workplace: tuple[Platform, Desk], mistaken: Desk
) -> None:
    platform, _ = workplace
    group = group_of(mistaken, "core.gidamps__sampling", "unknown_code")
    assert "vera may not see values" in refused(mistaken, "show", group, "--values", "--by", "vera")
    assert platform.ask("select count(*)::int from ops.quarantine_showing") == [(0,)]
    told = omics(mistaken, "show", group, "--values", "--by", STEWARD)
    assert 'codes: {"3": endoscopy}' in told
    assert re.search(r"'3' of GID-\S+", told)
    assert platform.ask(
        "select shown_to, place, shown_values::int, field from ops.quarantine_showing"
    ) == [(STEWARD, "shell", 1, "sampling_setting")]
    assert f"{STEWARD} was shown 1 values (shell)" in omics(mistaken, "show", group)


def test_a_decision_needs_a_reason_without_a_name_and_a_group_that_is_there(mistaken: Desk) -> None:
    group = group_of(mistaken, "core.gidamps__sampling", "unknown_code")
    told = refused(mistaken, "resolve", group, "leave", "--why", "ask ann@example.org")
    assert "a person's e-mail address" in told
    assert "0 groups of quarantine are called zzz" in refused(mistaken, "show", "zzz")
    told = refused(mistaken, "resolve", group, "leave", "--why", "x", "--value", "#00")
    assert "no such value is held" in told
