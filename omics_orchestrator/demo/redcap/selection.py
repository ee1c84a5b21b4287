"""Which records, rows and columns a call for records selects."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from omics_orchestrator.demo.redcap.call import Call
from omics_orchestrator.demo.redcap.columns import Column, columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.export_rights import hides_record_names, permitted
from omics_orchestrator.demo.redcap.request import Parameters, RefusedError, refuse_unknown

STAMP = "%Y-%m-%d %H:%M:%S"
PSEUDO_FIELDS = frozenset(
    {
        "redcap_event_name",
        "redcap_repeat_instrument",
        "redcap_repeat_instance",
        "redcap_data_access_group",
        "redcap_survey_identifier",
    }
)


@dataclass(frozen=True)
class Selection:
    """What an export asks for, as far as its user may have it.

    Attributes:
        columns: the value columns in export order, the record id not among them.
        with_keys: the record id, event and repeat columns stand in front.
        events: unique event names whose rows are wanted.
        records: record names; none means all.
        after: only records created or changed later than this time; "" means all.
        before: only records created or changed earlier than this time; "" means all.
        group: only records of this data access group; "" means all.
        logic: only rows of which this filter logic holds; "" means all.
        now: what `today` and `now` in the logic mean.
        with_groups: the data access group stands behind the keys.
        with_surveys: the survey identifier stands behind the keys.
        blank_for_gray: the status of an untouched form is blank instead of 0.
        hides_records: a hash stands in place of each record's name.
    """

    columns: tuple[Column, ...]
    with_keys: bool
    events: frozenset[str]
    records: frozenset[str] = frozenset()
    after: str = ""
    before: str = ""
    group: str = ""
    logic: str = ""
    now: datetime | None = None
    with_groups: bool = False
    with_surveys: bool = False
    blank_for_gray: bool = False
    hides_records: bool = False


def select(call: Call) -> Selection:
    """Read what an export asks for.

    Raises:
        RefusedError: the call names what the project does not have, or its user may export none
            of the forms it names.
    """
    definition, parameters, rights = call.project.definition, call.parameters, call.rights
    wanted = _fields(call)
    with_surveys = bool(definition.surveys) and parameters.flag("exportSurveyFields")
    asked = [column for column in columns(definition) if column.field in wanted]
    found = permitted(
        definition, rights, _with_stamps(definition, asked) if with_surveys else asked
    )
    if asked and not found:
        raise RefusedError(call.settings.no_form_left)
    return Selection(
        columns=tuple(column for column in found if column.field != definition.record_id),
        with_keys=definition.record_id in wanted,
        events=_events(definition, parameters),
        records=frozenset(parameters.array("records")),
        after=_time(parameters, "dateRangeBegin"),
        before=_time(parameters, "dateRangeEnd"),
        group=rights.group,
        logic=parameters.text("filterLogic"),
        now=call.now,
        with_groups=bool(definition.groups)
        and not rights.group
        and parameters.flag("exportDataAccessGroups"),
        with_surveys=with_surveys,
        blank_for_gray=parameters.flag("exportBlankForGrayFormStatus"),
        hides_records=hides_record_names(definition, rights),
    )


def _with_stamps(definition: ProjectDefinition, asked: Iterable[Column]) -> Iterator[Column]:
    for form, of_form in groupby(asked, key=lambda column: column.form):
        if form in definition.surveys:
            name = f"{form}_timestamp"
            yield Column(name, name, form, "timestamp")
        yield from of_form


def _fields(call: Call) -> set[str]:
    definition, parameters = call.project.definition, call.parameters
    form_of = {entry["field_name"]: entry["form_name"] for entry in definition.dictionary}
    form_of |= {f"{form}_complete": form for form in definition.forms}
    fields, forms = parameters.array("fields"), parameters.array("forms")
    tolerated = frozenset() if call.settings.since(13, 4, 10) else _pseudo_fields(definition)
    refuse_unknown("fields", [f for f in fields if f not in form_of and f not in tolerated])
    refuse_unknown("forms", [form for form in forms if form not in definition.forms])
    if not fields and not forms:
        return set(form_of)
    return {*fields, *(field for field, form in form_of.items() if form in forms)}


def _pseudo_fields(definition: ProjectDefinition) -> frozenset[str]:
    return PSEUDO_FIELDS | {f"{form}_timestamp" for form in definition.forms}


def _events(definition: ProjectDefinition, parameters: Parameters) -> frozenset[str]:
    events = parameters.array("events") if definition.is_longitudinal else []
    refuse_unknown("events", [event for event in events if event not in definition.event_names])
    return frozenset(events)


def _time(parameters: Parameters, name: str) -> str:
    text = parameters.text(name)
    try:
        return text and datetime.fromisoformat(text).strftime(STAMP)
    except ValueError:
        raise RefusedError(f'The value of the parameter "{name}" is not valid') from None
