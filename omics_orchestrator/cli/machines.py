"""The machines that commands start: of the demo, of a person's own project, of `.env`."""

from importlib import import_module
from pathlib import Path

from omics_orchestrator import settings
from omics_orchestrator.demo import environment, own_project, real_input
from omics_orchestrator.demo.laptop import Laptop
from omics_orchestrator.settings import ENV, REPOSITORY, Settings

# Homes of the demo's own: a person's `.env` may keep their data in `.omics` itself.
_STUDIES_OF_DEMO = ("gidamps", "music")
_MADE_UP = REPOSITORY / ".omics/made_up"
_REAL_INPUT = REPOSITORY / ".omics/real_input"
_OWN_PROJECTS = REPOSITORY / ".omics" / own_project.HOMES


def on_made_up_sources() -> Laptop:
    """The demo's machine, its sources made where they are not."""
    values = environment.settings_of_demo(_MADE_UP, REPOSITORY)
    if not ENV.exists():
        environment.write(ENV, values)
    laptop = Laptop(settings.environment() | values, REPOSITORY)
    if not all(map(laptop.is_prepared, _STUDIES_OF_DEMO)):
        # Imported here: what writes h5ad files takes seconds to import, and only this needs it.
        import_module("omics_orchestrator.demo.preparation").prepare(laptop)
    return laptop


def on_real_files(fixtures: Path) -> Laptop:
    """A machine on a folder of real files."""
    laptop = real_input.laptop(_REAL_INPUT, REPOSITORY, fixtures, settings.environment())
    real_input.prepare(laptop, fixtures)
    return laptop


def on_own_project(file: Path) -> Laptop:
    """A machine on a REDCap project of a person's own."""
    return own_project.laptop(_OWN_PROJECTS, REPOSITORY, file, settings.environment())


def demos() -> list[Laptop]:
    """The machines of the demo, which may be deleted."""
    homes = (_MADE_UP, _REAL_INPUT, *sorted(_OWN_PROJECTS.glob("*")))
    return [Laptop({"OMICS_HOME": str(home)}, REPOSITORY) for home in homes]


def of_this_clone() -> Laptop:
    """The machine that `.env` describes."""
    home = {"OMICS_HOME": str(Settings.from_environment().home)}
    return Laptop(home | settings.environment(), REPOSITORY)
