"""The demo's dictionary: the real study's fields and codes, under words a clinician reads."""

import csv
from pathlib import Path

from omics_orchestrator.demo.gidamps.dictionary import (
    DICTIONARY,
    MISSING_CODE,
    fields,
    project_definition,
)
from omics_orchestrator.demo.redcap.columns import choices
from omics_orchestrator.demo.redcap.definition import read_dictionary

_KEPT = (
    "field_name",
    "form_name",
    "field_type",
    "text_validation_type_or_show_slider_number",
    "identifier",
    "branching_logic",
)


def test_fields_forms_types_validations_and_identifiers_are_the_real_ones(shared: Path) -> None:
    real = read_dictionary(shared / "studies" / "gidamps_redcap_dictionary.csv")
    ours = read_dictionary(DICTIONARY)
    assert [[entry[key] for key in _KEPT] for entry in ours] == [
        [entry[key] for key in _KEPT] for entry in real
    ]


def test_codes_are_the_real_ones_in_their_order(shared: Path) -> None:
    real = read_dictionary(shared / "studies" / "gidamps_redcap_dictionary.csv")
    expected = {
        entry["field_name"]: tuple(choices(entry["select_choices_or_calculations"]))
        for entry in real
        if entry["field_type"] in ("radio", "checkbox")
    }
    assert {field.name: field.codes for field in fields() if field.codes} == expected


def test_an_appendix_code_that_the_pipeline_in_use_does_not_know_is_offered() -> None:
    (appendix,) = (field for field in fields() if field.name == "mh_appendx1")
    assert set(appendix.codes) == {"0", "1", "2"}


def test_the_file_has_redcaps_eighteen_columns() -> None:
    with DICTIONARY.open(encoding="utf-8", newline="") as lines:
        assert {len(row) for row in csv.reader(lines)} == {18}


def test_no_label_is_a_field_name_in_disguise() -> None:
    assert not [
        entry["field_name"]
        for entry in project_definition().dictionary
        if entry["field_label"] in ("", entry["field_name"], entry["field_name"].replace("_", " "))
    ]


def test_every_laboratory_value_says_its_unit() -> None:
    notes = {field.name: field.note for field in fields()}
    assert notes["haemoglobin"] == "g/L"
    assert notes["crp"] == "mg/L"
    assert notes["calprotectin"] == "ug/g"
    assert not [name for name, note in notes.items() if name.endswith("_lab") and not note]


def test_the_projects_missing_code_and_repeats_are_the_real_ones() -> None:
    definition = project_definition()
    assert definition.missing_data_codes == {MISSING_CODE: "missing"}
    assert definition.repeating == (("", "sampling"), ("", "cucq32"))
    assert definition.problems() == []
