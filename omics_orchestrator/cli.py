"""The `omics` command: what a person does that is not a materialisation."""

import shlex
import subprocess
import sys
import time
import uuid
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from redcap.project import Project
from redcap.request import RedcapError
from rich.console import Console

from omics_orchestrator import settings
from omics_orchestrator.demo import environment, own_project, real_input, report
from omics_orchestrator.demo.laptop import Laptop
from omics_orchestrator.dictionary.check import remarks_on, unit_problems
from omics_orchestrator.dictionary.load import read
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource, Study
from omics_orchestrator.errors import ConfigurationError, DictionaryError, OmicsError
from omics_orchestrator.redcap_project import project_files, study_check
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.settings import REPOSITORY, Settings
from omics_orchestrator.sources.redcap import connect, describe

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
dictionary_app = typer.Typer(no_args_is_help=True)
demo_app = typer.Typer(invoke_without_command=True)
app.add_typer(dictionary_app, name="dictionary", help="Look after the data dictionary.")
app.add_typer(demo_app, name="demo", help="The platform on made-up sources, on this machine.")
console = Console(highlight=False)

_ENV = REPOSITORY / ".env"
# Homes of the demo's own: a person's `.env` may keep their data in `.omics` itself.
_STUDIES_OF_DEMO = ("gidamps", "music")
_MADE_UP = REPOSITORY / ".omics/made_up"
_REAL_INPUT = REPOSITORY / ".omics/real_input"
_OWN_PROJECTS = REPOSITORY / ".omics" / own_project.HOMES
# What all studies are written in.
_SHARED = ("variables", "value_sets")

Fixtures = Annotated[
    Path | None,
    typer.Option(help="A folder of real files to run on instead, with all that belongs to it"),
]

ProjectFile = Annotated[
    Path | None, typer.Option(help="A REDCap project file (XML) to run on instead")
]


