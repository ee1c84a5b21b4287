import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.conform import Conformed, conform
from omics_orchestrator.dictionary.rules import DeriveRule
from omics_orchestrator.errors import SourceError
from tests.unit.dictionary.clinic import (
    HISTORY_FIELDS,
    VISIT_FIELDS,
    dictionary,
    frame,
    histories,
    visits,
)


def conformed(visit: pl.DataFrame, history: pl.DataFrame | None = None) -> Conformed:
    book = dictionary()
    frames = {"visit": visit, "history": histories() if history is None else history}
    return conform(book, book.studies["clinic"], "visit", frames, hash_key=b"key")


def account(result: Conformed, field: str) -> dict[str, int]:
    row = result.cells.filter(pl.col("field") == field).row(0, named=True)
    return {kind: row[kind] for kind in outcome.CELL_COLUMNS[1:] if row[kind]}


def only(result: Conformed) -> dict[str, Any]:
    assert result.frame.height == 1
    return result.frame.row(0, named=True)


@pytest.mark.parametrize(
    ("field", "text", "variable", "value", "became"),
    [
        ("sex", "2", "sex", "female", "conformed"),
        ("sex", " 1 ", "sex", "male", "conformed"),
        ("sex", "3", "sex", None, "unknown_code"),
        ("sex", "-1000", "sex", None, "missing"),
        ("sex", "  ", "sex", None, "blank"),
        ("age", "34", "age", 34, "conformed"),
        ("age", "0", "age", 0, "conformed"),
        ("age", "210", "age", None, "out_of_range"),
        ("age", "34.5", "age", None, "not_an_integer"),
        ("age", "99999999999999999999", "age", None, "not_an_integer"),
        ("weight", "12,5", "weight", None, "not_a_number"),
        ("weight", "nan", "weight", None, "not_a_number"),
        ("weight", "1e2", "weight", 100.0, "conformed"),
        ("crp", "<20", "crp", 20.0, "conformed"),
        ("crp", "<20", "crp_comparator", "<", "conformed"),
        ("crp", "≥ 3", "crp_comparator", ">=", "conformed"),
        ("crp", "3.5", "crp_comparator", None, "conformed"),
        ("crp", "haemolysed", "crp", None, "not_a_number"),
        ("seen", "2024-02-30", "seen_on", None, "not_a_date"),
        ("seen", "2024-02-03 10:00", "seen_on", None, "not_a_date"),
        ("id", "191-4", "centre", None, "no_pattern_fits"),
        ("id", "91-4", "centre", "glasgow", "conformed"),
    ],
)
def test_a_cell_becomes_a_value_or_says_why_not(
    field: str, text: str, variable: str, value: object, became: str
) -> None:
    result = conformed(visits({"id": "91-1", field: text}))

    assert only(result)[variable] == value
    kind = became if became in outcome.CELL_COLUMNS else "quarantined"
    assert account(result, field) == {"cells": 1, kind: 1}
    reasons = result.quarantine.filter(pl.col("field") == field)["reason"].to_list()
    assert reasons == ([became] if kind == "quarantined" else [])
    why = json.loads(only(result)["missing_reasons"] or "{}").get(variable)
    assert (why == "quarantined") == (kind == "quarantined")


def test_a_missing_code_becomes_null_with_its_reason_beside_it() -> None:
    row = only(conformed(visits({"id": "91-1", "age": "-1000", "sex": "1"})))

    assert row["age"] is None
    assert json.loads(row["missing_reasons"]) == {"age": "not_recorded"}


def test_a_ticked_missing_option_makes_every_option_of_the_field_missing() -> None:
    history = {"id": "91-1", "beh___0": "0", "beh___1": "0", "beh___2": "0", "beh___3": "0"}
    result = conformed(visits({"id": "91-1"}), histories({**history, "beh____1000": "1"}))

    row = only(result)
    assert (row["behaviour"], row["perianal"]) == (None, None)
    assert json.loads(row["missing_reasons"]) == {
        "behaviour": "not_recorded",
        "perianal": "not_recorded",
    }
    assert account(result, "beh___1") == {"cells": 1, "missing": 1}


def test_two_ticked_options_of_one_category_are_quarantined_and_none_is_chosen() -> None:
    history = {"id": "91-1", "beh___0": "1", "beh___1": "0", "beh___2": "1", "beh___3": "1"}
    result = conformed(visits({"id": "91-1"}), histories(history))

    assert only(result)["behaviour"] is None
    assert only(result)["perianal"] is True
    assert json.loads(only(result)["missing_reasons"]) == {"behaviour": "quarantined"}
    assert result.quarantine["reason"].unique().to_list() == ["several_ticked"]


