"""A project as two files beside the study files describe it, for checks without its server.

One is REDCap's own export of its data dictionary (18 columns); it says nothing of events, repeats
and missing data codes, so the other does.
"""

import csv
from collections.abc import Collection, Mapping
from io import StringIO
from pathlib import Path

from pydantic import Field as Key
from pydantic import ValidationError

from omics_orchestrator.dictionary.strict import Strict
from omics_orchestrator.errors import DictionaryError
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import KEYS

FOLDER = "projects"
_SHORTEST = 2


class Repeating(Strict):
    """A form that repeats at an event, or everywhere; without a form, the event as a whole."""

    form: str = ""
    event: str = ""


class ProjectSettings(Strict):
    """What the data dictionary does not say.

    Attributes:
        events: unique event name → the forms filled in there, in order; none in a classic project.
        repeating: what repeats, and where.
        missing_data_codes: code → label.
    """

    events: Mapping[str, tuple[str, ...]] = Key(default_factory=dict)
    repeating: tuple[Repeating, ...] = ()
    missing_data_codes: Mapping[str, str] = Key(default_factory=dict)

    def repeats(self) -> tuple[tuple[str, str], ...]:
        """Event and form of all that repeats, a form without an event at each where it stands."""
        return tuple(
            (event, each.form)
            for each in self.repeating
            for event in ((each.event,) if each.event or not self.events else self._at(each.form))
        )

    def _at(self, form: str) -> list[str]:
        return [event for event, forms in self.events.items() if form in forms]


def find(folder: Path, name: str) -> Description | None:
    """Read a project's files in `projects/` of the dictionary's folder; None where there are none.

    Raises:
        DictionaryError: the files cannot be read.
    """
    dictionary, settings = (folder / FOLDER / f"{name}.{kind}" for kind in ("csv", "json"))
    if not dictionary.is_file():
        return None
    told = settings.read_text(encoding="utf-8") if settings.is_file() else None
    return describe(name, dictionary.read_text(encoding="utf-8-sig"), told)


def describe(name: str, dictionary: str, settings: str | None) -> Description:
    """Read the texts of a project's two files.

    Args:
        name: what the files are called, for messages.
        dictionary: the CSV file.
        settings: the JSON file; without it, a classic project without repeats.

    Raises:
        DictionaryError: the files cannot be read.
    """
    told, lines = _settings(name, settings), _lines(name, dictionary)
    _refuse_unknown_forms(name, told, {line["form_name"] for line in lines})
    return Description(
        project_id="",
        title="",
        version="",
        is_longitudinal=bool(told.events),
        dictionary=lines,
        events=tuple(told.events),
        designations=tuple((event, form) for event, forms in told.events.items() for form in forms),
        repeating=told.repeats(),
        missing_codes=told.missing_data_codes,
    )


def _refuse_unknown_forms(name: str, told: ProjectSettings, forms: Collection[str]) -> None:
    named = {each.form for each in told.repeating if each.form}
    named |= {form for there in told.events.values() for form in there}
    if unknown := sorted(named - set(forms)):
        what = f"{name}.csv has no form {', '.join(unknown)}"
        raise DictionaryError([f"{FOLDER}/{name}.json: {what}; download both files anew"])


def _lines(name: str, text: str) -> tuple[Mapping[str, str], ...]:
    rows = [row for row in csv.reader(StringIO(text)) if row]
    if len(rows) < _SHORTEST or any(len(row) != len(KEYS) for row in rows):
        what = f"it is no data dictionary of {len(KEYS)} columns"
        mend = "download it again in REDCap's Data Dictionary"
        raise DictionaryError([f"{FOLDER}/{name}.csv: {what}; {mend}"])
    return tuple(dict(zip(KEYS, row, strict=True)) for row in rows[1:])


def _settings(name: str, text: str | None) -> ProjectSettings:
    if text is None:
        return ProjectSettings()
    try:
        return ProjectSettings.model_validate_json(text)
    except ValidationError as error:
        raise DictionaryError(
            [
                f"{FOLDER}/{name}.json: {'.'.join(map(str, each['loc'])) or 'the file'}: "
                f"{each['msg']}; see data_dictionary/README.md"
                for each in error.errors(include_url=False, include_input=False)
            ]
        ) from None
