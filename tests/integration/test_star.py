"""The star over a small world: nothing is lost, multiplied or left pointing at nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import psycopg
import pytest
from psycopg import sql
from small_star import fill, put, star

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.star.looking import look_through
from omics_orchestrator.star.views import views
from omics_orchestrator.warehouse.connect import connect
from tests.unit.star.small_dictionary import dictionary

FIRST, SECOND = date(2026, 1, 5), date(2026, 3, 9)
CORE = {
    "clinic.participant": [
        {"study_id": "a", "sex": "f", "age": 30, "centre": "edinburgh"},
        {"study_id": "b", "sex": "m"},
    ],
    "clinic.visit": [
        {"study_id": "a", "visit": 1, "visit_date": FIRST, "weight": 60.0},
        {"study_id": "a", "visit": 2, "visit_date": date(202, 6, 1), "weight": 61.0},
        {"study_id": "b", "visit": 1},
    ],
    "clinic.report": [
        {"study_id": "a", "visit": 1, "report": "1", "crp": 5.0, "crp_comparator": "<",
         "calprotectin": 80.0, "calprotectin_date": SECOND, "blood_date": SECOND, "repeat": 1},
        {"study_id": "a", "visit": 1, "report": "2", "crp": 7.0, "repeat": 2},
        # Whom no table of participants has, at a visit that no table of visits has.
        {"study_id": "stray", "visit": 9, "report": "1", "crp": 9.0},
    ],
    "clinic.first_report": [{"study_id": "a", "visit": 1, "crp": 5.0}],
    "clinic.questionnaire": [{"study_id": "b", "score": 3, "score_date": SECOND}],
    "clinic.sample": [
        {"sample_id": "s1", "study_id": "a", "visit": 1, "kind": "blood", "taken_on": FIRST},
        {"sample_id": "s2", "study_id": "a", "kind": "stool"},
        {"sample_id": "s3", "kind": "blood", "taken_on": SECOND},
    ],
    "clinic.olink": [{"sample_id": "s1", "npx": 1.5}],
    "ward.note": [{"study_id": "w/1", "visit": 1, "weight": 80.0}],
}  # fmt: skip
EXPOSURE = {
    "drug_episode": [
        {"participant": "a", "drug": "ifx", "episode": 1, "start_earliest": FIRST},
        {"participant": "nobody", "drug": "a drug that left drugs.csv", "episode": 1},
    ],
    "status": [
        {"table": "medication", "row_key": "a/1", "participant": "a", "date": FIRST,
         "exposure": "anti_tnf", "status": "on"},
        {"table": "medication", "row_key": "a/5", "participant": "a", "date": FIRST,
         "exposure": "ifx", "status": "off"},
        {"table": "sample", "row_key": "s1", "participant": "a", "date": FIRST,
         "exposure": "ifx", "status": "on"},
        {"table": "asks no more", "row_key": "?", "participant": "a", "date": FIRST,
         "exposure": "ifx", "status": "on"},
    ],
}  # fmt: skip
_FILE = {"collection": "clinic", "study": "clinic", "status": "whole", "size_bytes": 8,
         "modified_at": datetime(2026, 1, 5, 23, 59, tzinfo=UTC)}  # fmt: skip
FILES = [{**_FILE, "path": path} for path in ("both.vcf", "one.fastq", "none.txt")] + [
    {**_FILE, "path": "alien.txt", "study": "a study that is described no more"}
]
LINKS = [
    {"collection": "clinic", "path": path, "sample_id": sample, "study_id": who, "rule": "name"}
    for path, sample, who in (
        ("both.vcf", "s1", "a"), ("both.vcf", "s2", "a"), ("one.fastq", "s9", "linked"),
    )
]  # fmt: skip
UNKNOWN = "unknown"


_number = count()


@contextmanager
def database(postgres_url: str, template: str) -> Iterator[str]:
    """The name of a database for as long as the block lasts: the copy of another."""
    name = f"star_{next(_number)}"
    create = sql.SQL("create database {} template {}")
    with connect(postgres_url) as session:
        session.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        yield name
        session.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@contextmanager
def opened(postgres_url: str, name: str) -> Iterator[psycopg.Connection]:
    with connect(postgres_url.removesuffix("postgres") + name) as session:
        yield session


@pytest.fixture(scope="module")
def world(postgres_url: str, prepared: str) -> Iterator[str]:
    """The name of a database in which all tables are loaded, and the star is made."""
    with database(postgres_url, prepared) as name:
        with opened(postgres_url, name) as session:
            fill(session, dictionary(), CORE, exposure=EXPOSURE, files=FILES, links=LINKS)
            star(session, dictionary())
        yield name


@pytest.fixture(scope="module")
def shining(postgres_url: str, world: str) -> Iterator[psycopg.Connection]:
    """A session on that star, for tests that only look."""
    with database(postgres_url, world) as name, opened(postgres_url, name) as session:
        yield session


@pytest.fixture
def own(postgres_url: str, world: str) -> Iterator[psycopg.Connection]:
    """A session on a copy of the test's own."""
    with database(postgres_url, world) as name, opened(postgres_url, name) as session:
        yield session


