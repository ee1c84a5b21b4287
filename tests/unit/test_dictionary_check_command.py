"""What `omics dictionary check` tells: one list of all that is wrong, with the projects' files."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from omics_orchestrator import cli
from omics_orchestrator.errors import DictionaryError
from omics_orchestrator.redcap_project.fields import KEYS
from tests.unit.dictionary.clinic import STUDY, VARIABLES

UNCOMPARED = "redcap was not compared with its project; set its token and add --live, or put clinic__redcap.csv and .json into data_dictionary/projects/"
RULES = {"study_id": "record_id", "sex": {"field": "sex", "codes": {1: "male", 2: "female"}}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small dictionary whose project has a code more than its study file."""
    study = yaml.safe_load(yaml.safe_dump(STUDY))
    study["tables"]["visit"] |= {"rows": ["redcap.visit"], "variables": RULES, "ignore": {}}
    study["sources"]["redcap"] |= {"instruments": ["visit"], "identifiers": []}
    names = [line for line in VARIABLES if line["variable"] in ("study_id", "sex", "age")]
    for name in ("variables", "studies", "projects"):
        (tmp_path / name).mkdir()
    rows = [f"{x['variable']},x,visit,{x['type']},{x.get('codes', '')}" for x in names]
    (tmp_path / "variables/visit.csv").write_text(
        "\n".join(["variable,label,table,type,codes", *rows])
    )
    (tmp_path / "value_sets.csv").write_text(
        "value_set,code,label\nsex,male,Male\nsex,female,Female\n"
    )
    (tmp_path / "studies/clinic.yaml").write_text(yaml.safe_dump(study))
    monkeypatch.setenv("OMICS_DICTIONARY", str(tmp_path))
    return tmp_path


def project(folder: Path, choices: str) -> None:
    fields = [f"record_id,visit,,text{',' * 14}", f'sex,visit,,radio,Sex,"{choices}"{"," * 12}']
    text = "\n".join([",".join(KEYS), *fields])
    (folder / "projects/clinic__redcap.csv").write_text(text)


def check(*options: str) -> Result:
    return CliRunner().invoke(cli.commands(["dictionary"]), ["dictionary", "check", *options])


@pytest.mark.usefixtures("folder")
def test_a_sound_dictionary_is_told_with_what_may_be_forgotten() -> None:
    told = check()

    assert told.exit_code == 0
    assert told.stdout.splitlines()[-2:] == [
        "Note: variables/*.csv: age: no study uses it; map it, or take its line out",
        f"Note: clinic: {UNCOMPARED}",
    ]


def test_a_study_is_compared_with_the_files_of_its_project(folder: Path) -> None:
    project(folder, "1, Male | 2, Female")
    assert "Compared with their projects: clinic (redcap)." in check().stdout.splitlines()

    project(folder, "1, Male | 2, Female | 3, Other")
    refused = check().exception

    assert isinstance(refused, DictionaryError)
    assert refused.problems == (
        "studies/clinic.yaml: tables.visit: variables.sex: 3 `Other` of sex would be refused; map them in `codes`, or give each its reason in `missing`",
    )


def test_what_a_draft_leaves_open_is_told(folder: Path) -> None:
    with (folder / "studies/clinic.yaml").open("a") as file:
        file.write("# OPEN: height\n#   OPEN in words\n# opened\n")

    assert (
        "Note: studies/clinic.yaml: 2 lines still say OPEN; settle each, and delete it"
        in check().stdout.splitlines()
    )


def test_many_variables_that_no_study_uses_are_one_note(folder: Path) -> None:
    with (folder / "variables/visit.csv").open("a") as file:
        file.writelines(f"\nspare_{n},x,visit,integer," for n in range(10))

    (note,) = [line for line in check().stdout.splitlines() if "variables/*.csv" in line]
    assert note.startswith("Note: variables/*.csv: no study uses 11 variables, age to spare_9; ")


def test_what_is_wrong_in_several_files_is_one_list(folder: Path) -> None:
    (folder / "projects/clinic__redcap.csv").write_text("field_name\n")
    (folder / "collections").mkdir()
    (folder / "collections/files.yaml").write_text("collection: [")

    refused = check().exception

    assert isinstance(refused, DictionaryError)
    assert [each.split(":")[0] for each in refused.problems] == [
        "collections/files.yaml line 1",
        "projects/clinic__redcap.csv",
    ]


def test_a_format_that_there_is_not_is_told_with_the_one_that_is_meant(folder: Path) -> None:
    (folder / "collections").mkdir()
    (folder / "collections/files.yaml").write_text(
        "{collection: files, label: Files, study: clinic, store: FILES_URL, policy: copy, "
        "sample_table: visit, formats: [vcf, fastqq]}"
    )

    refused = check().exception

    assert isinstance(refused, DictionaryError)
    assert refused.problems == (
        "collections/files.yaml: formats: 'fastqq' is no format; did you mean 'fastq'?",
    )


@pytest.mark.usefixtures("folder")
def test_without_its_token_a_project_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CLINIC_TOKEN", raising=False)

    assert "clinic: redcap was not compared with its project" in check("--live").stdout


@pytest.mark.usefixtures("folder")
def test_a_server_that_cannot_be_asked_is_one_problem_of_the_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLINIC_URL", "http://redcap.example.org/api/")
    monkeypatch.setenv("CLINIC_TOKEN", "0123456789ABCDEF0123456789ABCDEF")

    refused = check("--live").exception

    assert isinstance(refused, DictionaryError)
    (problem,) = refused.problems
    assert problem.startswith("study clinic, source redcap: the REDCap address is not encrypted")
    assert "0123456789ABCDEF" not in problem
