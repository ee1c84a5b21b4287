"""What a project says of its fields decides what is asked for."""

import pytest

from omics_orchestrator.dictionary.model import RedcapSource
from omics_orchestrator.errors import SourceError
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import KEYS
from omics_orchestrator.sources._redcap_fields import (
    refuse_other_project,
    released_files,
    withheld_fields,
)
from tests.unit.sources.asked import PLACE, redcap

Line = dict[str, str]


def field(name: str, kind: str = "radio", form: str = "base", **more: str) -> Line:
    line = dict.fromkeys(KEYS, "") | {"field_name": name, "form_name": form, "field_type": kind}
    return line | more


def text(name: str, validation: str = "", **more: str) -> Line:
    return field(name, "text", text_validation_type_or_show_slider_number=validation, **more)


def boxes(choices: str) -> Line:
    return field("why", "checkbox", select_choices_or_calculations=choices)


def project(*lines: Line) -> Description:
    return Description("7", "Clinic", "14.9.1", is_longitudinal=False, dictionary=lines)


def source(**more: object) -> RedcapSource:
    found = redcap("base", **more).source
    assert isinstance(found, RedcapSource)
    return found


def withheld(
    *lines: Line,
    released: frozenset[str] = frozenset(),
    once: frozenset[str] = frozenset(),
    **more: object,
) -> list[str]:
    found = withheld_fields(source(**more), project(text("id"), *lines), released, once)
    return [f"{name}: {rule}" for name, rule in found.items()]


@pytest.mark.parametrize("choices", ["A, Yes | a, No", "1.5, Low | 1-5, High"])
def test_options_that_share_a_column_hold_their_field_back(choices: str) -> None:
    assert withheld(boxes(choices)) == ["why: two of its options share one export column"]
    assert withheld(boxes("1, Yes | 2, No")) == []


def test_identifiers_are_held_back_whoever_says_so_and_even_when_mapped() -> None:
    lines = (text("born", "date_ymd", identifier="y"), text("chi", "number"))
    held = withheld(*lines, identifiers=["chi"], released=frozenset({"born", "chi"}))
    assert held == ["born: identifier", "chi: identifier"]


def test_a_field_that_lost_its_flag_stays_held_back_until_a_steward_accepts_it() -> None:
    (said,) = withheld(text("born", "date_ymd"), once=frozenset({"born"}))
    assert said.startswith("born: was an identifier before")
    assert withheld(text("born", "date_ymd")) == []


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
    lines = (field("note", "notes"), field("site", "sql"), field("scan", "file"))
    assert withheld(*lines) == [
        "note: free text, not released",
        "site: free text, not released",
        "scan: no value of its own",
    ]


def test_fields_of_other_instruments_are_not_even_listed() -> None:
    assert withheld(field("mail", "notes", form="contact")) == []


def test_documents_are_kept_when_listed_and_signatures_only_by_name() -> None:
    signed = "text_validation_type_or_show_slider_number"
    described = project(
        text("id"),
        field("scan", "file"),
        field("consent", "file", **{signed: "signature"}),
        field("passport", "file", identifier="y"),
    )
    assert released_files(source(), described) == []
    assert released_files(source(files="all"), described) == ["scan"]
    listed = source(files=["consent", "passport"])
    assert released_files(listed, described) == ["consent"]


@pytest.mark.parametrize(
    ("asked", "record", "said"),
    [
        ({"instruments": ["base", "visit"]}, text("id"), "the project has no instrument visit"),
        ({"identifiers": ["dob"]}, text("id"), "the project has no identifier field dob"),
        ({"files": ["scan"]}, text("id"), "the project has no file field scan"),
        ({"project_id": "8"}, text("id"), "the token opens project 7, not 8"),
        ({}, text("id", identifier="y"), "the record id id is marked as an identifier"),
        ({"identifiers": ["id"]}, text("id"), "the record id id is marked as an identifier"),
    ],
)
def test_a_project_that_is_not_as_described_is_refused(
    asked: dict[str, object], record: Line, said: str
) -> None:
    with pytest.raises(SourceError, match=f"study clinic, source lab: {said}"):
        refuse_other_project(source().model_copy(update=asked), project(record), PLACE)