def main() -> None:
    """Run the command; an error of ours is one clear line, not a traceback."""
    settings.read_env_file(_ENV)
    try:
        app()
    except OmicsError as error:
        console.print(f"{error}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)


@demo_app.callback()
def demo(context: typer.Context, fixtures: Fixtures = None) -> None:
    """Start the demo's sources, run the whole asset graph on them, and report."""
    if context.invoked_subcommand is not None:
        return
    with console.status("Making the demo's sources"):
        laptop = _on_real_files(fixtures) if fixtures else _on_made_up_sources()
    up = f"make up FIXTURES={fixtures}" if fixtures else "make up"
    _run(laptop, up, tables="datasets.*, core.*")


@demo_app.command(name="redcap")
def redcap(
    project: Annotated[Path, typer.Option(help="The file that REDCap exports: metadata and data")],
) -> None:
    """Put a REDCap project of your own on the local server, and run the platform on it."""
    with console.status("Reading the project file"):
        laptop = _on_own_project(project)
    _run(laptop, f"make up PROJECT={shlex.quote(str(project))}", tables="tidy.*")


@demo_app.command(name="record")
def record(
    participant: Annotated[str, typer.Argument(help="The participant, e.g. GID-900; new or known")],
    answers: Annotated[list[str], typer.Argument(help="field=value, coded as REDCap codes it")],
    form: Annotated[str, typer.Option(help="A repeating form, e.g. sampling")] = "",
    instance: Annotated[int, typer.Option(help="Its instance")] = 1,
) -> None:
    """Add or change a participant in the demo's REDCap, through REDCap's own API."""
    laptop = _on_made_up_sources()
    laptop.start_sources()
    row: dict[str, str | int] = {"study_id": participant}
    if form:
        row |= {"redcap_repeat_instrument": form, "redcap_repeat_instance": instance}
    row |= dict(answer.split("=", 1) for answer in answers)
    url, token = (laptop.environment[f"GIDAMPS_REDCAP_{name}"] for name in ("URL", "TOKEN"))
    try:
        Project(url, token).import_records([row])
    except RedcapError as error:
        raise ConfigurationError(
            f"the demo's REDCap did not take it: {error}",
            mend="name fields and codes as omics_orchestrator/demo/gidamps/dictionary.csv does.",
        ) from None
    console.print("Written. The next run picks it up.")


@app.command()
def up(fixtures: Fixtures = None, project: ProjectFile = None) -> None:
    """Start what `.env` describes: embedded services, Dagster's UI, schedules and sensors."""
    if project:
        laptop = _on_own_project(project)
    else:
        laptop = _on_real_files(fixtures) if fixtures else _laptop()
    with console.status("Starting"):
        laptop.start_sources()
        laptop.start_dagster()
    console.print(f"Dagster is at {laptop.interface}; `make down` stops it.")


@app.command()
def down() -> None:
    """Stop everything that `demo` or `up` started."""
    stopped = dict.fromkeys(name for laptop in (*_demos(), _laptop()) for name in laptop.stop())
    console.print(f"Stopped: {', '.join(stopped) or 'nothing was running'}.")


@app.command()
def clean() -> None:
    """Stop the demo, and delete what it keeps here, with its `.env`; never a person's own data."""
    for laptop in _demos():
        laptop.remove()
    if _ENV.exists() and environment.is_made_by_demo(_ENV):
        _ENV.unlink()
    console.print("The demo is gone.")


@dictionary_app.callback()
def dictionary() -> None:
    """Look after the data dictionary."""


@dictionary_app.command()
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
    problems += unit_problems(found)
    notes = remarks_on(found)
    for study in found.studies.values():
        # One that is wrong in itself, or whose variables are, cannot be compared.
        if not any(each.startswith((f"studies/{study.study}.yaml", *_SHARED)) for each in problems):
            _compare(folder, found, study, problems, notes, live=live)
    if problems:
        raise DictionaryError(problems)
    tables = sum(len(study.tables) for study in found.studies.values())
    console.print(
        f"The dictionary is sound: {len(found.variables)} variables, {len(found.value_sets)} value "
        f"sets, {len(found.studies)} studies with {tables} tables, {len(found.collections)} "
        "collections."
    )
    for note in notes:
        console.print(f"Note: {note}", markup=False, soft_wrap=True)


def _compare(
    folder: Path,
    found: Dictionary,
    study: Study,
    problems: list[str],
    notes: list[str],
    *,
    live: bool,
) -> None:
    """Compare a study with its REDCap projects, and add what was found."""
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
                notes.append(f"{study.study}: {name} was not compared with its project")
            else:
                problems += study_check.problems(found, study, name, described)


def _described(
    folder: Path, study: Study, name: str, source: RedcapSource, *, live: bool
) -> Description | None:
    """What a project says of itself, by its server or its files; None where neither is there."""
    given = settings.environment()
    url, token = given.get(source.url), given.get(source.token)
    if live and url and token:
        return describe(connect(url, token, study=study.study, source=name))
    return project_files.find(folder, f"{study.study}__{name}")


def _on_made_up_sources() -> Laptop:
    values = environment.settings_of_demo(_MADE_UP, REPOSITORY)
    if not _ENV.exists():
        environment.write(_ENV, values)
    laptop = Laptop(settings.environment() | values, REPOSITORY)
    if not all(map(laptop.is_prepared, _STUDIES_OF_DEMO)):
        # Imported here: what writes h5ad files takes seconds to import, and only this needs it.
        import_module("omics_orchestrator.demo.preparation").prepare(laptop)
    return laptop


def _on_real_files(fixtures: Path) -> Laptop:
    laptop = real_input.laptop(_REAL_INPUT, REPOSITORY, fixtures, settings.environment())
    real_input.prepare(laptop, fixtures)
    return laptop


def _on_own_project(file: Path) -> Laptop:
    return own_project.laptop(_OWN_PROJECTS, REPOSITORY, file, settings.environment())


def _run(laptop: Laptop, up: str, *, tables: str) -> None:
    """Start the sources, run the whole asset graph, and report on it."""
    began = time.monotonic()
    with console.status("Starting Postgres and the local REDCap server"):
        laptop.start_sources()
    console.print(f"Sources are ready ({time.monotonic() - began:.1f} s). Running the asset graph:")
    run_id = str(uuid.uuid4())
    ended = subprocess.run(
        [sys.executable, "-m", "omics_orchestrator.run", run_id],
        env=dict(laptop.environment),
        cwd=REPOSITORY,
        check=False,
    )
    report.show(console, laptop.environment["OMICS_WAREHOUSE_URL"], run_id)
    report.where_to_look(console, laptop, up, tables=tables)
    console.print(f"Everything together took {time.monotonic() - began:.1f} s.")
    sys.exit(ended.returncode)


def _demos() -> list[Laptop]:
    """The machines of the demo, which may be deleted."""
    homes = (_MADE_UP, _REAL_INPUT, *sorted(_OWN_PROJECTS.glob("*")))
    return [Laptop({"OMICS_HOME": str(home)}, REPOSITORY) for home in homes]


def _laptop() -> Laptop:
    home = {"OMICS_HOME": str(Settings.from_environment().home)}
    return Laptop(home | settings.environment(), REPOSITORY)


if __name__ == "__main__":
    main()
