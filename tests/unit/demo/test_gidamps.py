"""The synthetic study: the same for a seed, complete, plausible, and its faults counted."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import Answers
from omics_orchestrator.demo.gidamps.dictionary import Field, fields, project_definition
from omics_orchestrator.demo.gidamps.planted_faults import plant
from omics_orchestrator.demo.gidamps.prescriptions import DRUGS
from omics_orchestrator.demo.gidamps.study import TOTALS, SyntheticStudy, filled_in, generate
from omics_orchestrator.demo.redcap import project as redcap_project

_FIELDS = {field.name: field for field in fields()}
_CHECKBOXES = [field for field in fields() if field.kind == "checkbox"]


@pytest.fixture(scope="module")
def study() -> SyntheticStudy:
    return generate()


@pytest.fixture(scope="module")
def base_rows(study: SyntheticStudy) -> list[Answers]:
    return [row for row in study.rows if "redcap_repeat_instrument" not in row]


@given(st.integers(0, 10**6), st.integers(0, 12))
@settings(deadline=None, max_examples=20)
def test_a_seed_always_gives_the_same_study(seed: int, participants: int) -> None:
    assert generate(participants, seed) == generate(participants, seed)


def test_another_seed_gives_another_study() -> None:
    assert generate(5, 1).rows != generate(5, 2).rows


def test_a_larger_study_begins_with_the_participants_of_a_smaller_one() -> None:
    small = filled_in(20, 7)
    assert filled_in(30, 7)[: len(small)] == small


def test_every_participant_has_one_base_row_and_an_id_of_their_own(
    base_rows: list[Answers],
) -> None:
    assert len({row["study_id"] for row in base_rows}) == len(base_rows) == 240


def test_the_local_redcap_server_takes_every_row(study: SyntheticStudy, tmp_path: Path) -> None:
    redcap_project.create(
        tmp_path / "redcap.sqlite", "0123456789ABCDEF" * 2, project_definition(), study.rows
    )


@pytest.mark.parametrize(
    "pattern",
    [
        r"GID-\d+",
        r"GID-136-\d+",
        r"GID-138-\d+",
        r"GID-\d+-P",
        r"GID-\d+-HC",
        r"GID-0\d+-P",
        "GID-136-P",
        "GID-1136-P",
    ],
)
def test_every_class_of_study_id_occurs(base_rows: list[Answers], pattern: str) -> None:
    assert any(re.fullmatch(pattern, row["study_id"]) for row in base_rows)


def test_every_field_is_filled_in_by_somebody(study: SyntheticStudy) -> None:
    filled = {name for row in study.rows for name in row}
    singles = {field.name for field in fields() if field.kind != "checkbox"}
    boxes = {f"{field.name}___{code}" for field in _CHECKBOXES for code in field.codes}
    assert (singles | boxes) - filled == set()


def test_a_row_holds_only_what_is_filled_in(study: SyntheticStudy) -> None:
    assert all(text for row in study.rows for text in row.values())


def test_totals_are_what_the_dictionarys_formulas_say(study: SyntheticStudy) -> None:
    formulas = {
        entry["field_name"]: entry["select_choices_or_calculations"]
        for entry in project_definition().dictionary
    }
    checked = Counter[str]()
    for row in study.rows:
        for total in TOTALS.keys() & row.keys():
            items = re.findall(r"\[(\w+)(?:\((\w+)\))?\]", formulas[total])
            columns = [f"{field}___{code}" if code else field for field, code in items]
            points = [int(row[column]) for column in columns if row.get(column, "").strip()]
            assert int(row[total]) == sum(point for point in points if point >= 0)
            checked[total] += 1
    assert min(checked[total] for total in TOTALS) > 100


def test_healthy_controls_have_no_ibd_background(base_rows: list[Answers]) -> None:
    background = {field.name for field in fields() if field.form == "ibd_background_clinician"}
    healthy = [row for row in base_rows if row.get("pd_gi_participant_category") == "1"]
    assert healthy
    assert not any(background & row.keys() for row in healthy)


def test_crp_and_calprotectin_rise_with_the_activity() -> None:
    visits = [row for row in filled_in(240, 3) if row.get("redcap_repeat_instrument") == "sampling"]
    for marker in ("crp", "calprotectin"):
        quiet, ill = (
            [int(row[marker]) for row in visits if marker in row and row["ibd_status"] == status]
            for status in "03"
        )
        assert sum(ill) / len(ill) > 5 * sum(quiet) / len(quiet)


def test_a_drug_stops_after_it_started_and_visits_agree_with_its_episodes() -> None:
    rows = filled_in(120, 3)
    base = {row["study_id"]: row for row in rows if "redcap_repeat_instrument" not in row}
    compared = 0
    for visit in (row for row in rows if "sampling_ifx" in row):
        for drug in DRUGS:
            person = base[visit["study_id"]]
            start = person.get(f"{drug.field}_start", "9999")
            stop = person.get(f"{drug.field}_stop", "9999")
            taken = start <= visit["sampling_date"] < stop
            assert visit[drug.visit_field] == ("1" if taken else "0")
            assert start <= stop
            compared += taken
    assert compared > 50


def test_identifiers_are_canaries_and_nothing_else(base_rows: list[Answers]) -> None:
    for row in base_rows:
        assert row["email"].startswith("zzcanary-")
        assert row["email"].endswith("@example.org")
        assert date.fromisoformat(row["dob"]).year == 1901
        assert all(row[name].startswith("ZZCANARY-") for name in _canary_fields())


def _canary_fields() -> set[str]:
    return {field.name for field in fields() if field.is_identifier} - {"email", "dob"}


def test_some_notes_name_a_canary_and_no_coded_field_does(study: SyntheticStudy) -> None:
    named = {
        _FIELDS[name].kind
        for row in study.rows
        for name, text in row.items()
        if "ZZCANARY" in text and not _FIELDS[name].is_identifier
    }
    assert named == {"notes", "text"}


_RECOGNISED: dict[str, Callable[[Field, str], object]] = {
    "missing_code": lambda _field, text: text == "-1000",
    "threshold": lambda _field, text: text[0] in "<>",
    "decimal_comma": lambda _field, text: re.fullmatch(r"\d+,\d+", text),
    "unit_text": lambda field, text: (
        field.note and re.fullmatch(rf"[\d.]+ {re.escape(field.note)}", text)
    ),
    "not_a_number": lambda _field, text: text == "haemolysed",
    "impossible_date": lambda _field, text: text == "2023-02-30",
    "date_and_time": lambda _field, text: re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", text),
    "surrounding_space": lambda _field, text: text != text.strip() != "",
    "only_space": lambda _field, text: text.isspace(),
    "unknown_code": lambda field, text: (
        field.kind == "radio" and text not in (*field.codes, "-1000")
    ),
    "out_of_range": lambda field, text: (
        (field.name, text)
        in {("age", "210"), ("bmi_height", "17"), ("sodium_lab", "14"), ("plt_lab", "25500")}
    ),
    "other_unit": lambda field, text: (
        field.name == "haemoglobin" and re.fullmatch(r"\d+\.\d", text)
    ),
}


@pytest.mark.parametrize("kind", _RECOGNISED)
def test_a_fault_occurs_exactly_as_often_as_it_was_planted(
    study: SyntheticStudy, kind: str
) -> None:
    found = Counter(
        name
        for row in study.rows
        for name, text in row.items()
        if name in _FIELDS and _RECOGNISED[kind](_FIELDS[name], text)
    )
    assert found == _planted(study, kind)
    assert found


def test_a_missing_checkbox_is_one_more_box_and_no_other_is_ticked(study: SyntheticStudy) -> None:
    found = Counter[str]()
    for row in study.rows:
        for field in _CHECKBOXES:
            if f"{field.name}____1000" in row:
                found[field.name] += 1
                assert not any(f"{field.name}___{code}" in row for code in field.codes)
    assert found == _planted(study, "missing_code_box")
    assert found.keys() == {field.name for field in _CHECKBOXES}


def _planted(study: SyntheticStudy, kind: str) -> Counter[str]:
    return Counter({name: count for (k, name), count in study.planted.items() if k == kind})


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=10)
def test_planting_changes_as_many_cells_as_it_counts_and_no_others(seed: int) -> None:
    clean, spoilt = filled_in(40, seed), filled_in(40, seed)
    planted = plant(spoilt, Chance.of(seed))
    changed = Counter(
        name
        for before, after in zip(clean, spoilt, strict=True)
        for name in _FIELDS
        if before.get(name) != after.get(name)
    )
    counted = Counter[str]()
    for (kind, name), count in planted.items():
        counted[name] += count if kind != "missing_code_box" else 0
    assert changed == +counted


def test_blanks_and_contradictions_are_planted_too(study: SyntheticStudy) -> None:
    assert _planted(study, "left_blank").total() > 100
    assert _planted(study, "contradiction").keys() <= {drug.visit_field for drug in DRUGS}
    assert _planted(study, "contradiction")
