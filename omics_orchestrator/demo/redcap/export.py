"""The flat record export: one row a record, event and repeat; every field a column."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from omics_orchestrator.demo.redcap import logic, store
from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.export_rights import hashed
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.row_lookup import Lookups
from omics_orchestrator.demo.redcap.selection import Selection
from omics_orchestrator.demo.redcap.server_settings import ServerSettings
from omics_orchestrator.demo.redcap.store import RowKey

Cells = Mapping[str, str]
ExportRow = dict[str, str | int]


def export(
    connection: sqlite3.Connection,
    project: store.StoredProject,
    selection: Selection,
    settings: ServerSettings,
) -> Iterator[tuple[RowKey, ExportRow]]:
    """Yield the selected rows with raw values, record by record in natural order."""
    names = store.records(
        connection,
        project.id,
        after=selection.after,
        before=selection.before,
        group=selection.group,
        among=selection.records,
    )
    with_repeats = bool(project.definition.repeating) and (
        # Old servers leave the columns out where no row of the request repeats.
        settings.since(10) or not store.repeating_records(connection, project.id).isdisjoint(names)
    )
    layout = Layout(project, selection, settings, with_repeats=with_repeats)
    passes = _filter(project.definition, selection, settings)
    groups = store.groups(connection, project.id) if selection.with_groups else {}
    for record in names:
        stored = _stored(connection, project.id, record, selection)
        keys = layout.shown([key for key in stored if passes(key, stored)])
        if selection.with_surveys:
            for key, form, text in store.survey_stamps(connection, project.id, record):
                stored[key][f"{form}_timestamp"] = text
        for key in keys:
            yield key, layout.row(key, stored[key], groups.get(record, ""))


def _stored(
    connection: sqlite3.Connection, project: int, record: str, selection: Selection
) -> dict[RowKey, dict[str, str]]:
    """The rows of a record; without their cells where nobody looks at one, as in a list of ids."""
    if selection.columns or selection.logic or selection.with_surveys:
        return dict(store.rows(connection, project, record))
    return {key: {} for key in store.places(connection, project, record)}


@dataclass(frozen=True)
class _Template:
    """What rows of one place show before anything is stored in them.

    Attributes:
        untouched: column → cell, in export order.
        live: the columns that may show what is stored.
        statuses: status column → form, of the live ones.
    """

    untouched: Cells
    live: frozenset[str]
    statuses: Cells


class Layout:
    """Lays the stored cells of a record out as rows of one selection."""

    def __init__(
        self,
        project: store.StoredProject,
        selection: Selection,
        settings: ServerSettings,
        *,
        with_repeats: bool,
    ) -> None:
        self._project = project
        self._selection = selection
        self._settings = settings
        self._with_repeats = with_repeats
        self._definition = project.definition
        self._events = {name: n for n, name in enumerate(self._definition.event_names)}
        self._instruments = {name: n for n, name in enumerate(("", *self._definition.forms))}
        self._selected_forms = {"", *(column.form for column in selection.columns)}
        self._names_of: dict[str, set[str]] = {form: set() for form in self._definition.forms}
        for column in columns(self._definition):
            self._names_of[column.form].add(column.name)
        self._template = cache(self._make_template)

    def shown(self, keys: list[RowKey]) -> list[RowKey]:
        """Order the keys of a record: base rows by event, then repeats by event, form, number."""
        wanted = sorted(filter(self._is_wanted, keys), key=self._position)
        found = [key for key in wanted if key.instrument in self._selected_forms]
        # A record without any base row is listed all the same, or a list of ids would lack it.
        return found or wanted[:1]

    def row(self, key: RowKey, cells: Cells, group: str) -> ExportRow:
        """Lay one row out."""
        template = self._template(key.event, key.instrument, min(key.instance, 2))
        if not cells.keys() <= template.live:
            shown = {name: cell for name, cell in cells.items() if name in template.live}
        else:
            shown = dict(cells)
        row = {**self._keys(key, cells, group), **template.untouched, **shown}
        if self._selection.blank_for_gray:
            stored = cells.keys()
            row |= {
                name: ""
                for name, form in template.statuses.items()
                if stored.isdisjoint(self._names_of[form])
            }
        return row

    def _is_wanted(self, key: RowKey) -> bool:
        if self._selection.events:
            return key.event in self._selection.events
        return key.event in self._events or self._settings.exports_orphans

    def _position(self, key: RowKey) -> tuple[bool, int, int, int]:
        event = self._events.get(key.event, len(self._events))
        instrument = self._instruments.get(key.instrument, len(self._instruments))
        return key.instance > 0, event, instrument, key.instance

    def _keys(self, key: RowKey, cells: Cells, group: str) -> ExportRow:
        selection, definition = self._selection, self._definition
        if not selection.with_keys:
            return {}
        record = hashed(self._project.id, key.record) if selection.hides_records else key.record
        row: ExportRow = {definition.record_id: record}
        if definition.is_longitudinal:
            row["redcap_event_name"] = key.event
        if self._with_repeats:
            row["redcap_repeat_instrument"] = key.instrument
            row["redcap_repeat_instance"] = key.instance or ""
        if selection.with_groups:
            row["redcap_data_access_group"] = group
        if selection.with_surveys:
            row["redcap_survey_identifier"] = cells.get("redcap_survey_identifier", "")
        return row

    def _make_template(self, event: str, instrument: str, instance: int) -> _Template:
        forms = self._definition.live_forms(event, instrument, instance)
        live = [column for column in self._selection.columns if column.form in forms]
        untouched = dict.fromkeys((column.name for column in self._selection.columns), "")
        untouched |= {column.name: column.untouched for column in live}
        first_status = f"{self._definition.forms[0]}_complete"
        is_first_of_event = instance == 1 and not instrument
        # Old servers gave the first form a status there, be it designated or not.
        if is_first_of_event and not self._settings.since(10) and first_status in untouched:
            untouched[first_status] = "0"
        return _Template(
            untouched,
            frozenset(untouched if self._settings.exports_orphans else (c.name for c in live)),
            {column.name: column.form for column in live if column.kind == "status"},
        )


def _filter(
    definition: ProjectDefinition, selection: Selection, settings: ServerSettings
) -> Callable[[RowKey, Mapping[RowKey, Cells]], bool]:
    """Make the test of a row by the filter logic: it sees the row itself, and other events."""
    if not selection.logic:
        return lambda _key, _stored: True
    lookups = Lookups(definition)

    def passes(key: RowKey, stored: Mapping[RowKey, Cells]) -> bool:
        return logic.matches(
            selection.logic,
            lookups.of_row(key, stored),
            now=selection.now,
            missing_codes=definition.missing_data_codes,
        )

    # A logic that cannot be read is refused even where no record is there to try it on.
    try:
        passes(RowKey("", definition.event_names[0], "", 0), {})
    except RefusedError:
        raise RefusedError(settings.bad_logic) from None
    return passes