def ask(connection: psycopg.Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def test_every_number_at_a_visit_or_date_is_a_fact_once(shining: psycopg.Connection) -> None:
    found = ask(
        shining,
        "select source_table, row_key, variable_key, value, comparator, unit, visit_key,"
        " measured_on, date_key from star.fact_measurement order by 1, 2, 3",
    )
    report, day = "core.clinic__report", "2026-03-09"
    assert found == [
        ("core.clinic__questionnaire", "b", "score", 3.0, None, None, UNKNOWN, SECOND, day),
        (report, "a/1/1", "calprotectin", 80.0, None, "ug/g", "clinic/a/1", SECOND, day),
        (report, "a/1/1", "crp", 5.0, "<", "mg/L", "clinic/a/1", FIRST, "2026-01-05"),
        (report, "a/1/2", "crp", 7.0, None, "mg/L", "clinic/a/1", FIRST, "2026-01-05"),
        (report, "stray/9/1", "crp", 9.0, None, "mg/L", "clinic/stray/9", None, UNKNOWN),
        ("core.clinic__visit", "a/1", "weight", 60.0, None, "kg", "clinic/a/1", FIRST, "2026-01-05"),
        ("core.clinic__visit", "a/2", "weight", 61.0, None, "kg", "clinic/a/2",
         date(202, 6, 1), UNKNOWN),
    ]  # fmt: skip


def test_no_key_of_a_fact_leads_nowhere_and_no_join_drops_or_multiplies(
    shining: psycopg.Connection,
) -> None:
    known = dictionary()
    for view in views(known):
        found = look_through(shining, view)
        assert (found.repeated, set(found.unresolved.values()) - {0}) == (0, set()), view.table.name
        joins = " ".join(
            f"join star.{dimension} as of_{key} on of_{key}.{dimension[4:]}_key = t.{key}"
            for key, dimension in view.members.items()
        )
        joined = ask(shining, f"select count(*) from {view.table.name} as t {joins}")
        assert joined == [(found.rows,)], view.table.name


def test_a_participant_or_visit_that_only_a_fact_names_is_a_member(
    shining: psycopg.Connection,
) -> None:
    people = ask(
        shining,
        "select participant_key, study_key, site_key, sex, is_known from star.dim_participant"
        " order by 1",
    )
    assert people == [
        ("clinic/a", "clinic", "edinburgh", "f", True),
        ("clinic/b", "clinic", UNKNOWN, "m", True),
        ("clinic/linked", "clinic", UNKNOWN, None, False),
        ("clinic/nobody", "clinic", UNKNOWN, None, False),
        ("clinic/stray", "clinic", UNKNOWN, None, False),
        (UNKNOWN, UNKNOWN, UNKNOWN, None, None),
    ]
    strays = "select visit_key, visit from star.dim_visit where not is_known order by 1"
    assert ask(shining, strays) == [("clinic/a/5", "5"), ("clinic/stray/9", "9")]


def test_every_sample_is_a_fact_with_the_names_of_its_study(shining: psycopg.Connection) -> None:
    found = ask(
        shining,
        "select sample_key, participant_key, visit_key, site_key, date_key, kind"
        " from star.fact_sample order by 1",
    )
    assert found == [
        ("clinic/s1", "clinic/a", "clinic/a/1", "edinburgh", "2026-01-05", "blood"),
        ("clinic/s2", "clinic/a", UNKNOWN, "edinburgh", UNKNOWN, "stool"),
        ("clinic/s3", UNKNOWN, UNKNOWN, UNKNOWN, "2026-03-09", "blood"),
    ]


def test_a_file_has_a_row_a_sample_and_shares_that_add_up_to_files(
    shining: psycopg.Connection,
) -> None:
    found = ask(
        shining,
        "select file_key, sample_key, participant_key, visit_key, study_key, date_key, share"
        " from star.fact_file order by 1, 2",
    )
    day = "2026-01-05"
    assert found == [
        ("clinic/alien.txt", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, day, 1.0),
        ("clinic/both.vcf", "clinic/s1", "clinic/a", "clinic/a/1", "clinic", day, 0.5),
        ("clinic/both.vcf", "clinic/s2", "clinic/a", UNKNOWN, "clinic", day, 0.5),
        ("clinic/none.txt", UNKNOWN, UNKNOWN, UNKNOWN, "clinic", day, 1.0),
        ("clinic/one.fastq", "clinic/s9", "clinic/linked", UNKNOWN, "clinic", day, 1.0),
    ]


def test_a_status_is_of_the_visit_or_sample_that_asks(shining: psycopg.Connection) -> None:
    found = ask(
        shining,
        "select asked_by, row_key, visit_key, sample_key, drug_key, status"
        " from star.fact_drug_status order by 1, 2",
    )
    assert found == [
        ("asks no more", "?", UNKNOWN, UNKNOWN, "ifx", "on"),
        ("medication", "a/1", "clinic/a/1", UNKNOWN, "anti_tnf", "on"),
        ("medication", "a/5", "clinic/a/5", UNKNOWN, "ifx", "off"),
        ("sample", "s1", "clinic/a/1", "clinic/s1", "ifx", "on"),
    ]
    episodes = "select participant_key, drug_key, start_date_key from star.fact_exposure order by 1"
    assert ask(shining, episodes) == [
        ("clinic/a", "ifx", "2026-01-05"),
        ("clinic/nobody", UNKNOWN, UNKNOWN),
    ]


def test_the_past_of_a_table_is_no_fact(own: psycopg.Connection) -> None:
    known = dictionary()
    table = core_table(known, known.studies["clinic"], "visit")
    put(own, table, [{"study_id": "a", "visit": 1, "visit_date": FIRST, "weight": 99.0}])
    weights = "select value from star.fact_measurement where variable_key = 'weight' order by 1"
    assert ask(own, weights) == [(99.0,)]


def test_a_variable_that_leaves_the_dictionary_leaves_the_star_and_stops_no_load(
    own: psycopg.Connection,
) -> None:
    without = dictionary(crp={})
    table = core_table(without, without.studies["clinic"], "report")
    put(own, table, [{"study_id": "a", "visit": 1, "report": "1", "calprotectin": 4.0}])
    star(own, without)
    found = "select distinct variable_key from star.fact_measurement order by 1"
    assert ask(own, found) == [("calprotectin",), ("score",), ("weight",)]
    assert ask(own, "select count(*) from star.dim_variable where variable_key = 'crp'") == [(0,)]


def test_a_view_that_reads_a_column_gives_way_when_its_type_changes_and_comes_back(
    own: psycopg.Connection,
) -> None:
    changed = dictionary(score={"type": "number"})
    table = core_table(changed, changed.studies["clinic"], "questionnaire")
    put(own, table, [{"study_id": "b", "score": 3.5, "score_date": SECOND}])
    there = "select count(*) from pg_views where schemaname = 'star'"
    before = ask(own, there)
    star(own, changed)
    assert (before, ask(own, there)) == ([(11,)], [(12,)])
    score = "select value from star.fact_measurement where variable_key = 'score'"
    assert ask(own, score) == [(3.5,)]


@pytest.mark.parametrize("mine", ["star.mine", "datasets.mine"])
def test_a_view_of_somebody_else_does_not_give_way_and_is_named_a_reason(
    own: psycopg.Connection, mine: str
) -> None:
    own.execute(f"create view {mine} as select score from core.clinic__questionnaire".encode())
    changed = dictionary(score={"type": "number"})
    table = core_table(changed, changed.studies["clinic"], "questionnaire")
    with pytest.raises(WarehouseError, match="a view depends on a column that would change"):
        put(own, table, [{"study_id": "b", "score": 3.5}])
    assert ask(own, f"select count(*) from {mine}") == [(1,)]
    star(own, dictionary())
    assert ask(own, f"select count(*) from {mine}") == [(1,)]


def test_a_view_that_is_described_as_before_is_left_alone_with_its_grants(
    own: psycopg.Connection,
) -> None:
    oids = "select relname, oid from pg_class where relnamespace = 'star'::regnamespace"
    before = dict(ask(own, oids))
    star(own, dictionary(score={"type": "integer", "unit": "1"}))
    after = dict(ask(own, oids))
    assert {name for name in after if after[name] != before[name]} == {
        "fact_measurement",
        "dim_variable",
    }


def test_who_may_read_the_star_alone_reads_it_and_nothing_beneath(
    own: psycopg.Connection,
) -> None:
    own.execute("create role star_reader")
    own.execute("grant usage on schema star to star_reader")
    own.execute("grant select on all tables in schema star to star_reader")
    own.execute("alter default privileges in schema star grant select on tables to star_reader")
    star(own, dictionary(score={"type": "integer", "unit": "1"}))
    own.execute("set role star_reader")
    counts = "select (select count(*) from star.fact_sample), count(*) from star.fact_measurement"
    assert ask(own, counts) == [(3, 7)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        own.execute("select from core.clinic__sample")
    own.execute("reset role")
    own.execute("drop owned by star_reader")
    own.execute("drop role star_reader")


def test_the_grain_and_every_column_are_explained_in_the_database(
    shining: psycopg.Connection,
) -> None:
    known = dictionary()
    comments = dict(
        ask(
            shining,
            "select relname, obj_description(oid, 'pg_class') from pg_class"
            " where relnamespace = 'star'::regnamespace",
        )
    )
    assert comments == {view.table.name.table: view.table.comment for view in views(known)}
    silent = ask(
        shining,
        "select attname from pg_attribute join pg_class on pg_class.oid = attrelid"
        " where relnamespace = 'star'::regnamespace and attnum > 0"
        " and coalesce(col_description(attrelid, attnum), '') = ''",
    )
    assert silent == []


def test_a_table_that_was_never_loaded_is_no_half_star(connection: psycopg.Connection) -> None:
    with pytest.raises(WarehouseError, match="the table is not in the database"):
        star(connection, dictionary())
    assert ask(connection, "select count(*) from pg_views where schemaname = 'star'") == [(0,)]
