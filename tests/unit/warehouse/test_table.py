import polars as pl
import pytest

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.table import Column, Table

NAME = TableName("core", "sample", "study")


def table(columns: dict[str, Column], key: tuple[str, ...] = ("id",)) -> Table:
    return Table(NAME, {"id": Column(pl.Int64())} | columns, key)


@pytest.mark.parametrize("key", [(), ("absent",), ("id", "absent")])
def test_a_table_needs_a_key_among_its_columns(key):
    with pytest.raises(WarehouseError, match="key"):
        table({}, key)


@pytest.mark.parametrize("name", ["", "_load_id", "_x", "é" * 32, "a" * 64, "a\0b"])
def test_a_name_that_postgres_would_not_keep_is_refused(name):
    with pytest.raises(WarehouseError, match="column name"):
        table({name: Column(pl.Int64())})


@pytest.mark.parametrize("name", ['a"b', "a;--", "select", "__proto__"[2:], "Größe", "a" * 63])
def test_an_odd_name_is_a_name(name):
    assert name in table({name: Column(pl.Int64())}).schema


@pytest.mark.parametrize(
    "dtype",
    [
        pl.Int32(),
        pl.Categorical(),
        pl.Null(),
        pl.Datetime("ns"),
        pl.List(pl.Float64()),
        pl.Object(),
    ],
)
def test_a_type_that_would_not_come_back_as_it_went_is_refused(dtype):
    with pytest.raises(WarehouseError, match="not stored"):
        table({"value": Column(dtype)})


def test_a_table_wider_than_postgres_allows_is_refused():
    with pytest.raises(WarehouseError, match="1,590 columns"):
        table({f"c{number}": Column(pl.Int64()) for number in range(1_600)})
