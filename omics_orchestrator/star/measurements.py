"""The fact of numbers: what was measured, at which visit and on which day."""

from collections.abc import Sequence

from psycopg import sql

from omics_orchestrator.dictionary import types
from omics_orchestrator.star.columns import DATE, NUMBER, ORIGIN, TEXT, keys, view
from omics_orchestrator.star.keys import day, member
from omics_orchestrator.star.measured import Measured, measured
from omics_orchestrator.star.rows import NOBODY, Value, day_of, of, part, row_key, site_of, visit_of
from omics_orchestrator.star.study_tables import StudyTables
from omics_orchestrator.star.view import Part, View
from omics_orchestrator.warehouse.table import Column

_GRAIN = "One row a value of one numeric variable of one participant at one visit or date."
_COLUMNS = {
    **keys("study_key", "participant_key", "visit_key", "date_key", "site_key", "variable_key"),
    "value": Column(NUMBER, "Its value, in the unit beside it"),
    "comparator": Column(TEXT, "`<` or `>` where the assay cannot tell the value itself"),
    "unit": Column(TEXT, "The unit of the value, in UCUM"),
    "measured_on": Column(DATE, "The day: the value's own date, or else that of the visit"),
    **ORIGIN,
}


def measurements(studies: Sequence[StudyTables]) -> View:
    """Every number that was measured at a visit or date."""
    parts = [_part(told, each) for told in studies for each in measured(told)]
    key = ("source_table", "row_key", "variable_key")
    return view("fact_measurement", _GRAIN, key, _COLUMNS, parts)


def _part(told: StudyTables, each: Measured) -> Part:
    variable = told.dictionary.variables[each.variable]
    values = _row(told, each) | {
        "variable_key": sql.Literal(each.variable),
        "value": of(each.variable),
        "unit": sql.Literal(variable.unit),
    }
    compared = f"{each.variable}_comparator"
    if compared in types.columns(variable):
        values["comparator"] = of(compared)
    is_known = sql.SQL("{} is not null").format(of(each.variable))
    return part(values, told.core(each.table), is_known)


def _row(told: StudyTables, each: Measured) -> dict[str, Value]:
    study, core, who = told.study.study, told.core(each.table), of(told.who)
    values: dict[str, Value] = {
        "study_key": sql.Literal(study),
        "participant_key": member(study, who),
        "visit_key": visit_of(told, each.table),
        "date_key": NOBODY,
        "site_key": site_of(told, who),
        "source_table": sql.Literal(str(core.name)),
        "row_key": row_key(core.key),
    }
    found = day_of(told, each.table, each.dates)
    return values | ({"measured_on": found, "date_key": found.through(day)} if found else {})
