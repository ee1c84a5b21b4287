"""All tables as one dictionary makes them of what was read; each is made when it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from omics_orchestrator.dictionary import combined, dataset, fingerprint, lineage, types
from omics_orchestrator.dictionary.conform import Conformed, conform
from omics_orchestrator.dictionary.dataset import grain_of, sources_of
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.harmonised.exposure import dataset_frames, needed
from omics_orchestrator.naming import TableName
from omics_orchestrator.stewardship.readings import Readings

_NO_KEY = b"nothing of it is kept"


@dataclass(frozen=True)
class Content:
    """What a table holds.

    Attributes:
        frame: its rows.
        key: the columns that identify one.
        variables: variable → the columns it takes, its value first; those of the key are not here.
        quarantined: variable → how many cells of the fields it is made of are in quarantine.
    """

    frame: pl.DataFrame
    key: tuple[str, ...]
    variables: Mapping[str, tuple[str, ...]]
    quarantined: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Rebuild:
    """The tables that a dictionary makes of what was read."""

    dictionary: Dictionary
    readings: Readings
    _made: dict[TableName, Conformed] = field(default_factory=dict)

    def versions(self) -> dict[TableName, str]:
        """Every conformed table and dataset, with a text that tells all that shapes it."""
        known, found = self.dictionary, {}
        for study in known.studies.values():
            for table in study.tables:
                found[study.core(table)] = fingerprint.of_table(known, study, table)
            for name in study.datasets:
                found[study.dataset(name)] = self._version(study, name)
        for each in known.datasets.values():
            parts = [self._version(*member) for member in combined.members(known, each).values()]
            own = fingerprint.of_combined(each)
            found[TableName("datasets", each.dataset)] = " ".join([own, *parts])
        return found

    def _version(self, study: Study, name: str) -> str:
        known, spec = self.dictionary, study.datasets[name]
        tables = needed(study, name)
        parts = [fingerprint.of_table(known, study, table) for table in tables]
        if spec.from_exposure:
            parts.append(fingerprint.of_exposure(known, study))
        shape = {column: str(dtype) for column, (_, dtype) in self._sources(study, name).items()}
        return " ".join([fingerprint.of_dataset(study, name), *parts, str(shape)])

    def _sources(self, study: Study, name: str) -> dict[str, tuple[str, pl.DataType]]:
        return sources_of(self.dictionary, study, name)

    def content(self, name: TableName) -> Content:
        """What a table holds; SourceError when what was read is not enough to make it."""
        if name.domain is None:
            several = self.dictionary.datasets[name.table]
            frame = combined.combine(
                self.dictionary,
                several,
                {
                    rows: self._assembled(*member)
                    for rows, member in combined.members(self.dictionary, several).items()
                },
            ).frame
            return self._content(frame, (combined.STUDY, combined.ROW_KEY))
        study = self.dictionary.studies[name.domain]
        if name.layer == "core":
            return self._conformed_content(study, name.table)
        frame = self._assembled(study, name.table)
        return self._content(frame, grain_of(study, study.datasets[name.table]))

    def _conformed_content(self, study: Study, table: str) -> Content:
        made = self._conformed(study, table)
        lost = dict(made.cells.select("field", "quarantined").iter_rows())
        fields = lineage.fields_of(study, table)
        content = self._content(made.frame, study.tables[table].grain)
        held = {name: sum(lost.get(each, 0) for each in fields[name]) for name in fields}
        return Content(content.frame, content.key, content.variables, held)

    def _conformed(self, study: Study, table: str) -> Conformed:
        name = study.core(table)
        if name not in self._made:
            as_read = self.readings.as_read(self.dictionary, study, table)
            frames = self.readings.frames(study, table)
            self._made[name] = conform(self.dictionary, as_read, table, frames, hash_key=_NO_KEY)
        return self._made[name]

    def _assembled(self, study: Study, name: str) -> pl.DataFrame:
        frames = dataset_frames(
            self.dictionary, study, name, lambda table: self._conformed(study, table).frame
        )
        return dataset.assemble(self.dictionary, study, name, frames).frame

    def _content(self, frame: pl.DataFrame, key: tuple[str, ...]) -> Content:
        taken = {
            name: tuple(column for column in types.columns(variable) if column in frame.columns)
            for name, variable in self.dictionary.variables.items()
            if name in frame.columns
        }
        of_variables = {column for columns in taken.values() for column in columns}
        others = {
            name: (name,)
            for name in frame.columns
            if name not in of_variables and name != "missing_reasons"
        }
        variables = {name: each for name, each in (taken | others).items() if name not in key}
        return Content(frame, key, variables)
