"""The records of a project out of the body of its project file."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element

from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.odm_elements import branches
from omics_orchestrator.demo.redcap.odm_read_study import event_name, number
from omics_orchestrator.demo.redcap.odm_terms import (
    FILE_ITEM,
    GROUP_ITEM,
    ROOT,
    boxes,
    stamp_items,
    times,
)
from omics_orchestrator.demo.redcap.seed import Place, Record, StoredFile, SurveyStamp
from omics_orchestrator.errors import DictionaryError

_ODM_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)")


def read_records(file: BinaryIO, definition: ProjectDefinition) -> Iterator[Record]:
    """Yield the records of a project file one after another, as the file orders them.

    Raises:
        DictionaryError: it is no project file.
    """
    reader = _SubjectReader(definition)
    return map(reader.record, branches(file, ROOT, {"SubjectData"}))


class _SubjectReader:
    """Knows what each of a subject's items is in the project, and where its rows stand."""

    def __init__(self, definition: ProjectDefinition) -> None:
        self._repeating = frozenset(definition.repeating)
        self._times = times(definition)
        self._boxes = boxes(definition)
        self._stamped = stamp_items(definition)
        self._beside = {definition.record_id, GROUP_ITEM, *self._stamped}

    def record(self, subject: Element) -> Record:
        forms = list(self._forms(subject))
        items = [
            (place, item.get("ItemOID", ""), item.get("Value", ""))
            for place, form in forms
            for item in form.iter("ItemData")
        ]
        files = tuple(_file(place, item) for place, form in forms for item in form.iter(FILE_ITEM))
        rows: dict[Place, dict[str, str]] = {place: {} for place, _ in forms}
        for place, item, value in items:
            if item not in self._beside and (value != "0" or item not in self._boxes):
                rows[place][item] = self._value(item, value)
        for file in files:
            rows[file.place][file.field] = file.name
        return Record(
            name=subject.get("SubjectKey", ""),
            group=next((value for _, item, value in items if item == GROUP_ITEM), ""),
            rows=rows,
            files=files,
            stamps=tuple(
                SurveyStamp(place, self._stamped[item], value)
                for place, item, value in items
                if item in self._stamped
            ),
        )

    def _forms(self, subject: Element) -> Iterator[tuple[Place, Element]]:
        # A classic project has no element for its one event.
        for visit in subject.findall("StudyEventData") or [subject]:
            for form in visit.iter("FormData"):
                yield self._place(visit, form), form

    def _place(self, visit: Element, form: Element) -> Place:
        event, form_name = event_name(visit), form.get("FormOID", "").removeprefix("Form.")
        repeat_of_form = number(form, "FormRepeatKey")
        repeat_of_event = number(visit, "StudyEventRepeatKey")
        if (event, form_name) in self._repeating or repeat_of_form > 1:
            return Place(event, form_name, repeat_of_form)
        if (event, "") in self._repeating or repeat_of_event > 1:
            return Place(event, "", repeat_of_event)
        return Place(event)

    def _value(self, field: str, value: str) -> str:
        time = _ODM_TIME.fullmatch(value) if field in self._times else None
        return f"{time[1]} {time[2]}" if time else value


def _file(place: Place, item: Element) -> StoredFile:
    field = item.get("ItemOID", "")
    try:
        content = base64.b64decode(item.text or "")
    except binascii.Error:
        raise DictionaryError([f"field {field}: the content of a file is not base64"]) from None
    return StoredFile(
        field=field,
        name=item.get("DocName", ""),
        mime=item.get("MimeType", ""),
        place=place,
        content=content,
    )
