"""A draft of a study file from a project on its server, by the settings alone."""

from pathlib import Path

import pytest
import yaml
from redcap_service import TOKEN, Server, renew, running, study_of
from typer.testing import CliRunner

from omics_orchestrator import cli

VARIABLES = """variable,label,table,type
study_id,Participant,participant,string
why_one,Why: One,participant,boolean
"""


def test_a_project_on_its_server_is_drafted_without_reading_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data_dictionary"
    (folder / "variables").mkdir(parents=True)
    (folder / "variables/all.csv").write_text(VARIABLES)
    (folder / "value_sets.csv").write_text("value_set,code,label\n")
    monkeypatch.setenv("OMICS_DICTIONARY", str(folder))
    with running(Server(tmp_path / "redcap.sqlite")) as server:
        renew(server, study_of(tmp_path))
        server.put({"participant": "P-secret", "why___1": "1"})
        monkeypatch.setenv("WARD_REDCAP_URL", server.url)
        monkeypatch.setenv("WARD_REDCAP_TOKEN", TOKEN)
        told = CliRunner().invoke(cli.commands(["dictionary"]), ["dictionary", "suggest", "ward"])

    assert told.exit_code == 0, told.exception
    found = yaml.safe_load(told.stdout)
    assert found["tables"]["participant"]["variables"]["study_id"] == "participant"
    assert found["tables"]["participant"]["variables"]["why_one"] == {
        "checkbox": "why",
        "option": 1,
    }
    assert "P-secret" not in told.stdout
    assert TOKEN not in told.output
