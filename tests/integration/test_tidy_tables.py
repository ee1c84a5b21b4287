"""A wide instrument in a real Postgres: its widest rows fit, and would not in one table."""

import psycopg
import pytest

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.naming import TableName
from omics_orchestrator.redcap_project import tables
from omics_orchestrator.redcap_project.tidy import tidy, together
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.table import Column, Table
from tests.unit.redcap_project.projects import Line, described, frame, line

KINDS = {
    "number": (line("f", validation="number"), "1.5"),
    "text": (line("f"), "x" * 300),
    "short text": (line("f"), "x" * 20),
    "code": (line("f", kind="radio", choices="1, A | 12345, B"), "12345"),
    "option": (line("f", kind="yesno"), "1"),
    "moment": (line("f", validation="datetime_ymd"), "2024-02-03 10:05"),
}


def load_row(connection: psycopg.Connection, cells: list[tuple[Line, str]]) -> dict[str, int]:
    """Load one full row of an instrument of these fields; columns a table."""
    named = [({**field, "field_name": f"f{n}"}, text) for n, (field, text) in enumerate(cells)]
    project = described(*(field for field, _ in named))
    row = frame({"record_id": "R" * 30, **{field["field_name"]: text for field, text in named}})
    shaped = tables.tables(project, "visit", row.columns)
    made = together(tidy(shaped, [row], hash_key=b"key"))
    for each in shaped:
        columns = {n: Column(c.dtype, c.comment) for n, c in each.columns.items()}
        table = Table(TableName("tidy", each.name, "wide"), columns, each.key)
        merge(connection, table, made.parts[each.name].frame, Load("run", "v1", {}, 1))
    assert all(part.quarantine.is_empty() for part in made.parts.values())
    return {each.name: len(each.columns) for each in shaped}


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_row_of_1500_fields_is_loaded_in_parts(warehouse: str, kind: str) -> None:
    with connect(warehouse) as connection:
        loaded = load_row(connection, [KINDS[kind]] * 1500)

    assert sum(loaded.values()) == 1500 + 2 * len(loaded)


def test_kinds_in_turn_leave_room_for_the_gaps_between_them(warehouse: str) -> None:
    with connect(warehouse) as connection:
        loaded = load_row(connection, [*KINDS.values()] * 200)

    assert len(loaded) > 1


def test_numbers_that_a_limit_of_columns_alone_lets_through_do_not_fit_a_page(
    warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_ROW_BYTES", 10**9)

    with connect(warehouse) as connection, pytest.raises(WarehouseError):
        load_row(connection, [KINDS["number"]] * 1400)
