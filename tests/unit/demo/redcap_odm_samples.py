"""Seeds drawn at random: projects of every kind of field, with records, files and stamps."""

from collections.abc import Mapping

from hypothesis import strategies as st
from redcap_rows import entry

from omics_orchestrator.demo.redcap.columns import Column, columns
from omics_orchestrator.demo.redcap.definition import (
    DataAccessGroup,
    Event,
    ProjectDefinition,
    unique_event_names,
    unique_group_names,
)
from omics_orchestrator.demo.redcap.odm_terms import ATTRIBUTES, PROPERTIES, WHOLE_NUMBERS
from omics_orchestrator.demo.redcap.seed import Place, Record, Seed, StoredFile, SurveyStamp

# XML has no place for the other control characters.
CHARACTERS = st.characters(
    codec="utf-8",
    exclude_categories=["Cc"],
    include_characters="\n\r\t",
    exclude_characters="\ufffe\uffff",
)
TEXTS = st.text(CHARACTERS, max_size=12) | st.sampled_from(["a\n\nb", "<b>x</b> & 'y\"", "]]>"])
FILLED = TEXTS.filter(bool)
WORDS = st.text("abc ,:-é<&'\"", min_size=1, max_size=8).map(str.strip).filter(bool)
CODES = st.lists(st.sampled_from(["1", "2", "-9", "a", "4.4"]), min_size=1, unique=True)
VALIDATIONS = ["", "integer", "number", "date_dmy", "datetime_ymd", "time", "email", "number_2dp"]
TIMES = st.sampled_from(["2024-05-01 12:00", "2024-05-01 12:00:59", "[not completed]"])
KINDS = ["text", "notes", "calc", "dropdown", "radio", "checkbox", "yesno", "truefalse", "file"]
KINDS += ["slider", "descriptive"]


@st.composite
def fields(draw: st.DrawFn, name: str, form: str) -> Mapping[str, str]:
    """Draw one field; the query of a field of dynamic SQL is all that a project file loses."""
    kind = draw(st.sampled_from(KINDS))
    drawn = entry(name, form, kind)
    drawn["field_label"] = draw(TEXTS)
    drawn |= {key: draw(TEXTS) for key in ATTRIBUTES.values()}
    if kind in {"dropdown", "radio", "checkbox"}:
        options = [f"{code}, {draw(WORDS)}" for code in draw(CODES)]
        drawn["select_choices_or_calculations"] = " | ".join(options)
    if kind in {"calc", "slider"}:
        drawn["select_choices_or_calculations"] = draw(TEXTS)
    if kind == "text":
        drawn["text_validation_type_or_show_slider_number"] = draw(st.sampled_from(VALIDATIONS))
        drawn["text_validation_min"] = draw(st.sampled_from(["", "1", "[other]"]))
        drawn["text_validation_max"] = draw(st.sampled_from(["", "9.5"]))
    return drawn


@st.composite
def definitions(draw: st.DrawFn) -> ProjectDefinition:
    """Draw a project of one to three forms, with or without events."""
    forms = [f"form_{number}" for number in range(draw(st.integers(1, 3)))]
    entries = [entry("id", "form_0")]
    for form in forms:
        entries += [draw(fields(f"{form}_{n}", form)) for n in range(draw(st.integers(1, 4)))]
    labels = draw(st.sampled_from([(), ("A",), ("A", "B b"), ("A", "A")]))
    events = tuple(Event(label, draw(st.integers(1, 2)), draw(TEXTS)) for label in labels)
    places = [(event, form) for event in unique_event_names(events) or ("",) for form in forms]
    designated = draw(st.lists(st.sampled_from(places), min_size=1, unique=True))
    repeating = draw(repeats(places))
    names = draw(st.lists(st.sampled_from(["Site A", "site_a", "b-b"]), unique=True))
    numbered = enumerate(zip(names, unique_group_names(names), strict=True), 1)
    return ProjectDefinition(
        draw(TEXTS),
        tuple(entries),
        events,
        designations=tuple(place for place in places if events and place in designated),
        repeating=repeating,
        missing_data_codes=draw(st.sampled_from([{}, {"NI": "No, none", "-9": ""}])),
        form_labels={form: draw(TEXTS) for form in forms},
        repeat_labels=tuple((*place, draw(FILLED)) for place in repeating if place[1]),
        surveys={form: draw(TEXTS) for form in forms if draw(st.booleans())},
        groups=tuple(DataAccessGroup(number, *both_names) for number, both_names in numbered),
        properties={
            key: draw(st.integers(0, 4) if key in WHOLE_NUMBERS else TEXTS)
            for key in PROPERTIES.values()
        },
    )


@st.composite
def repeats(draw: st.DrawFn, places: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Draw what repeats: some whole events, and some forms of other events."""
    events = [event for event in dict.fromkeys(event for event, _ in places) if event]
    whole = draw(st.lists(st.sampled_from(events), unique=True)) if events else []
    forms = draw(st.lists(st.sampled_from(places), unique=True))
    return (
        *((event, "") for event in whole),
        *(place for place in places if place in forms and place[0] not in whole),
    )


@st.composite
def records(draw: st.DrawFn, definition: ProjectDefinition, name: str) -> Record:
    """Draw one record with values, files and stamps where they may be."""
    places = [Place(event, form, draw(st.integers(1, 3))) for event, form in definition.repeating]
    places += [Place(event) for event in definition.event_names]
    live = {place: definition.live_forms(*place) for place in places}
    rows = {
        place: draw(cells([c for c in columns(definition) if c.form in live[place]]))
        for place in places
        if live[place]
    }
    kinds = {column.name: column.kind for column in columns(definition)}
    return Record(
        name,
        draw(st.sampled_from(["", *(group.unique_name for group in definition.groups)])),
        rows,
        files=tuple(
            StoredFile(place, field, cell, draw(FILLED), draw(st.binary(max_size=9)))
            for place, row in rows.items()
            for field, cell in row.items()
            if kinds[field] == "file" and draw(st.booleans())
        ),
        stamps=tuple(
            SurveyStamp(place, form, draw(TIMES))
            for place in rows
            for form in definition.surveys
            if form in live[place] and draw(st.booleans())
        ),
    )


def cells(live: list[Column]) -> st.SearchStrategy[dict[str, str]]:
    values = {column.name: values_of(column) for column in live if column.name != "id"}
    return st.fixed_dictionaries({}, optional=values)


def values_of(column: Column) -> st.SearchStrategy[str]:
    if column.kind == "checkbox":
        return st.just("1")
    return st.sampled_from("012") if column.kind == "status" else FILLED | TIMES


@st.composite
def seeds(draw: st.DrawFn) -> Seed:
    definition = draw(definitions())
    names = draw(st.lists(FILLED | st.sampled_from(["1", "10", "A-1"]), max_size=3, unique=True))
    mappings = st.lists(st.fixed_dictionaries({"title": TEXTS, "role_name": TEXTS}), max_size=2)
    return Seed(
        definition,
        [draw(records(definition, name)) for name in names],
        roles=tuple(draw(mappings)),
        reports=tuple(draw(mappings)),
    )
