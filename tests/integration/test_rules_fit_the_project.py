"""A study's rules beside the project on its server: `omics dictionary check --live`, asset check."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml
from redcap_service import TOKEN, Server, renew, running, study_of
from typer.testing import CliRunner

from omics_orchestrator import cli
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.dictionary.model import RedcapSource
from omics_orchestrator.errors import DictionaryError
from omics_orchestrator.orchestration.redcap import project_assets
from omics_orchestrator.orchestration.resources import (
    RedcapProject,
    Stores,
    Warehouse,
    resource_key,
)
from omics_orchestrator.orchestration.rule_checks import rule_checks

VARIABLES = """variable,label,table,type,codes
study_id,Participant,participant,string,
why_one,Why: one,participant,boolean,
total,Score,participant,number,
"""
STUDY = {
    "study": "clinic",
    "label": "Clinic",
    "description": "Made up.",
    "owners": ["somebody@example.org"],
    "sources": {
        "redcap": {
            "kind": "redcap",
            "url": "CLINIC_URL",
            "token": "CLINIC_TOKEN",
            "instruments": ["base"],
        }
    },
    "tables": {
        "participant": {
            "description": "One row a participant.",
            "rows": ["redcap.base"],
            "grain": ["study_id"],
            "variables": {
                "study_id": "participant",
                "why_one": {"checkbox": "why", "option": 1},
                "total": "score",
            },
        }
    },
    "datasets": {},
}
UNMAPPED = "studies/clinic.yaml: tables.participant: why is read without its option(s) 2 `Two`; give each a rule, or put why___2 into `ignore`"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with running(Server(tmp_path / "redcap.sqlite")) as found:
        renew(found, study_of(tmp_path))
        found.put({"participant": "1", "why___1": "1"})
        monkeypatch.setenv("CLINIC_URL", found.url)
        monkeypatch.setenv("CLINIC_TOKEN", TOKEN)
        yield found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "data_dictionary"
    for name in ("variables", "studies"):
        (found / name).mkdir(parents=True)
    (found / "variables/participant.csv").write_text(VARIABLES)
    (found / "value_sets.csv").write_text("value_set,code,label\n")
    write(found, {})
    monkeypatch.setenv("OMICS_DICTIONARY", str(found))
    return found


def write(folder: Path, ignore: dict[str, list[str]]) -> None:
    study = yaml.safe_load(yaml.safe_dump(STUDY))
    study["tables"]["participant"]["ignore"] = ignore
    (folder / "studies/clinic.yaml").write_text(yaml.safe_dump(study))


@pytest.mark.usefixtures("server")
def test_a_live_check_asks_the_server_what_the_project_has(folder: Path) -> None:
    refused = (
        CliRunner()
        .invoke(cli.commands(["dictionary"]), ["dictionary", "check", "--live"])
        .exception
    )
    assert isinstance(refused, DictionaryError)
    assert refused.problems == (UNMAPPED,)

    write(folder, {"not of use": ["why___2"]})
    told = CliRunner().invoke(cli.commands(["dictionary"]), ["dictionary", "check", "--live"])
    assert told.exit_code == 0
    assert "not compared" not in told.stdout


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("ignore", "found"), [({}, UNMAPPED), ({"not of use": ["why___2"]}, "none")]
)
def test_each_reading_of_a_project_checks_the_rules_against_it(
    folder: Path, warehouse: str, tmp_path: Path, ignore: dict[str, list[str]], found: str
) -> None:
    write(folder, ignore)
    dictionary = load(folder)
    study = dictionary.studies["clinic"]
    source = study.sources["redcap"]
    assert isinstance(source, RedcapSource)
    door = RedcapProject(
        study="clinic", source="redcap", url_variable=source.url, token_variable=source.token
    )
    resources = {
        "warehouse": Warehouse(url=warehouse),
        "stores": Stores(url=str(tmp_path / "store")),
        resource_key("clinic", "redcap"): door,
    }
    location = dg.Definitions(
        assets=[project_assets(study, "redcap", source)],
        asset_checks=rule_checks(dictionary),
        resources=resources,
    )

    run = location.resolve_implicit_global_asset_job_def().execute_in_process()

    (check,) = (
        each for each in run.get_asset_check_evaluations() if each.check_name == "rules_fit"
    )
    assert run.success
    assert check.passed == (found == "none")
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert check.metadata["listed"].value == found
