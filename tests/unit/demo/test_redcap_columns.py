"""Columns of the flat export, and the grammar of choice strings."""

from pathlib import Path

import pytest

from omics_orchestrator.demo.redcap.columns import checkbox_column, choices, columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition, read_dictionary


@pytest.mark.parametrize(
    ("code", "column"),
    [
        ("1", "why___1"),
        ("-99", "why____99"),
        ("4.4", "why___4_4"),
        ("ABC", "why___abc"),
        ("a b", "why___a_b"),
        ("é", "why____"),
    ],
)
def test_a_checkbox_column_is_its_field_and_lowered_code(code: str, column: str) -> None:
    assert checkbox_column("why", code) == column


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("1, Yes | 2, No", {"1": "Yes", "2": "No"}),
        ("1,Yes|2,No", {"1": "Yes", "2": "No"}),
        ("01, Yes, mostly | 02, <b>No</b>", {"01": "Yes, mostly", "02": "<b>No</b>"}),
        ("1, | 2, No", {"1": "", "2": "No"}),
        ("yes | no", {"yes": "yes", "no": "no"}),
        ("", {}),
    ],
)
def test_a_choice_string_is_split_at_bars_and_first_commas(
    text: str, codes: dict[str, str]
) -> None:
    assert choices(text) == codes


def test_columns_run_form_by_form_with_options_missing_codes_and_status(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.csv"
    path.write_text(
        "field_name,form_name,field_type,select_choices_or_calculations\n"
        "id,base,text,\n"
        "hello,base,descriptive,\n"
        'why,base,checkbox,"1, One | -2, Two"\n'
        "scan,imaging,file,\n"
    )
    definition = ProjectDefinition("p", read_dictionary(path), missing_data_codes={"NI": "none"})
    found = columns(definition)
    assert [column.name for column in found] == [
        "id",
        "why___1",
        "why____2",
        "why___ni",
        "base_complete",
        "scan",
        "imaging_complete",
    ]
    assert [column.untouched for column in found] == ["", "0", "0", "0", "0", "", "0"]
