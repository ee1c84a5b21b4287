import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.redcap_project.description import PROJECT, Description
from omics_orchestrator.redcap_project.drift import WHOLE_FORM, Change, changes
from tests.unit.redcap_project.projects import Line, described, line, read_lines

NUARIG = "fixtures/redcap/NUARIG__redcap2omop/spec/support/data"
TIDIER = "fixtures/redcap/CHOP-CGTInformatics__REDCapTidieR/fixtures/classic"
SEVERITY = "1, Mild | 2, Severe"


def between(before: Line, after: Line) -> list[tuple[str, bool]]:
    """What changed in one field of a project."""
    found = changes(described(before).lines, described(after).lines)
    assert {change.field for change in found} <= {before["field_name"]}
    return [(change.what, change.is_breaking) for change in found]


def field(kind: str = "radio", choices: str = SEVERITY, **more: str) -> Line:
    return line("f", kind=kind, choices=choices, **more)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (field(), field(choices="1, Mild | 2, Moderate"), "code 2 was `Severe`, is `Moderate`"),
        (field(), field(choices="1, Mild"), "code 2 `Severe` removed"),
        (field(), field(form="visit_2"), "moved from visit to visit_2"),
        (field("text", ""), field(), "is now a radio, was text"),
        (field("yesno", ""), field(choices="1, Yes | 0, No"), "is now a radio, was a yesno"),
        (
            field("text", "", validation="date_dmy"),
            field("text", "", validation="datetime_dmy"),
            "is now text (datetime_dmy), was text (date_dmy)",
        ),
        (
            field("text", "", validation="number"),
            field("text", "", validation="number_comma_decimal"),
            "is now text (number_comma_decimal), was text (number)",
        ),
        (field(identifier="y"), field(), "is no longer flagged as an identifier"),
        (field("calc", "[a] + 1"), field("calc", "[a]+2"), "its calculation changed"),
        (field("slider", "low | | high"), field("slider", "high | | low"), "its slider labels changed"),
        (field("sql", "select 1"), field("sql", "select 2"), "its query changed"),
        (
            field("text", "", field_annotation="@CALCTEXT(1)"),
            field("text", "", field_annotation="@CALCTEXT(2)"),
            "its annotation changed",
        ),
    ],
)  # fmt: skip
def test_a_change_that_alters_the_meaning_of_values_is_breaking(
    before: Line, after: Line, what: str
) -> None:
    assert between(before, after) == [(what, True)]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (field(), field(choices=f"{SEVERITY} | 3, Fatal"), "code 3 `Fatal` added"),
        (field(), field(choices="2, Severe | 1, Mild"), "its codes are in another order"),
        (
            field(),
            field(choices="1, <b>Mild</b> | 2,  Severe"),
            "code 1 `Mild` is written another way",
        ),
        (field(), field("dropdown"), "is now a dropdown, was a radio"),
        (field("dropdown"), field("dropdown", validation="autocomplete"), None),
        (field("text", ""), field("notes", ""), "is now notes, was text"),
        (field("yesno", ""), field("truefalse", ""), "is now a truefalse, was a yesno"),
        (
            field("text", "", validation="date_dmy"),
            field("text", "", validation="date_ymd"),
            "is now text (date_ymd), was text (date_dmy)",
        ),
        (
            field("text", "", validation="number"),
            field("text", "", validation="number_2dp"),
            "is now text (number_2dp), was text (number)",
        ),
        (field("calc", "[a] + 1"), field("calc", "[a]\n+ 1"), None),
        (field(), field(identifier="y"), "is now flagged as an identifier"),
        (field(field_label="A"), field(field_label="B"), "its label was `A`, is `B`"),
        (field(), field(branching_logic="[a] = 1"), "its branching logic changed"),
        (field("descriptive", ""), field("text", ""), "is now text, was a descriptive"),
    ],
)
def test_a_change_that_only_people_see_is_harmless(
    before: Line, after: Line, what: str | None
) -> None:
    assert between(before, after) == ([(what, False)] if what else [])


def test_swapped_labels_break_both_codes() -> None:
    assert between(field(), field(choices="1, Severe | 2, Mild")) == [
        ("code 1 was `Mild`, is `Severe`", True),
        ("code 2 was `Severe`, is `Mild`", True),
    ]


