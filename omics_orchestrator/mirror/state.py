"""What a sync leaves behind for the next one, kept in the scope of the snapshots it took."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from omics_orchestrator.sources.redcap import Reading
from omics_orchestrator.warehouse.ledger import Snapshot

RECORDS = "(records)"
"""Stands for a form's name: the table of all records, one row each."""

_KEY = "sync"


@dataclass(frozen=True)
class State:
    """What is known of a sync.

    Attributes:
        sync: names the sync; tables of one sync show one moment of the project.
        began: when it began, by the clock of this machine, in UTC.
        full: when the last full read began.
        asked: stands for all that shapes the tables: the project, the fields, the rights.
        project_id: REDCap's number of the project.
        visible: which records the token saw, as `Reading.visible` says it.
    """

    sync: str
    began: datetime
    full: datetime
    asked: str
    project_id: str
    visible: str

    @classmethod
    def new(cls, reading: Reading, began: datetime, full: datetime) -> "State":
        """The state of a sync that begins now."""
        asked, project_id = what_is_asked(reading), reading.described.project_id
        return cls(uuid.uuid4().hex, began, full, asked, project_id, reading.visible)

    @classmethod
    def shared(cls, past: Mapping[str, Snapshot], reading: Reading) -> "State | None":
        """The state that all tables share; None when one is missing, or of another sync."""
        names = (*reading.tables, RECORDS)
        states = {_of(past[name]) if name in past else None for name in names}
        return states.pop() if len(states) == 1 else None

    def scope(self) -> dict[str, object]:
        """Write it as a part of a snapshot's scope."""
        told = {name: str(value) for name, value in vars(self).items()}
        return {_KEY: told | {name: getattr(self, name).isoformat() for name in ("began", "full")}}


def what_is_asked(reading: Reading) -> str:
    """Hash all that shapes the tables: while it stands, changes can be put into them."""
    parts = [reading.described.shape, reading.tables, reading.records.columns, reading.visible]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _of(snapshot: Snapshot) -> State | None:
    told = snapshot.scope.get(_KEY)
    if not isinstance(told, dict):
        return None
    return State(**{**told, **{n: datetime.fromisoformat(told[n]) for n in ("began", "full")}})
