"""A record export is written as the call wants it: labels, headers, decimals, options, EAV."""

from pathlib import Path

import pytest
from redcap_rows import TOKEN, Row, body, call_of, entry, exported

from omics_orchestrator.demo.redcap import store, stored_files
from omics_orchestrator.demo.redcap.project import Event, ProjectDefinition, create
from omics_orchestrator.demo.redcap.records import export_records
from omics_orchestrator.demo.redcap.server_settings import configure
from omics_orchestrator.demo.redcap.store import RowKey


def labelled(name: str, form: str, kind: str, choices: str = "", validation: str = "") -> Row:
    made = entry(name, form, kind, choices)
    return {
        **made,
        "field_label": f"The {name}",
        "text_validation_type_or_show_slider_number": validation,
    }


DEFINITION = ProjectDefinition(
    "labels",
    (
        labelled("id", "base", "text"),
        labelled("sex", "base", "radio", "f, Female, or so | m, Male"),
        labelled("agrees", "base", "yesno"),
        labelled("true", "base", "truefalse"),
        labelled("why", "base", "checkbox", "1, One | -2, Two"),
        labelled("weight", "base", "text", validation="number"),
        labelled("dose", "base", "text", validation="number_comma_decimal"),
        labelled("sum", "base", "calc"),
        labelled("note", "base", "notes"),
        labelled("scan", "base", "file"),
    ),
    events=(Event("Visit"), Event("Visit", arm=2)),
    missing_data_codes={"NI": "No information"},
)
ROW = {
    "id": "1",
    "redcap_event_name": "visit_arm_1",
    "sex": "m",
    "agrees": "1",
    "true": "0",
    "why____2": "1",
    "weight": "1.5",
    "dose": "1,54",
    "sum": "-2.25",
    "note": "one\r\ntwo. 3.5",
    "base_complete": "2",
}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    create(tmp_path / "redcap.db", TOKEN, DEFINITION, [ROW])
    return tmp_path / "redcap.db"


def test_labels_stand_in_place_of_codes_and_of_the_event(database: Path) -> None:
    (row,) = exported(database, rawOrLabel="label")
    assert row == {
        **row,
        "redcap_event_name": "Visit",
        "sex": "Male",
        "agrees": "Yes",
        "true": "False",
        "why___1": "Unchecked",
        "why____2": "Checked",
        "base_complete": "Complete",
        "weight": "1.5",
    }


def test_a_ticked_box_may_show_its_option_but_only_among_labels(database: Path) -> None:
    (named,) = exported(database, rawOrLabel="label", exportCheckboxLabel="true")
    assert (named["why___1"], named["why____2"]) == ("", "Two")
    (raw,) = exported(database, exportCheckboxLabel="true")
    assert (raw["why___1"], raw["why____2"]) == ("0", "1")


def test_a_missing_data_code_is_labelled_wherever_it_stands(database: Path) -> None:
    row = {**ROW, "sex": "NI", "weight": "NI", "sum": "NI"}
    create(database, TOKEN, DEFINITION, [row])
    (found,) = exported(database, rawOrLabel="label")
    assert {found["sex"], found["weight"], found["sum"]} == {"No information"}
    (kept,) = exported(database, decimalCharacter=",")
    assert {kept["sex"], kept["weight"], kept["sum"]} == {"NI"}


def test_label_headers_are_for_csv_and_need_not_be_unique(database: Path) -> None:
    asked = {"rawOrLabelHeaders": "label", "fields": ["id", "why", "base_complete"]}
    header, first = body(database, format="csv", **asked).splitlines()
    assert header == (
        '"The id","Event Name","The why (choice=One)","The why (choice=Two)","The why '
        '(choice=No information)",Complete?'
    )
    assert first == "1,visit_arm_1,0,1,0,2"
    assert "why____2" in exported(database, **asked)[0]


@pytest.mark.parametrize(
    ("character", "shown"),
    [(",", ("1,5", "1,54", "-2,25")), (".", ("1.5", "1.54", "-2.25"))],
)
def test_a_decimal_character_rewrites_numbers_and_nothing_else(
    database: Path, character: str, shown: tuple[str, ...]
) -> None:
    (row,) = exported(database, decimalCharacter=character)
    assert (row["weight"], row["dose"], row["sum"]) == shown
    assert row["note"] == ROW["note"]


def test_options_are_joined_in_one_column_from_version_15_6(database: Path) -> None:
    assert "why___1" in exported(database, combineCheckboxOptions="true")[0]
    configure(database, version="15.6.0", option_separator=";")
    (row,) = exported(database, combineCheckboxOptions="true")
    assert row["why"] == "-2"
    assert list(row).index("why") == list(row).index("true") + 1
    assert not any(name.startswith("why___") for name in row)
    (named,) = exported(database, combineCheckboxOptions="true", rawOrLabel="label")
    assert (named["why"], named["sex"]) == ("Two", "Male")


def test_eav_lists_what_is_stored_and_ticked_options_under_their_field(database: Path) -> None:
    rows = exported(database, type="eav")
    assert [(row["field_name"], row["value"]) for row in rows] == [
        ("id", "1"),
        ("sex", "m"),
        ("agrees", "1"),
        ("true", "0"),
        ("why", "-2"),
        ("weight", "1.5"),
        ("dose", "1,54"),
        ("sum", "-2.25"),
        ("note", ROW["note"]),
        ("base_complete", "2"),
    ]
    assert {(row["record"], row["redcap_event_name"]) for row in rows} == {("1", "visit_arm_1")}


def test_eav_takes_labels_and_leaves_the_record_id_out_where_it_is_not_asked_for(
    database: Path,
) -> None:
    rows = exported(database, type="eav", rawOrLabel="label", fields=["why", "agrees"])
    assert [(row["field_name"], row["value"]) for row in rows] == [
        ("agrees", "Yes"),
        ("why", "Two"),
    ]


def test_a_file_shows_its_name_in_a_row_and_its_document_id_as_eav(database: Path) -> None:
    key = RowKey("1", "visit_arm_1", "", 0)
    with store.connect(database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project
        doc_id = stored_files.put_file(
            connection, project.id, key, "scan", name="a.png", mime="image/png", content=b"x"
        )
    assert exported(database)[0]["scan"] == "a.png"
    assert exported(database, type="eav", fields=["scan"])[0]["value"] == str(doc_id)
    configure(database, version="11.4.0")
    assert exported(database)[0]["scan"] == "[document]"


def test_a_report_has_two_spaces_for_a_line_break(database: Path) -> None:
    call = call_of(database, fields=["note"])
    pieces = export_records(call, is_report=True).pieces
    assert "".join(map(str, pieces)) == '[{"note":"one  two. 3.5"}]'


def test_calculated_values_may_come_last_in_eav(database: Path) -> None:
    configure(database, calculations_last_in_eav=True)
    assert exported(database, type="eav")[-1]["field_name"] == "sum"


def test_boxes_of_a_row_without_anything_may_be_blank(database: Path) -> None:
    create(database, TOKEN, DEFINITION, [{**ROW, "why____2": "0"}])
    configure(database, blanks_unticked=True)
    (untouched,) = exported(database, fields=["why"])
    assert set(untouched.values()) == {""}
    (touched,) = exported(database, fields=["why", "sex"])
    assert touched["why___1"] == "0"
