"""What sources offer: REDCap projects, spreadsheets, databases."""

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, create_engine, text

from omics_orchestrator.errors import SourceError
from omics_orchestrator.suggest import redcap_outline, sheet_outline, sql_outline
from omics_orchestrator.suggest.identifying import why_identifying
from omics_orchestrator.suggest.offer import Offer, Outline
from tests.unit.redcap_project.projects import described, line
from tests.unit.suggest.hospital import SETTINGS

SHEET = """Results of the laboratory;;;
Sample ID;E-mail;CRP (mg/L);Taken on
S1;anna@example.org;<5;31.12.2023
S2;bert@example.org;7,5;01.02.2024
"""


def of(found: Outline, field: str) -> Offer:
    return next(each for each in found.offers if each.field == field and each.option is None)


def test_a_unit_is_read_from_brackets_or_from_the_note_below() -> None:
    found = redcap_outline.outline(
        described(
            line("alb", field_label="Albumin (g/dL)", validation="number"),
            line("crp", field_label="CRP", field_note="mg/L", validation="number_comma_decimal"),
            line("pain", field_label="Pain (today)"),
        ),
        **SETTINGS,
    )
    assert (of(found, "alb").label, of(found, "alb").unit) == ("Albumin", "g/dL")
    assert (of(found, "crp").unit, of(found, "crp").decimal) == ("mg/L", ",")
    assert (of(found, "pain").label, of(found, "pain").unit) == ("Pain (today)", None)


def test_an_identifier_is_listed_with_the_reason_and_never_offered() -> None:
    found = redcap_outline.outline(
        described(
            line("nickname", identifier="y"),
            line("contact", validation="email"),
            line("date_of_birth", validation="date_ymd"),
            line("x1", field_label="NHS number"),
            line("consented", kind="yesno"),
        ),
        **SETTINGS,
    )
    assert found.identifiers == {
        "nickname": "flagged as an identifier",
        "contact": "its validation is email",
        "date_of_birth": "its name says so",
        "x1": "its label says so",
    }
    assert [each.field for each in found.offers] == ["consented"]
    assert found.source["identifiers"] == ["contact", "date_of_birth", "nickname", "x1"]


@pytest.mark.parametrize("label", ["Date of the NHS blood tests", "Initial dose given", "Address"])
def test_only_what_names_a_person_is_an_identifier(label: str) -> None:
    assert bool(why_identifying("x", label)) == (label != "Date of the NHS blood tests")


def test_a_checkbox_is_offered_as_a_whole_and_by_its_options() -> None:
    field = line("eims", kind="checkbox", choices="1, Uveitis | -9, Unknown")
    found = redcap_outline.outline(described(field), **SETTINGS).offers
    assert [each.column for each in found] == ["eims", "eims___1", "eims____9"]


def test_missing_codes_of_a_field_stand_beside_those_of_the_project() -> None:
    field = line("sex", kind="radio", choices="1, Male | 9, Unknown | -1000, Missing")
    told = described(field, missing_codes={"-1000": "Not recorded"})
    (found,) = redcap_outline.outline(told, **SETTINGS).offers
    assert found.choices == {"1": "Male", "9": "Unknown"}
    assert found.missing == {"-1000": "not_recorded", "9": "unknown"}


def test_a_field_without_data_is_not_offered() -> None:
    fields = [line(kind, kind=kind) for kind in ("descriptive", "file", "sql")]
    assert redcap_outline.outline(described(*fields), **SETTINGS).offers == ()


def test_a_spreadsheet_tells_its_header_wherever_that_stands() -> None:
    found = sheet_outline.outline("lab 2024.csv", SHEET.encode("utf-8-sig"), folder="SHEETS_URL")
    assert found.source == {
        "kind": "delimited",
        "folder": "SHEETS_URL",
        "files": "lab 2024.csv",
        "table": found.tables[0].name,
        "header": "Sample ID",
        "columns": ["Sample ID", "CRP (mg/L)", "Taken on"],
        "delimiter": ";",
    }
    assert found.identifiers == {"E-mail": "its name says so"}
    assert found.tables[0].key == ("Sample ID",)
    crp, taken = of(found, "CRP (mg/L)"), of(found, "Taken on")
    assert (crp.label, crp.unit, crp.kind, crp.decimal) == ("CRP", "mg/L", "number", ",")
    assert crp.has_comparators
    assert (taken.kind, taken.formats) == ("date", ("%d.%m.%Y",))


def test_a_workbook_tells_the_same_as_text() -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["Sample", "Age"])
    book.active.append(["S1", 31])
    book.active.append(["S2", 32])
    book.save(stream)
    found = sheet_outline.outline("ages.xlsx", stream.getvalue(), folder="SHEETS_URL")
    assert found.source["kind"] == "excel"
    assert of(found, "Age").kind == "integer"


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b""), ("a.csv", b"S1,31\nS2,32\n"), ("a.csv", b"a,a\n1,2\n"), ("a.xlsx", b"no")],
    ids=["empty", "values and no header", "a name twice", "no workbook"],
)
def test_a_file_that_is_no_table_with_a_header_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(SourceError) as refused:
        sheet_outline.outline(name, content, folder="SHEETS_URL")
    assert "S1" not in str(refused.value)


def test_a_table_of_the_records_of_people_shows_no_value_of_them() -> None:
    found = sheet_outline.outline("a.csv", b"Sample,Group\nS1,secret\nS2,hidden\n", folder="F")
    assert "secret" not in repr(found)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = create_engine(f"sqlite:///{tmp_path / 'samples.sqlite'}")
    with found.begin() as connection:
        connection.execute(
            text(
                "create table sample (sample_id text primary key, surname text, volume_ul float, taken date)"
            )
        )
        connection.execute(text("create view young as select sample_id from sample"))
    yield found
    found.dispose()


def test_a_database_tells_its_tables_from_its_catalogue(engine: Engine) -> None:
    found = sql_outline.outline(engine, url="SAMPLES_URL", only=["sample"])
    assert found.source == {
        "kind": "sql",
        "url": "SAMPLES_URL",
        "select": {
            "sample": {"columns": ["sample_id", "volume_ul", "taken"], "order_by": "sample_id"}
        },
    }
    assert found.tables[0].key == ("sample_id",)
    assert [each.kind for each in found.offers] == ["text", "number", "date"]
    assert found.identifiers == {"surname": "its name says so"}


def test_views_are_read_as_tables_are(engine: Engine) -> None:
    found = sql_outline.outline(engine, url="SAMPLES_URL")
    assert [each.name for each in found.tables] == ["sample", "young"]


def test_a_database_that_cannot_be_asked_is_an_error_without_its_address() -> None:
    engine = create_engine("postgresql+psycopg://somebody:hidden@127.0.0.1:1/none")
    with pytest.raises(SourceError) as refused:
        sql_outline.outline(engine, url="SAMPLES_URL")
    assert "SAMPLES_URL" in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_table_that_is_not_there_is_an_error(engine: Engine) -> None:
    with pytest.raises(SourceError, match="no such table"):
        sql_outline.outline(engine, url="SAMPLES_URL", only=["nothing"])
