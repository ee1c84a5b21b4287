import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.rows import content_hash, hashes
from omics_orchestrator.warehouse.table import Column, Table

SECRET = "ZZCANARY-value"


def table_of(frame: pl.DataFrame, *key: str) -> Table:
    columns = {name: Column(dtype) for name, dtype in frame.schema.items()}
    return Table(TableName("core", "sample", "study"), columns, key or (frame.columns[0],))


def version(frame: pl.DataFrame) -> str:
    return content_hash(hashes(table_of(frame), frame))


def one_row(**values: pl.Series) -> str:
    return version(pl.DataFrame({"id": [1]} | values))


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3)
values = st.fixed_dictionaries(
    {
        "text": st.none() | texts,
        "number": st.none() | st.floats(),
        "ticked": st.none() | st.lists(st.none() | texts, max_size=2),
    }
)
rows = st.dictionaries(st.integers(0, 5), values, max_size=4)
SCHEMA = {"id": pl.Int64, "text": pl.String, "number": pl.Float64, "ticked": pl.List(pl.String)}


def frame_of(content: dict[int, dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame([{"id": key} | row for key, row in content.items()], schema=SCHEMA)


@given(rows, rows, st.randoms())
def test_data_versions_are_equal_when_and_only_when_the_rows_are(one, other, random):
    left, right = frame_of(one), frame_of(other)
    assert (version(left) == version(right)) == left.sort("id").equals(right.sort("id"))
    order = random.sample(range(left.height), left.height)
    assert version(left[order]) == version(left)


def test_a_variable_that_nobody_has_a_value_of_does_not_change_the_version():
    before = pl.DataFrame({"id": [1, 2], "age": [40, None]})
    after = before.with_columns(height=pl.lit(None, pl.Float64), note=pl.lit(None, pl.String))
    assert version(after) == version(before)


def test_the_order_of_columns_does_not_change_the_version():
    frame = pl.DataFrame({"id": [1], "age": [40], "note": ["calm"]})
    definition = table_of(frame)
    swapped = frame.select("note", "age", "id")
    assert hashes(definition, swapped).equals(hashes(definition, frame))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": pl.Series(["x"])}, {"b": pl.Series(["x"])}),
        ({"a": pl.Series(["1"])}, {"a": pl.Series([1])}),
        ({"a": pl.Series([1])}, {"a": pl.Series([1.0])}),
        ({"a": pl.Series([""])}, {"a": pl.Series([None], dtype=pl.String)}),
        ({"a": pl.Series([float("nan")])}, {"a": pl.Series([None], dtype=pl.Float64)}),
        ({"a": pl.Series([[]], dtype=pl.List(pl.String))}, {"a": pl.Series([[""]])}),
        ({"a": pl.Series([[""]])}, {"a": pl.Series([[None]], dtype=pl.List(pl.String))}),
        ({"a": pl.Series([["x", "y"]])}, {"a": pl.Series([["y", "x"]])}),
        ({"a": pl.Series(["x"]), "b": pl.Series(["yz"])},
         {"a": pl.Series(["xy"]), "b": pl.Series(["z"])}),
        ({"a": pl.Series([dt.date(1970, 1, 2)])}, {"a": pl.Series([1])}),
    ],
)  # fmt: skip
def test_different_rows_are_never_taken_for_equal(one, other):
    assert one_row(**one) != one_row(**other)


@pytest.mark.parametrize(
    ("one", "other"), [(0.0, -0.0), (float("nan"), -float("nan")), (0.1 + 0.2, 0.30000000000000004)]
)
def test_equal_numbers_have_one_hash(one, other):
    assert one_row(a=pl.Series([one])) == one_row(a=pl.Series([other]))


def test_a_row_keeps_its_hash_from_release_to_release():
    frame = pl.DataFrame(
        {
            "id": [7],
            "note": ["Glasgow é"],
            "score": [1.5],
            "absent": pl.Series([None], dtype=pl.String),
            "active": [True],
            "seen": [dt.date(1969, 12, 31)],
            "taken": [dt.datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=dt.UTC)],
            "dose": [Decimal("1.50")],
            "ticked": [["a", None]],
        },
        schema_overrides={"dose": pl.Decimal(12, 2)},
    )
    values = (
        ("active", "boolean", "true"),
        ("dose", "numeric(12,2)", "1.50"),
        ("id", "bigint", "7"),
        ("note", "text", "Glasgow é"),
        ("score", "double precision", "4609434218613702656"),
        ("seen", "date", "-1"),
        ("taken", "timestamp with time zone", "1000005"),
        ("ticked", "text[]", "2\0=a\0\0"),
    )
    tags = [xxhash.xxh3_64_intdigest(f"{name}\0{kind}".encode()) >> 12 for name, kind, _ in values]
    encoded = "\0".join([str(sum(tags)), *(text for _, _, text in values)])
    (digest,) = hashes(table_of(frame, "id"), frame)
    assert digest == xxhash.xxh3_128_digest(encoded.encode())


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (pl.DataFrame({"id": [SECRET, SECRET, "b"], "note": ["x", "y", "z"]}), "repeat the key"),
        (pl.DataFrame({"id": [None, "b"], "note": [SECRET, "y"]}), "lack a part of their key"),
        (pl.DataFrame({"id": ["a"], "note": [f"{SECRET}\0"]}), "NUL"),
        (pl.DataFrame({"id": ["a"], "note": [["x", f"{SECRET}\0"]]}), "NUL"),
    ],
)
def test_rows_that_break_the_promise_are_refused_by_count_and_without_a_value(frame, what):
    with pytest.raises(WarehouseError, match=what) as refused:
        hashes(table_of(frame, "id"), frame)
    assert refused.value.place["count"] == 1
    assert refused.value.place["table"] == "core.study__sample"
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"id": [1]}),
        pl.DataFrame({"id": [1], "age": ["40"]}),
        pl.DataFrame({"id": [1], "age": [40], "extra": [1]}),
    ],
)
def test_the_data_never_decides_the_shape_of_a_table(frame):
    definition = table_of(pl.DataFrame({"id": [1], "age": [40]}))
    with pytest.raises(WarehouseError, match=r"differ in (age|extra)"):
        hashes(definition, frame)


def test_a_key_of_two_columns_may_repeat_in_each_of_them():
    frame = pl.DataFrame({"id": [1, 1, 2], "visit": [1, 2, 1]})
    assert hashes(table_of(frame, "id", "visit"), frame).len() == 3
