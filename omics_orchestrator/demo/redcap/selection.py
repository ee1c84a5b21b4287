"""Which records, rows and columns a call for records selects."""

from dataclasses import dataclass
from datetime import datetime

from omics_orchestrator.demo.redcap.columns import Column, columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.request import Parameters, RefusedError, refuse_unknown

STAMP = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Selection:
    """What an export asks for.

    Attributes:
        columns: the value columns in export order, the record id not among them.
        with_keys: the record id, event and repeat columns stand in front.
        events: unique event names whose rows are wanted.
        records: record names; none means all.
        after: only records created or changed later than this time; "" means all.
        before: only records created or changed earlier than this time; "" means all.
        blank_for_gray: the status of an untouched form is blank instead of 0.
    """

    columns: tuple[Column, ...]
    with_keys: bool
    events: frozenset[str]
    records: frozenset[str] = frozenset()
    after: str = ""
    before: str = ""
    blank_for_gray: bool = False


def select(definition: ProjectDefinition, parameters: Parameters) -> Selection:
    """Read what an export asks for.

    Raises:
        RefusedError: the call names what the project does not have, or asks for a form of export
            that this server does not offer (it never answers with less than was asked).
    """
    _refuse_other_exports(parameters)
    wanted = _fields(definition, parameters)
    return Selection(
        columns=tuple(
            column
            for column in columns(definition)
            if column.field in wanted and column.field != definition.record_id
        ),
        with_keys=definition.record_id in wanted,
        events=_events(definition, parameters),
        records=frozenset(parameters.array("records")),
        after=_time(parameters, "dateRangeBegin"),
        before=_time(parameters, "dateRangeEnd"),
        blank_for_gray=parameters.flag("exportBlankForGrayFormStatus"),
    )


def _refuse_other_exports(parameters: Parameters) -> None:
    parameters.choice("type", "flat")
    parameters.choice("rawOrLabel", "raw")
    parameters.choice("rawOrLabelHeaders", "raw")
    parameters.choice("filterLogic", "")
    parameters.choice("decimalCharacter", "")
    parameters.choice("combineCheckboxOptions", "false", "False", "0")


def _fields(definition: ProjectDefinition, parameters: Parameters) -> set[str]:
    form_of = {entry["field_name"]: entry["form_name"] for entry in definition.dictionary}
    form_of |= {f"{form}_complete": form for form in definition.forms}
    fields, forms = parameters.array("fields"), parameters.array("forms")
    refuse_unknown("fields", [field for field in fields if field not in form_of])
    refuse_unknown("forms", [form for form in forms if form not in definition.forms])
    if not fields and not forms:
        return set(form_of)
    return {*fields, *(field for field, form in form_of.items() if form in forms)}


def _events(definition: ProjectDefinition, parameters: Parameters) -> frozenset[str]:
    events = parameters.array("events") if definition.is_longitudinal else []
    refuse_unknown("events", [event for event in events if event not in definition.event_names])
    return frozenset(events or definition.event_names)


def _time(parameters: Parameters, name: str) -> str:
    text = parameters.text(name)
    try:
        return text and datetime.fromisoformat(text).strftime(STAMP)
    except ValueError:
        raise RefusedError(f'The value of the parameter "{name}" is not valid') from None
