import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.redcap_project.description import EVENT, INSTANCE, Description
from omics_orchestrator.redcap_project.tables import tables
from omics_orchestrator.redcap_project.tidy import Tidied, tidy, together
from tests.unit.redcap_project.projects import described, instrument, read_lines, read_rows

REDCAPR = "fixtures/redcap/OuhscBbmc__REDCapR/inst/test-data"
TIDIER = "fixtures/redcap/CHOP-CGTInformatics__REDCapTidieR/fixtures"
pytestmark = pytest.mark.fixtures


def tidied(project: Description, rows: pl.DataFrame, form: str) -> Tidied:
    arrived = instrument(project, rows, form)
    shaped = tables(project, form, arrived.columns)
    return together(tidy(shaped, [arrived], hash_key=b"key"))


def of_redcapr(shared: Path, name: str, **more: object) -> tuple[Description, pl.DataFrame]:
    folder = shared / REDCAPR / "projects" / name
    record, *lines = read_lines(next(folder.glob("diction*.csv")))
    return described(*lines, dictionary=(record, *lines), **more), read_rows(folder / "data.csv")


def of_tidier(shared: Path, metadata: str, records: str, **more: object) -> tuple[Description, pl.DataFrame]:  # fmt: skip
    lines = read_lines(shared / TIDIER / metadata)
    return described(dictionary=lines, **more), read_rows(shared / TIDIER / records)


def test_decimal_commas_and_points_stand_in_one_project(shared: Path) -> None:
    project, rows = of_redcapr(shared, "decimal-comma")

    frame = tidied(project, rows, "demographics").parts["demographics"].frame

    assert frame.select("height", "weight", "bmi").row(0) == (1.54, 52.3, 22.1)


def test_every_validation_has_its_type(shared: Path) -> None:
    project, rows = of_redcapr(shared, "validation-types-1")

    schema = tidied(project, rows, "form_1").parts["form_1"].frame.schema

    kinds: dict[str, set[str]] = {}
    for name, dtype in schema.items():
        if name.startswith(("v_date", "v_int", "v_num", "v_time", "v_ssn", "f_")):
            kinds.setdefault(str(dtype), set()).add(name)
    assert kinds["Date"] == {"v_date_dmy", "v_date_mdy", "v_date_ymd"}
    assert all(name.startswith("v_datetime") for name in kinds["Datetime(time_unit='us', time_zone=None)"])  # fmt: skip
    assert kinds["Int64"] == {"f_slider", "v_integer"}
    assert {name for name in schema if name.startswith("v_number")} == kinds["Float64"] - {
        "f_calculated"
    }
    assert {"v_time_hh_mm", "v_ssn", "f_sql", "f_notes", "f_radio"} <= kinds["String"]
    boxes = {f"f_checkbox___{code}" for code in (0, 1, 2)}
    assert kinds["Boolean"] == {*boxes, "f_true_false", "f_yes_no"}


def test_a_survey_begun_and_one_never_opened_are_told_apart(shared: Path) -> None:
    project, rows = of_redcapr(shared, "survey")

    done = tidied(project, rows, "prescreening_survey").parts["prescreening_survey"].frame
    form = "participant_morale_questionnaire"
    begun = tidied(project, rows, form).parts[form].frame

    stamps = done["prescreening_survey_timestamp"].to_list()
    assert stamps[0] == dt.datetime.fromisoformat("2018-03-06T15:52:43")
    assert begun["participant_id"].to_list() == ["1"]
    assert json.loads(begun["missing_reasons"][0]) == {f"{form}_timestamp": "not_completed"}


def test_checkboxes_and_yes_no_of_the_simple_project(shared: Path) -> None:
    project, rows = of_redcapr(shared, "simple")

    made = tidied(project, rows, "race_and_ethnicity")

    boxes = [name for name in made.parts["race_and_ethnicity"].frame.columns if "___" in name]
    wide = made.parts["race_and_ethnicity"].frame.select(pl.col(boxes).sum()).row(0)
    assert sum(wide) == made.ticked.height == 9
    assert sorted(made.ticked.filter(record="2")["code"]) == ["3", "5"]


