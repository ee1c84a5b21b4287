"""`omics ingest`: files of this machine into a collection's inbox, and into the register."""

import subprocess
import sys
import uuid
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from omics_orchestrator import settings
from omics_orchestrator.catalogue.bringing import Brought, bring, outgoing
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.cli.doors import store_at
from omics_orchestrator.cli.output import console
from omics_orchestrator.dictionary.model import Collection
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.settings import REPOSITORY

_MOST_NAMED = 30


def ingest(
    path: Annotated[Path, typer.Argument(help="A file, or a folder with all files below it")],
    collection: Annotated[str, typer.Option(help="Which collection they belong to")] = "",
    folder: Annotated[str, typer.Option(help="Where they go in its inbox")] = "",
    *,
    register: Annotated[bool, typer.Option(help="Register and link them right away")] = True,
) -> None:
    """Bring files into a collection's inbox, each once and whole, and register them.

    Nothing is written over: a file that is there with the same content is passed over, one with
    another content is named. What was broken off goes on when the same command is given again.
    """
    chosen = _collection(collection)
    files = outgoing(path, folder)
    inbox = store_at(settings.variable(chosen.store, collection=chosen.collection))
    with Progress(
        "{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn(),
        TimeRemainingColumn(), console=console,
    ) as shown:  # fmt: skip
        task = shown.add_task(f"{len(files):,} files", total=sum(each.size for each in files))
        brought = bring(files, inbox, lambda size: shown.update(task, advance=size))
    _tell(brought, chosen)
    if register:
        sys.exit(max(_registered(), int(bool(brought.others))))
    sys.exit(int(bool(brought.others)))


def _collection(name: str) -> Collection:
    known = settings.dictionary().collections
    if name in known:
        return known[name]
    if not name and len(known) == 1:
        return next(iter(known.values()))
    raise ConfigurationError(
        f"there is no collection {name!r}" if name else "no collection is named",
        mend=f"give --collection with one of {', '.join(known) or 'data_dictionary/collections'}.",
    )


def _tell(brought: Brought, collection: Collection) -> None:
    console.print(
        f"{brought.new:,} files are new in the inbox of {collection.label}; {brought.there:,} were "
        "there already.",
        soft_wrap=True,
    )
    for key in brought.others[:_MOST_NAMED]:
        console.print(
            f"Left out: the inbox holds another content as {key}. To mend: give it another name, "
            "or another --folder.",
            markup=False,
            soft_wrap=True,
            style="yellow",
        )
    if len(brought.others) > _MOST_NAMED:
        console.print(f"… and {len(brought.others) - _MOST_NAMED:,} more.")


def _registered() -> int:
    """Register what is in the inboxes, and make anew what is made of the register."""
    key = "/".join(FILES.name.key)
    return subprocess.run(
        [sys.executable, "-m", "omics_orchestrator.run", str(uuid.uuid4()), key],
        env=settings.environment(),
        cwd=REPOSITORY,
        check=False,
    ).returncode
