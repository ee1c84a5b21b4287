"""The star over ten million cells: what a BI tool asks of it, against the query by hand.

The warehouse is that of `trace.py`, with a sex for each of its participants. Ours is a mean by two
dimensions, joined as a BI tool joins them; the limit is the same mean, written by somebody who
knows the tables behind it. What reads all numbers at once has no rival, and is told in seconds.
"""

import json
import statistics
import tempfile
import time
from pathlib import Path
from trace import NUMBERS, ROWS, dictionary, fill
from typing import LiteralString

import polars as pl
import psycopg
from load import server

from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.harmonised.tables import REASONS_COLUMN, core_table
from omics_orchestrator.star.making import make
from omics_orchestrator.star.views import views
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.schema import prepare

REPEATS, GOAL = 5, 5.0
BY_STAR: LiteralString = """
    select sex, visit, avg(value), count(*)
    from star.fact_measurement
    join star.dim_participant using (participant_key) join star.dim_visit using (visit_key)
    where variable_key = 'number_7' group by sex, visit order by sex, visit
"""
BY_HAND: LiteralString = """
    select sex, visit::text, avg(number_7), count(number_7)
    from core.bench__visit visits
    join core.bench__participant people on people.study_id = visits.study_id
    where visits._valid_to is null and people._valid_to is null and number_7 is not null
    group by sex, visit order by sex, visit
"""
ALL: dict[str, LiteralString] = {
    "every number, counted": "select count(*) from star.fact_measurement",
    "the mean of one variable": (
        "select avg(value) from star.fact_measurement where variable_key = 'number_7'"
    ),
    "the mean of every variable by sex": """
        select label, sex, avg(value) from star.fact_measurement
        join star.dim_participant using (participant_key)
        join star.dim_variable using (variable_key) group by label, sex
    """,
}


def with_participants(known: Dictionary) -> Dictionary:
    """The same study, with a table of participants."""
    study = known.studies["bench"].model_dump()
    study["tables"] = {
        "participant": {
            "description": "A row a participant.", "rows": ["sheets.visit"], "grain": ["study_id"],
            "variables": {"study_id": {"field": "id"}, "sex": {"field": "id"}},
        },
        "visit": known.studies["bench"].tables["visit"],
    }  # fmt: skip
    sex = Variable(variable="sex", label="Sex", table="participant", type="string")
    return known.model_copy(
        update={
            "studies": {"bench": Study.model_validate(study)},
            "variables": {**known.variables, "sex": sex},
        }
    )


def recruit(session: psycopg.Connection, known: Dictionary) -> None:
    table = core_table(known, known.studies["bench"], "participant")
    number = pl.int_range(ROWS // 5)
    people = pl.select(
        study_id=pl.format("P-{}", number),
        sex=pl.when(number % 2 == 0).then(pl.lit("female")).otherwise(pl.lit("male")),
        **{REASONS_COLUMN: pl.lit(None, pl.String)},
    )
    merge(session, table, people, Load("people", "v1", {}, people.height))
    session.execute("analyze")


def seconds(session: psycopg.Connection, query: LiteralString) -> float:
    session.execute(query)
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        session.execute(query).fetchall()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main() -> None:
    known = with_participants(dictionary())
    described = views(known)
    with server() as url, connect(url) as session, tempfile.TemporaryDirectory() as store:
        prepare(session)
        cells = fill(session, known, Path(store))
        recruit(session, known)
        began = time.perf_counter()
        nothing = {str(view.table.name): {} for view in described}
        found = make(session, described, run_id="star", inputs=nothing)
        made = time.perf_counter() - began
        same = [session.execute(query).fetchall() for query in (BY_STAR, BY_HAND)]
        star, hand = seconds(session, BY_STAR), seconds(session, BY_HAND)
        others = {name: seconds(session, query) for name, query in ALL.items()}
    rows = found["star.fact_measurement"].rows
    claim = (
        f"the mean of one of {len(NUMBERS) + 1} variables by two dimensions, of {rows:,} numbers"
    )
    print(f"\n{claim}, in a warehouse of {cells:,} cells\n{'':44}{'seconds':>9}{'x limit':>9}")
    for name, figure in {"by the star": star, "by hand": hand, **others}.items():
        print(f"{name:44}{figure:9.2f}{figure / hand:9.1f}")
    print(f"{'all views made, and every key looked up':44}{made:9.2f}")
    print(json.dumps({
        "claim": claim, "unit": "times the query by hand", "ours": round(star / hand, 2),
        "limit": 1.0, "peers": {},
        "seconds": {name: round(each, 2) for name, each in others.items()},
        "goal": GOAL, "met": same[0] == same[1] and star / hand <= GOAL,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
