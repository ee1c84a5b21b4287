"""The `omics` command: what a person does that is not a materialisation."""

import sys

import typer

from omics_orchestrator import settings
from omics_orchestrator.cli import (
    coverage,
    demo,
    dictionary,
    diff,
    drugs,
    export,
    machines,
    pages,
    quarantine,
    services,
    table,
    trace,
)
from omics_orchestrator.cli.output import console
from omics_orchestrator.errors import OmicsError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(dictionary.app, name="dictionary", help="Look after the data dictionary.")
app.add_typer(drugs.app, name="drugs", help="Names that nobody knows, and who took what when.")
app.add_typer(demo.app, name="demo", help="The platform on made-up sources, on this machine.")
app.add_typer(quarantine.app, name="quarantine", help="Look after the values that fit no rule.")
for of_dictionary in (coverage.coverage, diff.diff, export.export):
    dictionary.app.command()(of_dictionary)
for command in (table.table, trace.trace, pages.pages, services.up, services.down, services.clean):
    app.command()(command)


def main() -> None:
    """Run the command; an error of ours is one clear line, not a traceback."""
    settings.read_env_file(machines.ENV)
    try:
        app()
    except OmicsError as error:
        console.print(f"{error}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
