"""What a project says of its fields decides what is asked for."""

import pytest

from omics_orchestrator.dictionary.model import RedcapSource
from omics_orchestrator.errors import SourceError
from omics_orchestrator.sources._redcap_fields import (
    KEYS,
    Field,
    refuse_other_project,
    withheld_fields,
)
from tests.unit.sources.asked import PLACE, redcap


def field(name: str, kind: str = "radio", form: str = "base", **more: str) -> Field:
    line = dict.fromkeys(KEYS, "") | {"field_name": name, "form_name": form, "field_type": kind}
    return Field.of(line | more)


def text(name: str, validation: str = "", **more: str) -> Field:
    return field(name, "text", text_validation_type_or_show_slider_number=validation, **more)


def boxes(choices: str) -> Field:
    return field("why", "checkbox", select_choices_or_calculations=choices)


def source(**more: object) -> RedcapSource:
    found = redcap("base", **more).source
    assert isinstance(found, RedcapSource)
    return found


def withheld(*fields: Field, released: frozenset[str] = frozenset(), **more: object) -> list[str]:
    found = withheld_fields(source(**more), (text("id"), *fields), released)
    return [f"{name}: {rule}" for name, rule in found.items()]


def test_a_checkbox_field_has_a_column_an_option_however_its_choices_are_written() -> None:
    found = boxes('1, One, or more | -99,<b>Two</b>|4.4, "x" | legacy | , ')
    assert found.columns == ("why___1", "why____99", "why___4_4", "why___legacy")


@pytest.mark.parametrize("choices", ["A, Yes | a, No", "1.5, Low | 1-5, High"])
def test_options_that_share_a_column_hold_their_field_back(choices: str) -> None:
    assert withheld(boxes(choices)) == ["why: two of its options share one export column"]
    assert withheld(boxes("1, Yes | 2, No")) == []


def test_identifiers_are_held_back_whoever_says_so_and_even_when_mapped() -> None:
    fields = (text("born", "date_ymd", identifier="y"), text("chi", "number"))
    held = withheld(*fields, identifiers=["chi"], released=frozenset({"born", "chi"}))
    assert held == ["born: identifier", "chi: identifier"]


@pytest.mark.parametrize("validation", ["", "email", "phone", "postalcode_australia", "mrn_10d"])
def test_text_that_can_name_a_person_comes_only_when_released(validation: str) -> None:
    assert withheld(text("said", validation)) == ["said: free text, not released"]
    assert withheld(text("said", validation), released=frozenset({"said"})) == []


@pytest.mark.parametrize(
    "validation", ["date_dmy", "datetime_seconds_ymd", "time_mm_ss", "integer", "number_1dp"]
)
def test_text_that_can_only_be_a_number_or_a_time_comes(validation: str) -> None:
    assert withheld(text("measured", validation)) == []


def test_notes_and_queried_lists_are_text_and_a_file_has_no_value() -> None:
    fields = (field("note", "notes"), field("site", "sql"), field("scan", "file"))
    assert withheld(*fields) == [
        "note: free text, not released",
        "site: free text, not released",
        "scan: no value of its own",
    ]


def test_fields_of_other_instruments_are_not_even_listed() -> None:
    assert withheld(field("mail", "notes", form="contact")) == []


@pytest.mark.parametrize(
    ("described", "record", "said"),
    [
        ({"instruments": ["base", "visit"]}, text("id"), "the project has no instrument visit"),
        ({"identifiers": ["dob"]}, text("id"), "the project has no identifier field dob"),
        ({}, text("id", identifier="y"), "the record id id is marked as an identifier"),
        ({"identifiers": ["id"]}, text("id"), "the record id id is marked as an identifier"),
    ],
)
def test_a_project_that_is_not_as_described_is_refused(
    described: dict[str, object], record: Field, said: str
) -> None:
    with pytest.raises(SourceError, match=f"study clinic, source lab: {said}"):
        refuse_other_project(source().model_copy(update=described), (record,), PLACE)
