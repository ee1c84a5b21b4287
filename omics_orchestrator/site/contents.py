"""All that the pages tell, gathered from the dictionary, the warehouse and git."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from psycopg import Connection

from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.reads import fields_read, rules_of
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.site import changes
from omics_orchestrator.site.changes import History
from omics_orchestrator.site.counting import distributions
from omics_orchestrator.site.defects import Defect, defects
from omics_orchestrator.site.disclosure import Shown
from omics_orchestrator.site.distribution import Distribution
from omics_orchestrator.site.held import Held, held, of_fields
from omics_orchestrator.stewardship.coverage import Status, of_table
from omics_orchestrator.stewardship.facts import facts_of
from omics_orchestrator.stewardship.revision import Version
from omics_orchestrator.stewardship.source_fields import places
from omics_orchestrator.stewardship.written import written
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.ledger import LoadRecord

_HELD = "some of its cells are in quarantine"
_STAMP_LENGTH = 16


@dataclass(frozen=True)
class InTable:
    """How one table of a study has one variable.

    Attributes:
        why: what the status follows from, where it is not complete.
        fields: the source fields its rule reads, each with the form, table or sheet it stands on.
        distribution: its values; None where the table was never loaded.
        held: what of its fields is in quarantine.
    """

    study: str
    table: str
    variable: str
    status: Status
    why: str
    rule: str
    fields: Mapping[str, str]
    distribution: Distribution | None
    held: Sequence[Held]


@dataclass(frozen=True)
class Inputs:
    """What decides of the pages' content, found without counting anything.

    Attributes:
        folder: the folder of the data dictionary.
        loads: the last load of each conformed table, by its name.
        versions: the versions of the dictionary that git has, the latest first.
        no_versions: why there are none.
        smallest: the smallest number of people that is shown.
    """

    dictionary: Dictionary
    folder: Path
    defects: Sequence[Defect]
    loads: Mapping[str, LoadRecord]
    held: Sequence[Held]
    versions: Sequence[Version]
    no_versions: str
    smallest: int

    @property
    def as_of(self) -> datetime | None:
        """When the last of the tables was loaded."""
        return max((each.finished_at for each in self.loads.values()), default=None)

    @property
    def stamp(self) -> str:
        """A hash of all of it, and of the program that makes pages of it."""
        told = [
            self.dictionary.model_dump_json(),
            [{**asdict(each), "variables": sorted(each.variables)} for each in self.defects],
            [(name, load.load_id, load.content_hash) for name, load in self.loads.items()],
            [asdict(each) for each in self.held],
            [asdict(each) for each in self.versions],
            [self.no_versions, self.smallest, str(self.as_of)],
            _program(),
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:_STAMP_LENGTH]


@dataclass(frozen=True)
class Contents:
    """All that the pages tell.

    Attributes:
        found: how tables of studies have variables: variable → study → its tables.
        rows: the rows of each conformed table, as far as shown: study, table → rows.
        history: what changed in the dictionary.
    """

    inputs: Inputs
    found: Mapping[str, Mapping[str, Sequence[InTable]]]
    rows: Mapping[tuple[str, str], Shown]
    history: History


def inputs(
    connection: Connection, dictionary: Dictionary, folder: Path, *, smallest: int
) -> Inputs:
    """Find what decides of the pages' content.

    Args:
        connection: a session on the warehouse.
        dictionary: the data dictionary.
        folder: its folder.
        smallest: the smallest number of people that is shown.

    Raises:
        DictionaryError: the known defects name what the dictionary does not have.
    """
    relations = [
        str(study.core(table)) for study in dictionary.studies.values() for table in study.tables
    ]
    loads = {name: ledger.last_load(connection, name) for name in relations}
    versions, no_versions = changes.known_versions(folder)
    return Inputs(
        dictionary,
        folder,
        defects(folder, dictionary),
        {name: load for name, load in loads.items() if load is not None},
        held(connection, smallest),
        versions,
        no_versions,
        smallest,
    )


def gather(connection: Connection, given: Inputs) -> Contents:
    """Count what the pages tell, of one state of the warehouse."""
    found: dict[str, dict[str, list[InTable]]] = {name: {} for name in given.dictionary.variables}
    rows: dict[tuple[str, str], Shown] = {}
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        for study in given.dictionary.studies.values():
            for table in study.tables:
                for each in _in_table(connection, given, study, table):
                    found[each.variable].setdefault(study.study, []).append(each)
                    if each.distribution:
                        rows[study.study, table] = each.distribution.rows
    history = changes.history(given.folder, given.versions, given.no_versions)
    return Contents(given, found, rows, history)


def _in_table(connection: Connection, given: Inputs, study: Study, name: str) -> Sequence[InTable]:
    known, rules, read = given.dictionary, rules_of(study, name), fields_read(study, name)
    facts = facts_of(connection, core_table(known, study, name))
    counted = distributions(connection, known, study, name, given.smallest)
    quarantined = of_fields(given.held, study.study, name)
    raw = [str(study.raw(part.name)) for part in study.tables[name].rows]
    taken = [each for table in raw if (each := ledger.latest_snapshot(connection, table))]
    return [
        InTable(
            study.study,
            name,
            each.variable,
            each.status,
            _HELD if each.status == "partial" else each.why,
            written(rules[each.variable]),
            places(study, study.core(name), taken, read[each.variable]),
            counted.get(each.variable),
            [cells for field in read[each.variable] for cells in quarantined.get(field, ())],
        )
        for each in of_table(study, name, facts)
    ]


def _program() -> str:
    """What makes pages of it, templates and all, as one hash."""
    folders = [Path(str(files(f"omics_orchestrator.{name}"))) for name in ("site", "look")]
    texts = [
        each for folder in folders for each in sorted(folder.rglob("*.*")) if each.suffix != ".pyc"
    ]
    return hashlib.sha256(b"".join(each.read_bytes() for each in texts)).hexdigest()
