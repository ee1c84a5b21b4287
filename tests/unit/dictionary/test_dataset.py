"""Datasets: rows of one table with others beside them, and the studies put together."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.dictionary.combined import combine, measured_units, measurements
from omics_orchestrator.dictionary.dataset import Assembled, assemble, sources_of
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.errors import DictionaryError
from tests.unit.dictionary.made_up import KEY, dictionary

VARIABLES = {
    "visit": "integer",
    "seen_on": "date",
    "form": "integer",
    "filled_on": "date",
    "total": "integer",
    "sex": "string",
}
FORMS: dict[str, Any] = {
    "rows": ["redcap.labs"],
    "grain": ["study_id", "form"],
    "variables": {**KEY, "form": "n", "filled_on": "day", "total": "total"},
}
TABLES = {
    "person": {"rows": ["redcap.history"], "variables": {**KEY, "sex": "sex"}},
    "visits": {
        "rows": ["redcap.visit"],
        "grain": ["study_id", "visit"],
        "variables": {**KEY, "visit": "n", "seen_on": "seen"},
    },
    "forms": FORMS,
}


def known(**dataset: Any) -> Dictionary:
    made = {"description": "Made up.", "rows": "visits", **dataset}
    return dictionary(VARIABLES, TABLES, datasets={"all": made})


def day(number: int | None) -> date | None:
    return None if number is None else date(2024, 1, number)


SCHEMAS = {
    "person": {"study_id": pl.String, "sex": pl.String},
    "visits": {"study_id": pl.String, "visit": pl.Int64, "seen_on": pl.Date},
    "forms": {"study_id": pl.String, "form": pl.Int64, "filled_on": pl.Date, "total": pl.Int64},
}
Visits = list[tuple[str, int, int | None]]
Forms = list[tuple[str, int, int | None, int]]


def made(name: str = "all", *, visits: Visits, forms: Forms, **dataset: Any) -> Assembled:
    """Assemble a dataset of visits and forms; days are of one month."""
    rows: dict[str, list[tuple[Any, ...]]] = {
        "person": [(who, "f") for who in sorted({who for who, _, _ in visits} - {"nobody"})],
        "visits": [(who, number, day(seen)) for who, number, seen in visits],
        "forms": [(who, number, day(at), total) for who, number, at, total in forms],
    }
    reasons = pl.lit(None, pl.String).alias("missing_reasons")
    frames = {
        table: pl.DataFrame(rows[table], schema, orient="row").with_columns(reasons)
        for table, schema in SCHEMAS.items()
    }
    study = known(**dataset)
    return assemble(study, study.studies["clinic"], name, frames)


CUCQ = {"table": "forms", "dated": {"seen_on": "filled_on"}, "within_days": 2}


def test_the_nearest_form_stands_beside_each_visit_and_no_visit_is_multiplied() -> None:
    found = made(
        visits=[("a", 1, 5), ("a", 2, 20), ("b", 1, 5), ("b", 2, None)],
        forms=[
            ("a", 1, 7, 10),
            ("a", 2, 6, 11),
            ("a", 3, 4, 12),
            ("a", 4, 17, 13),
            ("b", 1, 5, 14),
        ],
        beside=[CUCQ],
    )
    assert found.frame.rows() == [
        ("a", 1, date(2024, 1, 5), 12),
        ("a", 2, date(2024, 1, 20), None),
        ("b", 1, date(2024, 1, 5), 14),
        ("b", 2, None, None),
    ]
    assert found.rows.row(-1)[-1] == "2 without a row in forms; 3 of its rows beside none"


def test_two_forms_of_one_day_do_not_double_the_visit() -> None:
    found = made(visits=[("a", 1, 5)], forms=[("a", 1, 5, 10), ("a", 2, 5, 11)], beside=[CUCQ])
    assert found.frame["total"].to_list() == [10]


def test_rows_that_are_not_wanted_are_counted() -> None:
    found = made(visits=[("a", 1, 5), ("a", 2, 6)], forms=[], where="visit == 1")
    assert found.frame["visit"].to_list() == [1]
    assert found.rows.row(0) == ("rows of visits", 2, 1, 1, 0, "not where visit == 1")


def test_a_participants_facts_stand_beside_each_row_without_what_is_left_out() -> None:
    found = made(
        visits=[("a", 1, 5), ("nobody", 1, 5)], forms=[], beside=["person"], leave_out=["seen_on"]
    )
    assert found.frame.rows() == [("a", 1, "f"), ("nobody", 1, None)]
    assert found.rows.row(1)[-1] == "1 without a row in person; 0 of its rows beside none"


def test_two_tables_that_give_one_column_are_refused() -> None:
    tables = {
        **TABLES,
        "person": {"rows": ["redcap.history"], "variables": {**KEY, "seen_on": "d"}},
    }
    clash = {"description": "Made up.", "rows": "visits", "beside": ["person"]}
    study = dictionary(VARIABLES, tables, datasets={"all": clash})
    with pytest.raises(DictionaryError, match="both visits and person have a column seen_on"):
        sources_of(study, study.studies["clinic"], "all")


def test_a_table_gives_only_what_is_wanted_of_it() -> None:
    """Two tables may then have the same variable, and a nearest row is found all the same."""
    tables = {**TABLES, "forms": {**FORMS, "variables": {**FORMS["variables"], "sex": "sex"}}}
    beside = ["person", {**CUCQ, "only": ["total"]}]
    book = dictionary(
        VARIABLES,
        tables,
        datasets={"all": {"description": "x", "rows": "visits", "beside": beside}},
    )
    frames = {
        "visits": pl.DataFrame({"study_id": ["a"], "visit": [1], "seen_on": [day(5)]}),
        "person": pl.DataFrame({"study_id": ["a"], "sex": ["f"]}),
        "forms": pl.DataFrame(
            {"study_id": ["a"], "form": [1], "filled_on": [day(5)], "total": [40], "sex": ["m"]}
        ),
    }
    found = assemble(book, book.studies["clinic"], "all", frames)
    assert found.frame.to_dicts() == [
        {"study_id": "a", "visit": 1, "seen_on": day(5), "sex": "f", "total": 40}
    ]


days = st.one_of(st.none(), st.integers(1, 9))
people = st.sampled_from("ab")


@given(
    st.lists(st.tuples(people, days), max_size=5),
    st.lists(st.tuples(people, days), max_size=5),
    st.integers(0, 9),
)
def test_the_nearest_is_nearest_whatever_the_dates(
    visits: list[tuple[str, int | None]], forms: list[tuple[str, int | None]], within: int
) -> None:
    found = made(
        visits=[(who, n, at) for n, (who, at) in enumerate(visits)],
        forms=[(who, n, at, n) for n, (who, at) in enumerate(forms)],
        beside=[{**CUCQ, "within_days": within}],
    )
    assert found.frame.height == len(visits)
    for (who, seen), total in zip(visits, found.frame["total"], strict=True):
        apart = {
            n: abs(seen - at)
            for n, (of, at) in enumerate(forms)
            if of == who and seen is not None and at is not None and abs(seen - at) <= within
        }
        assert (total is None) == (not apart)
        assert total is None or apart[total] == min(apart.values())


def test_studies_are_put_together_with_a_key_of_their_own() -> None:
    study = known()
    rows = pl.DataFrame({"study_id": ["a"], "visit": [1], "seen_on": [day(5)]})
    both = Combined(dataset="adults", description="All.", owners=(), rows=("clinic.all",))
    found = combine(study, both, {"clinic.all": rows})
    assert found.frame.rows() == [("clinic", "a/1", "a", 1, date(2024, 1, 5))]
    assert found.rows.row(0) == ("rows of clinic.all", 1, 1, 0, 0, "")


def test_numbers_become_rows_with_comparator_and_unit() -> None:
    labs = {
        "rows": ["redcap.labs"],
        "variables": {**KEY, "seen_on": "day", "crp": "crp", "age": "age", "sex": "sex"},
    }
    variables = {**VARIABLES, "crp": {"type": "measurement", "unit": "mg/L"}, "age": "integer"}
    study = dictionary(
        variables,
        {"labs": labs},
        datasets={"labs_long": {"description": "x", "long": "labs", "keep": ["seen_on"]}},
    )
    frame = pl.DataFrame(
        [("a", day(1), 5.0, "<", 30, "f"), ("b", None, None, None, 31, "m")],
        ["study_id", "seen_on", "crp", "crp_comparator", "age", "sex"],
        orient="row",
    )
    found = assemble(study, study.studies["clinic"], "labs_long", {"labs": frame})
    assert found.frame.rows() == [
        ("a", date(2024, 1, 1), "crp", 5.0, "<", "mg/L"),
        ("a", date(2024, 1, 1), "age", 30.0, None, None),
        ("b", None, "age", 31.0, None, None),
    ]
    assert found.rows.row(0) == ("rows of labs", 4, 3, 1, 0, "no value")


def test_the_numbers_of_long_datasets_are_compared_between_studies_as_well() -> None:
    labs = {"rows": ["redcap.labs"], "variables": {**KEY, "crp": "crp", "age": "age"}}
    book = dictionary(
        {"crp": {"type": "measurement", "unit": "mg/L"}, "age": "integer"},
        {"labs": labs},
        datasets={"labs_long": {"description": "x", "long": "labs"}},
    )
    both = Combined(dataset="adults", description="All.", owners=(), rows=("clinic.labs_long",))
    wide = pl.DataFrame(
        {"study_id": ["a"], "crp": [5.0], "crp_comparator": ["<"], "age": [30]},
    )
    rows = assemble(book, book.studies["clinic"], "labs_long", {"labs": wide}).frame
    frame = combine(book, both, {"clinic.labs_long": rows}).frame
    assert frame.select("row_key", "variable", "value", "comparator", "unit").rows() == [
        ("a/crp", "crp", 5.0, "<", "mg/L"),
        ("a/age", "age", 30.0, None, None),
    ]
    assert measured_units(book, both) == {"crp": "mg/L"}
    assert measurements(book, both, frame).rows() == [("crp", "clinic", None, 5.0, "<")]


def test_the_numbers_of_all_studies_are_told_apart_by_study_and_site() -> None:
    labs = {"rows": ["redcap.labs"], "variables": {**KEY, "crp": "crp", "age": "age", "sex": "sex"}}
    study = dictionary(
        {**VARIABLES, "crp": {"type": "measurement", "unit": "mg/L"}, "age": "integer"},
        {"labs": labs},
        datasets={"all": {"description": "x", "rows": "labs"}},
    )
    both = Combined(
        dataset="adults", description="All.", owners=(), rows=("clinic.all",), site="sex"
    )
    frame = pl.DataFrame(
        {
            "study": ["clinic"] * 2,
            "sex": ["f", "m"],
            "crp": [5.0, None],
            "crp_comparator": ["<", None],
        }
    )
    assert measured_units(study, both) == {"crp": "mg/L"}
    assert measurements(study, both, frame).rows() == [("crp", "clinic", "f", 5.0, "<")]
