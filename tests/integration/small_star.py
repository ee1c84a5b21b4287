"""Tables for the star of the two made-up studies."""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

import polars as pl
import psycopg

from omics_orchestrator.catalogue.link_tables import LINKS
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.harmonised.exposure import exposure_table
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.star.looking import Found
from omics_orchestrator.star.making import make
from omics_orchestrator.star.views import views
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.table import Table

Row = Mapping[str, Any]
_run = count()


def put(connection: psycopg.Connection, table: Table, rows: Iterable[Row]) -> None:
    """Let these be the rows of a table."""
    frame = pl.DataFrame(list(rows), schema=table.schema)
    merge(connection, table, frame, Load(f"run-{next(_run)}", "v1", {}, 0), allow_shrink=1)


def fill(
    connection: psycopg.Connection,
    known: Dictionary,
    core: Mapping[str, Iterable[Row]],
    *,
    exposure: Mapping[str, Iterable[Row]] | None = None,
    files: Iterable[Row] = (),
    links: Iterable[Row] = (),
) -> None:
    """Load every table that the star reads; those that are not named are empty."""
    for study in known.studies.values():
        for name in study.tables:
            rows = core.get(f"{study.study}.{name}", ())
            put(connection, core_table(known, study, name), rows)
    for name in ("drug_episode", "status"):
        put(
            connection,
            exposure_table(known.studies["clinic"], name),
            (exposure or {}).get(name, ()),
        )
    put(connection, FILES, files)
    put(connection, LINKS, links)


def star(connection: psycopg.Connection, known: Dictionary) -> dict[str, Found]:
    """Make the star."""
    described = views(known)
    inputs: dict[str, dict[str, str]] = {str(view.table.name): {} for view in described}
    return make(connection, described, run_id=f"star-{next(_run)}", inputs=inputs)
