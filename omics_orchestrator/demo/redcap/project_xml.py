"""content=project_xml: the project as a project file, with its records or without."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.bodies import CONTENT_TYPES
from omics_orchestrator.demo.redcap.call import Call, Reply
from omics_orchestrator.demo.redcap.export import export as export_rows
from omics_orchestrator.demo.redcap.export_rights import hashed
from omics_orchestrator.demo.redcap.odm_write import write
from omics_orchestrator.demo.redcap.seed import Place, Record, Seed
from omics_orchestrator.demo.redcap.selection import Selection, select
from omics_orchestrator.demo.redcap.stored_seed import stored_seed


def export(call: Call) -> Reply:
    """Answer with a project file of what the call selects and its user may export."""
    call.require("api_export")
    return Reply(CONTENT_TYPES["xml"], _written(call, select(call)))


def _written(call: Call, selection: Selection) -> Iterator[str]:
    with_records = not call.parameters.flag("returnMetadataOnly")
    with store.connect(call.database) as connection:
        chosen = _places(connection, call, selection) if with_records else {}
        seed = stored_seed(connection, call.project, chosen)
        yield from write(
            replace(seed, records=_Chosen(seed, call, selection, chosen)),
            version=call.settings.version,
            at=call.now,
            with_records=with_records,
            with_files=call.parameters.flag("exportFiles"),
        )


def _places(
    connection: sqlite3.Connection, call: Call, selection: Selection
) -> dict[str, set[Place]]:
    """Each selected record with its selected rows."""
    found: dict[str, set[Place]] = {}
    for key, _ in export_rows(connection, call.project, selection, call.settings):
        found.setdefault(key.record, set()).add(Place(*key[1:]))
    return found


@dataclass(frozen=True)
class _Chosen:
    """The records of a seed with no more of them than was selected."""

    seed: Seed
    call: Call
    selection: Selection
    places: dict[str, set[Place]]

    def __iter__(self) -> Iterator[Record]:
        columns = {column.name for column in self.selection.columns}
        fields = {column.field for column in self.selection.columns}
        for record in self.seed.records:
            places = self.places[record.name]
            yield replace(
                record,
                name=self._shown(record.name),
                group=record.group if self.selection.with_groups else "",
                rows={
                    place: {name: cells[name] for name in cells if name in columns}
                    for place, cells in record.rows.items()
                    if place in places
                },
                files=tuple(f for f in record.files if f.field in fields and f.place in places),
                stamps=record.stamps if self.selection.with_surveys else (),
            )

    def _shown(self, record: str) -> str:
        hides = self.selection.hides_records
        return hashed(self.call.project.id, record) if hides else record
