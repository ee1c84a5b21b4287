"""What people do to a REDCap project between two looks at it: each is one kind of edit."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from mirror_world import DICTIONARY, World

from omics_orchestrator.demo.redcap import store as stored
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.server_settings import configure
from omics_orchestrator.demo.redcap.store import RowKey

LOOK_ALIKE = (
    "1", "01", "1 ", "001", "1.0", "10", "2", "a", "A", "\u00e9", "e\u0301", "\u0435", "e",
    "1-1", "a b", "\u60a3\u8005 1", "\U0001f9ec", "null", "0", "'", '"', "a,b", "%", "[1]", "-1",
)  # fmt: skip
_VALUES = {
    "participant": ("",),
    "sex": ("1", "2"),
    "why": ("0", "1"),
    "weight": ("61.5", "0", "-3"),
    "visit": ("2024-01-01", "2023-12-31"),
    "dose": ("5", "0", "12"),
    "drug": ("a", "b"),
    "started": ("2020-02-29",),
    "more": ("7",),
    "complete": ("0", "1", "2"),
}


def create(world: World) -> None:
    _write(world, world.chance.choice(LOOK_ALIKE), _somewhere(world))


def update(world: World) -> None:
    if names := _names(world):
        _write(world, world.chance.choice(names), _somewhere(world))


def blank(world: World) -> None:
    filled = [(key, cells) for key, cells in _shown(world) if cells]
    if filled:
        key, cells = world.chance.choice(filled)
        _put(world, key, dict.fromkeys(cells, ""), overwriteBehavior="overwrite")


def undo(world: World) -> None:
    """Write something, and put back what stood there before."""
    filled = [(key, cells) for key, cells in _shown(world) if "sex" in cells]
    if filled:
        key, cells = world.chance.choice(filled)
        for code in ("1", "2", cells["sex"]):
            _put(world, key, {"sex": code})


def delete_record(world: World) -> None:
    if names := _names(world):
        _delete(world, world.chance.choice(names))


def delete_without_log(world: World) -> None:
    if names := _names(world):
        _delete(world, world.chance.choice(names), delete_logging="1")


def delete_instance(world: World) -> None:
    repeats = [key for key, _ in _shown(world) if key.instance]
    if repeats:
        key = world.chance.choice(repeats)
        place = {"event": key.event, "instrument": key.instrument}
        _delete(world, key.record, repeat_instance=str(key.instance), **place)


def delete_event(world: World) -> None:
    keys = [key for key, _ in _shown(world) if key.event]
    if keys:
        key = world.chance.choice(keys)
        _delete(world, key.record, event=key.event)


def rename(world: World) -> None:
    names = _names(world)
    free = sorted({*LOOK_ALIKE} - {*names})
    if names and free:
        _rename(world, world.chance.choice(names), world.chance.choice(free))


def swap(world: World) -> None:
    """Delete a record, and give another one its name."""
    names = _names(world)
    if len(names) > 1:
        gone, old = world.chance.sample(names, 2)
        _delete(world, gone)
        _rename(world, old, gone)


def move_group(world: World) -> None:
    names = _names(world)
    if world.definition.groups and names:
        is_seen = world.chance.random() < 0.5
        configure(world.server.database, group_move_is_a_change=is_seen)
        row = {"participant": world.chance.choice(names)}
        group = world.chance.choice(("north", "south"))
        _import(world, "record", [row | {"redcap_data_access_group": group}])


def leave_group(world: World) -> None:
    names = _names(world)
    if world.definition.groups and names:
        with world.writing() as (connection, project):
            stored.put_group(connection, project.id, world.chance.choice(names), "")


def move_clock(world: World) -> None:
    """The server's clock, or its zone, is another one from now on."""
    world.skew = timedelta(minutes=world.chance.randint(-15 * 60, 15 * 60))


def wait(world: World) -> None:
    world.now += timedelta(minutes=world.chance.choice((1, 60, 14 * 60, 17 * 60, 40 * 60)))


def change_dictionary(world: World) -> None:
    """Add or remove a field, or add or remove an option of the checkbox."""
    lines = [dict(line) for line in world.definition.dictionary]
    by_name = {line["field_name"]: line for line in lines}
    options = by_name["why"]
    if world.chance.random() < 0.5:
        has_four = "4, Four" in options["select_choices_or_calculations"]
        chosen = "1, One | 2, Two | -3, Three" if has_four else "2, Two | -3, Three | 4, Four"
        options["select_choices_or_calculations"] = chosen
    elif "more" in by_name:
        lines.remove(by_name["more"])
    else:
        lines.append(
            dict(DICTIONARY[3]) | {"field_name": "more", "form_name": lines[-1]["form_name"]}
        )
    _import(world, "metadata", lines)


