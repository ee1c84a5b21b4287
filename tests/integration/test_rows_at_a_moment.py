"""Any table as it was at a moment: what a person reads, and what they are told when they cannot."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from typer.testing import CliRunner, Result

from omics_orchestrator import cli, settings
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.errors import ConfigurationError, OmicsError, WarehouseError
from omics_orchestrator.harmonised.described import described, find
from omics_orchestrator.harmonised.past import present_rows, rows_at
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.ledger import first_loaded, last_load
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.table import Column, Table
from tests.unit.dictionary.made_up import KEY, dictionary

VARIABLES = {"visit": "integer", "crp": "measurement", "sex": "string", "weight": "number"}
VISIT = {
    "rows": ["redcap.visit"],
    "grain": ["study_id", "visit"],
    "variables": {**KEY, "visit": "n", "crp": "crp"},
}
PERSON = {"rows": ["redcap.history"], "variables": {**KEY, "sex": "sex"}}
DATASETS = {
    "main": {"description": "All.", "rows": "visit", "beside": ["person"], "where": "visit > 0"},
    "labs": {"description": "Long.", "long": "visit"},
}
BOTH = Combined(dataset="both", description="Both.", owners=(), rows=("clinic.main",))
run = count()
Row = Mapping[str, Any]


def known(**visit: str) -> Dictionary:
    """The dictionary; `visit` gives its table more variables."""
    tables = {
        "visit": {**VISIT, "variables": {**VISIT["variables"], **visit}},
        "person": PERSON,
    }
    return dictionary(VARIABLES, tables, datasets=DATASETS).model_copy(
        update={"datasets": {"both": BOTH}}
    )


def load(
    connection: psycopg.Connection, name: str, *rows: Row, by: Dictionary | None = None
) -> datetime:
    """Load a conformed table, or a dataset; gives the moment just after."""
    table = described(by or known())[name].table
    frame = pl.DataFrame(rows, schema=table.schema)
    merge(connection, table, frame, Load(f"run-{next(run)}", "v1", {}, rows_in=0), allow_shrink=1)
    last = last_load(connection, name)
    assert last is not None
    return last.started_at


def visits(*values: tuple[str, int, float], **more: float) -> list[Row]:
    return [{"study_id": who, "visit": number, "crp": crp, **more} for who, number, crp in values]


def read(
    connection: psycopg.Connection,
    name: str,
    moment: datetime,
    *columns: str,
    by: Dictionary | None = None,
) -> list[tuple[Any, ...]]:
    rows = rows_at(connection, find(by or known(), name), moment)
    return rows.frame.select(columns).rows()


VISITS, PERSONS = "core.clinic__visit", "core.clinic__person"
BEFORE, JUST = timedelta(seconds=1), timedelta(microseconds=1)


def test_a_table_is_read_as_it_was_before_between_and_after_its_loads(connection):
    first = load(connection, VISITS, *visits(("b", 1, 5.0), ("a", 2, 7.0), ("a", 1, 6.0)))
    second = load(connection, VISITS, *visits(("a", 1, 60.0), ("c", 1, 9.0), ("a", 2, 7.0)))

    def at(moment: datetime) -> list[tuple[Any, ...]]:
        return read(connection, VISITS, moment, "study_id", "visit", "crp")

    with pytest.raises(WarehouseError, match=r"first loaded at .* UTC, and has no past before"):
        at(first - JUST)
    between = [("a", 1, 6.0), ("a", 2, 7.0), ("b", 1, 5.0)]
    assert at(first) == between
    assert at(second - JUST) == between
    assert at(second) == [("a", 1, 60.0), ("a", 2, 7.0), ("c", 1, 9.0)]


@pytest.mark.parametrize("name", ["datasets.clinic__main", "datasets.both"])
def test_a_dataset_has_the_participants_of_then_also_those_deleted_since(connection, name):
    load(connection, PERSONS, {"study_id": "a", "sex": "f"}, {"study_id": "b", "sex": "m"})
    first = load(connection, VISITS, *visits(("b", 1, 5.0), ("a", 1, 6.0), ("a", 0, 1.0)))
    load(connection, PERSONS, {"study_id": "a", "sex": "x"})
    second = load(connection, VISITS, *visits(("a", 1, 6.0)))

    columns = ("study_id", "visit", "crp", "sex")
    assert read(connection, name, first, *columns) == [("a", 1, 6.0, "f"), ("b", 1, 5.0, "m")]
    assert read(connection, name, second, *columns) == [("a", 1, 6.0, "x")]


def test_numbers_in_rows_are_those_of_then(connection):
    first = load(connection, VISITS, *visits(("a", 1, 6.0)))
    load(connection, VISITS, *visits(("a", 1, 7.0)))

    columns = ("study_id", "variable", "value")
    assert read(connection, "datasets.clinic__labs", first, *columns) == [("a", "crp", 6.0)]


def test_a_dataset_as_of_now_is_the_dataset(connection):
    load(connection, PERSONS, {"study_id": "a", "sex": "f"})
    load(connection, VISITS, *visits(("b", 1, 5.0), ("a", 1, 6.0)))
    chosen = find(known(), "datasets.clinic__main")
    then = rows_at(connection, chosen, datetime.now(UTC)).frame
    load(connection, "datasets.clinic__main", *then.sample(fraction=1, shuffle=True).to_dicts())

    assert present_rows(connection, chosen).frame.equals(then)


def test_a_variable_that_came_later_is_empty_before(connection):
    first = load(connection, VISITS, *visits(("a", 1, 6.0)))
    more = known(weight="kg")
    second = load(connection, VISITS, *visits(("a", 1, 6.0), weight=70.0), by=more)

    columns = ("study_id", "crp", "weight")
    assert read(connection, VISITS, first, *columns, by=more) == [("a", 6.0, None)]
    assert read(connection, VISITS, second, *columns, by=more) == [("a", 6.0, 70.0)]


def test_a_variable_that_was_never_loaded_is_empty_and_told(connection):
    load(connection, VISITS, *visits(("a", 1, 6.0)))

    rows = present_rows(connection, find(known(weight="kg"), VISITS))

    assert rows.frame["weight"].to_list() == [None]
    assert rows.notes == (
        f"{VISITS} was not loaded since these came into the dictionary, and they are empty: weight",
    )


def test_a_variable_that_has_left_is_read_with_the_dictionary_of_then(connection):
    of_then = known(weight="kg")
    first = load(connection, VISITS, *visits(("a", 1, 6.0), weight=70.0), by=of_then)
    load(connection, VISITS, *visits(("a", 1, 6.0)))

    assert "weight" not in rows_at(connection, find(known(), VISITS), first).frame.columns
    assert read(connection, VISITS, first, "weight", by=of_then) == [(70.0,)]


def test_a_column_of_another_type_is_never_read_as_if_it_were_the_same(connection):
    load(connection, VISITS, *visits(("a", 1, 6.0)))
    other = dictionary({**VARIABLES, "visit": "string"}, {"visit": VISIT})

    with pytest.raises(WarehouseError, match=r"is bigint in the warehouse and text in the dict"):
        present_rows(connection, find(other, VISITS))


def test_a_key_that_is_not_in_the_warehouse_is_named(connection):
    load(connection, VISITS, *visits(("a", 1, 6.0)))
    keyed = {**VISIT, "grain": ["study_id", "sex"], "variables": {**VISIT["variables"], "sex": "s"}}
    other = dictionary(VARIABLES, {"visit": keyed})

    with pytest.raises(
        WarehouseError, match=r"sex is of the key in the dictionary, and not in the"
    ):
        present_rows(connection, find(other, VISITS))


def test_what_stands_beside_and_came_later_is_empty_and_told(connection):
    first = load(connection, VISITS, *visits(("a", 1, 6.0)))
    chosen = find(known(), "datasets.clinic__main")

    never = rows_at(connection, chosen, first)
    load(connection, PERSONS, {"study_id": "a", "sex": "f"})
    later = rows_at(connection, chosen, first)

    assert never.frame.rows() == later.frame.rows()
    assert never.frame["sex"].to_list() == [None]
    assert never.notes == (f"{PERSONS} has not been loaded yet: nothing of it is here",)
    assert later.notes[0].startswith(f"{PERSONS} was first loaded at ")


def test_a_table_that_was_never_loaded_is_named(connection):
    for name in (VISITS, "datasets.clinic__main", "datasets.both"):
        with pytest.raises(WarehouseError, match=r"it has not been loaded yet\. To mend: material"):
            present_rows(connection, find(known(), name))
    with pytest.raises(WarehouseError, match=r"it has not been loaded yet"):
        rows_at(connection, find(known(), "datasets.both"), datetime.now(UTC))


def test_an_unknown_name_is_answered_with_those_like_it() -> None:
    with pytest.raises(ConfigurationError, match=r"take datasets\.clinic__main"):
        find(known(), "datasets.clinic_main")
    with pytest.raises(ConfigurationError, match=r"look the names up with `omics table`"):
        find(known(), "zzz")


@pytest.fixture
def command(warehouse, connection, monkeypatch):
    """`omics table`, on a warehouse with two loads of visits."""
    load(connection, VISITS, *visits(("a", 1, 6.0)))
    load(connection, VISITS, *visits(("a", 1, 7.5), ("b", 1, 8.0)))
    monkeypatch.setenv("OMICS_WAREHOUSE_URL", warehouse)
    monkeypatch.setattr(settings, "dictionary", known)

    def call(*words: str) -> Result:
        return CliRunner().invoke(cli.commands(["table"]), ["table", *words])

    return call


def test_without_a_name_all_names_are_listed(command):
    listed = [line.split(maxsplit=1) for line in command().stdout.splitlines()]
    assert listed[:5] == [
        ["core.clinic__person", "Made up."],
        ["core.clinic__visit", "Made up."],
        ["datasets.both", "Both."],
        ["datasets.clinic__labs", "Long."],
        ["datasets.clinic__main", "All."],
    ]
    views = ["omics.publishable_file", "omics.withheld_file"]
    assert [name for name, _ in listed[5:]] == views


def test_no_value_comes_to_the_terminal_unasked(command):
    told = command(VISITS)

    assert told.stdout == ""
    assert told.stderr.splitlines() == [
        f"{VISITS}: rows 2, columns 5.",
        "`--out FILE.csv` or `--out FILE.parquet` writes them.",
    ]


def test_rows_come_to_the_terminal_when_they_are_asked_for(command):
    told = command(VISITS, "--out", "-")

    assert told.stdout.splitlines() == [
        "study_id,visit,crp,crp_comparator,missing_reasons",
        "a,1,7.5,,",
        "b,1,8.0,,",
    ]


FORM = Table(
    TableName("tidy", "form", "clinic"),
    {
        "record": Column(pl.String(), "The record"),
        "seen": Column(pl.Date()),
        "codes": Column(pl.List(pl.String())),
        "dose": Column(pl.Decimal(6, 2)),
    },
    ("record",),
    comment="The form `form`. Beside it stands another.",
)


def filled_in(connection: psycopg.Connection, *records: str) -> None:
    rows = [(each, date(2026, 1, 5), ["b", "a"], Decimal("1.50")) for each in records]
    frame = pl.DataFrame(rows, schema=FORM.schema, orient="row")
    merge(connection, FORM, frame, Load(f"run-{next(run)}", "v1", {}, rows_in=0))


def test_a_table_that_no_study_file_describes_is_read_as_it_is_stored(
    command, connection, tmp_path
):
    filled_in(connection, "2", "1")
    out = tmp_path / "form.parquet"

    told = command("tidy.clinic__form", "--out", str(out))

    assert told.stderr.splitlines() == ["tidy.clinic__form: rows 2, columns 4."]
    written = pl.read_parquet(out)
    assert written.schema == pl.Schema(FORM.schema)
    assert written.row(0) == ("1", date(2026, 1, 5), ["b", "a"], Decimal("1.50"))
    listed = [line.split(maxsplit=1) for line in command().stdout.splitlines()]
    assert ["tidy.clinic__form", "The form `form`."] in listed


def test_a_table_without_history_says_so_when_it_is_asked_for_its_past(command, connection):
    filled_in(connection, "1")

    refused = command("tidy.clinic__form", "--as-of", "2026-01-01").exception

    assert isinstance(refused, WarehouseError)
    assert "table tidy.clinic__form: it keeps no history" in str(refused)
    assert "leave `--as-of` out" in str(refused)


def test_the_register_of_files_is_read_as_it_was(command, connection, tmp_path):
    register = {"collection": "clinic", "path": "a.vcf", "status": "damaged"}
    for status in ("damaged", "whole"):
        frame = pl.DataFrame([register | {"status": status}], schema=FILES.schema)
        merge(connection, FILES, frame, Load(f"run-{next(run)}", "v1", {}, rows_in=0))
    moment = first_loaded(connection, "omics.file").isoformat()
    then, now = tmp_path / "then.csv", tmp_path / "now.csv"

    command("omics.file", "--as-of", moment, "--out", str(then))
    command("omics.file", "--out", str(now))

    assert [pl.read_csv(path)["status"].to_list() for path in (then, now)] == [
        ["damaged"],
        ["whole"],
    ]


def test_a_view_is_read_in_an_order_of_its_own(command, connection):
    connection.execute(
        "create view star.dim_study as select * from (values ('b', 1::bigint), ('a', 2)) as t (study_key, n)"
    )
    connection.execute(
        "insert into ops.load (relation, run_id, status, rows_out, inserted, updated, unchanged)"
        " values ('star.dim_study', 'run', 'ok', 2, 0, 0, 2)"
    )
    told = command("star.dim_study", "--out", "-")
    assert told.stdout.splitlines() == ["study_key,n", "a,2", "b,1"]


def test_a_column_of_a_type_of_somebody_else_is_named(command, connection):
    connection.execute("create view star.mine as select inet '127.0.0.1' as host")
    refused = command("star.mine").exception
    assert isinstance(refused, WarehouseError)
    assert "column host: the column is of type inet" in str(refused)


def test_a_name_that_is_nearly_that_of_a_stored_table_is_answered_with_it(command, connection):
    filled_in(connection, "1")
    refused = command("tidy.clinic_form").exception
    assert isinstance(refused, ConfigurationError)
    assert "take tidy.clinic__form" in str(refused)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_rows_are_written_for_their_owner_alone(command, connection, tmp_path, kind):
    out = tmp_path / f"visits.{kind}"
    moment = first_loaded(connection, VISITS)

    told = command(VISITS, "--as-of", moment.isoformat(), "--out", str(out))

    written = pl.read_csv(out) if kind == "csv" else pl.read_parquet(out)
    assert written.select("study_id", "crp").rows() == [("a", 6.0)]
    assert out.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert told.stderr.startswith(f"{VISITS} as of {moment:%Y-%m-%d %H:%M:%S} UTC: rows 1,")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "rows.xlsx"], "the kind of file is not known. To mend: end it in .csv or .parquet"),
        (["--out", "there.csv"], "file there.csv: it exists. To mend: choose another name"),
        (["--out", "nowhere/rows.csv"], "its folder does not exist"),
        (["--as-of", "01/10/2026"], "'01/10/2026' is no date"),
        (["--as-of", "2020-01-01"], "has no past before that. To mend: name a later moment"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    command, tmp_path, monkeypatch, words, said
):
    monkeypatch.chdir(tmp_path)
    Path("there.csv").write_text("mine")

    refused = command(VISITS, *words).exception

    assert isinstance(refused, OmicsError)
    assert said in str(refused)
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]
    assert Path("there.csv").read_text() == "mine"
