"""The body of a project file: the project's records."""

import base64
import re
from collections.abc import Iterable, Mapping

from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.odm_layout import Item, ItemGroup, item_groups
from omics_orchestrator.demo.redcap.odm_markup import element, empty, escaped
from omics_orchestrator.demo.redcap.odm_terms import (
    FILE_ITEM,
    GROUP_ITEM,
    IDENTIFIER_ITEM,
    boxes,
    stamp_items,
    times,
)
from omics_orchestrator.demo.redcap.seed import Place, Record, StoredFile

_API_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d)?)")
_Cells = Mapping[str, str | StoredFile]


class SubjectWriter:
    """Writes records of one project."""

    def __init__(self, definition: ProjectDefinition) -> None:
        self._definition = definition
        self._groups = item_groups(definition)
        self._form_of = {column.name: column.form for column in columns(definition)}
        self._form_of[IDENTIFIER_ITEM] = definition.forms[0]
        self._stamp_items = {form: item for item, form in stamp_items(definition).items()}
        self._boxes = boxes(definition)
        self._times = times(definition)

    def subject(self, record: Record) -> str:
        """Write one record."""
        visits: dict[tuple[str, int], list[str]] = {}
        beside = {self._definition.record_id: record.name, GROUP_ITEM: record.group}
        for place in sorted(record.rows, key=self._position):
            visit = visits.setdefault((place.event, _repeat_of_event(place)), [])
            cells = self._cells(record, place)
            for form in self._forms(place, cells):
                visit.append(self._form(form, place, {**cells, **beside}))
                # The group is told once a record.
                beside[GROUP_ITEM] = ""
        return element(
            "SubjectData",
            {"SubjectKey": record.name, "redcap:RecordIdField": self._definition.record_id},
            (self._visit(event, repeat, forms) for (event, repeat), forms in visits.items()),
        )

    def _position(self, place: Place) -> tuple[bool, int, Place]:
        events = self._definition.event_names
        is_known = place.event in events
        return not is_known, events.index(place.event) if is_known else 0, place

    def _cells(self, record: Record, place: Place) -> _Cells:
        """What stands at a place, by item; what has no place there is left out."""
        live = self._definition.live_forms(*place)
        row = record.rows[place]
        cells: dict[str, str | StoredFile] = {
            column: cell for column, cell in row.items() if self._form_of.get(column) in live
        }
        for stamp in record.stamps:
            if stamp.place == place and stamp.form in live:
                cells[self._stamp_items[stamp.form]] = stamp.stamp
        cells |= {file.field: file for file in record.files if file.place == place}
        return cells

    def _forms(self, place: Place, cells: _Cells) -> list[str]:
        live = self._definition.live_forms(*place)
        shown = [form for form in self._definition.forms if form in live]
        filled = [form for form in shown if self._is_filled(form, cells)]
        # An empty form keeps the row of an event or repeat without any value.
        return filled or shown[:1]

    def _is_filled(self, form: str, cells: _Cells) -> bool:
        items = (item.oid for group in self._groups[form] for item in group.items)
        return any(item in cells for item in items)

    def _visit(self, event: str, repeat: int, forms: list[str]) -> str:
        if not event:
            return "".join(forms)
        attributes = {
            "StudyEventOID": f"Event.{event}",
            "StudyEventRepeatKey": str(repeat),
            "redcap:UniqueEventName": event,
        }
        return element("StudyEventData", attributes, forms)

    def _form(self, form: str, place: Place, cells: _Cells) -> str:
        repeat = place.instance if place.instrument else 1
        groups = self._groups[form]
        if cells[GROUP_ITEM] and not _has_group_item(groups):
            groups = (
                ItemGroup(f"{form}.{GROUP_ITEM}", "", (Item(GROUP_ITEM, GROUP_ITEM),)),
                *groups,
            )
        return element(
            "FormData",
            {"FormOID": f"Form.{form}", "FormRepeatKey": str(repeat)},
            (self._item_group(group, cells) for group in groups),
        )

    def _item_group(self, group: ItemGroup, cells: _Cells) -> str:
        items = [self._item(item.oid, cells) for item in group.items]
        attributes = {"ItemGroupOID": group.oid, "ItemGroupRepeatKey": "1"}
        return element("ItemGroupData", attributes, items) if any(items) else ""

    def _item(self, item: str, cells: _Cells) -> str:
        cell = cells.get(item, "0" if item in self._boxes else "")
        if isinstance(cell, StoredFile):
            return _file(cell)
        time = _API_TIME.fullmatch(cell) if item in self._times else None
        value = f"{time[1]}T{time[2]}" if time else cell
        return empty("ItemData", {"ItemOID": item, "Value": value}) if value else ""


def _repeat_of_event(place: Place) -> int:
    return 1 if place.instrument else max(place.instance, 1)


def _has_group_item(groups: Iterable[ItemGroup]) -> bool:
    return any(item.oid == GROUP_ITEM for group in groups for item in group.items)


def _file(file: StoredFile) -> str:
    name, mime = escaped(file.name), escaped(file.mime)
    content = base64.b64encode(file.content).decode()
    return (
        f'<{FILE_ITEM} ItemOID="{escaped(file.field)}" redcap:DocName="{name}"'
        f' redcap:MimeType="{mime}"><![CDATA[{content}]]></{FILE_ITEM}>\n'
    )