def test_each_repeating_instrument_has_its_rows_and_the_others_none_of_them(shared: Path) -> None:
    forms = ("blood_pressure", "laboratory", "image")
    project, rows = of_redcapr(
        shared, "vignette-repeating", repeating=tuple(("", form) for form in forms)
    )

    made = {form: tidied(project, rows, form).parts[form].frame for form in project.forms}

    assert {form: frame.height for form, frame in made.items()} == {
        "intake": 2,
        "blood_pressure": 6,
        "laboratory": 4,
        "image": 5,
    }
    assert INSTANCE not in made["intake"].columns
    assert made["blood_pressure"].filter(record_id="2")[INSTANCE].to_list() == [1, 2, 3]


def test_a_form_single_at_one_event_and_repeating_at_another_has_one_key(shared: Path) -> None:
    project, rows = of_tidier(
        shared,
        "repeating-event/api-ed7aa8_c3df435.json",
        "repeating-event/api-f86675_6c510c9.csv",
        events=("nr_event_arm_1", "r_event_arm_1"),
        designations=(
            ("nr_event_arm_1", "nr_instrument"),
            ("nr_event_arm_1", "r_instrument"),
            ("r_event_arm_1", "nr_instrument"),
        ),
        repeating=(("nr_event_arm_1", "r_instrument"), ("r_event_arm_1", "")),
    )

    made = tidied(project, rows, "nr_instrument").parts["nr_instrument"]

    keys = made.frame.filter(record_id="1").select("record_id", EVENT, INSTANCE).rows()
    assert keys == [
        ("1", "nr_event_arm_1", 0),
        ("1", "r_event_arm_1", 1),
        ("1", "r_event_arm_1", 2),
    ]
    assert made.quarantine.is_empty()


def test_real_values_of_every_type_are_all_kept(shared: Path) -> None:
    project, rows = of_tidier(
        shared,
        "classic/api-5620fa_0a7efd6.json",
        "classic/api-888c72_4d9a4d8.csv",
        repeating=(("", "repeated"), ("", "repeat_survey")),
    )

    made = {form: tidied(project, rows, form) for form in project.forms}

    types = made["text_input_validation_types"].parts["text_input_validation_types"].frame
    first = types.row(0, named=True)
    assert first["text_dmy"] == dt.date(2022, 8, 3)
    assert first["text_mdy_hms"] == dt.datetime.fromisoformat("2022-08-03T15:15:04")
    assert (first["text_mrn"], first["text_zip"]) == ("00123456", "08001")
    ticked = made["data_field_types"].ticked.filter(record="1")
    assert sorted(ticked["code"]) == ["1", "4", "8"]
    assert "checkbox_multiple____99" in made["data_field_types"].parts["data_field_types"].frame
    for each in made.values():
        for part in each.parts.values():
            assert outcome.is_balanced(part.cells)
            assert part.quarantine.is_empty()


def test_a_thousand_texts_a_form_come_through_in_parts(shared: Path) -> None:
    folder = shared / REDCAPR / "super-wide/sw1/super-wide-1"
    project = described(dictionary=read_lines(folder / "dictionary.csv"))
    rows = read_rows(folder / "data.csv")

    made = [tidied(project, rows, form) for form in project.forms]

    parts = [part for each in made for part in each.parts.values()]
    assert {len(each.parts) for each in made} == {4}
    kept = sum(part.frame.drop("missing_reasons").width - 1 for part in parts) + 1
    assert kept == rows.width
    assert sum(part.quarantine.height for part in parts) == 0


def test_a_dictionary_of_5751_fields_is_shaped_in_seconds(shared: Path) -> None:
    lines = read_lines(shared / REDCAPR / "super-wide/sw2/super-wide-2/dictionary.csv")
    project = described(dictionary=lines)
    columns = {form: ["record_id"] for form in project.forms}
    for field in project.fields[1:]:
        columns[field.form] += field.columns

    made = [table for form in project.forms for table in tables(project, form, columns[form])]

    descriptive = sum(field.kind == "descriptive" for field in project.fields)
    shaped = {name for table in made for name in table.readings}
    assert len(shaped) == sum(len(own) - 1 for own in columns.values()) + 1 - descriptive
    assert len(made) == len(project.forms)
