"""The demo's MUSIC: the real project's fields, filled in as its own branching says, with faults."""

import csv
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from omics_orchestrator.demo.music.branching import is_asked
from omics_orchestrator.demo.music.dictionary import (
    DICTIONARY,
    EVENTS,
    LABORATORY,
    MISSING_CODE,
    SALIVA,
    Field,
    fields,
    project_definition,
)
from omics_orchestrator.demo.music.study import (
    INSTANCE,
    SyntheticStudy,
    frames,
    generate,
    redcap_rows,
)
from omics_orchestrator.demo.redcap import project as redcap_project
from omics_orchestrator.demo.redcap.columns import choices
from omics_orchestrator.demo.redcap.definition import read_dictionary

_KEPT = ("field_name", "form_name", "text_validation_type_or_show_slider_number", "identifier")


@pytest.fixture(scope="module")
def study() -> SyntheticStudy:
    return generate(participants=120, seed=5)


def by_name() -> dict[str, Field]:
    return {field.name: field for field in fields()}


def test_fields_forms_validations_and_identifiers_are_the_real_ones(shared: Path) -> None:
    real = read_dictionary(shared / "studies" / "music_redcap_dictionary.csv")
    ours = read_dictionary(DICTIONARY)
    assert [[entry[key] for key in _KEPT] for entry in ours] == [
        [entry[key] for key in _KEPT] for entry in real
    ]


def test_kinds_are_the_real_ones_but_of_scores_that_people_type_in(shared: Path) -> None:
    real = read_dictionary(shared / "studies" / "music_redcap_dictionary.csv")
    kinds = {field.name: field.kind for field in fields()}
    others = [
        entry["field_name"] for entry in real if kinds[entry["field_name"]] != entry["field_type"]
    ]
    assert others == ["sescd_noncalc", "uceis_noncalc"]


def test_codes_are_the_real_ones_in_their_order(shared: Path) -> None:
    real = read_dictionary(shared / "studies" / "music_redcap_dictionary.csv")
    expected = {
        entry["field_name"]: tuple(choices(entry["select_choices_or_calculations"]))
        for entry in real
        if entry["field_type"] in ("radio", "checkbox")
    }
    assert {name: by_name()[name].codes for name in expected} == expected


def test_no_label_is_a_field_name_in_disguise() -> None:
    assert not [
        entry["field_name"]
        for entry in project_definition().dictionary
        if entry["field_label"] in ("", entry["field_name"], entry["field_name"].replace("_", " "))
    ]


def test_the_file_has_redcaps_eighteen_columns() -> None:
    with DICTIONARY.open(encoding="utf-8", newline="") as lines:
        assert {len(row) for row in csv.reader(lines)} == {18}


def test_events_and_repeats_are_the_real_ones() -> None:
    definition = project_definition()
    assert definition.event_names == EVENTS
    assert (EVENTS[1], SALIVA) in definition.repeating
    assert (EVENTS[2], SALIVA) not in definition.repeating
    assert "phenotyping" not in definition.designated_forms(EVENTS[1])
    assert definition.problems() == []


def test_every_branching_can_be_read_and_names_fields_that_exist() -> None:
    asked_for: list[str] = []

    def answered(name: str) -> pl.Series:
        asked_for.append(name.partition("___")[0])
        return pl.Series(["1", None])

    for field in fields():
        if field.asked_when:
            assert not is_asked(field.asked_when, answered)[1]
    assert set(asked_for) <= by_name().keys()


def test_branching_that_is_more_than_one_comparison_is_refused() -> None:
    with pytest.raises(ValueError, match="one comparison"):
        is_asked("[sex] = '1' and [age] > '3'", lambda _: pl.Series(["1"]))


def test_the_same_seed_gives_the_same_study(study: SyntheticStudy) -> None:
    again, other = generate(participants=120, seed=5), generate(participants=120, seed=6)
    assert all(study.forms[form].equals(again.forms[form]) for form in study.forms)
    assert study.planted == again.planted
    assert not study.forms["timepoints"].equals(other.forms["timepoints"])


