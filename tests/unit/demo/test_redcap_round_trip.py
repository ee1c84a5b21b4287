"""Rows drawn at random go into a project and come out of the export unchanged."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from redcap_rows import TOKEN, Row, entry, exported

from omics_orchestrator.demo.redcap.columns import Column, columns
from omics_orchestrator.demo.redcap.project import (
    Event,
    ProjectDefinition,
    create,
    unique_event_names,
)

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
CODES = st.lists(st.sampled_from(["1", "2", "-9", "a", "4.4"]), min_size=1, unique=True)


@st.composite
def definitions(draw: st.DrawFn) -> ProjectDefinition:
    """Draw a project of one to three forms, with or without events, some forms repeating."""
    entries = [entry("id", "form_0")]
    forms = [f"form_{number}" for number in range(draw(st.integers(1, 3)))]
    for form in forms:
        kind = draw(st.sampled_from(["text", "notes", "file"]))
        entries.append(entry(f"{form}_text", form, kind))
        options = " | ".join(f"{code}, label" for code in draw(CODES))
        entries.append(entry(f"{form}_box", form, "checkbox", options))
    events = tuple(Event(label) for label in draw(st.sampled_from([(), ("A",), ("A", "B")])))
    names = unique_event_names(events) or ("",)
    return ProjectDefinition(
        "drawn",
        tuple(entries),
        events,
        repeating=tuple(slot for name in names for slot in draw(repeats(name, forms))),
        missing_data_codes=draw(st.sampled_from([{}, {"NI": "No information"}])),
    )


def repeats(event: str, forms: list[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    some_forms = st.lists(st.sampled_from([(event, form) for form in forms]), unique=True)
    return some_forms | st.just([(event, "")]) if event else some_forms


@st.composite
def projects(draw: st.DrawFn) -> tuple[ProjectDefinition, list[Row]]:
    """Draw a project with rows as an export gives them."""
    definition = draw(definitions())
    places = [(event, "", 0) for event in definition.event_names]
    places = [place for place in places if place[:2] not in definition.repeating]
    places += [(*slot, number) for slot in definition.repeating for number in (1, 2, 12)]
    keys = st.lists(
        st.tuples(st.sampled_from(["1", "2", "10", "A-1", "ä/ 3"]), st.sampled_from(places)),
        unique=True,
    )
    return definition, [draw(rows(definition, name, *place)) for name, place in draw(keys)]


def rows(
    definition: ProjectDefinition, record: str, event: str, instrument: str, instance: int
) -> st.SearchStrategy[Row]:
    live = definition.live_forms(event, instrument, instance)
    row = {"id": st.just(record)}
    if definition.is_longitudinal:
        row["redcap_event_name"] = st.just(event)
    if definition.repeating:
        row["redcap_repeat_instrument"] = st.just(instrument)
        row["redcap_repeat_instance"] = st.just(str(instance or ""))
    for column in columns(definition):
        row.setdefault(column.name, cells(column) if column.form in live else st.just(""))
    return st.fixed_dictionaries(row)


def cells(column: Column) -> st.SearchStrategy[str]:
    if column.kind == "checkbox":
        return st.sampled_from("01")
    return st.sampled_from("012") if column.kind == "status" else TEXTS


@given(projects())
@settings(max_examples=60, deadline=None)
def test_rows_come_back_from_the_export_as_they_went_in(
    project: tuple[ProjectDefinition, list[Row]],
) -> None:
    definition, given_rows = project
    with TemporaryDirectory() as folder:
        database = Path(folder) / "redcap.db"
        create(database, TOKEN, definition, given_rows)
        found = exported(database)
    assert sorted(found, key=place) == sorted(given_rows, key=place)


def place(row: Row) -> list[str]:
    names = ("id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
    return [row.get(name, "") for name in names]
