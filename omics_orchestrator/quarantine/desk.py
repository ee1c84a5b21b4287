"""Where a person looks into quarantine, is shown values if entitled to, and records decisions."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl
import psycopg

from omics_orchestrator.dictionary import identifiers
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.errors import ConfigurationError, SourceError, StoreError
from omics_orchestrator.quarantine import advice
from omics_orchestrator.quarantine.case import cases
from omics_orchestrator.quarantine.cells import ROW, cells, matched
from omics_orchestrator.quarantine.finding import Finding, judged
from omics_orchestrator.quarantine.origin import Origin, origin
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse import quarantine
from omics_orchestrator.warehouse.quarantine import Choice, Group, Place


def find(groups: Iterable[Group], name: str) -> Group:
    """Find a group by its name or how that begins; ConfigurationError when none or several fit."""
    fitting = [group for group in groups if group.cause.id.startswith(name)] if name else []
    if len(fitting) != 1:
        raise ConfigurationError(
            f"{len(fitting)} groups of quarantine are called {name}",
            mend="take one from `omics quarantine list --all`, and write all of its name.",
        )
    return fitting[0]


def _refuse_wordless(by: str, why: str) -> None:
    if not by.strip() or not why.strip():
        raise ConfigurationError(
            "a decision needs a person and a reason", mend="say who decided, and why."
        )
    if kinds := identifiers.find(pl.DataFrame({"why": [why]})):
        raise ConfigurationError(
            f"the reason holds what looks like a person's {', '.join(kinds)}",
            mend="say it without naming anybody or any value.",
        )


@dataclass
class Desk:
    """What is needed to look into quarantine.

    Attributes:
        connection: to the warehouse.
        store: where snapshots are kept.
        dictionary: the data dictionary as it is now.
        hash_key: the secret key of the hashes.
        stewards: the people who may see values.
    """

    connection: psycopg.Connection
    store: Store
    dictionary: Dictionary
    hash_key: bytes
    stewards: frozenset[str] = frozenset()
    _origins: dict[int, Origin | None] = field(default_factory=dict, repr=False)

    def look(self, group: Group) -> Finding:
        """Find out what would mend a group."""
        if group.load_id is None:
            return Finding(group, note="nothing is held any more")
        try:
            came_from = self._origin(group, group.load_id)
            if came_from is None:
                return Finding(group, note="the data dictionary no longer has this table")
            return self._looked(group, came_from)
        except (SourceError, StoreError) as error:
            return Finding(group, note=f"its values cannot be read: {error.what}; {error.mend}")

    def show(self, group: Group, *, to: str, place: Place) -> pl.DataFrame:
        """Show the values of a group and whose they are, to one of the stewards; it is recorded.

        Returns:
            value_hash, value and record, the key of the row; nothing where the table is gone.

        Raises:
            ConfigurationError: this person is no steward.
        """
        if to not in self.stewards:
            raise ConfigurationError(
                f"{to or 'nobody'} may not see values in quarantine",
                mend="have the name put into OMICS_STEWARDS by whoever answers for the data.",
                table=group.relation,
                field=group.field,
            )
        came_from = self._origin(group, group.load_id) if group.load_id is not None else None
        if came_from is None:
            return pl.DataFrame(schema=dict.fromkeys(("value_hash", "value", "record"), pl.String))
        quarantine.record_showing(self.connection, group, to=to, place=place)
        held = quarantine.records(self.connection, group.cause)
        return matched(cells(came_from, self.store, group.field), held, self.hash_key)

    def decide(self, group: Group, choice: Choice, *, by: str, why: str, value: str = "") -> int:
        """Record what somebody decided, and give the number of cells it is about.

        Args:
            group: the group as it was seen.
            choice: the decision.
            by: who decided.
            why: the reason, in words.
            value: how the hash of the values begins that it is about; blank: all of the group.

        Raises:
            ConfigurationError: nobody decided, no reason is given, or it holds an identifier.
            SourceError: no such value is held, or the table was loaded meanwhile.
        """
        _refuse_wordless(by, why)
        cells = quarantine.decide(
            self.connection, group, choice, by=by, why=why, value=value.lstrip("#")
        )
        if not cells:
            raise SourceError(
                "nothing was recorded: no such value is held, or the table was loaded meanwhile",
                mend="look at the group again, then decide.",
                table=group.relation,
                field=group.field,
            )
        return cells

    def _origin(self, group: Group, load_id: int) -> Origin | None:
        if load_id not in self._origins:
            taken = quarantine.read_by(self.connection, load_id)
            self._origins[load_id] = origin(self.dictionary, self.store, group.cause.table, taken)
        return self._origins[load_id]

    def _looked(self, group: Group, came_from: Origin) -> Finding:
        every = cells(came_from, self.store, group.field)
        held = quarantine.records(self.connection, group.cause)
        found = matched(every, held, self.hash_key).unique("value_hash", maintain_order=True)
        texts = dict(found.select("value_hash", "value").iter_rows())
        if not texts:
            return Finding(group, note=advice.NOT_FOUND)
        if came_from.by_project or group.field == ROW:
            told = advice.of(group.reason, by_project=came_from.by_project)
            return Finding(group, note=told, texts=texts)
        counts = quarantine.values(self.connection, group.cause)
        counted = {
            texts[hashed]: count
            for hashed, count in counts.select("value_hash", "cells").iter_rows()
            if hashed in texts
        }
        strangers = every["value"].str.strip_chars().unique(maintain_order=True).to_list()
        return judged(group, list(cases(came_from, group.field, counted, strangers)), texts)
