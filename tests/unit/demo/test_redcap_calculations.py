"""Calculated fields follow what a record holds."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from redcap_rows import TOKEN, Row, entry, exported

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.calculations import Calculations
from omics_orchestrator.demo.redcap.project import Event, ProjectDefinition, create

DICTIONARY = (
    entry("id", "base"),
    entry("double", "base", "calc", "[single]*2"),
    entry("single", "base", "calc", "[half]+[half]"),
    entry("half", "base"),
    entry("odd", "base", "calc", "[half] +* 2"),
    {
        **entry("told", "base"),
        "field_annotation": "@HIDDEN @CALCTEXT(if([half] > 1, concat('more (', [half], ')'), \"less\")) x)",
    },
    entry("where", "visits", "calc", "if([current-instance] > 1, [record-name], '')"),
    {**entry("open", "base"), "field_annotation": "@CALCTEXT(concat([half], 'x')"},
    entry("share", "visits", "calc", "[part]/[half]"),
    entry("part", "visits"),
)
CLASSIC = ProjectDefinition(
    "calculations", DICTIONARY, repeating=(("", "visits"),), missing_data_codes={"NI": "none"}
)


def renewed(tmp_path: Path, rows: Iterable[Row], definition: ProjectDefinition = CLASSIC) -> Path:
    database = tmp_path / "redcap.db"
    create(database, TOKEN, definition, rows)
    with store.connect(database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project
        now = datetime(2024, 5, 1, tzinfo=UTC)
        Calculations(definition, now).renew(connection, project.id, "1")
    return database


def test_a_formula_may_use_another_that_comes_later(tmp_path: Path) -> None:
    (row,) = exported(renewed(tmp_path, [{"id": "1", "half": "1.5"}]))
    assert (row["single"], row["double"]) == ("3", "6")


def test_a_result_that_fell_away_is_erased(tmp_path: Path) -> None:
    (row,) = exported(renewed(tmp_path, [{"id": "1", "single": "3", "double": "6"}]))
    assert (row["single"], row["double"]) == ("", "")


def test_a_repeat_sees_the_base_row(tmp_path: Path) -> None:
    repeat = {"redcap_repeat_instrument": "visits", "redcap_repeat_instance": "1"}
    database = renewed(tmp_path, [{"id": "1", "half": "4"}, {"id": "1", **repeat, "part": "2"}])
    base, visit = exported(database)
    assert visit["share"] == "0.5"
    assert (base["share"], visit["single"]) == ("", "")


def test_a_missing_data_code_and_a_formula_nobody_can_read_are_left_alone(tmp_path: Path) -> None:
    (row,) = exported(renewed(tmp_path, [{"id": "1", "single": "NI", "half": "1", "odd": "9"}]))
    assert (row["single"], row["odd"]) == ("NI", "9")


def test_a_formula_may_name_another_event(tmp_path: Path) -> None:
    change = entry("change", "base", "calc", "[half]-[first_arm_1][half]")
    definition = ProjectDefinition(
        "events", (*DICTIONARY[:1], DICTIONARY[3], change), events=(Event("First"), Event("Second"))
    )
    rows = [
        {"id": "1", "redcap_event_name": "first_arm_1", "half": "3"},
        {"id": "1", "redcap_event_name": "second_arm_1", "half": "5"},
    ]
    found = exported(renewed(tmp_path, rows, definition))
    assert [row["change"] for row in found] == ["0", "2"]


def test_a_text_may_be_calculated_by_its_action_tag(tmp_path: Path) -> None:
    (row,) = exported(renewed(tmp_path, [{"id": "1", "half": "1.5", "told": "old", "open": "o"}]))
    assert (row["told"], row["open"]) == ("more (1.5)", "o")


def test_a_formula_may_ask_for_the_row_itself(tmp_path: Path) -> None:
    repeats = [
        {
            "id": "1",
            "redcap_repeat_instrument": "visits",
            "redcap_repeat_instance": number,
            "part": "2",
        }
        for number in ("1", "2")
    ]
    _, *visits = exported(renewed(tmp_path, [{"id": "1", "half": "4"}, *repeats]))
    assert [visit["where"] for visit in visits] == ["", "1"]
