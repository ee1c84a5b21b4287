"""Project files as REDCap writes them, read into seeds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from omics_orchestrator.demo.redcap import odm_read
from omics_orchestrator.demo.redcap.definition import DataAccessGroup
from omics_orchestrator.demo.redcap.seed import Place, Seed, StoredFile, SurveyStamp
from omics_orchestrator.errors import DictionaryError

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org">
<Study OID="Project.P"><GlobalVariables><StudyName>P</StudyName>
<redcap:MissingDataCodes>NI, No
-9, Not, asked</redcap:MissingDataCodes>
<redcap:DataAccessGroupsGroup>
<redcap:DataAccessGroups group_name="Site A"/><redcap:DataAccessGroups group_name="site-b"/>
</redcap:DataAccessGroupsGroup>
<redcap:RepeatingInstrumentsAndEvents><redcap:RepeatingInstruments><redcap:RepeatingInstrument
 redcap:UniqueEventName="event_1_arm_1" redcap:RepeatInstrument="visit" redcap:CustomLabel="[t]"/>
</redcap:RepeatingInstruments></redcap:RepeatingInstrumentsAndEvents>
</GlobalVariables><MetaDataVersion OID="Metadata.P" redcap:RecordIdField="id">
<FormDef Name="Base line" redcap:FormName="base"><ItemGroupRef ItemGroupOID="g1"/></FormDef>
<FormDef Name="Visit" redcap:FormName="visit"><ItemGroupRef ItemGroupOID="g2"/></FormDef>
<ItemGroupDef OID="g1"><ItemRef ItemOID="id" redcap:Variable="id"/>
<ItemRef ItemOID="box___1" redcap:Variable="box"/><ItemRef ItemOID="box___a_b" redcap:Variable="box"/>
<ItemRef ItemOID="scan" redcap:Variable="scan"/>
<ItemRef ItemOID="base_complete" redcap:Variable="base_complete"/></ItemGroupDef>
<ItemGroupDef OID="g2"><ItemRef ItemOID="visit_timestamp" redcap:Variable="visit_timestamp"/>
<ItemRef ItemOID="t" redcap:Variable="t"/></ItemGroupDef>
<ItemDef OID="id" redcap:FieldType="text"><Question><TranslatedText>Id</TranslatedText></Question></ItemDef>
<ItemDef OID="box___1" redcap:FieldType="checkbox"><CodeListRef CodeListOID="b"/></ItemDef>
<ItemDef OID="box___a_b" redcap:FieldType="checkbox"><CodeListRef CodeListOID="b"/></ItemDef>
<ItemDef OID="scan" redcap:FieldType="file"/>
<ItemDef OID="base_complete" redcap:FieldType="select"/>
<ItemDef OID="visit_timestamp" DataType="datetime"/>
<ItemDef OID="t" redcap:FieldType="text" redcap:TextValidationType="datetime_ymd"/>
<CodeList OID="b" redcap:CheckboxChoices="1, One|A.B, Two, or more"/>
</MetaDataVersion></Study>
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*subjects: str, head: str = HEAD, tail: str = "</ClinicalData></ODM>") -> Path:
        path = tmp_path / "p.xml"
        path.write_text(f"{head}<ClinicalData>{''.join(subjects)}{tail}")
        return path

    return write


def subject(name: str, *forms: str) -> str:
    return f'<SubjectData SubjectKey="{name}">{"".join(forms)}</SubjectData>'


def form(name: str, repeat: int = 1, **items: str) -> str:
    values = (f'<ItemData ItemOID="{item}" Value="{value}"/>' for item, value in items.items())
    return f'<FormData FormOID="Form.{name}" FormRepeatKey="{repeat}">{"".join(values)}</FormData>'


def rows(seed: Seed) -> list[dict[Place, dict[str, str]]]:
    return [{place: dict(row) for place, row in record.rows.items()} for record in seed.records]


def test_fields_labels_codes_and_repeats_are_read(write: Write) -> None:
    definition = odm_read.read(write()).definition
    kinds = {entry["field_name"]: entry["field_type"] for entry in definition.dictionary}
    assert kinds == {"id": "text", "box": "checkbox", "scan": "file", "t": "text"}
    assert (
        definition.dictionary[1]["select_choices_or_calculations"] == "1, One | A.B, Two, or more"
    )
    assert definition.form_labels == {"base": "Base line", "visit": "Visit"}
    assert definition.missing_data_codes == {"NI": "No", "-9": "Not, asked"}
    assert definition.repeating == (("", "visit"),)
    assert definition.repeat_labels == (("", "visit", "[t]"),)


def test_rows_hold_what_is_filled_in_and_no_unticked_box(write: Write) -> None:
    values = {"id": "1", "box___1": "0", "box___a_b": "1", "base_complete": "0"}
    seed = odm_read.read(write(subject("1", form("base", **values))))
    assert rows(seed) == [{Place(): {"box___a_b": "1", "base_complete": "0"}}]


def test_a_repeat_stands_under_its_form_and_number(write: Write) -> None:
    seed = odm_read.read(write(subject("1", form("visit", 1), form("visit", 3, t="x"))))
    assert rows(seed) == [{Place("", "visit", 1): {}, Place("", "visit", 3): {"t": "x"}}]


def test_a_repeat_and_a_value_that_the_project_knows_no_more_are_kept(write: Write) -> None:
    seed = odm_read.read(write(subject("1", form("base", 2, box___gone="1"))))
    assert rows(seed) == [{Place("", "base", 2): {"box___gone": "1"}}]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-05-01T12:30", "2024-05-01 12:30"),
        ("2024-05-01T12:30:59", "2024-05-01 12:30:59"),
        ("2024-05-01", "2024-05-01"),
        ("T", "T"),
        ("NI", "NI"),
    ],
)
def test_a_time_loses_the_t_that_only_the_file_writes(
    write: Write, written: str, meant: str
) -> None:
    seed = odm_read.read(write(subject("1", form("visit", t=written, other=written))))
    (row,) = rows(seed)[0].values()
    assert row == {"t": meant, "other": written}


def test_files_and_survey_stamps_are_read_with_their_places(write: Write) -> None:
    file = (
        '<FormData FormOID="Form.base"><ItemDataBase64Binary ItemOID="scan" redcap:DocName="a.txt"'
        ' redcap:MimeType="text/plain"><![CDATA[aGVs\nbG8=]]></ItemDataBase64Binary></FormData>'
    )
    stamp = form("visit", 2, visit_timestamp="[not completed]")
    (record,) = odm_read.read(write(subject("1", file, stamp))).records
    assert record.files == (StoredFile(Place(), "scan", "a.txt", "text/plain", b"hello"),)
    assert record.rows[Place()] == {"scan": "a.txt"}
    assert record.stamps == (SurveyStamp(Place("", "visit", 2), "visit", "[not completed]"),)


def test_groups_are_numbered_as_their_records_are_named(write: Write) -> None:
    path = write(
        subject("331-1", form("base", redcap_data_access_group="site_a")),
        subject("331-2", form("base", redcap_data_access_group="siteb")),
        subject("7", form("base", redcap_data_access_group="siteb")),
        subject("8-1", form("base")),
    )
    seed = odm_read.read(path)
    assert seed.definition.groups == (
        DataAccessGroup(331, "Site A", "site_a"),
        DataAccessGroup(1, "site-b", "siteb"),
    )
    assert [record.group for record in seed.records] == ["site_a", "siteb", "siteb", ""]


def test_records_are_read_again_whenever_they_are_gone_through(write: Write) -> None:
    seed = odm_read.read(write(subject("1", form("base")), subject("2", form("base"))))
    assert [r.name for r in seed.records] == [r.name for r in seed.records] == ["1", "2"]


def test_a_file_that_breaks_off_is_refused_where_it_breaks_off(write: Write) -> None:
    head = HEAD.replace('<redcap:DataAccessGroups group_name="Site A"/>', "")
    head = head.replace('<redcap:DataAccessGroups group_name="site-b"/>', "")
    subjects = [subject(str(number), form("base", id="x" * 5000)) for number in range(400)]
    records = iter(odm_read.read(write(*subjects, head=head, tail="<Subje")).records)
    assert next(records).name == "0"
    with pytest.raises(DictionaryError, match=r"p\.xml: line \d+: it is not XML"):
        list(records)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('RepeatInstrument="visit"', 'RepeatInstrument="gone"', "form gone: the dictionary has no"),
        ("<MetaDataVersion", "<Other", "it is not XML: mismatched tag"),
        ("http://www.cdisc.org/ns/odm/v1.3", "http://hl7.org/fhir", "not a REDCap project file"),
        (' redcap:RecordIdField="id"', "", "it is ODM, but not of REDCap"),
        ('<ItemGroupDef OID="g2">', "<ItemGroupDef>", "ItemGroupOID g2: the file does not define"),
        ('<ItemDef OID="scan"', "<ItemDef", "ItemOID scan: the file does not define it"),
    ],
)
def test_a_file_whose_parts_do_not_fit_is_refused_by_name(
    write: Write, old: str, new: str, problem: str
) -> None:
    with pytest.raises(DictionaryError, match=rf"p\.xml: .*{problem}"):
        odm_read.read(write(head=HEAD.replace(old, new)))


def test_a_repeat_without_a_number_is_refused_without_its_text(write: Write) -> None:
    path = write('<SubjectData><FormData FormRepeatKey="secret"/></SubjectData>')
    with pytest.raises(
        DictionaryError, match="FormData: its FormRepeatKey is no number"
    ) as refused:
        odm_read.read(path)
    assert "secret" not in str(refused.value)


def test_a_file_without_a_project_is_refused(write: Write) -> None:
    head = HEAD[: HEAD.index("<Study")]
    with pytest.raises(DictionaryError, match=r"p\.xml: it holds no project"):
        odm_read.read(write(head=head))


def test_a_file_field_that_is_no_base64_is_named_without_its_content(write: Write) -> None:
    item = '<ItemDataBase64Binary ItemOID="scan">secre</ItemDataBase64Binary>'
    path = write(subject("1", f'<FormData FormOID="Form.base">{item}</FormData>'))
    with pytest.raises(DictionaryError, match="field scan: the content") as refused:
        odm_read.read(path)
    assert "secre" not in str(refused.value)
