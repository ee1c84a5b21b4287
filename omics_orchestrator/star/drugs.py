"""The facts on drugs: episodes, and who was on or off a drug at the date of a visit or sample."""

from collections.abc import Iterator, Sequence

from psycopg import sql

from omics_orchestrator.star.columns import COUNT, DATE, FLAG, NUMBER, TEXT, keys, view
from omics_orchestrator.star.keys import day, member, one_of
from omics_orchestrator.star.rows import NOBODY, Value, of, part, site_of, visit_of_row
from omics_orchestrator.star.study_tables import StudyTables
from omics_orchestrator.star.view import Part, View
from omics_orchestrator.warehouse.table import Column, Table

_EPISODE = {
    "episode": Column(COUNT, "Its number, from 1 for the participant's first of the drug"),
    "start_earliest": Column(DATE, "The first day on which it can have started"),
    "start_latest": Column(DATE, "The last day on which it can have started"),
    "stop_earliest": Column(DATE, "The first day that can have been its last"),
    "stop_latest": Column(DATE, "The last day that it can have lasted; empty: nobody knows"),
    "ongoing": Column(FLAG, "Whether it was told as going on"),
    "is_one": Column(FLAG, "Whether it is one episode whatever the partial dates are"),
    "daily_dose_lowest": Column(NUMBER, "The lowest dose a day among its courses"),
    "daily_dose_highest": Column(NUMBER, "The highest dose a day among its courses"),
    "dose_unit": Column(TEXT, "The unit of the doses, in UCUM"),
    "response": Column(TEXT, "`none` or `lost`, where that is why it was stopped"),
}
_STATUS = {
    "status": Column(TEXT, "on, off, or unknown"),
    "ever": Column(FLAG, "Whether it was taken on that day or before; empty: nobody knows"),
    "is_contradicted": Column(FLAG, "Whether a recorded flag contradicts the courses"),
    "days_since_dose_least": Column(COUNT, "The fewest days since the last dose"),
    "days_since_dose_most": Column(COUNT, "The most days since the last dose; empty: no bound"),
}


def episodes(studies: Sequence[StudyTables]) -> View:
    """Every episode of a drug."""
    columns = {
        **keys("study_key", "participant_key", "drug_key"),
        **keys("start_date_key", "stop_date_key", "site_key"),
        **_EPISODE,
    }
    parts = [
        part(
            {
                **_whose(told),
                "drug_key": one_of(of("drug"), told.dictionary.drugs),
                "start_date_key": day(of("start_earliest")),
                "stop_date_key": day(of("stop_latest")),
                **{name: of(name) for name in _EPISODE},
            },
            table,
        )
        for told in studies
        if (table := told.exposure("drug_episode"))
    ]
    grain = "One row an episode of one drug of one participant."
    return view("fact_exposure", grain, ("participant_key", "drug_key", "episode"), columns, parts)


def statuses(studies: Sequence[StudyTables]) -> View:
    """Who was on, off, or nobody knows, at every date that a study asks for."""
    columns = {
        **keys("study_key", "participant_key", "visit_key", "date_key", "site_key", "drug_key"),
        "sample_key": Column(TEXT, "The sample on whose day it was, or unknown"),
        "asked_by": Column(TEXT, "Whose date it is: a table of the study, such as sample"),
        "row_key": Column(TEXT, "The key of the row in that table, its parts joined by /"),
        **_STATUS,
    }
    parts = [
        each
        for told in studies
        if (table := told.exposure("status"))
        for each in _asked(told, table)
    ]
    grain = (
        "One row a drug or class of one participant at the date of one visit, sample or enrolment; "
        "what nobody knows anything of has none."
    )
    key = ("study_key", "asked_by", "row_key", "drug_key")
    return view("fact_drug_status", grain, key, columns, parts)


def _whose(told: StudyTables) -> dict[str, Value]:
    study, who = told.study.study, of("participant")
    return {
        "study_key": sql.Literal(study),
        "participant_key": member(study, who),
        "site_key": site_of(told, who),
    }


def _asked(told: StudyTables, status: Table) -> Iterator[Part]:
    """One part for each table that asks, and one for rows of a table that asks no more."""
    drugs = {*told.dictionary.drugs, *told.dictionary.drug_classes}
    values = {
        **_whose(told),
        "visit_key": NOBODY,
        "sample_key": NOBODY,
        "date_key": day(of("date")),
        "drug_key": one_of(of("exposure"), drugs),
        "asked_by": of("table"),
        "row_key": of("row_key"),
        **{name: of(name) for name in _STATUS},
    }
    asking = sorted({each.table for each in told.study.drugs.asked} if told.study.drugs else ())
    for table in asking:
        only = sql.SQL("{} = {}").format(of("table"), sql.Literal(table))
        yield part(values | _place(told, table), status, only)
    others = sql.SQL("not ({} = any({}::text[]))").format(of("table"), sql.Literal(asking))
    yield part(values, status, others)


def _place(told: StudyTables, table: str) -> dict[str, Value]:
    """The visit or sample that a row of `table` is."""
    key = member(told.study.study, of("row_key"))
    if told.visits and told.study.tables[table].grain == (told.who, told.visits.column):
        return {"visit_key": key}
    sample = {"sample_key": key} if table == told.samples else {}
    return {"visit_key": visit_of_row(told, table, of("row_key")), **sample}
