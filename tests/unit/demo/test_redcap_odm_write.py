"""What a project file says of itself, and what it leaves out."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from redcap_rows import entry

from omics_orchestrator.demo.redcap.definition import DataAccessGroup, Event, ProjectDefinition
from omics_orchestrator.demo.redcap.odm_write import write
from omics_orchestrator.demo.redcap.seed import Place, Record, Seed, StoredFile

AT = datetime(2024, 5, 1, 12, 30, 59, tzinfo=UTC)
DICTIONARY = (
    entry("id", "base"),
    entry("why", "base", "checkbox", "1, One | 2, Two"),
    {**entry("sex", "base", "dropdown", "10, A | 2, B"), "section_header": "Who's it"},
    {**entry("at", "visit"), "text_validation_type_or_show_slider_number": "datetime_ymd"},
    entry("scan", "visit", "file"),
    {**entry("size", "visit", "slider"), "text_validation_type_or_show_slider_number": "number"},
)


@pytest.fixture
def seed() -> Seed:
    definition = ProjectDefinition(
        'P & "Q"',
        DICTIONARY,
        events=(Event("Start", 1, "Drug"),),
        repeating=(("start_arm_1", "visit"),),
    )
    visit = Place("start_arm_1", "visit", 2)
    rows = {
        Place("start_arm_1"): {"why___2": "1", "sex": "a\nb"},
        visit: {"at": "2024-05-01 12:00", "scan": "a.txt"},
    }
    files = (StoredFile(visit, "scan", "a.txt", "text/plain", b"hello"),)
    return Seed(definition, [Record("1", "", rows, files)])


def text(seed: Seed, *, with_records: bool = True, with_files: bool = True) -> str:
    pieces = write(seed, version="14.9.1", at=AT, with_records=with_records, with_files=with_files)
    return "".join(pieces)


def test_it_names_the_project_its_maker_and_its_time(seed: Seed) -> None:
    head = text(seed).split(">")[1]
    assert 'Description="P &amp; &quot;Q&quot;"' in head
    assert 'SourceSystem="REDCap" SourceSystemVersion="14.9.1"' in head
    assert 'CreationDateTime="2024-05-01T12:30:59"' in head
    assert '<MetaDataVersion OID="Metadata.PQ_2024-05-01_1230"' in text(seed)


@pytest.mark.parametrize(
    "line",
    [
        '<ItemGroupDef OID="base.sex" Name="Who&#039;s it" Repeating="No">',
        (
            '<ItemDef OID="why___2" Name="why___2" DataType="boolean" Length="1" redcap:Variable="why"'
            ' redcap:FieldType="checkbox">'
        ),
        (
            '<ItemDef OID="sex" Name="sex" DataType="text" Length="2" redcap:Variable="sex"'
            ' redcap:FieldType="select" redcap:SectionHeader="Who&#039;s it">'
        ),
        (
            '<ItemDef OID="size" Name="size" DataType="integer" Length="999" redcap:Variable="size"'
            ' redcap:FieldType="slider" redcap:TextValidationType="number">'
        ),
        (
            '<CodeList OID="why___2.choices" Name="why___2" DataType="boolean" redcap:Variable="why"'
            ' redcap:CheckboxChoices="1, One | 2, Two">'
        ),
        (
            '<StudyEventData StudyEventOID="Event.start_arm_1" StudyEventRepeatKey="1"'
            ' redcap:UniqueEventName="start_arm_1">'
        ),
        '<FormData FormOID="Form.visit" FormRepeatKey="2">',
        '<ItemData ItemOID="why___1" Value="0"/>',
        '<ItemData ItemOID="sex" Value="a\nb"/>',
        '<ItemData ItemOID="at" Value="2024-05-01T12:00"/>',
        (
            '<ItemDataBase64Binary ItemOID="scan" redcap:DocName="a.txt" redcap:MimeType="text/plain">'
            "<![CDATA[aGVsbG8=]]></ItemDataBase64Binary>"
        ),
    ],
)
def test_it_is_written_as_redcap_writes_it(seed: Seed, line: str) -> None:
    assert f"{line}\n" in text(seed)


def test_without_records_there_is_the_definition_only(seed: Seed) -> None:
    assert "ClinicalData" not in text(seed, with_records=False)
    assert text(seed).startswith(text(seed, with_records=False)[:300])


def test_without_files_their_names_stand_for_them(seed: Seed) -> None:
    found = text(seed, with_files=False)
    assert '<ItemData ItemOID="scan" Value="a.txt"/>' in found
    assert "Base64" not in found


def test_values_where_their_form_cannot_be_filled_in_are_left_out(seed: Seed) -> None:
    rows = {Place("start_arm_1"): {"at": "orphan"}, Place("gone_arm_1"): {"sex": "orphan"}}
    found = text(replace(seed, records=[Record("1", "", rows)]))
    assert "orphan" not in found
    assert 'SubjectKey="1"' in found


def test_a_records_group_is_told_once_wherever_the_record_begins(seed: Seed) -> None:
    group = DataAccessGroup(1, "Site", "site")
    grouped = replace(seed, definition=replace(seed.definition, groups=(group,)))
    (record,) = seed.records
    told = '<ItemData ItemOID="redcap_data_access_group" Value="site"/>'
    assert text(replace(grouped, records=[replace(record, group="site")])).count(told) == 1
    late = replace(record, group="site", rows={Place("start_arm_1", "visit", 2): {}})
    assert text(replace(grouped, records=[late])).count(told) == 1
    assert told not in text(grouped)


def test_the_record_id_stays_the_first_item_of_all(seed: Seed) -> None:
    definition = replace(seed.definition, surveys={"base": "B", "visit": "V"})
    found = text(replace(seed, definition=definition))
    assert re.findall('<ItemRef ItemOID="([^"]*)"', found)[:3] == [
        "id",
        "redcap_survey_identifier",
        "base_timestamp",
    ]
    assert found.index('"visit_timestamp"') < found.index('<ItemRef ItemOID="at"')


def test_a_survey_identifier_stands_beside_the_record_id(seed: Seed) -> None:
    definition = replace(seed.definition, surveys={"base": "B"})
    record = Record("1", "", {Place("start_arm_1"): {"redcap_survey_identifier": "A. Person"}})
    found = text(Seed(definition, [record]))
    assert '<ItemData ItemOID="redcap_survey_identifier" Value="A. Person"/>' in found


def test_the_one_event_of_a_classic_project_has_a_name_where_something_repeats() -> None:
    definition = ProjectDefinition("Classic", DICTIONARY, repeating=(("", "visit"),))
    repeat = 'redcap:UniqueEventName="event_1_arm_1" redcap:RepeatInstrument="visit"'
    assert repeat in text(Seed(definition, []))
    assert "StudyEvent" not in text(Seed(definition, []))
