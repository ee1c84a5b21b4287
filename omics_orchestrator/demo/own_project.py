"""The platform on a person's own REDCap project: its ODM file on the local server, described.

The study file is drafted from the project: its forms, and the identifiers it flags. No rule is
needed for the tidy tables, and the draft is where a person begins to write rules.
"""

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import yaml

from omics_orchestrator.demo import environment
from omics_orchestrator.demo.laptop import Laptop
from omics_orchestrator.demo.redcap import odm_read
from omics_orchestrator.demo.redcap import project as redcap_project
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.seed import Seed
from omics_orchestrator.errors import ConfigurationError, DictionaryError
from omics_orchestrator.suggest.identifying import why_identifying

HOMES = "projects"
_STUDY = "project"
_URL, _TOKEN = "PROJECT_REDCAP_URL", "PROJECT_REDCAP_TOKEN"
_NAME_LENGTH = 12


def laptop(homes: Path, repository: Path, file: Path, surroundings: Mapping[str, str]) -> Laptop:
    """Make the machine that runs on a project file: the project on its server, and a study file.

    What a file said that was put there before is left as people changed it since, and so is the
    study file. No process is started yet.

    Args:
        homes: where each project file gets a home of its own.
        repository: the folder with `workspace.yaml`.
        file: an ODM project file, as REDCap exports it ("Download metadata & data (XML)").
        surroundings: the environment; settings of another platform in it are left out.

    Raises:
        ConfigurationError: there is no such file, or it is no project file.
    """
    project = _read(file)
    name = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:_NAME_LENGTH]
    home = homes / name
    kept = environment.kept(home, repository, partial(_sources, home))
    others = {key: value for key, value in surroundings.items() if not _is_ours(key)}
    machine = Laptop(others | kept, repository, redcap_url=_URL)
    seen, digest = home / "seen", hashlib.sha256(file.read_bytes()).hexdigest()
    if not seen.exists() or seen.read_text() != digest:
        redcap_project.seed(machine.redcap_database, kept[_TOKEN], project)
        _draft(home / "data_dictionary", project.definition)
        seen.write_text(digest)
    return machine


def _read(file: Path) -> Seed:
    mend = "export it in REDCap under Project Setup, Other Functionality, as XML."
    if not file.is_file():
        raise ConfigurationError("there is no such project file", mend=mend, file=str(file))
    try:
        return odm_read.read(file)
    except DictionaryError as error:
        raise ConfigurationError("; ".join(error.problems), mend=mend) from None


def _draft(folder: Path, definition: ProjectDefinition) -> None:
    draft = folder / "studies" / f"{_STUDY}.yaml"
    if not draft.exists():
        draft.parent.mkdir(parents=True)
        (folder / "value_sets.csv").write_text("value_set,code,label\n", encoding="utf-8")
        draft.write_text(_drafted(definition), encoding="utf-8")


def _drafted(definition: ProjectDefinition) -> str:
    study = {
        "study": _STUDY,
        "label": definition.title or "A REDCap project",
        "description": "Drafted from the project's file; see data_dictionary/README.md for rules.",
        "owners": ["data-manager@example.org"],
        "sources": {
            "redcap": {
                "kind": "redcap",
                "url": _URL,
                "token": _TOKEN,
                "instruments": list(definition.forms),
                "identifiers": [
                    entry["field_name"]
                    for entry in definition.dictionary
                    if why_identifying(
                        entry["field_name"],
                        entry["field_label"],
                        entry["text_validation_type_or_show_slider_number"],
                        is_flagged=bool(entry["identifier"]),
                    )
                ],
                "released": [],
                "files": [],
            }
        },
        "tables": {},
        "datasets": {},
    }
    return yaml.safe_dump(study, sort_keys=False, allow_unicode=True, width=100)


def _sources(home: Path, redcap: str) -> dict[str, str]:
    return {
        "OMICS_DICTIONARY": str(home / "data_dictionary"),
        _URL: redcap,
        _TOKEN: environment.new_token(),
    }


def _is_ours(variable: str) -> bool:
    return variable.startswith(("OMICS_", "DAGSTER_"))
