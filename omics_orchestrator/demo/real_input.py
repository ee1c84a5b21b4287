"""The demo on real files: two projects of REDCapR and real omic files, in a home of their own.

Their study files stand in `real_studies/`: in the group's own dictionary they would only be in the
way. The home's dictionary is made of our variables and those studies.
"""

import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from omics_orchestrator.demo import environment
from omics_orchestrator.demo.laptop import Laptop
from omics_orchestrator.demo.redcap import project as redcap_project
from omics_orchestrator.demo.redcap.stored_project import read_project
from omics_orchestrator.errors import ConfigurationError

REDCAP_URL = "REDCAPR_URL"
TOKEN_OF_PROJECT = {
    "simple": "REDCAPR_SIMPLE_TOKEN",
    "longitudinal": "REDCAPR_LONGITUDINAL_TOKEN",
}
_PROJECTS = Path("redcap/OuhscBbmc__REDCapR/inst/test-data/projects")
_STUDIES = Path(__file__).with_name("real_studies")
_VALUE_SETS = "value_sets.csv"
_OURS = ("OMICS_", "DAGSTER_")


def laptop(home: Path, repository: Path, fixtures: Path, surroundings: Mapping[str, str]) -> Laptop:
    """Describe the machine that runs on real files; nothing is started or copied yet.

    Args:
        home: where this demo keeps everything.
        repository: the folder with `workspace.yaml` and `data_dictionary/`.
        fixtures: the folder with `omics/` and `redcap/`; it is only read.
        surroundings: the environment; settings of another platform in it are left out.

    Raises:
        ConfigurationError: `fixtures` is not such a folder.
    """
    _refuse_other_folders(fixtures)
    kept = environment.kept(home, repository, partial(_sources, home))
    settings = kept | {"OMICS_INBOX_URL": str(fixtures.resolve() / "omics")}
    environment.write(home / environment.FILE, settings)
    others = {name: value for name, value in surroundings.items() if not name.startswith(_OURS)}
    return Laptop(others | settings, repository, redcap_url=REDCAP_URL)


def prepare(machine: Laptop, fixtures: Path) -> None:
    """Write the dictionary and the samples' sheet, and put the projects on the local REDCap."""
    write_dictionary(machine.repository / "data_dictionary", machine.home / "data_dictionary")
    shutil.copytree(_STUDIES / "spreadsheets", machine.home / "spreadsheets", dirs_exist_ok=True)
    for name, token in TOKEN_OF_PROJECT.items():
        definition, rows = read_project(fixtures / _PROJECTS / name)
        database = machine.redcap_database
        redcap_project.create(database, machine.environment[token], definition, rows)


def write_dictionary(ours: Path, folder: Path) -> None:
    """Write a dictionary of our variables and value sets with the real studies, and no others."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ours / "variables", folder / "variables")
    for part in ("variables", "studies", "collections"):
        shutil.copytree(_STUDIES / part, folder / part, dirs_exist_ok=True)
    _, _, theirs = (_STUDIES / _VALUE_SETS).read_text(encoding="utf-8").partition("\n")
    text = (ours / _VALUE_SETS).read_text(encoding="utf-8")
    (folder / _VALUE_SETS).write_text(text.rstrip("\n") + "\n" + theirs, encoding="utf-8")


def _refuse_other_folders(fixtures: Path) -> None:
    absent = [name for name in ("omics", _PROJECTS) if not (fixtures / name).is_dir()]
    if absent:
        raise ConfigurationError(
            f"the folder of real files has no {' and no '.join(map(str, absent))}",
            mend="give the folder that holds both, such as ../shared/fixtures.",
            folder=str(fixtures),
        )


def _sources(home: Path, redcap: str) -> dict[str, str]:
    tokens = {name: environment.new_token() for name in TOKEN_OF_PROJECT.values()}
    return {
        "OMICS_DICTIONARY": str(home / "data_dictionary"),
        "OMICS_SPREADSHEETS_URL": str(home / "spreadsheets"),
        REDCAP_URL: redcap,
        **tokens,
    }
