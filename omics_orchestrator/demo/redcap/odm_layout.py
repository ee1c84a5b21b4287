"""Which items a project file has for a definition: form by form, in groups under one header."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.odm_terms import GROUP_ITEM, IDENTIFIER_ITEM, stamp_items

_STATUS_HEADER = "Form Status"


@dataclass(frozen=True)
class Item:
    """One item: a field, an option of a checkbox, a form's status, or what stands beside fields.

    Attributes:
        oid: the item's name, which is its column's name in the flat export.
        field: the field it belongs to.
        entry: the field's entry of the dictionary, none for what is no field.
        label: what people read, of what is no field.
        header: the section header above it.
    """

    oid: str
    field: str
    entry: Mapping[str, str] | None = None
    label: str = ""
    header: str = ""


@dataclass(frozen=True)
class ItemGroup:
    """Items of one form under one section header."""

    oid: str
    name: str
    items: tuple[Item, ...]


def item_groups(definition: ProjectDefinition) -> dict[str, tuple[ItemGroup, ...]]:
    """Lay out every form: form → its groups."""
    items: dict[str, list[Item]] = {form: [] for form in definition.forms}
    for item, form in _fields(definition):
        items[form].append(item)
    for form, beside in _beside_fields(definition).items():
        # The record id stays the first item of all.
        place = 1 if form == definition.forms[0] else 0
        items[form][place:place] = beside
    for form in definition.forms:
        status = f"{form}_complete"
        items[form].append(Item(status, status, label="Complete?", header=_STATUS_HEADER))
    labels = {form: form for form in definition.forms} | dict(definition.form_labels)
    return {form: tuple(_groups(form, labels[form], items[form])) for form in definition.forms}


def _fields(definition: ProjectDefinition) -> Iterator[tuple[Item, str]]:
    items: dict[str, list[str]] = {}
    for column in columns(definition):
        items.setdefault(column.field, []).append(column.name)
    for entry in definition.dictionary:
        field = entry["field_name"]
        # A descriptive field has no column, nor has a checkbox without any option.
        for oid in items.get(field, [field]):
            yield Item(oid, field, entry, header=entry["section_header"]), entry["form_name"]


def _beside_fields(definition: ProjectDefinition) -> dict[str, list[Item]]:
    stamps = {form: item for item, form in stamp_items(definition).items()}
    found: dict[str, list[Item]] = {form: [] for form in definition.forms}
    first = found[definition.forms[0]]
    if definition.groups:
        first.append(Item(GROUP_ITEM, GROUP_ITEM, label="Data Access Group"))
    if definition.surveys:
        first.append(Item(IDENTIFIER_ITEM, IDENTIFIER_ITEM, label="Survey Identifier"))
    for form in definition.forms:
        if form in definition.surveys and form in stamps:
            found[form].append(Item(stamps[form], stamps[form], label="Survey Timestamp"))
    return found


def _groups(form: str, label: str, items: list[Item]) -> Iterator[ItemGroup]:
    for header, under_it in groupby(items, lambda item: item.header):
        together = tuple(under_it)
        yield ItemGroup(f"{form}.{together[0].oid}", header or label, together)
