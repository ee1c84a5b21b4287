"""`omics dictionary export`: the dictionary in formats that other tools read."""

from pathlib import Path
from typing import Annotated

import typer

from omics_orchestrator import settings
from omics_orchestrator.cli.columns import say
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.registry import offers
from omics_orchestrator.stewardship import exports


def export(
    form: Annotated[str, typer.Option("--format", help="redcap, frictionless, linkml or rmonize")],
    out: Annotated[Path, typer.Option(help="The folder for the files; made where it is not there")],
) -> None:
    """Write the dictionary in a format that other tools read; it holds no data."""
    known = offers(exports, "files")
    if form not in known:
        raise ConfigurationError(
            f"there is no format {form!r}", mend=f"name one of {', '.join(known)}."
        )
    out.mkdir(parents=True, exist_ok=True)
    for name, text in known[form](settings.dictionary()).items():
        (out / name).write_text(text, encoding="utf-8")
        say(f"Written: {out / name}")
