"""Every cell that a load put into quarantine is found again, and no other is."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary.conform import conform
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.naming import TableName
from omics_orchestrator.quarantine.cells import cells, matched
from omics_orchestrator.quarantine.origin import Origin, origin
from omics_orchestrator.stores import Store, open_store
from tests.unit.dictionary.made_up import KEY, dictionary, frame

HASH_KEY = b"key"
PLAIN = dictionary(
    {"age": "integer", "sex": "boolean"},
    {
        "visit": {
            "rows": ["redcap.visit", "redcap.labs"],
            "variables": {**KEY, "age": "age", "sex": "sex"},
        }
    },
)
SLOTS = dictionary(
    {"number": "integer", "dose": "number", "taken": "boolean"},
    {
        "drug": {
            "grain": ["study_id", "number"],
            "rows": [
                {
                    "table": "redcap.visit",
                    "slots": {"number": "slot", "fields": {"drug": ["drug_{1..2}"]}},
                }
            ],
            "variables": {**KEY, "number": "slot", "dose": "drug"},
        }
    },
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(str(tmp_path_factory.mktemp("store")))


def taken(
    store: Store, known: Dictionary, table: str, raw: Mapping[str, list[dict[str, Any]]]
) -> tuple[Origin, pl.DataFrame]:
    """Keep raw tables as snapshots, conform them, and give where they came from and what is held."""
    frames = {name: frame(rows) for name, rows in raw.items()}
    kept = [
        snapshot.take(
            store, TableName("raw", name, "clinic"), each, source="redcap", scope={}, run_id="run"
        )
        for name, each in frames.items()
    ]
    held = conform(known, known.studies["clinic"], table, frames, hash_key=HASH_KEY).quarantine
    found = origin(known, store, TableName("core", table, "clinic"), kept)
    assert found is not None
    return found, held


def pairs_found_again(came_from: Origin, store: Store, held: pl.DataFrame) -> None:
    for field in held["field"].unique():
        wanted = held.filter(pl.col("field") == field)
        found = matched(cells(came_from, store, field), wanted, HASH_KEY)
        assert found["record"].null_count() == 0
        assert found["value_hash"].n_unique() == wanted["value_hash"].n_unique()
        assert found.select("value_hash", "record").n_unique() == (
            wanted.select("value_hash", "record_hash").n_unique()
        )


IDS = st.sampled_from(["1", "2", "3", " 4", "", None])
TEXTS = st.sampled_from(["1", "0", " 7", "x", "x ", "7,5", "", None])


@given(st.lists(st.fixed_dictionaries({"id": IDS, "age": TEXTS}), min_size=1, max_size=6),
       st.lists(st.fixed_dictionaries({"id": IDS, "sex": TEXTS}), min_size=1, max_size=6))  # fmt: skip
def test_held_cells_and_rows_are_found_with_their_records(
    store: Store, visits: list[dict[str, Any]], labs: list[dict[str, Any]]
) -> None:
    came_from, held = taken(store, PLAIN, "visit", {"visit": visits, "labs": labs})
    pairs_found_again(came_from, store, held)


@given(
    st.lists(
        st.fixed_dictionaries({"id": IDS, "drug_1": TEXTS, "drug_2": TEXTS}),
        min_size=1,
        max_size=6,
    )
)
def test_cells_of_slots_are_found_by_the_source_s_own_fields(
    store: Store, rows: list[dict[str, Any]]
) -> None:
    came_from, held = taken(store, SLOTS, "drug", {"visit": rows})
    pairs_found_again(came_from, store, held)


def test_a_value_that_conforms_in_another_record_is_not_that_records(store: Store) -> None:
    rows = [{"id": "1", "age": "x"}, {"id": "2", "age": "7"}]
    came_from, held = taken(
        store, PLAIN, "visit", {"visit": rows, "labs": [{"id": "1", "sex": "1"}]}
    )
    found = matched(cells(came_from, store, "age"), held, HASH_KEY)
    assert found.select("value", "record").rows() == [("x", "1")]


def test_with_another_key_nothing_is_found(store: Store) -> None:
    came_from, held = taken(
        store,
        PLAIN,
        "visit",
        {"visit": [{"id": "1", "age": "x"}], "labs": [{"id": "1", "sex": "1"}]},
    )
    assert matched(cells(came_from, store, "age"), held, b"another").is_empty()


def test_when_the_key_of_a_table_was_changed_since_values_are_found_without_records(
    store: Store,
) -> None:
    raw = {"visit": [{"id": "1", "age": "x"}], "labs": [{"id": "1", "sex": "1"}]}
    came_from, held = taken(store, PLAIN, "visit", raw)
    renamed = held.with_columns(record_hash=pl.lit("another"))
    found = matched(cells(came_from, store, "age"), renamed, HASH_KEY)
    assert found.select("value", "record").rows() == [("x", None)]


def test_a_table_that_the_dictionary_no_longer_has_has_no_origin(store: Store) -> None:
    assert origin(PLAIN, store, TableName("core", "gone", "clinic"), []) is None
    assert origin(PLAIN, store, TableName("core", "visit", "elsewhere"), []) is None
