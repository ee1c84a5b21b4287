"""The dictionary as git has it; the files that people edit are never touched."""

import shutil
import subprocess
from pathlib import Path

import pytest

from omics_orchestrator.dictionary.load import load
from omics_orchestrator.errors import ConfigurationError, DictionaryError
from omics_orchestrator.stewardship.revision import dictionary_at

OURS = Path(__file__).parents[3] / "data_dictionary"


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dictionary in a repository of its own, with a second, unfinished version on top."""
    folder = tmp_path / "repository/data_dictionary"
    shutil.copytree(OURS, folder)
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-qm", "first")
    return folder


def test_the_dictionary_of_a_revision_is_not_what_lies_there_now(folder: Path) -> None:
    before = load(folder)
    study = folder / "studies/gidamps.yaml"
    study.write_text(study.read_text().replace("label: GI-DAMPs", "label: Renamed", 1))
    assert dictionary_at(folder, "HEAD") == before
    assert load(folder) != before


def test_a_revision_whose_dictionary_has_problems_is_told_with_the_revision(folder: Path) -> None:
    (folder / "studies/gidamps.yaml").write_text("study: [")
    git(folder, "commit", "-qam", "broken")
    with pytest.raises(DictionaryError) as refused:
        dictionary_at(folder, "HEAD")
    assert all(each.startswith("HEAD: ") for each in refused.value.problems)
    assert dictionary_at(folder, "HEAD~1").studies


@pytest.mark.parametrize("revision", ["nowhere", "--all", "HEAD~9"])
def test_a_revision_that_git_does_not_know_is_told(folder: Path, revision: str) -> None:
    with pytest.raises(ConfigurationError, match="git knows no revision"):
        dictionary_at(folder, revision)


def test_a_revision_without_the_dictionary_is_told(folder: Path) -> None:
    git(folder, "rm", "-rq", "--cached", ".")
    git(folder, "commit", "-qm", "gone")
    with pytest.raises(ConfigurationError, match="HEAD does not hold it"):
        dictionary_at(folder, "HEAD")


def test_a_folder_outside_of_git_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(ConfigurationError, match="it is not kept in git"):
        dictionary_at(tmp_path, "HEAD")
