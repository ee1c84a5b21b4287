"""Rows go into a project and come out of the flat export by REDCap's rules."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from redcap_rows import TOKEN, Row, entry, exported

from omics_orchestrator.demo.redcap import store as redcap_store
from omics_orchestrator.demo.redcap.project import (
    Event,
    ProjectDefinition,
    create,
)
from omics_orchestrator.demo.redcap.request import RefusedError

DICTIONARY = (
    entry("id", "base"),
    entry("age", "base"),
    entry("hello", "base", "descriptive"),
    entry("why", "base", "checkbox", "1, One | -2, Two"),
    entry("lab", "tests"),
    entry("flag", "tests", "checkbox", "x, X"),
)
CLASSIC = ProjectDefinition("classic", DICTIONARY, repeating=(("", "tests"),))
LONGITUDINAL = ProjectDefinition(
    "longitudinal",
    DICTIONARY,
    events=(Event("First"), Event("Second"), Event("Visit")),
    designations=(
        ("first_arm_1", "base"),
        ("first_arm_1", "tests"),
        ("second_arm_1", "tests"),
        ("visit_arm_1", "tests"),
    ),
    repeating=(("first_arm_1", "tests"), ("visit_arm_1", "")),
)


Seed = Callable[[ProjectDefinition, Iterable[Mapping[str, str]]], Path]


@pytest.fixture
def seed(tmp_path: Path) -> Seed:
    def create_in(definition: ProjectDefinition, rows: Iterable[Mapping[str, str]]) -> Path:
        create(tmp_path / "redcap.db", TOKEN, definition, rows)
        return tmp_path / "redcap.db"

    return create_in


def repeat(record: str, instance: int, **cells: str) -> Row:
    place = {"redcap_repeat_instrument": "tests", "redcap_repeat_instance": str(instance)}
    return {"id": record, **place, **cells}


def keys(rows: list[Row], *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_records_stand_in_natural_order_and_their_repeats_after_their_base_row(seed: Seed) -> None:
    numbered = [repeat("10", instance, lab="x") for instance in (10, 9, 1)]
    rows = exported(
        seed(CLASSIC, [*numbered, *({"id": name} for name in ("10", "2", "331-2", "331-1"))])
    )
    assert keys(rows, "id", "redcap_repeat_instance") == [
        ("2", ""),
        ("10", ""),
        ("10", "1"),
        ("10", "9"),
        ("10", "10"),
        ("331-1", ""),
        ("331-2", ""),
    ]


def test_a_record_has_its_base_rows_of_all_events_before_any_repeat(seed: Seed) -> None:
    database = seed(
        LONGITUDINAL,
        [
            {"id": "1", "redcap_event_name": "visit_arm_1", "redcap_repeat_instance": "2"},
            {"id": "1", "redcap_event_name": "visit_arm_1", "lab": "of instance 1"},
            {**repeat("1", 1, lab="x"), "redcap_event_name": "first_arm_1"},
            {"id": "1", "redcap_event_name": "second_arm_1", "lab": "x"},
            {"id": "1", "redcap_event_name": "first_arm_1", "age": "5"},
        ],
    )
    names = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
    assert keys(exported(database), *names) == [
        ("first_arm_1", "", ""),
        ("second_arm_1", "", ""),
        ("first_arm_1", "tests", "1"),
        ("visit_arm_1", "", "1"),
        ("visit_arm_1", "", "2"),
    ]


def test_only_live_forms_show_zeros_where_nothing_is_stored(seed: Seed) -> None:
    base, repeated = exported(seed(CLASSIC, [{"id": "1"}, repeat("1", 1)]))
    assert base | {"age": "", "why___1": "0", "why____2": "0", "base_complete": "0"} == base
    assert base | {"lab": "", "flag___x": "", "tests_complete": ""} == base
    assert repeated | {"flag___x": "0", "tests_complete": "0", "lab": ""} == repeated
    assert repeated | {"age": "", "why___1": "", "base_complete": ""} == repeated


def test_the_status_of_an_untouched_form_may_be_asked_for_as_blank(seed: Seed) -> None:
    database = seed(CLASSIC, [{"id": "1"}, {"id": "2", "age": "7"}, {"id": "3", "why___1": "1"}])
    shown = exported(database, exportBlankForGrayFormStatus="true", fields=["base_complete"])
    assert shown == [{"base_complete": status} for status in ("", "0", "0")]


def test_key_columns_come_only_with_the_record_id_or_its_form(seed: Seed) -> None:
    database = seed(CLASSIC, [{"id": "1", "age": "7"}])
    places = ["id", "redcap_repeat_instrument", "redcap_repeat_instance"]
    assert list(exported(database, fields=["age"])[0]) == ["age"]
    assert list(exported(database, fields=["age", "id"])[0]) == [*places, "age"]
    assert list(exported(database, forms=["tests"])[0]) == ["lab", "flag___x", "tests_complete"]
    assert list(exported(database, forms=["base"])[0])[:3] == places


def test_repeats_come_only_where_a_field_of_their_form_is_asked_for(seed: Seed) -> None:
    database = seed(CLASSIC, [{"id": "1"}, repeat("1", 1, lab="x"), repeat("2", 1, lab="y")])
    assert keys(exported(database, fields=["id", "lab"]), "id", "lab") == [
        ("1", ""),
        ("1", "x"),
        ("2", "y"),
    ]
    assert keys(exported(database, fields=["id", "age"]), "id") == [("1",), ("2",)]


def test_records_and_events_are_selected_and_unknown_records_are_no_error(seed: Seed) -> None:
    at = [{"redcap_event_name": name} for name in ("first_arm_1", "second_arm_1")]
    database = seed(LONGITUDINAL, [{"id": name, **place} for name in ("1", "2") for place in at])
    rows = exported(database, records=["2", "99"], events=["second_arm_1"])
    assert keys(rows, "id", "redcap_event_name") == [("2", "second_arm_1")]


@pytest.mark.parametrize(
    "asked",
    [
        {"fields": ["nothing"]},
        {"fields": ["redcap_event_name"]},
        {"fields": ["redcap_repeat_instance"]},
        {"fields": ["base_timestamp"]},
        {"fields": ["why___1"]},
        {"forms": ["nothing"]},
        {"events": ["nothing_arm_1"]},
        {"type": "wide"},
        {"rawOrLabel": "both"},
        {"filterLogic": "[age] >"},
        {"filterLogic": "[nothing] = 1"},
        {"dateRangeBegin": "yesterday"},
    ],
)
def test_what_the_export_cannot_give_is_refused(
    seed: Seed, asked: dict[str, str | list[str]]
) -> None:
    database = seed(LONGITUDINAL, [])
    with pytest.raises(RefusedError, match="not valid"):
        exported(database, **asked)


def test_descriptive_fields_may_be_asked_for_and_have_no_column(seed: Seed) -> None:
    database = seed(CLASSIC, [{"id": "1"}])
    assert exported(database, fields=["hello", "age"]) == [{"age": ""}]


def test_creating_a_project_again_replaces_it_and_no_other(tmp_path: Path) -> None:
    database = tmp_path / "redcap.db"
    create(database, "1" * 32, CLASSIC, [{"id": "of another project"}])
    for name in ("old", "new"):
        create(database, TOKEN, CLASSIC, [{"id": name}])
    assert keys(exported(database), "id") == [("new",)]
    with redcap_store.connect(database) as connection:
        other = redcap_store.find_project(connection, "1" * 32)
        assert other
        assert redcap_store.records(connection, other.id) == ["of another project"]


@pytest.mark.parametrize(
    "row",
    [
        {"age": "7"},
        {"id": "1", "weight": "7"},
        {"id": "1", "lab": "on a repeating form"},
        {"id": "1", "redcap_repeat_instrument": "base", "redcap_repeat_instance": "1"},
        {"id": "1", "redcap_repeat_instance": "1"},
        {"id": "1", "redcap_repeat_instrument": "tests", "redcap_repeat_instance": "0"},
        {"id": "1", "redcap_repeat_instrument": "tests", "redcap_repeat_instance": "new"},
        {"id": "1", "redcap_event_name": "first_arm_1"},
        {"id": "1", "why___1": "maybe"},
        {"id": "1", "base_complete": "-99"},
    ],
)
def test_one_row_that_does_not_fit_keeps_the_whole_project_as_it_was(seed: Seed, row: Row) -> None:
    database = seed(CLASSIC, [{"id": "before"}])
    with pytest.raises(RefusedError):
        seed(CLASSIC, [{"id": "after"}, row])
    assert keys(exported(database), "id") == [("before",)]
