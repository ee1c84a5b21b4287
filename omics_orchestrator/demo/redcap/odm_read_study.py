"""The definition of a project out of the head of its project file."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from omics_orchestrator.demo.redcap.definition import (
    API_KEYS,
    DataAccessGroup,
    Event,
    ProjectDefinition,
    unique_group_names,
)
from omics_orchestrator.demo.redcap.odm_terms import (
    ATTRIBUTES,
    FIELD_TYPES,
    PROPERTIES,
    RANGE,
    VALIDATIONS,
    WHOLE_NUMBERS,
)
from omics_orchestrator.errors import DictionaryError

_HAS_CODE_LIST = {"dropdown", "radio"}


def read_definition(variables: Element, study: Element) -> ProjectDefinition:
    """Read a definition.

    Args:
        variables: the file's `GlobalVariables`.
        study: the file's `MetaDataVersion`.

    Raises:
        DictionaryError: it is the ODM of another system, or does not fit together.
    """
    if not study.get("RecordIdField"):
        raise DictionaryError(["it is ODM, but not of REDCap: it names no record id field"])
    events = study.findall("StudyEventDef")
    repeats = [
        (
            # In its file, and only there, a classic project's one event has a name.
            event_name(repeat) if events else "",
            repeat.get("RepeatInstrument", ""),
            repeat.get("CustomLabel", ""),
        )
        for repeat in variables.iter("RepeatingInstrument")
    ]
    return ProjectDefinition(
        title=variables.findtext("StudyName", ""),
        dictionary=tuple(_dictionary(study)),
        events=tuple(map(_event, events)),
        designations=tuple(
            (event_name(event), _form(form)) for event in events for form in event.iter("FormRef")
        ),
        repeating=(
            *((event_name(event), "") for event in variables.iter("RepeatingEvent")),
            *((event, form) for event, form, _ in repeats),
        ),
        missing_data_codes=_missing_data_codes(variables.findtext("MissingDataCodes", "")),
        form_labels={_form(form): form.get("Name", "") for form in study.iter("FormDef")},
        repeat_labels=tuple(repeat for repeat in repeats if repeat[-1]),
        surveys={
            survey.get("form_name", ""): survey.get("title", "")
            for survey in variables.iter("Surveys")
        },
        groups=_groups(variables),
        properties=_properties(variables),
    )


def event_name(element: Element) -> str:
    """The unique name of the event that an element speaks of, "" where it speaks of none."""
    return element.get("UniqueEventName", "")


def number(element: Element, attribute: str) -> int:
    """The number in an attribute, 1 where it is absent.

    Raises:
        DictionaryError: it is no number.
    """
    try:
        return int(element.get(attribute, "1"))
    except ValueError:
        raise DictionaryError([f"{element.tag}: its {attribute} is no number"]) from None


def _event(event: Element) -> Event:
    return Event(
        label=event.get("EventName", ""),
        arm=number(event, "ArmNum"),
        arm_name=event.get("ArmName", ""),
        custom_label=event.get("CustomEventLabel", ""),
        day_offset=event.get("DayOffset", "0"),
        offset_min=event.get("OffsetMin", "0"),
        offset_max=event.get("OffsetMax", "0"),
    )


def _groups(variables: Element) -> tuple[DataAccessGroup, ...]:
    names = [group.get("group_name", "") for group in variables.iter("DataAccessGroups")]
    numbered = enumerate(zip(names, unique_group_names(names), strict=True), 1)
    return tuple(DataAccessGroup(number, *both_names) for number, both_names in numbered)


def _form(element: Element) -> str:
    return element.get("FormName", "")


def _missing_data_codes(text: str) -> dict[str, str]:
    parts = (part.partition(",") for part in text.replace("|", "\n").splitlines() if part.strip())
    return {code.strip(): label.strip() for code, _, label in parts}


def _properties(variables: Element) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for tag, key in PROPERTIES.items():
        text = variables.findtext(tag)
        if text is not None:
            is_number = key in WHOLE_NUMBERS and (text or "0").isdecimal()
            found[key] = int(text or 0) if is_number else text
    return found


def _dictionary(study: Element) -> Iterator[Mapping[str, str]]:
    """Yield each field in the order of its form; a checkbox stands there once an option."""
    groups = {group.get("OID"): group for group in study.iter("ItemGroupDef")}
    items = {item.get("OID"): item for item in study.iter("ItemDef")}
    code_lists = {codes.get("OID"): codes for codes in study.iter("CodeList")}
    for form in study.iter("FormDef"):
        fields: dict[str, Element] = {}
        for reference in form.iter("ItemGroupRef"):
            for item in _named(groups, reference, "ItemGroupOID").iter("ItemRef"):
                fields.setdefault(item.get("Variable", ""), _named(items, item, "ItemOID"))
        for field, item in fields.items():
            if "FieldType" in item.attrib and field != f"{_form(form)}_complete":
                codes = item.find("CodeListRef")
                listed = None if codes is None else code_lists.get(codes.get("CodeListOID"))
                yield _entry(field, _form(form), item, listed)


def _named(elements: Mapping[str | None, Element], reference: Element, attribute: str) -> Element:
    name = reference.get(attribute)
    if name not in elements:
        raise DictionaryError([f"{attribute} {name}: the file does not define it"])
    return elements[name]


def _entry(field: str, form: str, item: Element, codes: Element | None) -> Mapping[str, str]:
    kind = item.get("FieldType", "")
    validation = item.get("TextValidationType", "")
    found = dict.fromkeys(API_KEYS, "") | {
        "field_name": field,
        "form_name": form,
        "field_type": FIELD_TYPES.get(kind, kind),
        "field_label": _label(item),
        "text_validation_type_or_show_slider_number": VALIDATIONS.get(validation, validation),
    }
    found["select_choices_or_calculations"] = _choices(found["field_type"], item, codes)
    found |= {key: item.get(name, "") for name, key in ATTRIBUTES.items()}
    for check in item.iter("RangeCheck"):
        if key := RANGE.get(check.get("Comparator", "")):
            found[key] = check.findtext("CheckValue", "")
    return found


def _label(item: Element) -> str:
    formatted = item.findtext("Question/FormattedTranslatedText", "")
    return formatted or item.findtext("Question/TranslatedText", "")


def _choices(kind: str, item: Element, codes: Element | None) -> str:
    if kind == "checkbox" and codes is not None:
        parts = codes.get("CheckboxChoices", "").split("|")
        return " | ".join(part.strip() for part in parts)
    if kind in _HAS_CODE_LIST and codes is not None:
        return " | ".join(
            f"{code.get('CodedValue', '')}, {code.findtext('Decode/TranslatedText', '')}"
            for code in codes.iter("CodeListItem")
        )
    return item.get("Calculation") or item.get("SliderLabels") or ""
