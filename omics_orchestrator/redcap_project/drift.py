"""What changed in a project's dictionary between two days, and what of it changes old meanings.

A change is breaking when a value, read as before, would be lost or be taken for something else.
More of the same (a field, a code, an event) is harmless, and so is all that only people read.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from omics_orchestrator.redcap_project.description import PROJECT
from omics_orchestrator.redcap_project.fields import KEYS, choices
from omics_orchestrator.redcap_project.labels import plain, quoted

Line = Mapping[str, str]
Found = Iterator[tuple[str, bool]]

_LOST_FLAG = "is no longer flagged as an identifier"
WHOLE_FORM = "(form)"
"""Stands for a field's name where a form changed as a whole."""

_CODED = ("radio", "dropdown", "checkbox")
_CHOICES = "select_choices_or_calculations"
_VALIDATION = "text_validation_type_or_show_slider_number"
_READ_BY_PEOPLE = {
    "section_header": "section header",
    "field_note": "note",
    "text_validation_min": "lower limit",
    "text_validation_max": "upper limit",
    "branching_logic": "branching logic",
    "required_field": "being required",
    "custom_alignment": "alignment",
    "question_number": "question number",
    "matrix_group_name": "matrix group",
    "matrix_ranking": "ranking",
    "field_annotation": "annotation",
}


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        field: the field as it was named before; `(form)` or `(project)` where it is not a field's.
        form: the instrument on which it stands now, or stood; "" for the project.
        what: what happened to it, the rest of a sentence that begins with its name.
        is_breaking: values would be lost or misread if nothing stopped.
    """

    field: str
    form: str
    what: str
    is_breaking: bool

    @property
    def lost_flag(self) -> bool:
        """Tell whether a field is no identifier any more."""
        return self.what == _LOST_FLAG


def changes(before: Sequence[Line], after: Sequence[Line]) -> list[Change]:
    """Compare two states of a project, each as `Description.lines`; breaking changes come first."""
    old, new = ({line["field_name"]: line for line in lines} for lines in (before, after))
    found = [
        Change(PROJECT, "", *change) for change in _project(old.pop(PROJECT), new.pop(PROJECT))
    ]
    found += _forms(old.values(), new.values())
    renamed = _renamed(old, new)
    for name, line in old.items():
        if name in renamed:
            found.append(_of(line, f"renamed to {renamed[name]}", is_breaking=True))
        elif name not in new:
            found.append(_of(line, "removed", is_breaking=True))
        else:
            form = new[name]["form_name"]
            found += [
                Change(name, form, what, is_breaking and _has_values(line))
                for what, is_breaking in _field(line, new[name])
            ]
    added = new.keys() - old.keys() - set(renamed.values())
    found += [_of(new[name], "added", is_breaking=False) for name in added]
    return sorted(found, key=lambda c: (not c.is_breaking, c.form, c.field, c.what))


def _of(line: Line, what: str, *, is_breaking: bool) -> Change:
    breaks = is_breaking and _has_values(line)
    return Change(line["field_name"], line["form_name"], what, breaks)


def _has_values(line: Line) -> bool:
    return line["field_type"] != "descriptive"


def _renamed(old: Mapping[str, Line], new: Mapping[str, Line]) -> dict[str, str]:
    """Pair a removed and an added field that are alike in all but the name, if only two are."""
    gone: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    come: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for here, there, alike in ((old, new, gone), (new, old, come)):
        for name in here.keys() - there.keys():
            alike[tuple(here[name][key] for key in KEYS if key != "field_name")].append(name)
    return {
        names[0]: come[alike][0]
        for alike, names in gone.items()
        if len(names) == len(come.get(alike, ())) == 1
    }


def _field(old: Line, new: Line) -> Found:
    if old["form_name"] != new["form_name"]:
        yield f"moved from {old['form_name']} to {new['form_name']}", True
    if _kind(old) != _kind(new):
        yield f"is now {_kind(new)}, was {_kind(old)}", _type(old) != _type(new)
    yield from _values(old, new)
    flagged = [line["identifier"].strip().lower() == "y" for line in (old, new)]
    if flagged[0] != flagged[1]:
        yield _LOST_FLAG if flagged[0] else "is now flagged as an identifier", flagged[0]
    if old["field_label"] != new["field_label"]:
        yield f"its label was {quoted(old['field_label'])}, is {quoted(new['field_label'])}", False
    for key, name in _READ_BY_PEOPLE.items():
        if old[key] != new[key]:
            # The formula of a calculated text or date stands in its annotation.
            is_formula = key == "field_annotation" and "@CALC" in (old[key] + new[key]).upper()
            yield f"its {name} changed", is_formula


def _kind(line: Line) -> str:
    """The kind of a field as people call it: `text (date_ymd)`, `a dropdown`."""
    kind, validation = line["field_type"], line[_VALIDATION]
    named = kind if kind in ("text", "notes") else f"a {kind}"
    return f"{named} ({validation})" if validation and kind in ("text", "file") else named


def _type(line: Line) -> str:
    """What a field's values are; kinds that only look different on the screen are one."""
    kind, validation = line["field_type"], line[_VALIDATION]
    match kind:
        case "radio" | "dropdown":
            return "one code"
        case "yesno" | "truefalse":
            return "1 or 0"
        case "text" | "notes":
            # The server gives dates year first, in whatever order people see them.
            same = re.sub(r"_(dmy|mdy|ymd)$", "", validation if kind == "text" else "")
            return "text " + re.sub(r"^number_[0-9]dp", "number", same)
        case "file":
            return f"file {validation}"
    return kind