def test_a_renamed_field_is_one_change_that_names_both() -> None:
    before = described(line("age", validation="integer"), line("sex", kind="yesno"))
    after = described(line("age_years", validation="integer"), line("sex", kind="yesno"))

    assert changes(before.lines, after.lines) == [
        Change("age", "visit", "renamed to age_years", is_breaking=True)
    ]


def test_of_several_fields_alike_none_is_called_renamed() -> None:
    found = changes(described(line("a"), line("b")).lines, described(line("c"), line("d")).lines)

    assert [change.what for change in found] == ["removed", "removed", "added", "added"]


def test_a_removed_text_that_only_described_breaks_nothing() -> None:
    (change,) = changes(described(line("f", kind="descriptive")).lines, described().lines)

    assert (change.what, change.is_breaking) == ("removed", False)


def project(*designated: str, repeating: tuple[str, ...] = (), **more: object) -> Description:
    return described(
        line("a"),
        line("b"),
        events=tuple(dict.fromkeys(designated)),
        designations=tuple((event, "visit") for event in designated),
        repeating=tuple((event, "visit") for event in repeating),
        **more,
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            project("e1_arm_1"),
            project("e1_arm_1", repeating=("e1_arm_1",)),
            [Change(WHOLE_FORM, "visit", "now repeats at e1_arm_1", True)],
        ),
        (
            project("e1_arm_1", repeating=("e1_arm_1",)),
            project("e1_arm_1"),
            [Change(WHOLE_FORM, "visit", "no longer repeats at e1_arm_1", True)],
        ),
        (
            project("e1_arm_1", "e2_arm_1"),
            project("e1_arm_1"),
            [
                Change(PROJECT, "", "event e2_arm_1 removed", True),
                Change(WHOLE_FORM, "visit", "is no longer filled in at e2_arm_1", True),
            ],
        ),
        (
            project("e1_arm_1"),
            project("e1_arm_1", "e2_arm_1"),
            [
                Change(PROJECT, "", "event e2_arm_1 added", False),
                Change(WHOLE_FORM, "visit", "is now filled in at e2_arm_1", False),
            ],
        ),
        (
            described(line("a")),
            described(line("a"), repeating=(("", "visit"),)),
            [Change(WHOLE_FORM, "visit", "now repeats", True)],
        ),
        (
            described(line("a")),
            project("e1_arm_1"),
            [Change(WHOLE_FORM, "visit", "is no longer filled in without an event", True)],
        ),
        (
            described(missing_codes={"NI": "No information"}),
            described(missing_codes={"NI": "Not asked", "UNK": "Unknown"}),
            [
                Change(PROJECT, "", "missing data code NI was `No information`, is `Not asked`", True),
                Change(PROJECT, "", "missing data code UNK `Unknown` added", False),
            ],
        ),
    ],
)  # fmt: skip
def test_events_repeats_and_missing_codes_are_compared_once_for_all_fields(
    before: Description, after: Description, expected: list[Change]
) -> None:
    found = changes(before.lines, after.lines)

    assert set(expected) <= set(found)
    assert {c for c in found if c.is_breaking} == {c for c in expected if c.is_breaking}


def test_a_long_label_is_cut() -> None:
    ((what, _),) = between(field(choices=f"1, {'long ' * 50}"), field(choices="1, short"))

    assert len(what) < 120
    assert "…`, is `short`" in what


@pytest.mark.fixtures
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("deleted_redcap_variable", ("clock_position_of_wound", "removed", True)),
        (
            "deleted_redcap_variable_choice",
            ("clock_position_of_wound", "code 5 `1 o'clock` removed", True),
        ),
        ("new_redcap_variable", ("mri_coordinator2", "added", False)),
        ("redcap_variable_add_choice", ("clock_position_of_wound", "code 6 `8 o'clock` added", False)),
        (
            "redcap_variable_change_choice_description",
            ("clock_position_of_wound", "code 5 was `1 o'clock`, is `1 o'clock moomin`", True),
        ),
        (
            "redcap_variable_changed_field_label",
            ("mri_coordinator", "its label was `MRI Tech`, is `MRI Technician`", False),
        ),
        (
            "redcap_variable_changed_field_type",
            ("moca", "is now text (text), was text (integer)", True),
        ),
    ],
)  # fmt: skip
def test_the_real_pairs_differ_as_a_person_would_say(
    shared: Path, changed: str, expected: tuple[str, str, bool]
) -> None:
    before, after = (
        described(*read_lines(shared / NUARIG / f"test_dictionary{name}.csv")[1:])
        for name in ("", f"_with_{changed}")
    )

    (change,) = changes(before.lines, after.lines)

    assert (change.field, change.what, change.is_breaking) == expected


