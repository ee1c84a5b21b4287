"""What is suggested for a project, and what is left open."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.redcap_project.project_files import describe
from omics_orchestrator.suggest.choosing import SURE, Choice
from omics_orchestrator.suggest.offer import Offer
from omics_orchestrator.suggest.precedent import participant, targets
from omics_orchestrator.suggest.redcap_outline import outline
from omics_orchestrator.suggest.suggestions import suggest
from tests.unit.redcap_project.projects import Line, line
from tests.unit.suggest.hospital import SETTINGS, book, clinics_project, suggested, sure

DEMO = Path(__file__).parents[3] / "omics_orchestrator/demo/gidamps/dictionary.csv"


@pytest.mark.parametrize(
    ("field", "variable"),
    [
        (line("gender", kind="radio", choices="0, Female | 1, Male"), "sex"),
        (line("alb_b", field_label="Albumin (g/dL)", validation="number"), "albumin"),
        (line("plt_count", field_label="Platelets", field_note="10^9/L"), "platelets"),
        (line("dx_date", field_label="Date of diagnosis", validation="date_dmy"), "date_of_diagnosis"),
        (line("ever_ifx", kind="yesno", field_label="Ever on infliximab?"), "ifx"),
        (line("smokeryn1", kind="radio", choices="1, Current | 2, Past"), "smoking_status"),
        (line("inflammation_marker", field_label="Inflammation"), "crp"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)  # fmt: skip
def test_a_field_finds_its_variable(field: Line, variable: str) -> None:
    assert sure(field) == {field["field_name"]: variable}


def test_an_option_of_a_checkbox_becomes_a_boolean() -> None:
    field = line(
        "eims",
        kind="checkbox",
        field_label="Extra-intestinal manifestations",
        choices="4, Uveitis | 5, Primary sclerosing cholangitis | 9, Something else",
    )
    assert sure(field) == {"eims___4": "eims_uveitis", "eims___5": "eims_psc"}


def test_a_checkbox_field_becomes_a_category_where_its_options_are_the_codes() -> None:
    field = line(
        "behav",
        kind="checkbox",
        field_label="Montreal: behaviour of Crohn's disease",
        choices="0, Inflammatory | 1, Stricturing | 2, Penetrating",
    )
    (match,) = suggested(field).sure.values()
    assert match.variable == "behaviour"
    assert match.meaning.codes == {"0": "B1", "1": "B2", "2": "B3"}


def test_a_header_above_a_short_label_tells_what_it_is_about() -> None:
    short = line("q17", kind="yesno", field_label="Uveitis")
    assert "q17" not in sure(short)
    header = "Extra-intestinal manifestations"
    assert sure({**short, "section_header": header}) == {"q17": "eims_uveitis"}


def test_two_fields_that_may_both_be_the_variable_are_left_open() -> None:
    fields = [line(f"height_{place}", field_label="Height", validation="number") for place in "ab"]
    found = suggested(*fields)
    assert found.sure == {}
    assert [each.variable for each in found.candidates["height_a"]] == ["height"]


def test_the_second_of_several_fields_is_not_taken_for_the_only_one() -> None:
    fields = [line(name, field_label="Albumin", validation="number") for name in ("alb", "alb_2")]
    assert "alb_2" not in sure(*fields)


@pytest.mark.parametrize(
    "field",
    [
        line("age", kind="notes", field_label="Age at recruitment"),
        line("height", field_label="Height", field_note="kg", validation="number"),
        line("sex", kind="radio", field_label="Sex", choices="1, Often | 2, Never"),
        line("crp", kind="yesno", field_label="C-reactive protein"),
    ],
    ids=["free text", "a unit of something else", "codes of something else", "a type that is none"],
)
def test_what_cannot_be_the_variable_is_not_sure_whatever_its_name(field: Line) -> None:
    assert sure(field) == {}


def test_a_field_named_as_a_variable_but_labelled_as_something_else_is_left_open() -> None:
    field = line("age", field_label="Years since the last colonoscopy", validation="integer")
    assert sure(field) == {}


def test_the_study_itself_tells_nothing_of_its_own_fields() -> None:
    known = targets(book(), {"clinic": {"redcap": clinics_project()}}, study="clinic")
    assert all(each.study == "" for target in known for each in (*target.names, *target.labels))
    assert participant(book(), study="clinic") is None
    assert participant(book(), study="ward") == "study_id"


def test_a_variable_that_identifies_somebody_is_never_suggested() -> None:
    found = book()
    direct = found.variables["age"].model_copy(update={"sensitivity": "direct"})
    hidden = found.model_copy(update={"variables": {**found.variables, "age": direct}})
    assert "age" not in {each.variable.variable for each in targets(hidden, {}, study="ward")}


@pytest.fixture(scope="module")
def large() -> tuple[Dictionary, tuple[Offer, ...], Choice]:
    project = describe("gidamps", DEMO.read_text(encoding="utf-8"), None)
    offers = outline(project, **SETTINGS).offers
    return book(), offers, suggest(book(), targets(book(), {}, study="ward"), offers)


@settings(max_examples=5)
@given(random=st.randoms(use_true_random=False))
def test_the_order_of_fields_changes_nothing(
    large: tuple[Dictionary, tuple[Offer, ...], Choice], random: object
) -> None:
    dictionary, offers, found = large
    shuffled = list(offers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    assert suggest(dictionary, targets(dictionary, {}, study="ward"), shuffled) == found


def test_no_field_of_a_large_project_is_sure_without_being_good(
    large: tuple[Dictionary, tuple[Offer, ...], Choice],
) -> None:
    _, _, found = large
    assert found.sure
    assert all(each.score >= SURE for each in found.sure.values())
    assert len({each.variable for each in found.sure.values()}) == len(found.sure)