@pytest.mark.parametrize(
    ("ifx", "ada", "anti_tnf"),
    [("1", None, True), ("2", "2", False), ("2", None, None), (None, None, None)],
)
def test_a_derived_flag_is_unknown_where_its_answers_leave_it_open(
    ifx: str, ada: str, anti_tnf: bool | None
) -> None:
    result = conformed(visits({"id": "91-1"}), histories({"id": "91-1", "ifx": ifx, "ada": ada}))

    assert only(result)["anti_tnf"] is anti_tnf


def test_what_is_derived_out_of_range_is_unknown_and_its_row_says_why() -> None:
    book = dictionary()
    bounded = book.variables["weight"].model_copy(update={"minimum": 0.0, "maximum": 300.0})
    rules = book.studies["clinic"].tables["visit"].variables
    doubled = bounded.model_copy(update={"variable": "doubled"})
    again = bounded.model_copy(update={"variable": "again"})
    book.variables.update(weight=bounded, doubled=doubled, again=again)
    rules["doubled"], rules["again"] = DeriveRule(derive="weight * 2"), DeriveRule(derive="doubled")
    rows = visits({"id": "91-1", "weight": "80"}, {"id": "91-2", "weight": "200"})
    frames = {"visit": rows, "history": histories()}
    result = conform(book, book.studies["clinic"], "visit", frames, hash_key=b"key").frame

    assert result["doubled"].to_list() == result["again"].to_list() == [160.0, None]
    assert result["missing_reasons"].to_list() == [None, '{"doubled": "out_of_range"}']


def test_a_participant_with_one_instrument_only_is_kept() -> None:
    result = conformed(visits({"id": "91-1"}), histories({"id": "91-2", "ifx": "1"}))

    assert result.frame["study_id"].sort().to_list() == ["91-1", "91-2"]
    assert account(result, "ifx") == {"cells": 1, "conformed": 1}


def test_two_rows_that_become_one_key_are_both_quarantined() -> None:
    result = conformed(visits({"id": "91-a", "age": "3"}, {"id": "91-A", "age": "4"}))

    assert result.frame.height == 0
    assert account(result, "age") == {"cells": 2, "quarantined": 2}
    assert result.rows.row(0, named=True)["quarantined"] == 2
    assert set(result.quarantine["reason"]) == {"duplicate_key"}


def test_a_field_that_no_rule_mentions_is_left_out_and_listed() -> None:
    result = conformed(visits({"id": "91-1"}), histories({"id": "91-1", "new_field": "x"}))

    assert result.unclassified == ("new_field",)
    assert account(result, "new_field") == {"cells": 1, "left_out": 1}


def test_a_mapped_field_that_does_not_arrive_stops_the_table_and_is_named() -> None:
    with pytest.raises(SourceError, match=r"1 field\(s\).*: crp"):
        conformed(visits({"id": "91-1"}).drop("crp"))


def test_the_columns_do_not_depend_on_the_data() -> None:
    empty = conformed(visits(), histories())
    full = conformed(visits({"id": "91-1", "age": "3"}), histories({"id": "91-1", "ifx": "1"}))

    assert empty.frame.schema == full.frame.schema


def test_quarantine_holds_hashes_and_no_value() -> None:
    result = conformed(visits({"id": "91-1", "crp": "Jane Doe"}))

    assert "Jane Doe" not in result.quarantine.write_csv()
    assert "91-1" not in result.quarantine.write_csv()


cells = st.sampled_from(
    [
        None,
        "",
        " ",
        "1",
        "2",
        "0",
        "9",
        "-1000",
        "<20",
        "12,5",
        "5 mg/L",
        "2024-01-02",
        "x",
        "1e400",
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    ids = st.lists(st.sampled_from(["91-1", "91-2", "3-P", "x", "-1000"]), unique=True, max_size=4)

    def rows(fields: tuple[str, ...]) -> pl.DataFrame:
        made = [{"id": name} | {f: draw(cells) for f in fields[1:]} for name in draw(ids)]
        return frame(fields, *made)

    return rows(VISIT_FIELDS), rows(HISTORY_FIELDS)


@given(tables())
def test_the_accounts_balance_whatever_arrives(both: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    result = conformed(*both)

    assert outcome.is_balanced(result.cells)
    rows = result.rows.select(
        pl.col("rows_in") - pl.sum_horizontal("rows_out", "excluded", "quarantined")
    )
    assert rows.to_series().eq(0).all()
    assert result.cells["cells"].sum() == sum(table.height * table.width for table in both)


@given(tables(), st.randoms())
def test_the_order_of_rows_and_columns_does_not_matter(
    both: tuple[pl.DataFrame, pl.DataFrame], random: Any
) -> None:
    def shuffled(table: pl.DataFrame) -> pl.DataFrame:
        columns = random.sample(table.columns, table.width)
        order = random.sample(range(table.height), table.height)
        return table[order].select(columns) if order else table.select(columns)

    first, second = conformed(*both), conformed(*map(shuffled, both))

    assert first.frame.sort("study_id").equals(second.frame.sort("study_id"))
    assert first.cells.sort("field").equals(second.cells.sort("field"))
