"""Raw snapshots: one object a content, and proof that it is what was stored."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator import snapshot
from omics_orchestrator.errors import StoreError
from omics_orchestrator.naming import TableName
from omics_orchestrator.stores import Store, open_store
from omics_orchestrator.warehouse.ledger import Snapshot

NAME = TableName("raw", "visit", "clinic")
FRAME = pl.DataFrame(
    {"id": ["1", "2"], "note": [None, "naïve"]}, schema=dict.fromkeys(("id", "note"), pl.String)
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path))


def take(store: Store, frame: pl.DataFrame = FRAME) -> Snapshot:
    return snapshot.take(store, NAME, frame, source="redcap", scope={"records": 2}, run_id="run 1")


def objects(store: Store) -> list[str]:
    return [item.key for item in store.list()]


def test_a_snapshot_is_read_back_as_it_was(store: Store) -> None:
    taken = take(store)
    assert snapshot.read(store, taken).equals(FRAME)
    assert (taken.rows, taken.columns, taken.relation) == (2, 2, "raw.clinic__visit")


def test_the_same_content_is_stored_once(store: Store) -> None:
    assert take(store) == take(store)
    assert objects(store) == [f"raw/clinic__visit/{snapshot.content_hash(FRAME)}.parquet"]


def test_another_content_is_stored_beside_the_first(store: Store) -> None:
    first = take(store)
    take(store, FRAME.reverse())
    assert len(objects(store)) == 2
    assert snapshot.read(store, first).equals(FRAME)


def test_an_empty_table_is_a_snapshot_too(store: Store) -> None:
    taken = take(store, FRAME.clear())
    assert snapshot.read(store, taken).equals(FRAME.clear())
    assert taken.content_hash != snapshot.content_hash(FRAME.clear().select("id"))


def test_the_fields_are_known_without_opening_the_snapshot(store: Store, tmp_path: Path) -> None:
    taken = take(store)
    (tmp_path / taken.object_key).unlink()
    assert snapshot.fields(taken) == ("id", "note")
    assert taken.scope["records"] == 2


def test_an_object_that_was_tampered_with_is_refused(store: Store, tmp_path: Path) -> None:
    taken = take(store)
    other = FRAME.with_columns(pl.lit("forged").alias("note"))
    other.write_parquet(tmp_path / taken.object_key)
    with pytest.raises(StoreError, match="not what was stored") as refused:
        snapshot.read(store, taken)
    assert refused.value.place["file"] == taken.object_key


def test_an_object_that_was_cut_is_refused_like_any_other(store: Store, tmp_path: Path) -> None:
    taken = take(store)
    path = tmp_path / taken.object_key
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match="not what was stored"):
        snapshot.read(store, taken)


CELLS = st.one_of(st.none(), st.text(st.characters(exclude_categories=("Cs",)), max_size=3))
FRAMES = st.lists(st.tuples(CELLS, CELLS), max_size=3).map(
    lambda rows: pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
)


@given(FRAMES, FRAMES)
def test_two_frames_share_a_hash_only_if_they_are_equal(
    one: pl.DataFrame, other: pl.DataFrame
) -> None:
    assert (snapshot.content_hash(one) == snapshot.content_hash(other)) == one.equals(other)


@pytest.mark.parametrize(
    "other",
    [
        {"a": ["", "xy"], "b": ["", ""]},
        {"a": ["x", "y"], "b": [None, ""]},
        {"a": ["xy", ""], "c": ["", ""]},
        {"b": ["", ""], "a": ["xy", ""]},
        {"a": ["xy", ""]},
        {"a": ["xy"], "b": [""]},
    ],
)
def test_moving_text_between_cells_names_or_columns_changes_the_hash(
    other: dict[str, list[str | None]],
) -> None:
    frame = pl.DataFrame({"a": ["xy", ""], "b": ["", ""]})
    assert snapshot.content_hash(frame) != snapshot.content_hash(pl.DataFrame(other))
