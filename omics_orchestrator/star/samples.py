"""The fact of samples, under the names that the studies' own tables of samples have."""

from collections.abc import Sequence

from psycopg import sql

from omics_orchestrator.star.attributes import attributes, selected
from omics_orchestrator.star.columns import ORIGIN, TEXT, keys, view
from omics_orchestrator.star.keys import day, member
from omics_orchestrator.star.rows import NOBODY, Value, day_of, of, part, row_key, site_of, visit_of
from omics_orchestrator.star.study_tables import StudyTables
from omics_orchestrator.star.view import Part, View
from omics_orchestrator.warehouse.table import Column


def samples(studies: Sequence[StudyTables]) -> View:
    """Every sample."""
    tables = [(told, told.samples) for told in studies if told.samples]
    told_by_keys = {name for told, _ in tables for name in (told.who, *_column_of_visits(told))}
    own = attributes(tables, but=told_by_keys)
    columns = {
        "sample_key": Column(TEXT, "The sample, with its study"),
        **keys("study_key", "participant_key", "visit_key", "date_key", "site_key"),
        **own,
        **ORIGIN,
    }
    parts = [_part(told, table, own) for told, table in tables]
    return view(
        "fact_sample",
        "One row a sample: whose it is, and when it was taken.",
        ("sample_key",),
        columns,
        parts,
    )


def _column_of_visits(told: StudyTables) -> tuple[str, ...]:
    return (told.visits.column,) if told.visits else ()


def _part(told: StudyTables, table: str, own: dict[str, Column]) -> Part:
    study, core = told.study.study, told.core(table)
    values: dict[str, Value] = {
        **selected(told, table, own),
        "sample_key": member(study, of(core.key[0])),
        "study_key": sql.Literal(study),
        "participant_key": NOBODY,
        "visit_key": visit_of(told, table),
        "date_key": NOBODY,
        "site_key": NOBODY,
        "source_table": sql.Literal(str(core.name)),
        "row_key": row_key(core.key),
    }
    if told.has(table, told.who):
        who = of(told.who)
        values |= {"participant_key": member(study, who), "site_key": site_of(told, who)}
    found = day_of(told, table, told.dates(table)[:1])
    return part(values | ({"date_key": found.through(day)} if found else {}), core)
