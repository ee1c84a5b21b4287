"""A made-up clinic of sixty patients and a rare one, loaded, and the dictionary's site of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from psycopg import sql

from omics_orchestrator.dictionary.conform import conform
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.site.contents import gather, inputs
from omics_orchestrator.site.pages import pages
from omics_orchestrator.site.publishing import Site
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.load import merge
from tests.unit.dictionary.made_up import KEY, dictionary

SMALLEST = 5
KNOWN = dictionary(
    {
        "eye_colour": {
            "type": "category",
            "codes": "colour",
            "label": "Colour of the eyes <b>",
            "concept": "SNOMEDCT:1234",
        },
        "crp": {"type": "number", "unit": "mg/L", "minimum": 0, "maximum": 600},
        "seen_on": {"type": "date", "label": "Day of the visit"},
        "note": {"type": "text", "label": "A note", "sensitivity": "quasi"},
        "smoker": "boolean",
        "never_asked": "string",
    },
    {
        "visit": {
            "rows": ["redcap.visit"],
            "variables": {
                **KEY,
                "eye_colour": {"field": "eyes", "codes": {"1": "blue", "2": "brown", "3": "green"}},
                "crp": "crp",
                "seen_on": "seen",
                "note": "note",
                "smoker": "smoker",
                "never_asked": {"not_collected": "nobody asked"},
            },
        }
    },
    value_sets={"colour": {"blue": "Blue", "brown": "Brown", "green": "Green, as the sea is"}},
)
# What only one patient has: it must be on no page.
RARE = {"id": "CANARY-7731", "eyes": "3", "crp": "591.37", "seen": "1931-07-19", "smoker": "canary"}
NOTES = "canary note"


def rows() -> list[dict[str, str | None]]:
    """What the source says of each patient."""
    common: list[dict[str, str | None]] = [
        {
            "id": f"CANARY-{number}",
            "eyes": "12"[number % 2],
            "crp": f"{number}.25",
            "seen": f"{date(2019, 1, 1) + timedelta(days=number * 31)}",
            "note": f"{NOTES} {number}" if number < 30 else None,
            "smoker": "01"[number % 3 == 0],
        }
        for number in range(60)
    ]
    return [*common, {**RARE, "note": None}]


def load(warehouse_url: str) -> None:
    """Load what the source says."""
    frame = pl.DataFrame(rows())
    study = KNOWN.studies["clinic"]
    made = conform(KNOWN, study, "visit", {"visit": frame}, hash_key=b"key")
    said = Load(
        "run", "v1", {}, frame.height, cells=made.cells, rows=made.rows, quarantine=made.quarantine
    )
    with connect(warehouse_url) as connection:
        merge(connection, core_table(KNOWN, study, "visit"), made.frame, said)


@contextmanager
def loaded(postgres_url: str, prepared: str, name: str) -> Iterator[str]:
    """A warehouse with the clinic in it, for all tests of a module."""
    create = sql.SQL("create database {} template {}")
    with connect(postgres_url) as session:
        session.execute(create.format(sql.Identifier(name), sql.Identifier(prepared)))
        url = postgres_url.removesuffix("postgres") + name
        load(url)
        yield url
        session.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def build(warehouse_url: str, folder: Path) -> Site:
    """Build the site of what is loaded; the dictionary's folder, beside it, is not in git."""
    site, beside = Site(folder), folder.with_name("data_dictionary")
    beside.mkdir(parents=True, exist_ok=True)
    (beside / "known_defects.csv").write_text(
        "defect,study,variables,before,now\n7,clinic,crp,it was in inches,it is in mg/L\n"
    )
    with connect(warehouse_url) as connection:
        made_of = inputs(connection, KNOWN, beside, smallest=SMALLEST)
        site.publish(pages(gather(connection, made_of)), made_of.stamp)
    return site
