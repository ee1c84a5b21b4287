"""The parts of a REDCap project: reading dictionaries, naming events, knowing what is live."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from omics_orchestrator.demo.redcap.definition import (
    API_KEY_OF_TITLE,
    API_KEYS,
    Event,
    ProjectDefinition,
    read_dictionary,
    unique_event_names,
    unique_group_names,
)
from omics_orchestrator.errors import DictionaryError

Dictionary = tuple[Mapping[str, str], ...]
SHORT = "field_name,form_name,field_type\nid,base,text\nage,base,text\nlab,tests,text\n"


@pytest.fixture
def entries(tmp_path: Path) -> Dictionary:
    path = tmp_path / "dictionary.csv"
    path.write_text(SHORT)
    return read_dictionary(path)


def test_long_titles_and_api_keys_read_alike(tmp_path: Path) -> None:
    title_of = {key: title for title, key in API_KEY_OF_TITLE.items()}
    header, rest = SHORT.split("\n", 1)
    long = ",".join(title_of[key] for key in header.split(",")) + "\n" + rest
    short_file, long_file = tmp_path / "short.csv", tmp_path / "long.csv"
    short_file.write_text(SHORT)
    long_file.write_bytes(b"\xef\xbb\xbf" + long.replace("\n", "\r\n").encode())
    assert read_dictionary(short_file) == read_dictionary(long_file)


def test_every_entry_has_the_eighteen_keys_in_order(entries: Dictionary) -> None:
    assert [tuple(entry) for entry in entries] == [API_KEYS] * 3
    assert entries[1]["field_annotation"] == ""


def test_a_huge_choice_string_is_read_whole(tmp_path: Path) -> None:
    choices = " | ".join(f"{code}, label {code}" for code in range(20_000))
    path = tmp_path / "dictionary.csv"
    path.write_text(
        f'field_name,form_name,select_choices_or_calculations\nid,base,\nx,base,"{choices}"\n'
    )
    assert read_dictionary(path)[1]["select_choices_or_calculations"] == choices


def test_a_file_that_is_no_dictionary_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "letters.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DictionaryError, match=r"letters\.csv: no column field_name"):
        read_dictionary(path)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["Dose 1"], ["dose_1_arm_1"]),
        (["Deadline to opt out of study"], ["deadline_to_opt_ou_arm_1"]),
        (["Deadline to return feedback"], ["deadline_to_return_arm_1"]),
        (["Pre-op (day 0)"], ["preop_day_0_arm_1"]),
        (["A  B"], ["a__b_arm_1"]),
        (["Visit", "visit!", "VISIT"], ["visit_arm_1", "visit_arm_1b", "visit_arm_1c"]),
    ],
)
def test_an_event_is_named_after_its_label_and_arm(labels: list[str], names: list[str]) -> None:
    assert unique_event_names([Event(label) for label in labels]) == tuple(names)


def test_a_form_is_live_where_it_is_designated_and_repeats_where_it_is_said(
    entries: Dictionary,
) -> None:
    definition = ProjectDefinition(
        "mixed",
        entries,
        events=(Event("One"), Event("Two"), Event("Three")),
        designations=(
            ("one_arm_1", "base"),
            ("one_arm_1", "tests"),
            ("two_arm_1", "tests"),
            ("three_arm_1", "base"),
        ),
        repeating=(("one_arm_1", "tests"), ("three_arm_1", "")),
    )
    assert definition.live_forms("one_arm_1", "", 0) == {"base"}
    assert definition.live_forms("one_arm_1", "tests", 2) == {"tests"}
    assert definition.live_forms("two_arm_1", "", 0) == {"tests"}
    assert definition.live_forms("three_arm_1", "", 1) == {"base"}
    assert definition.live_forms("three_arm_1", "", 0) == set()


def test_all_that_does_not_fit_together_is_named_at_once(
    entries: Dictionary,
) -> None:
    definition = ProjectDefinition(
        "wrong",
        ({"field_name": "id", "form_name": "base"}, *entries[1:]),
        designations=(("nowhere_arm_1", "base"),),
        repeating=(("", "dreams"),),
    )
    problems = definition.problems()
    assert "event nowhere_arm_1: the project has no such event" in problems
    assert "form dreams: the dictionary has no such form" in problems
    assert "field id: the key field_type is missing" in problems
    assert ProjectDefinition("right", entries).problems() == []


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["Site A"], ["site_a"]),
        (["dag_1", "dag-a"], ["dag_1", "daga"]),
        (["Hospital of the Southern Isles"], ["hospital_of_the_so"]),
        (["Site A", "site a", "SITE_A"], ["site_a", "site_ab", "site_ac"]),
    ],
)
def test_a_group_is_named_after_its_label(given: list[str], names: list[str]) -> None:
    assert unique_group_names(given) == tuple(names)


def test_no_form_is_live_at_an_event_that_is_gone(entries: Dictionary) -> None:
    definition = ProjectDefinition("p", entries, events=(Event("A"),))
    assert definition.designated_forms("a_arm_1") == ("base", "tests")
    assert definition.live_forms("gone_arm_1", "", 0) == frozenset()
