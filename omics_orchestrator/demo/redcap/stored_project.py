"""A REDCap project as people store it: a folder with its data dictionary, its export, its events.

Such a folder does not say which form belongs to which event: the export's form statuses do, since
REDCap shows a status only where a form may be filled in.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from omics_orchestrator.demo.redcap.definition import Event, ProjectDefinition, read_dictionary

Rows = list[dict[str, str]]


def read_project(folder: Path) -> tuple[ProjectDefinition, Rows]:
    """Read a project and its records.

    Args:
        folder: `dictionary.csv`, `data.csv`, and for a longitudinal project `event.csv` and
            `arm.csv`, each as REDCap exports it.
    """
    rows = _rows(folder / "data.csv")
    dictionary = read_dictionary(folder / "dictionary.csv")
    events = _events(folder)
    forms = dict.fromkeys(entry["form_name"] for entry in dictionary)
    live = _live_forms(rows, list(forms))
    definition = ProjectDefinition(
        folder.name,
        dictionary,
        events=events,
        designations=tuple(live) if events else (),
        repeating=tuple(place for place, repeats in live.items() if repeats),
    )
    return definition, rows


def _events(folder: Path) -> tuple[Event, ...]:
    if not (folder / "event.csv").is_file():
        return ()
    arms = {arm["arm_num"]: arm["name"] for arm in _rows(folder / "arm.csv")}
    return tuple(
        Event(event["event_name"], int(event["arm_num"]), arms[event["arm_num"]])
        for event in _rows(folder / "event.csv")
    )


def _live_forms(
    rows: Sequence[Mapping[str, str]], forms: Sequence[str]
) -> dict[tuple[str, str], bool]:
    """Each (event, form) that may be filled in, and whether it repeats there."""
    return {
        (row.get("redcap_event_name", ""), form): bool(row.get("redcap_repeat_instrument"))
        for row in rows
        for form in forms
        if row[f"{form}_complete"]
    }


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
