"""The `omics` command: what a person does that is not a materialisation."""

import sys

import typer

from omics_orchestrator import settings
from omics_orchestrator.cli import demo, dictionary, machines, services
from omics_orchestrator.cli.output import console
from omics_orchestrator.errors import OmicsError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(dictionary.app, name="dictionary", help="Look after the data dictionary.")
app.add_typer(demo.app, name="demo", help="The platform on made-up sources, on this machine.")
for command in (services.up, services.down, services.clean):
    app.command()(command)


def main() -> None:
    """Run the command; an error of ours is one clear line, not a traceback."""
    settings.read_env_file(machines.ENV)
    try:
        app()
    except OmicsError as error:
        console.print(f"{error}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
