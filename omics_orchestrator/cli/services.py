"""`omics up`, `down` and `clean`: what runs on this machine."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urljoin

import typer

from omics_orchestrator import settings
from omics_orchestrator.cli import machines
from omics_orchestrator.cli.demo import Fixtures
from omics_orchestrator.cli.output import console
from omics_orchestrator.demo import environment

ProjectFile = Annotated[
    Path | None, typer.Option(help="A REDCap project file (XML) to run on instead")
]


def up(fixtures: Fixtures = None, project: ProjectFile = None) -> None:
    """Start what `.env` describes: embedded services, Dagster's UI, schedules and sensors."""
    if project:
        laptop = machines.on_own_project(project)
    else:
        laptop = machines.on_real_files(fixtures) if fixtures else machines.of_this_clone()
    with console.status("Starting"):
        laptop.start_sources()
        laptop.start_dagster()
        laptop.start_pages()
    console.print(f"Dagster is at {laptop.interface}, quarantine at {laptop.pages},")
    console.print(f"the register of omic files at {urljoin(laptop.pages, '/files')},")
    console.print(f"the data dictionary at {urljoin(laptop.pages, '/dictionary/')}.")
    console.print("`make down` stops them.")


def down() -> None:
    """Stop everything that `demo` or `up` started."""
    stopped = dict.fromkeys(
        name for laptop in (*machines.demos(), machines.of_this_clone()) for name in laptop.stop()
    )
    console.print(f"Stopped: {', '.join(stopped) or 'nothing was running'}.")


def clean() -> None:
    """Stop the demo, and delete what it keeps here, with its `.env`; never a person's own data."""
    for laptop in machines.demos():
        laptop.remove()
    if settings.ENV.exists() and environment.is_made_by_demo(settings.ENV):
        settings.ENV.unlink()
    console.print("The demo is gone.")
