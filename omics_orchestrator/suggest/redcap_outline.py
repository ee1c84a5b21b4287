"""What a REDCap project offers, from its own data dictionary."""

import re
from collections.abc import Iterator, Mapping

from omics_orchestrator.dictionary.units import spelled
from omics_orchestrator.naming import as_part
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import Field
from omics_orchestrator.redcap_project.labels import plain
from omics_orchestrator.redcap_project.reading import missing_reasons
from omics_orchestrator.suggest.codes import missing_codes
from omics_orchestrator.suggest.identifying import why_identifying
from omics_orchestrator.suggest.offer import Kind, Offer, Outline, RawTable

_NO_DATA = frozenset({"descriptive", "file", "sql"})
_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_KINDS: Mapping[str, Kind] = {
    "yesno": "boolean", "truefalse": "boolean", "radio": "coded", "dropdown": "coded",
    "checkbox": "checkbox", "calc": "number", "slider": "integer", "notes": "notes",
}  # fmt: skip
_VALIDATIONS: Mapping[str, Kind] = {
    "datetime": "datetime", "date": "date", "integer": "integer", "number": "number",
}  # fmt: skip


def outline(described: Description, *, url: str, token: str) -> Outline:
    """What a project offers, and how a study file describes it.

    Args:
        described: what the project says of itself.
        url: the name of the environment variable that holds its address.
        token: the name of the one that holds its token.
    """
    lines = {line["field_name"]: line for line in described.dictionary}
    identifiers = {
        field.name: why
        for field in described.fields
        if field.kind != "descriptive"
        and (why := why_identifying(
            field.name, plain(field.label), field.validation, is_flagged=field.is_identifier
        ))
    }  # fmt: skip
    fields = [
        (place, field)
        for place, field in enumerate(described.fields)
        if field.kind not in _NO_DATA
        and field.name not in identifiers
        and field.name != described.record_id
    ]
    return Outline(
        source={
            "kind": "redcap",
            "url": url,
            "token": token,
            "instruments": list(described.forms),
            "identifiers": sorted({*identifiers} - {described.record_id}),
        },
        tables=tuple(_table(described, form) for form in described.forms),
        offers=tuple(
            each
            for place, field in fields
            for each in _offers(field, lines[field.name], place, described.missing_codes)
        ),
        identifiers=identifiers,
        record_id=described.record_id,
    )


def _table(described: Description, form: str) -> RawTable:
    events = tuple(event for event, there in described.designations if there == form)
    return RawTable(as_part(form), events, described.repeats(form))


def _offers(
    field: Field, line: Mapping[str, str], place: int, project: Mapping[str, str]
) -> Iterator[Offer]:
    """A field, and for a checkbox each of its options."""
    told = {code: plain(label) for code, label in (field.choices or {}).items()}
    label, unit = label_and_unit(plain(field.label), plain(line["field_note"]))
    own = {code: why for code, why in missing_codes(told).items() if code not in project}
    offer = Offer(
        field=field.name,
        table=as_part(field.form),
        kind=kind_of(field),
        label=label,
        section=plain(line["section_header"]),
        unit=unit,
        choices={code: label for code, label in told.items() if code not in project},
        # A rule's own missing codes stand in place of the project's.
        missing={**missing_reasons(project), **own} if own else {},
        position=place,
        decimal="," if "comma_decimal" in field.validation else ".",
    )
    yield offer
    if field.kind == "checkbox":
        for code in offer.choices:
            yield Offer(
                field=field.name,
                table=offer.table,
                kind="option",
                label=offer.label,
                section=offer.section,
                choices=offer.choices,
                option=code,
                position=place,
            )


def kind_of(field: Field) -> Kind:
    """How REDCap writes the cells of a field."""
    if field.kind != "text":
        return _KINDS.get(field.kind, "notes")
    return next(
        (kind for start, kind in _VALIDATIONS.items() if field.validation.startswith(start)), "text"
    )


def label_and_unit(label: str, note: str) -> tuple[str, str | None]:
    """Part a label from the unit in brackets behind it; or the unit is what stands below it."""
    found = _BRACKETS.search(label)
    if found and (unit := spelled(found[1])):
        return label.replace(found[0], " ").strip(), unit
    return label, spelled(note) if note else None
