"""What the sources said last, as the rules meet it: snapshots, and the codes of their projects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl
from psycopg import Connection

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource, Study
from omics_orchestrator.dictionary.reads import raw_tables
from omics_orchestrator.errors import SourceError
from omics_orchestrator.redcap_project.study_check import as_the_run_has_it
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.ledger import Snapshot


class Readings(Protocol):
    """What was read of the sources."""

    def frames(self, study: Study, table: str) -> Mapping[str, pl.DataFrame]:
        """The raw tables of a conformed table, every column text; SourceError if one is absent."""
        ...

    def as_read(self, dictionary: Dictionary, study: Study, table: str) -> Study:
        """The study with what its projects declared when they were read."""
        ...


@dataclass(frozen=True)
class LastReadings:
    """The last snapshots, none of which is read twice."""

    connection: Connection
    store: Store
    _read: dict[str, pl.DataFrame] = field(default_factory=dict)

    def frames(self, study: Study, table: str) -> Mapping[str, pl.DataFrame]:
        """The raw tables of a conformed table; SourceError if one was never read."""
        return {name: self._frame(self._taken(study, name)) for name in raw_tables(study, table)}

    def as_read(self, dictionary: Dictionary, study: Study, table: str) -> Study:
        """The study with the codes that its projects declared when they were read."""
        for source, name in {part.source: part.name for part in study.tables[table].rows}.items():
            if isinstance(study.sources[source], RedcapSource):
                taken = self._taken(study, name)
                described = snapshot.project_description(self.store, taken)
                study = as_the_run_has_it(dictionary, study, table, source, described)
        return study

    def _taken(self, study: Study, name: str) -> Snapshot:
        relation = str(study.raw(name))
        taken = ledger.latest_snapshot(self.connection, relation)
        if taken is None:
            raise SourceError(
                "no snapshot has been taken yet", mend="materialise the raw table.", table=relation
            )
        return taken

    def _frame(self, taken: Snapshot) -> pl.DataFrame:
        if taken.object_key not in self._read:
            self._read[taken.object_key] = snapshot.read(self.store, taken)
        return self._read[taken.object_key]
