"""Random edits of a dictionary, such as a data manager makes: each changes the plain data in place."""

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from pydantic import ValidationError

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.errors import OmicsError
from tests.unit.stewardship.small_world import Book, dictionary, is_sound

Edit = Callable[[Random, Book], None]
Place = tuple[Book, str, str]
"""A study, one of its tables and one of that table's variables."""

_TYPES = (
    "string", "text", "integer", "number", "measurement", "boolean", "date", "partial_date",
)  # fmt: skip
_CODES = ("1", "2", "3", "x", "m", "f", "7", "NI", "")


def edited(chance: Random, before: Book) -> tuple[str, Dictionary]:
    """A sound dictionary that one to three edits make of another, and what was done."""
    while True:
        book = copy.deepcopy(before)
        edits = [chance.choice(EDITS) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
        try:
            for edit in edits:
                edit(chance, book)
            known = dictionary(book)
            if is_sound(known):
                return " and ".join(edit.__name__ for edit in edits), known
        except (ValidationError, OmicsError, LookupError, ValueError):
            continue


def _places(book: Book) -> Iterator[Place]:
    for study in book["studies"].values():
        for table, spec in study["tables"].items():
            for name in spec["variables"]:
                yield study, table, name


def _place(chance: Random, book: Book, kind: str = "") -> Place:
    """A variable whose rule has the key `kind`."""
    found = [
        (study, table, name)
        for study, table, name in _places(book)
        if not kind or kind in _rule(study, table, name)
    ]
    return chance.choice(found)


def _rule(study: Book, table: str, name: str) -> dict[str, Any]:
    """The rule, spelt out."""
    rules = study["tables"][table]["variables"]
    if isinstance(rules[name], str):
        rules[name] = {"field": rules[name]}
    return rules[name]


def _table(chance: Random, book: Book) -> dict[str, Any]:
    study = chance.choice(list(book["studies"].values()))
    return study["tables"][chance.choice(list(study["tables"]))]


def _reordered(chance: Random, told: dict[str, Any]) -> dict[str, Any]:
    return dict(chance.sample(list(told.items()), len(told)))


def drop_a_rule(chance: Random, book: Book) -> None:
    study, table, name = _place(chance, book)
    del study["tables"][table]["variables"][name]


def say_that_it_was_not_collected(chance: Random, book: Book) -> None:
    study, table, name = _place(chance, book)
    study["tables"][table]["variables"][name] = {"not_collected": "nobody asked"}


def read_another_field(chance: Random, book: Book) -> None:
    study, table, name = _place(chance, book, "field")
    other = _rule(*_place(chance, book, "field"))["field"]
    _rule(study, table, name)["field"] = other


def copy_a_rule(chance: Random, book: Book) -> None:
    study, table, name = _place(chance, book)
    variable = chance.choice(list(book["variables"]))
    rules = study["tables"][table]["variables"]
    rules[variable] = copy.deepcopy(rules[name])


def map_a_code_otherwise(chance: Random, book: Book) -> None:
    codes = _codes(chance, book)
    codes[chance.choice(list(codes))] = chance.choice(list(codes.values()))


def drop_a_code(chance: Random, book: Book) -> None:
    codes = _codes(chance, book)
    del codes[chance.choice(list(codes))]


def add_a_code(chance: Random, book: Book) -> None:
    codes = _codes(chance, book)
    codes[chance.choice(_CODES)] = chance.choice(list(codes.values()))


def put_codes_in_another_order(chance: Random, book: Book) -> None:
    rule = _rule(*_place(chance, book, chance.choice(("pattern", "checkboxes"))))
    rule["codes"] = _reordered(chance, rule["codes"])


def _codes(chance: Random, book: Book) -> dict[str, Any]:
    codes = _rule(*_place(chance, book, "codes"))["codes"]
    return book["studies"]["clinic"]["code_maps"][codes] if isinstance(codes, str) else codes


def change_the_range(chance: Random, book: Book) -> None:
    variable = book["variables"][chance.choice(("age", "albumin", "dose", "crp", "instance"))]
    variable[chance.choice(("minimum", "maximum"))] = chance.choice((0, 2, 4, 31, 50, 300, None))


def change_the_type(chance: Random, book: Book) -> None:
    variable = book["variables"][chance.choice(list(book["variables"]))]
    variable["type"] = chance.choice(_TYPES)
    variable.pop("codes", None)


def change_the_unit(chance: Random, book: Book) -> None:
    variable = chance.choice(("albumin", "crp"))
    book["variables"][variable]["unit"] = chance.choice(("g/L", "mg/L", "g/dL", "mg/dL"))


def change_the_unit_of_the_source(chance: Random, book: Book) -> None:
    rule = _rule(*_place(chance, book, "field"))
    rule["unit"] = chance.choice(("g/L", "mg/L", "g/dL", "mg/dL"))


def change_a_missing_code(chance: Random, book: Book) -> None:
    study = chance.choice(list(book["studies"].values()))
    missing = study["sources"]["redcap"]["missing"]
    missing[chance.choice(("-1000", "NI", "-9", "x", "40"))] = chance.choice(("refused", "lost"))


def drop_a_missing_code(chance: Random, book: Book) -> None:
    study = chance.choice(list(book["studies"].values()))
    missing = study["sources"]["redcap"]["missing"]
    del missing[chance.choice(list(missing))]


def give_a_rule_its_own_missing_codes(chance: Random, book: Book) -> None:
    rule = _rule(*_place(chance, book, chance.choice(("field", "checkbox"))))
    rule["missing"] = {chance.choice(_CODES): "said_so", "NI": "no_information"}


def change_how_text_is_read(chance: Random, book: Book) -> None:
    rule = _rule(*_place(chance, book, "field"))
    key, value = chance.choice(
        (
            ("decimal", ","), ("thousands", " "), ("letters", "lower"), ("letters", "upper"),
            ("words", {"trace": "<2"}), ("words", {"old": "99"}), ("unit_in_text", True),
            ("formats", ["%m/%d/%Y"]), ("formats", ["%d/%m/%Y", "%Y-%m-%d"]),
        )
    )  # fmt: skip
    rule[key] = value


def change_who_is_left_out(chance: Random, book: Book) -> None:
    spec = _table(chance, book)
    spec["exclude"] = [
        {
            "when": chance.choice(("age > 90", "age < 40", "sex == 'male'", "known(albumin)")),
            "reason": chance.choice(("too old", "said no")),
            "rows": chance.choice(("this", "all")),
        }
    ]


def leave_nobody_out(chance: Random, book: Book) -> None:
    _table(chance, book)["exclude"] = []


def change_by_whom_a_table_of_another_is_left_out(chance: Random, book: Book) -> None:
    visit = book["studies"]["clinic"]["tables"]["visit"]["variables"]
    visit["age"] = {"field": "age", "missing": {chance.choice(("95", "30")): "said_so"}}
    book["studies"]["clinic"]["tables"]["drugs"]["exclude"][0]["when"] = chance.choice(
        ("age > 90", "age > 40", "age > 20")
    )


def rename_a_variable(chance: Random, book: Book) -> None:
    old = chance.choice(list(book["variables"]))
    new = f"{old}_renamed"
    book["variables"][new] = book["variables"].pop(old) | {"variable": new}
    for study in book["studies"].values():
        for spec in study["tables"].values():
            rules = spec["variables"]
            spec["variables"] = {new if name == old else name: rules[name] for name in rules}
            spec["grain"] = [new if name == old else name for name in spec["grain"]]


def describe_a_variable(chance: Random, book: Book) -> None:
    book["variables"][chance.choice(list(book["variables"]))]["label"] = "Said better"


def change_which_repeat_counts(chance: Random, book: Book) -> None:
    spec = book["studies"]["registry"]["tables"][chance.choice(("stay", "entry"))]
    (part,) = spec["rows"]
    name = part if isinstance(part, str) else part["table"]
    spec["rows"] = [{"table": name, "instance": chance.choice(("first", "last", 1, 2, "all"))}]


def change_the_slots(chance: Random, book: Book) -> None:
    (part,) = book["studies"]["clinic"]["tables"]["drugs"]["rows"]
    span = chance.choice(("{1..2}", "{2..3}", "{1..3}"))
    part["slots"]["fields"] = {"drug": [f"drug_{span}"], "dose": [f"dose_{span}"]}


def change_the_grain(chance: Random, book: Book) -> None:
    spec = _table(chance, book)
    spec["grain"] = chance.choice((["study_id"], ["study_id", "instance"], ["study_id", "age"]))


def derive_otherwise(chance: Random, book: Book) -> None:
    _rule(*_place(chance, book, "derive"))["derive"] = chance.choice(
        ("ifx and ada", "not ifx", "ada", "ifx if ada else perianal", "age > 40")
    )


def broadcast_otherwise(chance: Random, book: Book) -> None:
    rule = _rule(*_place(chance, book, "broadcast"))
    rule["at"] = {"instance": chance.choice(("1", "2", "3"))}


def put_fields_in_another_order(chance: Random, book: Book) -> None:
    kind = chance.choice(("coalesce", "join"))
    rule = _rule(*_place(chance, book, kind))
    rule[kind] = chance.sample(rule[kind], len(rule[kind]))


def join_otherwise(chance: Random, book: Book) -> None:
    _rule(*_place(chance, book, "join"))["separator"] = chance.choice((", ", "; ", "/"))


def look_for_other_codes(chance: Random, book: Book) -> None:
    (group,) = _rule(*_place(chance, book, "any_of"))["any_of"]
    group["codes"] = chance.choice((["x"], ["y", "a"], ["X"]))
    group["fields"] = chance.choice((["note_1"], ["note_1", "note_2"]))


def tick_otherwise(chance: Random, book: Book) -> None:
    rule = _rule(*_place(chance, book, chance.choice(("checkboxes", "checkbox"))))
    if "option" in rule:
        rule["option"] = chance.choice(("0", "1", "2", "3"))
    else:
        rule["several"] = chance.choice(("refuse", "list", chance.sample(["B1", "B2", "B3"], 3)))


def say_another_text(chance: Random, book: Book) -> None:
    kind = chance.choice(("format", "constant"))
    text = {"format": chance.choice(("D-{id}", "{id}{id}")), "constant": "other"}[kind]
    _rule(*_place(chance, book, kind))[kind] = text


def change_a_value_set(chance: Random, book: Book) -> None:
    codes = book["value_sets"][chance.choice(list(book["value_sets"]))]
    codes[chance.choice(("other", "new", *codes))] = chance.choice(("New", "Male"))


def put_rules_in_another_order(chance: Random, book: Book) -> None:
    spec = _table(chance, book)
    spec["variables"] = _reordered(chance, spec["variables"])


def put_parts_in_another_order(chance: Random, book: Book) -> None:
    spec = _table(chance, book)
    spec["rows"] = chance.sample(spec["rows"], len(spec["rows"]))


def ignore_a_field(chance: Random, book: Book) -> None:
    spec = _table(chance, book)
    spec["ignore"] = {"nobody needs it": [chance.choice(("note_1", "crp", "day"))]}


def drop_a_table(chance: Random, book: Book) -> None:
    study = chance.choice(list(book["studies"].values()))
    del study["tables"][chance.choice(list(study["tables"]))]
    study["datasets"] = {}
    book["datasets"] = {}


def add_a_table(chance: Random, book: Book) -> None:
    study = chance.choice(list(book["studies"].values()))
    study["tables"]["again"] = copy.deepcopy(chance.choice(list(study["tables"].values())))


def drop_a_study(chance: Random, book: Book) -> None:
    del book["studies"][chance.choice(list(book["studies"]))]
    book["datasets"] = {}


def change_a_dataset(chance: Random, book: Book) -> None:
    clinic, registry = (book["studies"][name]["datasets"] for name in ("clinic", "registry"))
    chance.choice(
        (
            lambda: clinic["main"].update(leave_out=chance.sample(["kind", "age", "crp"], 2)),
            lambda: clinic["main"].update(where=chance.choice(("ifx", "age > 40"))),
            lambda: clinic["numbers"].update(keep=chance.choice(([], ["sex"]))),
            lambda: registry["main"].update(beside=[]),
            lambda: registry["main"].update(where=chance.choice((None, "age > 4"))),
            lambda: book["datasets"]["both"].update(rows=["registry.main"]),
        )
    )()


EDITS: tuple[Edit, ...] = (
    drop_a_rule, say_that_it_was_not_collected, read_another_field, copy_a_rule,
    map_a_code_otherwise, drop_a_code, add_a_code, put_codes_in_another_order, change_the_range,
    change_the_type, change_the_unit, change_the_unit_of_the_source, change_a_missing_code,
    drop_a_missing_code, give_a_rule_its_own_missing_codes, change_how_text_is_read,
    change_who_is_left_out, leave_nobody_out, change_by_whom_a_table_of_another_is_left_out,
    rename_a_variable, describe_a_variable, change_which_repeat_counts, change_the_slots,
    change_the_grain, derive_otherwise, broadcast_otherwise, put_fields_in_another_order,
    join_otherwise, look_for_other_codes, tick_otherwise, say_another_text, change_a_value_set,
    put_rules_in_another_order, put_parts_in_another_order, ignore_a_field, drop_a_table,
    add_a_table, drop_a_study, change_a_dataset,
)  # fmt: skip
