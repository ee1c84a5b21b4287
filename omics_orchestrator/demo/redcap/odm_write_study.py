"""The head of a project file: what the project is."""

from collections.abc import Iterable, Iterator, Mapping

from omics_orchestrator.demo.redcap.definition import Event, ProjectDefinition
from omics_orchestrator.demo.redcap.odm_layout import ItemGroup, item_groups
from omics_orchestrator.demo.redcap.odm_markup import element, empty, text
from omics_orchestrator.demo.redcap.odm_terms import CLASSIC_EVENT, PROPERTIES
from omics_orchestrator.demo.redcap.odm_write_items import code_list, item_definition
from omics_orchestrator.demo.redcap.seed import Seed


def global_variables(seed: Seed, description: str) -> str:
    """Write what concerns the whole project."""
    definition = seed.definition
    codes = definition.missing_data_codes.items()
    texts = {
        "StudyName": definition.title,
        "StudyDescription": description,
        "ProtocolName": definition.title,
        "redcap:MissingDataCodes": "\n".join(f"{code}, {label}" for code, label in codes),
    } | {
        f"redcap:{tag}": str(definition.properties[key])
        for tag, key in PROPERTIES.items()
        if key in definition.properties
    }
    surveys = ({"form_name": form, "title": title} for form, title in definition.surveys.items())
    return element(
        "GlobalVariables",
        {},
        (
            *(text(tag, content) + "\n" for tag, content in texts.items()),
            _group("DataAccessGroups", ({"group_name": group.name} for group in definition.groups)),
            _group("UserRoles", seed.roles),
            _repeating(definition),
            _group("Surveys", surveys),
            _group("Reports", seed.reports),
        ),
    )


def _group(name: str, members: Iterable[Mapping[str, str]]) -> str:
    written = [empty(f"redcap:{name}", member) for member in members]
    return element(f"redcap:{name}Group", {}, written) if written else ""


def _repeating(definition: ProjectDefinition) -> str:
    if not definition.repeating:
        return ""
    labels = {(event, form): label for event, form, label in definition.repeat_labels}
    events = [event for event, form in definition.repeating if not form]
    forms = {event: "" for event, form in definition.repeating if form}
    for event, form in definition.repeating:
        if form:
            forms[event] += empty(
                "redcap:RepeatingInstrument",
                {
                    "redcap:UniqueEventName": event or CLASSIC_EVENT,
                    "redcap:RepeatInstrument": form,
                    "redcap:CustomLabel": labels.get((event, form), ""),
                },
            )
    return element(
        "redcap:RepeatingInstrumentsAndEvents",
        {},
        (
            *(
                empty("redcap:RepeatingEvent", {"redcap:UniqueEventName": event})
                for event in events
            ),
            *(element("redcap:RepeatingInstruments", {}, written) for written in forms.values()),
        ),
    )


def metadata_version(definition: ProjectDefinition, oid: str) -> str:
    """Write events, forms, fields and choices."""
    groups = item_groups(definition)
    items = [item for group in groups.values() for part in group for item in part.items]
    return element(
        "MetaDataVersion",
        {"OID": oid, "Name": definition.title, "redcap:RecordIdField": definition.record_id},
        (
            *_events(definition),
            *(_form(definition, form, parts) for form, parts in groups.items()),
            *(_item_group(part) for parts in groups.values() for part in parts),
            *map(item_definition, items),
            *map(code_list, items),
        ),
    )


def _events(definition: ProjectDefinition) -> Iterator[str]:
    if definition.is_longitudinal:
        yield element(
            "Protocol",
            {},
            (
                empty(
                    "StudyEventRef",
                    {"StudyEventOID": f"Event.{name}", "OrderNumber": str(n), "Mandatory": "No"},
                )
                for n, name in enumerate(definition.event_names, 1)
            ),
        )
        for name, event in zip(definition.event_names, definition.events, strict=True):
            yield _event(definition, name, event)


def _event(definition: ProjectDefinition, name: str, event: Event) -> str:
    attributes = {
        "OID": f"Event.{name}",
        "Name": f"{event.label} (Arm {event.arm}: {event.arm_name})",
        "Type": "Common",
        "Repeating": "Yes" if (name, "") in definition.repeating else "No",
        "redcap:EventName": event.label,
        "redcap:CustomEventLabel": event.custom_label,
        "redcap:UniqueEventName": name,
        "redcap:ArmNum": str(event.arm),
        "redcap:ArmName": event.arm_name,
        "redcap:DayOffset": event.day_offset,
        "redcap:OffsetMin": event.offset_min,
        "redcap:OffsetMax": event.offset_max,
    }
    references = (
        {
            "FormOID": f"Form.{form}",
            "OrderNumber": str(number),
            "Mandatory": "No",
            "redcap:FormName": form,
        }
        for number, form in enumerate(definition.designated_forms(name), 1)
    )
    return element("StudyEventDef", attributes, (empty("FormRef", r) for r in references))


def _form(definition: ProjectDefinition, form: str, groups: Iterable[ItemGroup]) -> str:
    attributes = {
        "OID": f"Form.{form}",
        "Name": definition.form_labels.get(form, form),
        "Repeating": "No",
        "redcap:FormName": form,
    }
    references = ({"ItemGroupOID": group.oid, "Mandatory": "No"} for group in groups)
    return element("FormDef", attributes, (empty("ItemGroupRef", r) for r in references))


def _item_group(group: ItemGroup) -> str:
    references = (
        {
            "ItemOID": item.oid,
            "Mandatory": "Yes" if item.entry and item.entry["required_field"] else "No",
            "redcap:Variable": item.field,
        }
        for item in group.items
    )
    attributes = {"OID": group.oid, "Name": group.name, "Repeating": "No"}
    return element("ItemGroupDef", attributes, (empty("ItemRef", r) for r in references))
