"""The `omics` command: what a person does that is not a materialisation."""

import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

import typer

from omics_orchestrator import settings
from omics_orchestrator.cli.output import console
from omics_orchestrator.errors import OmicsError

# Groups of commands, each a module with an `app`.
_GROUPS = {
    "dictionary": "Look after the data dictionary.",
    "drugs": "Names that nobody knows, and who took what when.",
    "demo": "The platform on made-up sources, on this machine.",
    "quarantine": "Look after the values that fit no rule.",
}
_OF_DICTIONARY = ("coverage", "diff", "export", "site")
# Single commands: their names, and the modules that they stand in.
_SINGLE = {
    "convert": "convert",
    "table": "table",
    "trace": "trace",
    "ingest": "ingest",
    "pages": "pages",
    "up": "services",
    "down": "services",
    "clean": "services",
}


def commands(asked: Sequence[str]) -> typer.Typer:
    """Make the command line of what is asked for, or of everything.

    Only what is asked for is imported: to import everything takes longer than most commands.

    Args:
        asked: what was typed after `omics`.
    """
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    # With a callback, a command line of one command still asks for its name.
    app.callback(help=__doc__)(_nothing)
    known = {*_GROUPS, *_SINGLE}
    wanted = {*asked[:1]} & known or known
    for name, what in _GROUPS.items():
        if name in wanted:
            app.add_typer(_module(name).app, name=name, help=what)
    if "dictionary" in wanted:
        for name in _OF_DICTIONARY:
            _module("dictionary").app.command()(getattr(_module(name), name))
    for name, module in _SINGLE.items():
        if name in wanted:
            app.command()(getattr(_module(module), name))
    return app


def _module(name: str) -> ModuleType:
    return import_module(f"{__name__}.{name}")


def _nothing() -> None:
    """Do nothing before a command."""


def main() -> None:
    """Run the command; an error of ours is one clear line, not a traceback."""
    settings.read_env_file(settings.ENV)
    try:
        commands(sys.argv[1:])()
    except OmicsError as error:
        console.print(f"{error}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
