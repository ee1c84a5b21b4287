"""Documents attached to REDCap records: fetched once, registered as files, their names forgotten."""

import hashlib
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dagster as dg
import pytest
from running_platform import Platform, Run

DOCUMENTS, FILES = "raw.gidamps__redcap_document", "omics.file"
TOKEN_LINE = "    token: GIDAMPS_REDCAP_TOKEN\n"
CANARY = "ZZCANARY-NAME"
SCAN, SIGNATURE, LETTER, READS = (
    b"%PDF-1.4 a scan",
    b"\x89PNG a signature",
    b"%PDF-1.4 a letter to the patient",
    b"@read\nACGT\n+\nIIII\n",
)
_PRESENT = (
    "select record, instrument, instance, field, sha256, path from {} where _valid_to is null"
)


@pytest.fixture
def patients(platform: Platform) -> list[str]:
    """Some participants with visits; the forms of the project have got file fields."""
    file = {"field_type": "file", "field_label": "A document"}
    platform.redefine("scan", form_name="patient_details", **file)
    platform.redefine("letter", form_name="patient_details", identifier="y", **file)
    platform.redefine("reads", form_name="sampling", **file)
    signed = {"text_validation_type_or_show_slider_number": "signature"}
    platform.redefine("signature", form_name="patient_details", **file, **signed)
    found = platform.ask("select distinct study_id from core.gidamps__sampling order by 1 limit 5")
    return [patient for (patient,) in found]


def release(platform: Platform, files: str) -> None:
    """Name in the study file the file fields whose documents are kept."""
    platform.rewrite(TOKEN_LINE, f"{TOKEN_LINE}    files: {files}\n")


def attach(platform: Platform, patient: str, field: str, content: bytes, instance: int = 0) -> None:
    """Upload a document named as people name them: after the patient."""
    suffix = "fastq" if field == "reads" else "pdf"
    platform.project.import_file(
        patient, field, f"{CANARY} of {patient}.{suffix}", BytesIO(content), None, instance or None
    )


def attach_all(platform: Platform, patients: list[str]) -> None:
    """Give each patient a scan, and the first one of everything."""
    for patient in patients:
        attach(platform, patient, "scan", SCAN + patient.encode())
    attach(platform, patients[0], "signature", SIGNATURE)
    attach(platform, patients[0], "letter", LETTER)
    attach(platform, patients[0], "reads", READS, instance=1)


def fetched(platform: Platform) -> list[tuple[str, str]]:
    """Record and field of each document that was asked for, since this was asked last."""
    asked = [
        (arrival.form["record"], arrival.form["field"])
        for arrival in platform.redcap.arrivals
        if (arrival.form.get("content"), arrival.form.get("action")) == ("file", "export")
    ]
    platform.redcap.arrivals.clear()
    return asked


def everywhere(platform: Platform, run: Run) -> str:
    """All that a run left behind: rows, events, names of files and what is in them."""
    tables = platform.ask(
        "select schemaname, tablename from pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema')"
    )
    rows = [
        line
        for schema, table in tables
        for (line,) in platform.ask(f'select each::text from "{schema}"."{table}" as each')
    ]
    events = [dg.serialize_value(event) for event in platform.instance.all_logs(run.id)]
    files = [path for path in (platform.home / "store").rglob("*") if path.is_file()]
    contents = [path.read_bytes().decode("latin-1") for path in files]
    return "\n".join([*rows, *events, *map(str, files), *contents])


def test_documents_lie_in_the_store_and_in_the_register_and_their_names_nowhere(
    platform: Platform, patients: list[str]
) -> None:
    attach_all(platform, patients)
    release(platform, "all")
    run = platform.run()
    assert run.failures == {}
    contents = {
        **{(patient, "", 0, "scan"): SCAN + patient.encode() for patient in patients},
        (patients[0], "sampling", 1, "reads"): READS,
    }
    rows = platform.ask(_PRESENT.format(DOCUMENTS))
    told = {place: hashlib.sha256(content).hexdigest() for place, content in contents.items()}
    assert {tuple(place): sha256 for *place, sha256, _ in rows} == told
    registered = platform.ask(
        "select path, sha256, location, format, status from omics.file"
        " where collection = 'gidamps_redcap_documents'"
    )
    assert {(path, sha256) for path, sha256, *_ in registered} == {
        (path, sha256) for *_, sha256, path in rows
    }
    for _, sha256, location, _, _ in registered:
        stored = Path(unquote(urlsplit(location).path))
        assert hashlib.sha256(stored.read_bytes()).hexdigest() == sha256
    assert ("fastq", "whole") in {(kind, status) for *_, kind, status in registered}
    text = everywhere(platform, run)
    assert "gidamps_redcap_documents" in text
    assert CANARY not in text


@pytest.mark.proof
def test_signatures_and_identifiers_are_not_fetched_when_all_files_are_released(
    platform: Platform, patients: list[str]
) -> None:
    attach_all(platform, patients)
    release(platform, "all")
    assert platform.run().succeeded
    expected = [(patient, "scan") for patient in patients] + [(patients[0], "reads")]
    assert sorted(fetched(platform)) == sorted(expected)


def test_only_the_listed_fields_are_fetched(platform: Platform, patients: list[str]) -> None:
    attach_all(platform, patients)
    release(platform, "[reads]")
    assert platform.run().succeeded
    assert fetched(platform) == [(patients[0], "reads")]


@pytest.mark.proof
def test_a_document_is_fetched_again_when_its_number_changed_and_only_then(
    platform: Platform, patients: list[str]
) -> None:
    attach_all(platform, patients)
    release(platform, "[scan]")
    assert platform.run().succeeded
    assert len(fetched(platform)) == len(patients)
    unchanged = platform.run()
    assert fetched(platform) == []
    assert platform.outcomes(unchanged)[DOCUMENTS] == "unchanged"
    attach(platform, patients[1], "scan", b"%PDF-1.4 a better scan")
    run = platform.run()
    assert fetched(platform) == [(patients[1], "scan")]
    assert platform.changes(run) == {DOCUMENTS: (0, 1, 0), FILES: (1, 0, 0)}
    sha256 = f"select sha256 from {DOCUMENTS} where record = %s and _valid_to is null"
    better = hashlib.sha256(b"%PDF-1.4 a better scan").hexdigest()
    assert platform.ask(sha256, patients[1]) == [(better,)]


@pytest.mark.proof
def test_the_document_of_a_deleted_record_leaves_the_table(
    platform: Platform, patients: list[str]
) -> None:
    attach_all(platform, patients)
    release(platform, "[scan]")
    assert platform.run().succeeded
    platform.project.delete_records([patients[2]])
    run = platform.run()
    assert run.failures == {}
    assert platform.changes(run)[DOCUMENTS] == (0, 0, 1)
    present = {record for record, *_ in platform.ask(_PRESENT.format(DOCUMENTS))}
    assert present == set(patients) - {patients[2]}


def test_a_file_field_that_the_project_lacks_is_named_before_anything_is_fetched(
    platform: Platform, patients: list[str]
) -> None:
    attach_all(platform, patients)
    release(platform, "[scan, postcard]")
    run = platform.run()
    assert list(run.failures) == ["gidamps_redcap"]
    assert "the project has no file field postcard" in run.failures["gidamps_redcap"]
    assert fetched(platform) == []
