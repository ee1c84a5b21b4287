"""The dimensions that tables tell of: participants, visits, and the days of the calendar."""

from collections.abc import Mapping, Sequence

from psycopg import sql

from omics_orchestrator.star import strays
from omics_orchestrator.star.attributes import attributes, selected
from omics_orchestrator.star.columns import COUNT, DATE, FLAG, TEXT, keys, view
from omics_orchestrator.star.keys import FIRST_DAY, LAST_DAY, day, member, one_of
from omics_orchestrator.star.rows import NOBODY, Value, of, part
from omics_orchestrator.star.study_tables import StudyTables, Visits
from omics_orchestrator.star.view import Part, View
from omics_orchestrator.warehouse.table import Column

_SEVERAL = 2
_KNOWN = Column(FLAG, "Whether the study's own table of them has it; false: only a fact names it")
_CALENDAR = {
    "date": ("t.day", Column(DATE, "The day")),
    "year": ("extract(year from t.day)", Column(COUNT, "The year")),
    "quarter": ("to_char(t.day, 'YYYY-\"Q\"Q')", Column(TEXT, "The quarter, as 2026-Q1")),
    "month": ("to_char(t.day, 'YYYY-MM')", Column(TEXT, "The month, as 2026-01")),
    "week": ("to_char(t.day, 'IYYY-\"W\"IW')", Column(TEXT, "The week by ISO, as 2026-W01")),
    "weekday": ("extract(isodow from t.day)", Column(COUNT, "1 is Monday, 7 is Sunday")),
}
_DAYS = "from (select day::date as day from generate_series({}::date, {}::date, '1 day') day) as t"


def participants(studies: Sequence[StudyTables]) -> View:
    """Every participant, with what two or more studies tell of theirs."""
    tables = [(told, told.participants) for told in studies if told.participants]
    whose = {told.who for told in studies}
    own = attributes(tables, least=min(_SEVERAL, len(tables)), but=whose)
    columns = {
        **keys("participant_key", "study_key", "site_key"),
        "participant": Column(TEXT, "The study's own id of the participant"),
        "is_known": _KNOWN,
        **own,
    }
    parts = [_nobody("participant_key", "study_key", "site_key")]
    for told in studies:
        if told.participants:
            parts.append(_of_participants(told, told.participants, own))
        parts += strays.participants(told, _named(told, "participant", "who"))
    grain = "One row a participant of one study."
    return view("dim_participant", grain, ("participant_key",), columns, parts)


def _of_participants(told: StudyTables, table: str, own: Mapping[str, Column]) -> Part:
    site = one_of(of(told.site), told.sites) if told.site else NOBODY
    values: dict[str, Value] = {
        **selected(told, table, own),
        "participant_key": member(told.study.study, of(told.who)),
        "study_key": sql.Literal(told.study.study),
        "site_key": site,
        "participant": of(told.who),
        "is_known": sql.SQL("true"),
    }
    return part(values, told.core(table))


def visits(studies: Sequence[StudyTables]) -> View:
    """Every visit."""
    columns = {
        **keys("visit_key", "study_key", "participant_key", "date_key"),
        "visit": Column(TEXT, "The visit, by its name or number in the study"),
        "visited_on": Column(DATE, "The day of the visit"),
        "is_known": _KNOWN,
    }
    parts = [_nobody("visit_key", "study_key", "participant_key", "date_key")]
    for told in studies:
        if told.visits:
            parts.append(_of_visits(told, told.visits))
            key = member(told.study.study, of("who"), of("visit"))
            values = _named(told, "visit", "visit") | {"visit_key": key, "date_key": NOBODY}
            parts += strays.visits(told, values)
    grain = "One row a visit of one participant."
    return view("dim_visit", grain, ("visit_key",), columns, parts)


def _of_visits(told: StudyTables, visits: Visits) -> Part:
    study, date = told.study.study, of(visits.date) if visits.date else sql.SQL("null::date")
    values: dict[str, Value] = {
        "visit_key": member(study, of(told.who), of(visits.column)),
        "study_key": sql.Literal(study),
        "participant_key": member(study, of(told.who)),
        "date_key": day(date),
        "visit": of(visits.column),
        "visited_on": date,
        "is_known": sql.SQL("true"),
    }
    return part(values, told.core(visits.table))


def days() -> View:
    """Every day of the calendar."""
    columns = {**keys("date_key"), **{name: column for name, (_, column) in _CALENDAR.items()}}
    values = {name: sql.SQL(made) for name, (made, _) in _CALENDAR.items()}
    rows = sql.SQL(_DAYS).format(sql.Literal(str(FIRST_DAY)), sql.Literal(str(LAST_DAY)))
    parts = [_nobody("date_key"), Part({"date_key": day(of("day")), **values}, rows)]
    grain = f"One row a day from {FIRST_DAY.year} to {LAST_DAY.year}."
    return view("dim_date", grain, ("date_key",), columns, parts)


def _nobody(*columns: str) -> Part:
    """The member that stands for what is not known."""
    return Part(dict.fromkeys(columns, NOBODY))


def _named(told: StudyTables, column: str, name: str) -> dict[str, sql.Composable]:
    """A participant or visit that only a fact names."""
    return {
        "participant_key": member(told.study.study, of("who")),
        "study_key": sql.Literal(told.study.study),
        "site_key": NOBODY,
        column: of(name),
        "is_known": sql.SQL("false"),
    }
