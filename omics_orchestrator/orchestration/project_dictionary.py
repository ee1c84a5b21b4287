"""A REDCap project's own dictionary as a table with history, and what must stop when it changes.

A version is accepted when a table was last loaded under it, or when a steward names it in the study
file. What changed since then in a way that would lose or misread values stops the tables that read
the changed fields; their last good rows stay.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import dagster as dg
import polars as pl
import psycopg
from psycopg import sql

from omics_orchestrator.dictionary.model import RedcapSource, Study
from omics_orchestrator.errors import SourceError
from omics_orchestrator.naming import TableName, as_part
from omics_orchestrator.orchestration.described import NIGHTLY, column_schema, key, markdown
from omics_orchestrator.redcap_project import drift
from omics_orchestrator.redcap_project.description import PROJECT, Description
from omics_orchestrator.redcap_project.drift import Change
from omics_orchestrator.redcap_project.fields import KEYS
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.read import as_of, read
from omics_orchestrator.warehouse.table import Column, Table

VERSION_LENGTH = 8
_MOST_LISTED = 40
_CODE_VERSION = "1"
_FLAGGED = "select distinct field_name from {} where lower(identifier) = 'y'"
_SINCE = "select field_name, max(greatest(_valid_from, _valid_to)) from {} group by field_name"


@dataclass(frozen=True)
class ProjectDictionary:
    """The dictionary of one REDCap project, in the warehouse.

    Attributes:
        study: the study.
        source: the project, by its name in the study file.
    """

    study: Study
    source: str

    @cached_property
    def described(self) -> RedcapSource:
        """What the study file says of the project."""
        found = self.study.sources[self.source]
        if not isinstance(found, RedcapSource):
            raise TypeError("only a REDCap source has a dictionary of its own")
        return found

    @cached_property
    def table(self) -> Table:
        """One row a field, and one for the project."""
        columns = {name: Column(pl.String(), name.replace("_", " ")) for name in KEYS}
        columns["places"] = Column(pl.String(), "events at which the form is filled in or repeats")
        return Table(
            self.study.raw(f"{self.source}_dictionary"),
            columns,
            ("field_name",),
            history=True,
            comment=f"The dictionary of {self.study.label}'s REDCap project, as it is there.",
        )

    def spec(self) -> dg.AssetSpec:
        """What Dagster shows of it."""
        return dg.AssetSpec(
            key(self.table.name),
            description=self.table.comment,
            group_name=self.table.name.group,
            kinds={"redcap", "postgres"},
            owners=list(self.study.owners),
            code_version=_CODE_VERSION,
            freshness_policy=NIGHTLY,
            metadata={
                "dagster/column_schema": column_schema(self.table),
                "dagster/table_name": str(self.table.name),
            },
        )

    def forms(self, tables: Collection[str]) -> list[str]:
        """The forms that feed some of the project's raw tables."""
        return [form for form in self.described.instruments if as_part(form) in tables]

    def load(
        self, connection: psycopg.Connection, described: Description, run_id: str
    ) -> dg.MaterializeResult:
        """Bring the table to what the project says now, and list what changed."""
        last = ledger.last_load(connection, self._relation)
        before = read(connection, self.table).to_dicts() if last else described.lines
        found = drift.changes(before, described.lines)
        inputs = {"project": described.shape}
        if last and last.inputs == inputs:
            ledger.record_unchanged(connection, last, run_id)
            content = last.content_hash
        else:
            frame = pl.DataFrame(described.lines, schema=self.table.schema)
            load = Load(run_id, _CODE_VERSION, inputs, rows_in=frame.height)
            content = merge(connection, self.table, frame, load, allow_shrink=1.0).content_hash
        return dg.MaterializeResult(
            asset_key=key(self.table.name),
            data_version=dg.DataVersion(content),
            metadata={
                "version": content[:VERSION_LENGTH],
                "dagster/row_count": len(described.lines),
                "changes": listed(found),
            },
        )

    def once_identifiers(self, connection: psycopg.Connection) -> frozenset[str]:
        """The fields ever flagged as identifiers; none where the present version is accepted."""
        last = ledger.last_load(connection, self._relation)
        accepted = self.described.accepted_dictionary
        if last and accepted and last.content_hash.startswith(accepted):
            return frozenset()
        rows = connection.execute(sql.SQL(_FLAGGED).format(self.table.identifier))
        return frozenset(name for (name,) in rows)

    def refuse_drift(
        self,
        connection: psycopg.Connection,
        reader: TableName,
        fields: Collection[str] | None,
        forms: Collection[str],
    ) -> str:
        """Refuse to go on where a field changed its meaning since the reader was last loaded.

        Args:
            connection: the warehouse.
            reader: the table that is to be loaded.
            fields: the fields it reads; None where it reads all that stand on its forms, or stood.
            forms: the forms whose rows it reads.

        Returns:
            The content hash of the project's dictionary, an input of the load.

        Raises:
            SourceError: a breaking change nobody has accepted.
        """
        now = ledger.last_load(connection, self._relation)
        if now is None:
            raise SourceError(
                "the project's dictionary has not been read yet",
                mend="materialise it first.",
                table=self._relation,
            )
        moment = self._accepted_at(connection, reader)
        if moment is None:
            return now.content_hash
        before = as_of(connection, self.table, moment).to_dicts()
        after = read(connection, self.table).to_dicts()
        if fields is None:
            fields = {x["field_name"] for x in (*before, *after) if x["form_name"] in forms}
        breaking = [
            change
            for change in drift.changes(before, after)
            if change.is_breaking
            and (
                change.field in {*fields, PROJECT}
                # A form that moved, or a flag that is gone, concerns whoever reads the form.
                or (change.form in forms and (change.field == drift.WHOLE_FORM or change.lost_flag))
            )
        ]
        if breaking:
            raise self._drifted(connection, reader, breaking, now.content_hash)
        return now.content_hash

    @property
    def _relation(self) -> str:
        return str(self.table.name)

    def _accepted_at(self, connection: psycopg.Connection, reader: TableName) -> datetime | None:
        """When the version accepted for a table was first read; None before its first load."""
        last = ledger.last_load(connection, str(reader))
        loaded_under = last.inputs.get(self._relation) if last else None
        moments = [
            ledger.loaded_at(connection, self._relation, version)
            for version in (loaded_under, self.described.accepted_dictionary)
            if version
        ]
        return max((moment for moment in moments if moment), default=None)

    def _drifted(
        self,
        connection: psycopg.Connection,
        reader: TableName,
        breaking: Sequence[Change],
        version: str,
    ) -> SourceError:
        rows = connection.execute(sql.SQL(_SINCE).format(self.table.identifier)).fetchall()
        since: dict[str, datetime] = dict(rows)
        said = "; ".join(
            f"{change.form + '.' if change.form else ''}{change.field}: {change.what}"
            + (f" (since {since[change.field]:%Y-%m-%d %H:%M})" if change.field in since else "")
            for change in breaking[:_MOST_LISTED]
        )
        return SourceError(
            f"REDCap's own dictionary changed the meaning of what this table reads: {said}",
            mend=f"correct the rules in data_dictionary/studies/{self.study.study}.yaml where they "
            # In quotes, as YAML reads some of these hashes as numbers.
            f'need it, then write `accepted_dictionary: "{version[:VERSION_LENGTH]}"` there, under '
            f"`{self.source}`.",
            study=self.study.study,
            source=self.source,
            table=str(reader),
            count=len(breaking),
        )


def listed(found: Sequence[Change]) -> dg.MetadataValue:
    """Changes as a table that people read."""
    rows = [(c.form, c.field, c.what, "breaking" if c.is_breaking else "harmless") for c in found]
    schema = dict.fromkeys(("form", "field", "change", "kind"), pl.String)
    frame = pl.DataFrame(rows[:_MOST_LISTED], schema=schema, orient="row")
    return dg.MetadataValue.md(markdown(frame))
