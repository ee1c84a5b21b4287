"""A REDCap project mirrored: read in full once, then only what changed, with the same result.

What changed is asked for by the server's own dates, from well before the last sync on: neither its
clock nor its time zone is known. What was deleted, or came in without a date, is found by the list
of all records. A record is replaced whole, in every table, so nothing inside it can be left behind.
A full read comes now and then all the same, and says whether the mirror had been right.
"""

from omics_orchestrator.mirror.state import RECORDS, State
from omics_orchestrator.mirror.sync import Mirrored, sync

__all__ = ["RECORDS", "Mirrored", "State", "sync"]