def _values(old: Line, new: Line) -> Found:
    """What changed in the choices, or in the calculation, slider labels or query in their place."""
    before, after = old[_CHOICES], new[_CHOICES]
    if old["field_type"] in _CODED and new["field_type"] in _CODED:
        yield from _codes("code", before, after)
    elif _type(old) == _type(new) and before.split() != after.split():
        named = {"calc": "calculation", "slider": "slider labels", "sql": "query"}
        yield f"its {named.get(old['field_type'], 'list of values')} changed", True


def _codes(noun: str, before: str, after: str) -> Found:
    old, new = choices(before), choices(after)
    for code, label in old.items():
        if code not in new:
            yield f"{noun} {code} {quoted(label)} removed", True
        elif plain(label) != plain(new[code]):
            yield f"{noun} {code} was {quoted(label)}, is {quoted(new[code])}", True
        elif label != new[code]:
            yield f"{noun} {code} {quoted(label)} is written another way", False
    for code, label in new.items():
        if code not in old:
            yield f"{noun} {code} {quoted(label)} added", False
    if [code for code in old if code in new] != [code for code in new if code in old]:
        yield f"its {noun}s are in another order", False


def _project(old: Line, new: Line) -> Found:
    yield from _codes("missing data code", old[_CHOICES], new[_CHOICES])
    before, after = (
        [event for event in line["places"].split(", ") if event] for line in (old, new)
    )
    yield from ((f"event {event} removed", True) for event in before if event not in after)
    yield from ((f"event {event} added", False) for event in after if event not in before)


def _forms(old: Iterable[Line], new: Iterable[Line]) -> Iterator[Change]:
    """What changed in where each form is filled in, once for all its fields."""
    before, after = ({line["form_name"]: line["places"] for line in lines} for lines in (old, new))
    for form in before.keys() & after.keys():
        for what, is_breaking in _places(_repeats(before[form]), _repeats(after[form])):
            yield Change(WHOLE_FORM, form, what, is_breaking)


def _repeats(places: str) -> dict[str, bool]:
    """Read `Description.places`: event (blank in a classic project) → the form repeats there."""
    parts = (part.removesuffix("repeating") for part in places.split(", "))
    whole = places.split(", ")
    return {part.strip(): part != place for part, place in zip(parts, whole, strict=True)}


def _places(old: Mapping[str, bool], new: Mapping[str, bool]) -> Found:
    for event, repeats in old.items():
        place = f" at {event}" if event else ""
        if event not in new:
            yield f"is no longer filled in{place or ' without an event'}", True
        elif repeats != new[event]:
            yield f"{'no longer repeats' if repeats else 'now repeats'}{place}", True
    for event in new.keys() - old.keys():
        yield f"is now filled in{f' at {event}' if event else ' without an event'}", False
