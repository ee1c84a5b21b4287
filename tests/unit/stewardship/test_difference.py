"""What a change of the dictionary does: equal to the difference of two full rebuilds."""

from dataclasses import astuple
from random import Random

from omics_orchestrator.naming import TableName
from omics_orchestrator.stewardship.difference import Difference, difference
from omics_orchestrator.stewardship.rebuild import Rebuild
from tests.conftest import in_chunks
from tests.unit.stewardship.brute_force import Told, compared, rebuilt
from tests.unit.stewardship.random_edits import edited
from tests.unit.stewardship.small_world import READINGS, book, dictionary

CHUNKS, EDITS = 10, 50
BEFORE = Rebuild(dictionary(book()), READINGS)
REBUILT = rebuilt(BEFORE)


def told(each: Difference) -> dict[str, Told]:
    return {
        str(name): (
            change.rows_added,
            change.rows_removed,
            {variable: astuple(what) for variable, what in change.variables.items()},
        )
        for name, change in each.tables.items()
    }


def expected(after: Rebuild) -> tuple[dict[str, Told], set[str]]:
    """What two full rebuilds differ in, and the tables that cannot be made."""
    now = rebuilt(after)
    untold = {name for name, table in now.items() if table is None}
    both = {
        name: compared(REBUILT.get(name), now.get(name), (BEFORE.dictionary, after.dictionary))
        for name in {**REBUILT, **now}
        if name not in untold
    }
    return {name: each for name, each in both.items() if any(each)}, untold


@in_chunks(CHUNKS)
def test_a_difference_is_that_of_two_full_rebuilds(chunk: int) -> None:
    chance = Random(chunk)
    for number in range(EDITS):
        what, known = edited(chance, book())
        after = Rebuild(known, READINGS)
        seen, (everything, untold) = difference(BEFORE, after), expected(after)
        assert told(seen) == everything, (chunk, number, what)
        assert {str(name) for name in seen.untold} == untold, (chunk, number, what)


def after(change: str) -> Difference:
    """What an edit of one line does."""
    told = book()
    clinic, registry = (told["studies"][name]["tables"] for name in ("clinic", "registry"))
    if change == "age":
        clinic["visit"]["variables"]["age"] = {"field": "age", "missing": {"44": "said_so"}}
        registry["entry"]["variables"]["age"] = {"field": "age_1", "missing": {"30": "said_so"}}
    elif change == "order":
        rules = clinic["visit"]["variables"]
        clinic["visit"]["variables"] = dict(reversed(rules.items()))
    elif change == "dataset":
        told["studies"]["clinic"]["datasets"]["main"]["leave_out"] = ["kind", "sex"]
    elif change == "field":
        clinic["drugs"]["variables"]["dose"] = "a_field_that_nobody_sent"
    return difference(BEFORE, Rebuild(dictionary(told), READINGS))


def test_cells_are_summed_over_conformed_tables_and_a_variable_of_two_studies_counts_once() -> None:
    found = after("age")
    core = [change for name, change in found.tables.items() if name.layer == "core"]
    cells = [each.cells for change in core for each in change.variables.values()]
    assert found.values == sum(cells) > 0
    assert {name for change in core for name in change.variables} >= {"age", "first_age"}
    assert found.studies == 2
    assert found.variables == len({
        name for change in core for name, each in change.variables.items() if each.cells
    })  # fmt: skip


def test_rules_in_another_order_change_nothing() -> None:
    found = after("order")
    assert (dict(found.tables), dict(found.untold)) == ({}, {})


def test_what_only_a_dataset_no_longer_shows_is_told_of_the_dataset_alone() -> None:
    found = after("dataset")
    assert {str(name) for name in found.tables} == {"datasets.clinic__main", "datasets.both"}
    assert found.tables[TableName.parse("datasets.clinic__main")].variables["sex"].removed == 4
    assert (found.values, found.variables, found.studies) == (0, 0, 0)


def test_a_table_whose_field_was_never_read_is_told_and_does_not_stop_the_others() -> None:
    found = after("field")
    assert [str(name) for name in found.untold] == ["core.clinic__drugs"]
    assert "a_field_that_nobody_sent" in next(iter(found.untold.values()))
