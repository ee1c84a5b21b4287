"""The demo on real files keeps to itself, and says what its folder lacks."""

from pathlib import Path

import pytest

from omics_orchestrator.demo import environment, real_input
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.settings import REPOSITORY

PROJECTS = "redcap/OuhscBbmc__REDCapR/inst/test-data/projects"


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    """A folder with the parts of the real one, all empty."""
    folder = tmp_path / "fixtures"
    (folder / "omics").mkdir(parents=True)
    (folder / PROJECTS).mkdir(parents=True)
    return folder


def test_settings_of_another_platform_are_left_out(tmp_path: Path, fixtures: Path) -> None:
    others = {"OMICS_ALERT_WEBHOOK": "https://example.org/", "OMICS_HOME": "/else", "PATH": "/bin"}
    laptop = real_input.laptop(tmp_path / "home", REPOSITORY, fixtures, others)
    assert laptop.home == tmp_path / "home"
    assert laptop.environment["PATH"] == "/bin"
    assert "OMICS_ALERT_WEBHOOK" not in laptop.environment


def test_secrets_and_ports_stay_when_the_folder_of_files_moves(
    tmp_path: Path, fixtures: Path
) -> None:
    home = tmp_path / "home"
    before = real_input.laptop(home, REPOSITORY, fixtures, {}).environment
    moved = fixtures.rename(tmp_path / "moved")
    after = real_input.laptop(home, REPOSITORY, moved, {}).environment
    assert after["OMICS_INBOX_URL"] == str(moved / "omics")
    assert {**after, "OMICS_INBOX_URL": ""} == {**before, "OMICS_INBOX_URL": ""}
    assert environment.read(home / environment.FILE) == after


def test_a_folder_without_real_files_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no omics and no redcap"):
        real_input.laptop(tmp_path / "home", REPOSITORY, tmp_path, {})
    assert not (tmp_path / "home").exists()


def test_the_dictionary_is_sound_with_our_variables_and_without_our_studies(tmp_path: Path) -> None:
    ours = load(REPOSITORY / "data_dictionary")
    real_input.write_dictionary(REPOSITORY / "data_dictionary", tmp_path / "dictionary")
    real = load(tmp_path / "dictionary")
    assert real.variables.keys() > ours.variables.keys()
    assert real.value_sets.keys() > ours.value_sets.keys()
    assert set(real.studies) == {"redcapr_simple", "redcapr_longitudinal"}
    assert set(real.collections) == {"fixtures"}