def test_a_form_has_one_row_a_participant_event_and_instance(study: SyntheticStudy) -> None:
    for form, frame in study.forms.items():
        key = ["study_id", "redcap_event_name", *([INSTANCE] if INSTANCE in frame.columns else [])]
        assert not frame.select(key).is_duplicated().any()
        assert frame.height > 0
        assert set(frame.dtypes) == {pl.String()}
        designated = [
            event for event in EVENTS if form in project_definition().designated_forms(event)
        ]
        assert set(frame["redcap_event_name"]) <= set(designated)


def test_saliva_stands_on_repeats_at_the_first_two_events_only(study: SyntheticStudy) -> None:
    saliva = study.forms[SALIVA]
    repeats = saliva.filter(pl.col(INSTANCE).is_not_null())
    assert set(repeats["redcap_event_name"]) == set(EVENTS[:2])
    assert set(repeats[INSTANCE]) == {"1", "2"}
    assert set(saliva.filter(pl.col(INSTANCE).is_null())["redcap_event_name"]) == set(EVENTS[2:])


def test_scores_are_asked_of_those_with_the_disease(study: SyntheticStudy) -> None:
    visits = study.forms["timepoints"].join(
        generate(participants=120, seed=5).forms["patient_details"].select("study_id", "sex"),
        on="study_id",
    )
    both = visits.filter(
        pl.col("mayo_rectal_bleeding").is_not_null() & pl.col("hbiabdominal_pain").is_not_null()
    )
    assert both.is_empty()


def test_a_withdrawn_participant_may_still_have_later_visits() -> None:
    visits = generate(participants=300, seed=5).forms["timepoints"]
    left = visits.filter(pl.col("withdrawn") == "0").select("study_id", at="redcap_event_name")
    later = visits.join(left, on="study_id").filter(pl.col("redcap_event_name") > pl.col("at"))
    assert 0 < later["study_id"].n_unique() < left.height


def test_calculated_totals_count_neither_blanks_nor_missing_codes(study: SyntheticStudy) -> None:
    visits = study.forms["timepoints"]
    items = ["mayo_stool_frequency", "mayo_rectal_bleeding", "mayo_physician_global_asse"]
    spoilt = visits.filter(pl.any_horizontal(pl.col(items) == MISSING_CODE))
    assert spoilt.height > 0
    for row in visits.iter_rows(named=True):
        points = [int(row[item]) for item in items if row[item] not in (None, MISSING_CODE)]
        assert row["mayo_total_score"] == (str(sum(points)) if points else None)


def test_every_planted_missing_code_is_counted(study: SyntheticStudy) -> None:
    found = Counter(
        (name, form)
        for form, frame in study.forms.items()
        for name in frame.columns
        for cell in frame[name]
        # Of the tonsils it is offered as an answer.
        if cell == MISSING_CODE and name != "mh_tonsilout1"
    )
    planted = {name: n for (kind, name), n in study.planted.items() if kind == "missing_code"}
    planted.pop("mh_tonsilout1", None)
    assert {name: n for (name, _), n in found.items()} == planted


def test_about_one_cell_in_a_hundred_is_spoilt(study: SyntheticStudy) -> None:
    filled = sum(
        frame.height - frame[name].null_count()
        for frame in study.forms.values()
        for name in frame.columns
        if "___" not in name
    )
    kinds = Counter(kind for kind, _ in study.planted.elements())
    assert 0.005 < sum(kinds.values()) / filled < 0.03
    assert kinds.keys() == {
        "threshold", "decimal_comma", "not_a_number", "out_of_range", "surrounding_space",
        "impossible_date", "unknown_code", "only_space", "missing_code", "missing_code_box",
    }  # fmt: skip


def test_raw_tables_hold_no_identifier(study: SyntheticStudy) -> None:
    raw = frames(participants=120, seed=5)
    text = " ".join(
        cell for frame in raw.values() for name in frame.columns for cell in frame[name] if cell
    )
    assert "zzcanary" not in text
    assert "1901-01-01" not in text
    assert "chi_no" in study.forms["patient_details"].columns


def test_the_local_server_takes_the_study_as_it_is(study: SyntheticStudy, tmp_path: Path) -> None:
    rows = list(redcap_rows(study))
    redcap_project.create(tmp_path / "redcap.db", "0" * 32, project_definition(), rows)
    repeats = [row for row in rows if INSTANCE in row]
    labs, saliva = (study.forms[form][INSTANCE].count() for form in (LABORATORY, SALIVA))
    assert len(repeats) == labs + saliva
