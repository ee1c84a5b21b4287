"""`omics dictionary site`: the dictionary as pages that need no server."""

import time
from pathlib import Path
from typing import Annotated

import typer

from omics_orchestrator.cli.columns import say
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.settings import Settings
from omics_orchestrator.site.contents import gather, inputs
from omics_orchestrator.site.pages import pages
from omics_orchestrator.site.publishing import Site
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.schema import prepare


def site(
    to: Annotated[
        Path | None, typer.Option(help="The folder to build it in; by default OMICS_SITE")
    ] = None,
) -> None:
    """Build the dictionary's site: variables, studies, coverage, quarantine, changes; no data."""
    given, began = Settings.from_environment(), time.monotonic()
    built = Site((to or given.site_folder).absolute())
    with connect(given.need("warehouse_url")) as connection:
        prepare(connection)
        made_of = inputs(
            connection,
            load(given.dictionary),
            given.dictionary,
            smallest=given.smallest_count,
        )
        if built.is_of(made_of.stamp):
            say(f"Nothing has changed since it was built. Open {built.folder / 'index.html'}")
            return
        contents = gather(connection, made_of)
    built.publish(pages(contents), made_of.stamp)
    say(f"{built.pages:,} pages in {time.monotonic() - began:.1f} s.")
    say(f"Open {built.folder / 'index.html'}")
    if contents.history.note:
        say(f"Without the changes of the dictionary: {contents.history.note}.")