@pytest.mark.fixtures
def test_a_real_project_that_gained_a_field_passes(shared: Path) -> None:
    before, after = (
        described(*read_lines(shared / TIDIER / f"api-5620fa_{blob}.json")[1:])
        for blob in ("a656e25", "0a7efd6")
    )

    assert [(c.field, c.what, c.is_breaking) for c in changes(before.lines, after.lines)] == [
        ("radio_duplicate_label", "added", False)
    ]


words = st.text("abcde", min_size=1, max_size=4)
codes = st.dictionaries(st.sampled_from(["-99", "0", "1", "01", "A"]), words, min_size=1)


@st.composite
def lines(draw: st.DrawFn, name: str) -> Line:
    kind = draw(st.sampled_from(["text", "notes", "radio", "checkbox", "calc", "yesno", "slider"]))
    chosen = " | ".join(f"{code}, {label}" for code, label in draw(codes).items())
    of_kind = {"radio": chosen, "checkbox": chosen, "calc": f"[{draw(words)}]"}
    return line(
        name,
        form=draw(st.sampled_from(["enrolment", "visit"])),
        kind=kind,
        choices=of_kind.get(kind, ""),
        identifier=draw(st.sampled_from(["", "y"])),
        field_label=draw(words),
    )


@st.composite
def projects(draw: st.DrawFn) -> Description:
    names = draw(st.lists(words.map("f_{}".format), unique=True, min_size=1, max_size=5))
    return described(*(draw(lines(name)) for name in names), missing_codes={"NI": draw(words)})


def removed(_: Line) -> Line | None:
    return None


def moved(each: Line) -> Line:
    return each | {"form_name": "another"}


def retyped(each: Line) -> Line:
    return each | {"field_type": "file", "select_choices_or_calculations": ""}


def refined(each: Line) -> Line:
    text = each["select_choices_or_calculations"]
    first, bar, rest = text.partition(" | ")
    return each | {"select_choices_or_calculations": f"{first} altered{bar}{rest}"}


def renamed(each: Line) -> Line:
    return each | {"field_name": "quite_another"}


BREAKING: list[Callable[[Line], Line | None]] = [removed, moved, retyped, refined, renamed]
HARMLESS: dict[str, str] = {
    "field_label": "Another label",
    "field_note": "Another note",
    "section_header": "Another section",
    "branching_logic": "[another] = 1",
    "text_validation_max": "99",
    "required_field": "y",
    "identifier": "y",
}


@given(projects(), st.randoms(use_true_random=False))
def test_a_project_does_not_differ_from_itself_in_any_order(
    project: Description, chance: random.Random
) -> None:
    assert changes(project.lines, chance.sample(project.lines, len(project.lines))) == []


@given(projects(), st.sampled_from(BREAKING), st.data())
def test_any_one_breaking_change_is_found_and_named(
    project: Description, change: Callable[[Line], Line | None], data: st.DataObject
) -> None:
    chosen = data.draw(st.integers(1, len(project.dictionary) - 1))
    altered = change(dict(project.dictionary[chosen]))
    dictionary = [*project.dictionary]
    dictionary[chosen : chosen + 1] = [altered] if altered else []
    after = replace(project, dictionary=tuple(dictionary))

    found = changes(project.lines, after.lines)

    assert {c.field for c in found if c.is_breaking} == {project.dictionary[chosen]["field_name"]}


@given(projects(), st.data())
def test_no_harmless_change_is_breaking(project: Description, data: st.DataObject) -> None:
    chosen = data.draw(st.integers(1, len(project.dictionary) - 1))
    key = data.draw(st.sampled_from(sorted(HARMLESS)))
    dictionary = [*project.dictionary, line("quite_new", field_label="New")]
    dictionary[chosen] = {**dictionary[chosen], key: HARMLESS[key]}
    after = replace(project, dictionary=tuple(dictionary))

    found = changes(project.lines, after.lines)

    assert not any(change.is_breaking for change in found)
    assert "added" in {change.what for change in found if change.field == "quite_new"}


@given(projects(), projects(), st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(
    before: Description, after: Description, chance: random.Random
) -> None:
    mixed = [chance.sample(each.lines, len(each.lines)) for each in (before, after)]

    assert changes(*mixed) == changes(before.lines, after.lines)
