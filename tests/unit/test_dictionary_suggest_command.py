"""What `omics dictionary suggest` reads, writes and tells."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from omics_orchestrator import cli
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.odm_write import write
from omics_orchestrator.demo.redcap.seed import Seed
from omics_orchestrator.errors import ConfigurationError, DictionaryError
from omics_orchestrator.redcap_project.fields import KEYS
from tests.unit.redcap_project.projects import line

VARIABLES = """variable,label,table,type,unit,codes
study_id,Participant,participant,string,,
sex,Sex,participant,category,,sex
smoking,Smoking status,participant,boolean,,
volume,Volume,sample,number,uL,
"""
CLINIC = """study: clinic
label: Clinic
description: Made up.
owners: [somebody@example.org]
sources: {redcap: {kind: redcap, url: C_URL, token: C_TOKEN, instruments: [base]}}
tables:
  participant:
    description: One row a participant.
    rows: [redcap.base]
    grain: [study_id]
    variables: {study_id: record_id, smoking: tobacco}
datasets: {}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dictionary of four variables and one study; the project of another stands beside it."""
    found = tmp_path / "data_dictionary"
    for name in ("variables", "studies", "projects"):
        (found / name).mkdir(parents=True)
    (found / "variables/all.csv").write_text(VARIABLES)
    (found / "value_sets.csv").write_text(
        "value_set,code,label\nsex,male,Male\nsex,female,Female\n"
    )
    (found / "studies/clinic.yaml").write_text(CLINIC)
    monkeypatch.setenv("OMICS_DICTIONARY", str(found))
    return found


def project(path: Path, *fields: str) -> Path:
    lines = [f"record_id,base,,text{',' * 14}", *(f"{each}{',' * 12}" for each in fields)]
    path.write_text("\n".join([",".join(KEYS), *lines]), encoding="utf-8-sig")
    return path


GENDER = 'gender,base,,radio,Gender,"1, Male | 2, Female"'
TOBACCO = "tobacco,base,,yesno,Uses tobacco,"


def run(*options: str) -> Result:
    return CliRunner().invoke(cli.commands(["dictionary"]), ["dictionary", *options])


def test_a_draft_can_be_put_beside_the_other_studies_and_checked(folder: Path) -> None:
    project(folder / "projects/ward__redcap.csv", GENDER)
    out = folder / "studies/ward.yaml"

    told = run("suggest", "ward", "--out", str(out))

    assert told.exit_code == 0
    assert told.stdout == ""
    assert told.stderr.splitlines()[0] == "1  suggested"
    assert f"Read {out} through" in told.stderr
    assert run("check").exit_code == 0
    source = yaml.safe_load(out.read_text())["sources"]["redcap"]
    assert (source["url"], source["token"]) == ("WARD_REDCAP_URL", "WARD_REDCAP_TOKEN")


def test_without_a_file_the_draft_alone_is_printed(folder: Path) -> None:
    dictionary = project(folder.parent / "downloaded.csv", GENDER)
    found = yaml.safe_load(run("suggest", "ward", "--from", str(dictionary)).stdout)
    assert found["tables"]["participant"]["variables"]["sex"]["codes"] == {1: "male", 2: "female"}


def test_what_a_known_studys_project_says_is_evidence(folder: Path) -> None:
    new = project(folder.parent / "new.csv", "q7,base,,yesno,Uses tobacco,")
    old = project(folder.parent / "old.csv", TOBACCO)
    assert "smoking: q7" not in run("suggest", "ward", "--from", str(new)).stdout
    told = run("suggest", "ward", "--from", str(new), "--known", f"clinic={old}").stdout
    assert "smoking: q7  # " in told
    assert "(clinic)" in told


@pytest.mark.usefixtures("folder")
def test_a_project_is_drafted_from_the_xml_that_redcap_exports(tmp_path: Path) -> None:
    fields = (line("record_id"), line("gender", kind="radio", choices="1, Male | 2, Female"))
    seed = Seed(ProjectDefinition(dictionary=fields, title="Ward"), ())
    place = tmp_path / "ward.xml"
    place.write_text("".join(write(seed, version="15.2.1", at=datetime.now(UTC))))
    found = yaml.safe_load(run("suggest", "ward", "--from", str(place)).stdout)
    assert found["tables"]["participant"]["variables"]["sex"]["field"] == "gender"
    place.write_text("<html>")
    refused = run("suggest", "ward", "--from", str(place)).exception
    assert isinstance(refused, DictionaryError)


def test_a_database_is_drafted_from_its_catalogue(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder.parent / "freezer.sqlite"
    with sqlite3.connect(place) as connection:
        connection.execute("create table sample (sample_id text primary key, volume float)")
    connection.close()
    monkeypatch.setenv("FREEZER_URL", f"sqlite:///{place}")
    found = yaml.safe_load(run("suggest", "ward", "--from", "FREEZER_URL").stdout)
    assert found["sources"]["database"]["select"] == {
        "sample": {"columns": ["sample_id", "volume"], "order_by": "sample_id"}
    }
    assert found["tables"]["sample"]["variables"]["volume"] == "volume"


@pytest.mark.usefixtures("folder")
def test_a_spreadsheet_is_drafted_from_its_header(tmp_path: Path) -> None:
    sheet = tmp_path / "lab.csv"
    sheet.write_text("Tube;Sex\nT1;Male\nT2;Female\n")
    found = yaml.safe_load(run("suggest", "ward", "--from", str(sheet)).stdout)
    assert found["sources"]["sheet"]["folder"] == "OMICS_SPREADSHEETS_URL"
    assert found["tables"]["lab"]["variables"]["sex"]["field"] == "Sex"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["Ward 7"], "cannot be the name of a study"),
        (["ward", "--from", "nowhere.csv"], "no file, and no name of a setting"),
        (["ward", "--from", "NOT_SET_URL"], "NOT_SET_URL is not set"),
        (["ward"], "projects/ward__redcap.csv, or set WARD_REDCAP_URL and WARD_REDCAP_TOKEN"),
        (["ward", "--known", "clinic"], "STUDY=FILE"),
        (["ward", "--known", "nobody=x.csv"], "no study nobody"),
        (["ward", "--known", "clinic=x.csv"], "x.csv is no data dictionary"),
    ],
)
def test_what_cannot_be_read_is_told_with_how_to_mend_it(options: list[str], said: str) -> None:
    refused = run("suggest", *options).exception
    assert isinstance(refused, ConfigurationError)
    assert said in str(refused)


@pytest.mark.usefixtures("folder")
def test_an_address_that_is_none_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEZER_URL", "hidden-password@nowhere")
    refused = run("suggest", "ward", "--from", "FREEZER_URL").exception
    assert isinstance(refused, ConfigurationError)
    assert "hidden" not in str(refused)


def test_a_file_that_is_there_is_never_written_over(folder: Path) -> None:
    project(folder / "projects/ward__redcap.csv", GENDER)
    out = folder / "studies/clinic.yaml"
    refused = run("suggest", "ward", "--out", str(out)).exception
    assert isinstance(refused, ConfigurationError)
    assert out.read_text() == CLINIC


def test_a_dictionary_that_cannot_be_read_is_told_and_no_draft_made(folder: Path) -> None:
    project(folder / "projects/ward__redcap.csv", GENDER)
    (folder / "variables/all.csv").write_text("variable,label\nx,\n")
    refused = run("suggest", "ward").exception
    assert isinstance(refused, DictionaryError)
    assert all("variables/" in each for each in refused.problems)
