"""What the commands of stewards write, and what they refuse."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from omics_orchestrator import cli, settings
from omics_orchestrator.errors import ConfigurationError

OURS = Path(__file__).parents[3] / "data_dictionary"


@pytest.fixture(autouse=True)
def _dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMICS_DICTIONARY", str(OURS))
    settings.dictionary.cache_clear()


def typed(*words: str) -> Result:
    return CliRunner().invoke(cli.commands(["dictionary"]), ["dictionary", *words])


@pytest.mark.parametrize("form", ["redcap", "frictionless", "linkml", "rmonize"])
def test_an_export_writes_its_files_and_names_each(form: str, tmp_path: Path) -> None:
    folder = tmp_path / "not_there_yet"
    told = typed("export", "--format", form, "--out", str(folder))
    written = sorted(folder.iterdir())
    assert written
    assert sorted(told.stdout.splitlines()) == [f"Written: {path}" for path in written]


def test_a_format_that_nobody_offers_is_refused_with_those_that_are(tmp_path: Path) -> None:
    refused = typed("export", "--format", "xml", "--out", str(tmp_path / "x")).exception
    assert isinstance(refused, ConfigurationError)
    assert "frictionless, linkml, redcap, rmonize" in str(refused)
    assert not (tmp_path / "x").exists()


def test_coverage_of_a_study_that_is_not_there_is_refused_with_those_that_are() -> None:
    refused = typed("coverage", "--study", "nowhere").exception
    assert isinstance(refused, ConfigurationError)
    assert "gidamps, music" in str(refused)
