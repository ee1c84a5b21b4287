"""`omics pages`: serve the pages for people, beside Dagster's."""

from typing import Annotated

import typer
import uvicorn

from omics_orchestrator.cli import desk
from omics_orchestrator.cli.output import console
from omics_orchestrator.pages.app import application
from omics_orchestrator.settings import Settings

_LOOPBACK = "127.0.0.1"


def pages(
    host: Annotated[str, typer.Option(help="The address to listen on")] = _LOOPBACK,
    port: Annotated[int, typer.Option(help="The port; by default OMICS_PAGES_PORT")] = 0,
    *,
    own_machine: Annotated[
        bool,
        typer.Option("--own-machine", help="Who runs this is who looks, where no door says it"),
    ] = False,
) -> None:
    """Serve the pages, behind the door that says who looks; `make up` starts them by itself."""
    given = Settings.from_environment()
    desk.prepare_warehouse()
    port = port or given.pages_port
    own = desk.account() if own_machine else ""
    dagster = f"http://{_LOOPBACK}:{given.ui_port}" if own_machine else "/"
    console.print(f"Serving http://{host}:{port}/quarantine and /dictionary/")
    app = application(desk.opened, site=given.site_folder, own=own, dagster=dagster)
    # The door keeps the log of who asked for what.
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)
