"""Amending equals merging the whole: rows, hashes and history."""

import polars as pl
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.errors import TransientError, WarehouseError
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.amend import amend
from omics_orchestrator.warehouse.ledger import last_load
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.read import read
from tests.integration.test_warehouse_merge import few, frame_of, keys, load_of, new_table, rows

KEY = ["participant", "visit"]
steps = st.lists(
    st.tuples(st.dictionaries(keys, rows, max_size=4), st.sets(keys, max_size=2)),
    min_size=1,
    max_size=4,
)


@few
@given(steps, st.booleans())
def test_amending_a_table_equals_merging_all_of_it(
    connection: psycopg.Connection, steps: list[tuple[dict, set]], history: bool
) -> None:
    amended, merged = new_table(history=history), new_table(history=history)
    whole: dict = {}
    for given_rows, taken in steps:
        gone = taken - given_rows.keys()
        before = len(whole)
        whole = {key: row for key, row in whole.items() if key not in gone} | given_rows
        leaving = pl.DataFrame(sorted(gone), frame_of({}).select(KEY).schema, orient="row")
        change = amend(connection, amended, frame_of(given_rows), leaving, load_of())
        same = merge(connection, merged, frame_of(whole), load_of(), allow_shrink=1)

        assert read(connection, amended).equals(frame_of(whole))
        assert change.content_hash == same.content_hash
        assert before + change.inserted - change.deleted == len(whole)
        assert (change.inserted, change.updated, change.deleted) == (
            same.inserted,
            same.updated,
            same.deleted,
        )
        last = last_load(connection, str(amended.name))
        assert last is not None
        assert last.rows_out == len(whole)


def test_a_load_that_was_overtaken_changes_nothing(connection: psycopg.Connection) -> None:
    table, nothing = new_table(history=True), frame_of({}).select(KEY)
    first = frame_of({("P-1", 1): {"note": "a"}})
    amend(connection, table, first, nothing, load_of())
    last = last_load(connection, str(table.name))
    assert last is not None
    amend(connection, table, frame_of({("P-1", 2): {"note": "b"}}), nothing, load_of())
    late = Load("run", "v1", {}, rows_in=1, after_load=last.load_id)
    with pytest.raises(TransientError, match="another run loaded the table"):
        amend(connection, table, first, nothing, late)
    with pytest.raises(WarehouseError, match="repeat the key"):
        amend(connection, table, pl.concat([first, first]), nothing, load_of())
    assert read(connection, table).height == 2
