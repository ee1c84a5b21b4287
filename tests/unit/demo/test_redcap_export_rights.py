"""An export leaves out, without a word, what its user may not have."""

import re
from pathlib import Path

import pytest
from redcap_rows import TOKEN, Row, call_of, entry, exported

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.definition import DataAccessGroup
from omics_orchestrator.demo.redcap.project import ProjectDefinition, create
from omics_orchestrator.demo.redcap.records import export_records
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.rights import ExportLevel, Rights
from omics_orchestrator.demo.redcap.store import RowKey


def field(name: str, form: str, kind: str = "text", validation: str = "", mark: str = "") -> Row:
    told = {"text_validation_type_or_show_slider_number": validation, "identifier": mark}
    return {**entry(name, form, kind), **told}


GROUPS = (DataAccessGroup(331, "North", "north"), DataAccessGroup(332, "South", "south"))
DEFINITION = ProjectDefinition(
    "rights",
    (
        field("id", "base"),
        field("phone", "base", mark="y"),
        field("remark", "base"),
        field("story", "base", "notes"),
        field("born", "base", validation="date_ymd"),
        field("seen", "base", validation="datetime_dmy"),
        field("age", "base", validation="integer"),
        field("sex", "base", "yesno"),
        field("lab", "tests"),
    ),
    surveys={"tests": "Tests"},
    groups=GROUPS,
)
ALL = ["phone", "remark", "story", "born", "seen", "age", "sex", "base_complete"]
TESTS = ["lab", "tests_complete"]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    create(tmp_path / "redcap.db", TOKEN, DEFINITION, [{"id": "1", "lab": "x"}, {"id": "2"}])
    return tmp_path / "redcap.db"


def columns(database: Path, level: ExportLevel, **asked: str) -> list[str]:
    return list(exported(database, Rights("u", export_levels={"base": level}), **asked)[0])


@pytest.mark.parametrize(
    ("level", "kept"),
    [
        (ExportLevel.FULL, ALL),
        (ExportLevel.NO_IDENTIFIERS, ALL[1:]),
        (ExportLevel.DE_IDENTIFIED, ["age", "sex", "base_complete"]),
        (ExportLevel.NONE, []),
    ],
)
def test_each_level_leaves_out_its_fields_of_that_form_only(
    database: Path, level: ExportLevel, kept: list[str]
) -> None:
    assert columns(database, level) == ["id", *kept, *TESTS]


def test_a_barred_field_asked_for_by_name_is_absent_and_no_error(database: Path) -> None:
    rights = Rights("u", export_levels={"base": ExportLevel.NO_IDENTIFIERS})
    assert list(exported(database, rights, fields=["phone", "age"])[0]) == ["age"]


def test_an_export_of_barred_forms_only_is_refused(database: Path) -> None:
    none = dict.fromkeys(("base", "tests"), ExportLevel.NONE)
    with pytest.raises(RefusedError, match="export rights"):
        exported(database, Rights("u", export_levels=none))


def test_survey_stamps_are_dates_that_a_de_identified_form_does_not_show(database: Path) -> None:
    for level, is_shown in ((ExportLevel.FULL, True), (ExportLevel.DE_IDENTIFIED, False)):
        rights = Rights("u", export_levels={"tests": level})
        (first, _) = exported(database, rights, exportSurveyFields="true")
        assert ("tests_timestamp" in first) is is_shown


def test_a_record_id_that_identifies_is_hashed_for_whom_it_is_not(tmp_path: Path) -> None:
    marked = ProjectDefinition("marked", (field("id", "base", mark="y"), field("sex", "base")))
    create(tmp_path / "redcap.db", TOKEN, marked, [{"id": "Ann"}])
    limited = Rights("u", export_levels={"base": ExportLevel.NO_IDENTIFIERS})
    (row,), (again,) = (exported(tmp_path / "redcap.db", limited) for _ in range(2))
    assert re.fullmatch("[0-9a-f]{32}", row["id"])
    assert row == again
    assert exported(tmp_path / "redcap.db", limited, type="eav") == [
        {"record": row["id"], "field_name": "id", "value": row["id"]}
    ]
    assert exported(tmp_path / "redcap.db")[0]["id"] == "Ann"


def test_a_user_in_a_group_sees_its_records_only_and_no_sign_of_others(database: Path) -> None:
    with store.connect(database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project
        store.put_group(connection, project.id, "1", "north")
    inside = exported(database, Rights("u", group="north"), exportDataAccessGroups="true")
    assert [row["id"] for row in inside] == ["1"]
    assert "redcap_data_access_group" not in inside[0]
    assert exported(database, Rights("u", group="south")) == []
    outside = exported(database, exportDataAccessGroups="true")
    assert [row["redcap_data_access_group"] for row in outside] == ["north", ""]


def test_survey_columns_stand_before_their_forms_fields(database: Path) -> None:
    with store.connect(database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project
        key = RowKey("1", "", "", 0)
        store.put_survey_stamp(connection, project.id, key, "tests", "2024-05-01 12:00:00")
        store.put_survey_stamp(
            connection, project.id, key._replace(record="2"), "tests", "[not completed]"
        )
    first, second = exported(database, exportSurveyFields="true")
    names = list(first)
    assert names[:2] == ["id", "redcap_survey_identifier"]
    assert names[names.index("lab") - 1] == "tests_timestamp"
    assert first["tests_timestamp"] == "2024-05-01 12:00:00"
    assert second["tests_timestamp"] == "[not completed]"
    assert first["lab"] == "x"


def test_without_the_right_to_export_nothing_is_answered(database: Path) -> None:
    with pytest.raises(RefusedError, match="You must have 'API Export' privileges"):
        export_records(call_of(database, Rights("u", api_export=False)))