def change_repeats(world: World) -> None:
    """Let the visits repeat where they did not, or cease to."""
    definition = world.definition
    event = definition.event_names[-1]
    pairs = [pair for pair in definition.repeating if pair[0] != event]
    if (event, "visits") not in definition.repeating:
        pairs.append((event, "visits"))
    rows = [{"event_name": place, "form_name": form} for place, form in pairs]
    _import(world, "repeatingFormsEvents", rows)


def change_events(world: World) -> None:
    """Add an event, or delete the one that was added."""
    definition = world.definition
    if not definition.is_longitudinal:
        return
    if "later_arm_1" in definition.event_names:
        world.ask(content="event", action="delete", events=["later_arm_1"])
    else:
        _import(world, "event", [{"event_name": "Later", "arm_num": "1"}])


def change_designations(world: World) -> None:
    """Take a form away from an event, or give it back."""
    definition = world.definition
    if definition.is_longitudinal:
        pairs = set(definition.designations)
        pairs ^= {
            (world.chance.choice(definition.event_names), world.chance.choice(("visits", "drugs")))
        }
        rows = [{"arm_num": "1", "unique_event_name": e, "form": f} for e, f in sorted(pairs)]
        _import(world, "formEventMapping", rows)


Edit = Callable[[World], None]
OF_RECORDS: tuple[Edit, ...] = (
    create, update, blank, undo, delete_record, delete_without_log, delete_instance, delete_event,
    rename, swap, move_group, leave_group,
)  # fmt: skip
OF_TIME: tuple[Edit, ...] = (move_clock, wait)
OF_DEFINITION: tuple[Edit, ...] = (
    change_dictionary, change_repeats, change_events, change_designations,
)  # fmt: skip


def edit(world: World, kinds: tuple[Edit, ...]) -> None:
    """Do one of these kinds, some time after what was done before."""
    world.now += timedelta(seconds=world.chance.choice((0, 1, 59, 3 * 3600)))
    kind = world.chance.choice(kinds)
    kind(world)
    world.seen[kind.__name__] += 1


def _names(world: World) -> list[str]:
    return sorted({key.record for key in world.rows()})


def _shown(world: World) -> list[tuple[RowKey, dict[str, str]]]:
    """The rows that the project's present definition shows, and their cells that it shows."""
    definition = world.definition
    return [
        (key, {name: cell for name, cell in cells.items() if _form(definition, name) in live})
        for key, cells in world.rows().items()
        for live in [definition.live_forms(key.event, key.instrument, key.instance)]
        if live and bool(key.instance) is (key[1:3] in definition.repeating)
    ]


def _form(definition: ProjectDefinition, column: str) -> str:
    if column.endswith("_complete"):
        return column.removesuffix("_complete")
    fields = {line["field_name"]: line["form_name"] for line in definition.dictionary}
    is_option = column in {"why___1", "why___2", "why____3", "why___4"}
    return "base" if is_option else fields.get(column, "")


def _somewhere(world: World) -> RowKey:
    """A row that the project lets people fill in, of no record yet."""
    definition = world.definition
    places = [
        RowKey("", event, "", 0)
        for event in definition.event_names
        if definition.live_forms(event, "", 0)
    ]
    places += [
        RowKey("", event, form, world.chance.randint(1, 12))
        for event, form in definition.repeating
        if definition.live_forms(event, form, 1)
    ]
    return world.chance.choice(places)


def _write(world: World, record: str, place: RowKey) -> None:
    definition = world.definition
    live = definition.live_forms(place.event, place.instrument, place.instance)
    fields = [
        (line["field_name"], line["field_type"])
        for line in definition.dictionary
        if line["form_name"] in live
    ]
    cells = {}
    for name, kind in world.chance.sample(fields, min(2, len(fields))):
        column = world.chance.choice(("why___2", "why____3")) if kind == "checkbox" else name
        cells[column] = world.chance.choice(_VALUES[name])
    status = world.chance.choice(sorted(live)) + "_complete"
    _put(world, place._replace(record=record), cells | {status: world.chance.choice("012")})


def _put(world: World, key: RowKey, cells: dict[str, str], **form: Any) -> None:
    row = {"participant": key.record, "redcap_event_name": key.event}
    row |= {"redcap_repeat_instrument": key.instrument}
    row |= {"redcap_repeat_instance": str(key.instance or "")}
    given = {name: place for name, place in row.items() if place}
    _import(
        world, "record", [given | {n: c for n, c in cells.items() if n != "participant"}], **form
    )


def _import(world: World, content: str, rows: list[dict[str, str]], **form: Any) -> None:
    action = {} if content == "record" else {"action": "import"}
    world.ask(content=content, data=json.dumps(rows), **action, **form)


def _delete(world: World, record: str, **part: str) -> None:
    world.ask(content="record", action="delete", records=[record], **part)


def _rename(world: World, old: str, new: str) -> None:
    world.ask(content="record", action="rename", record=old, new_record_name=new)
