"""`omics demo`: the platform on made-up sources, on real files, or on a project of your own."""

import shlex
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Annotated

import typer
from redcap.project import Project
from redcap.request import RedcapError

from omics_orchestrator.cli import machines
from omics_orchestrator.cli.output import console
from omics_orchestrator.demo import report
from omics_orchestrator.demo.laptop import Laptop
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.settings import REPOSITORY

app = typer.Typer(invoke_without_command=True)

Fixtures = Annotated[
    Path | None,
    typer.Option(help="A folder of real files to run on instead, with all that belongs to it"),
]


@app.callback()
def demo(context: typer.Context, fixtures: Fixtures = None) -> None:
    """Start the demo's sources, run the whole asset graph on them, and report."""
    if context.invoked_subcommand is not None:
        return
    with console.status("Making the demo's sources"):
        laptop = machines.on_real_files(fixtures) if fixtures else machines.on_made_up_sources()
    up = f"make up FIXTURES={fixtures}" if fixtures else "make up"
    _run(laptop, up, tables="datasets.*, core.*")


@app.command(name="redcap")
def redcap(
    project: Annotated[Path, typer.Option(help="The file that REDCap exports: metadata and data")],
) -> None:
    """Put a REDCap project of your own on the local server, and run the platform on it."""
    with console.status("Reading the project file"):
        laptop = machines.on_own_project(project)
    _run(laptop, f"make up PROJECT={shlex.quote(str(project))}", tables="tidy.*")


@app.command(name="record")
def record(
    participant: Annotated[str, typer.Argument(help="The participant, e.g. GID-900; new or known")],
    answers: Annotated[list[str], typer.Argument(help="field=value, coded as REDCap codes it")],
    form: Annotated[str, typer.Option(help="A repeating form, e.g. sampling")] = "",
    instance: Annotated[int, typer.Option(help="Its instance")] = 1,
) -> None:
    """Add or change a participant in the demo's REDCap, through REDCap's own API."""
    laptop = machines.on_made_up_sources()
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
