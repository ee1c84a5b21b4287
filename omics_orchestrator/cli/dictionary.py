"""`omics dictionary`: look after the data dictionary."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from omics_orchestrator import settings
from omics_orchestrator.catalogue.format_names import unknown_formats
from omics_orchestrator.cli.output import console
from omics_orchestrator.cli.suggest import suggest
from omics_orchestrator.dictionary.check import remarks_on, unit_problems
from omics_orchestrator.dictionary.load import read
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource, Study
from omics_orchestrator.errors import DictionaryError, OmicsError
from omics_orchestrator.redcap_project import project_files, study_check
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.settings import Settings
from omics_orchestrator.sources.redcap import connect, describe
from omics_orchestrator.suggest.written_draft import left_open

app = typer.Typer(no_args_is_help=True)
app.command()(suggest)
# What all studies are written in.
_SHARED = ("variables", "value_sets")


@app.callback()
def dictionary() -> None:
    """Look after the data dictionary."""


@app.command()
def check(
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the REDCap projects whose tokens are set")
    ] = False,
) -> None:
    """Check the data dictionary; every problem is listed at once, with its file and line or key.

    Studies are compared with their REDCap projects: with the files in `projects/`, or the servers.
    """
    folder = Settings.from_environment().dictionary
    found, problems = read(folder)
    problems += [*unit_problems(found), *unknown_formats(found)]
    notes, compared = remarks_on(found), list[str]()
    for study in found.studies.values():
        # One that is wrong in itself, or whose variables are, cannot be compared.
        if not any(each.startswith((f"studies/{study.study}.yaml", *_SHARED)) for each in problems):
            compared += _compare(folder, found, study, problems, notes, live=live)
    if problems:
        raise DictionaryError(problems)
    notes += _left_open(folder, found)
    tables = sum(len(study.tables) for study in found.studies.values())
    console.print(
        f"The dictionary is sound: {len(found.variables)} variables, {len(found.value_sets)} value "
        f"sets, {len(found.studies)} studies with {tables} tables, {len(found.collections)} "
        "collections."
    )
    if compared:
        console.print(f"Compared with their projects: {', '.join(compared)}.", soft_wrap=True)
    for note in notes:
        console.print(f"Note: {note}", markup=False, soft_wrap=True)


def _left_open(folder: Path, found: Dictionary) -> Iterator[str]:
    for name in found.studies:
        text = (folder / "studies" / f"{name}.yaml").read_text(encoding="utf-8")
        if lines := left_open(text):
            yield f"studies/{name}.yaml: {lines} lines still say OPEN; settle each, and delete it"


def _compare(
    folder: Path,
    found: Dictionary,
    study: Study,
    problems: list[str],
    notes: list[str],
    *,
    live: bool,
) -> Iterator[str]:
    """Compare a study with its REDCap projects, add what was found, and yield which were there."""
    for name, source in study.sources.items():
        if not isinstance(source, RedcapSource):
            continue
        try:
            described = _described(folder, study, name, source, live=live)
        except DictionaryError as error:
            problems += error.problems
        except OmicsError as error:
            problems.append(str(error))
        else:
            if described is None:
                notes.append(
                    f"{study.study}: {name} was not compared with its project; set its token and "
                    f"add --live, or put {study.study}__{name}.csv and .json into "
                    "data_dictionary/projects/"
                )
            else:
                problems += study_check.problems(found, study, name, described)
                notes += study_check.remarks(study, name, described)
                yield f"{study.study} ({name})"


def _described(
    folder: Path, study: Study, name: str, source: RedcapSource, *, live: bool
) -> Description | None:
    """What a project says of itself, by its server or its files; None where neither is there."""
    given = settings.environment()
    url, token = given.get(source.url), given.get(source.token)
    if live and url and token:
        return describe(connect(url, token, study=study.study, source=name))
    return project_files.find(folder, f"{study.study}__{name}")
