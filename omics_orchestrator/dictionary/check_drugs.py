"""What is wrong with where a study tells of drugs: its tables, columns, dates, and the drugs."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import polars as pl

from omics_orchestrator.dictionary.check_derived import condition_problems, row_of
from omics_orchestrator.dictionary.check_expressions import kind_of, meant
from omics_orchestrator.dictionary.drug_records import Asked, Courses, DateColumn, DrugRecords
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.plan import columns
from omics_orchestrator.dictionary.reads import rules_of

_Columns = Mapping[str, pl.DataType]
_TEXT, _YES_NO = (pl.String(),), (pl.Boolean(),)
_NUMBER = (pl.Float64(), pl.Int64())


def of_records(dictionary: Dictionary, study: Study, sound: Collection[str]) -> Iterator[str]:
    """List what is wrong with a study's `drugs`; what its tables lack is told of them alone.

    Args:
        dictionary: the data dictionary.
        study: the study.
        sound: the tables of the study in which nothing is wrong.
    """
    if study.drugs is None:
        return
    absent = [name for name in study.drugs.tables if name not in study.tables]
    for name in absent:
        yield f"no table {name!r}{meant(name, study.tables)}; name one of the study"
    if absent or not set(study.drugs.tables) <= set(sound):
        return
    for number, courses in enumerate(study.drugs.courses, start=1):
        yield from (f"courses {number}: {each}" for each in _courses(dictionary, study, courses))
    for number, asked in enumerate(study.drugs.asked, start=1):
        yield from (f"asked {number}: {each}" for each in _asked(dictionary, study, asked))
    yield from _participant(dictionary, study, study.drugs)


def _participant(dictionary: Dictionary, study: Study, records: DrugRecords) -> Iterator[str]:
    told = [each.table for each in records.courses] + [each.table for each in records.asked]
    for table in dict.fromkeys(told):
        if records.participant not in columns(dictionary, study, table):
            yield f"participant: {table} has no {records.participant}; name its participant so"


def _courses(dictionary: Dictionary, study: Study, spec: Courses) -> Iterator[str]:
    there = columns(dictionary, study, spec.table)
    if bool(spec.drug) == bool(spec.ever):
        yield "name the drugs in `drug` or in `ever`, one of the two"
    if spec.dose_text and (spec.dose or spec.unit):
        yield "name the doses in `dose` with `unit`, or in `dose_text`, one of the two"
    for drug in spec.ever:
        if drug not in dictionary.drugs:
            yield f"ever: no drug {drug!r}{meant(drug, dictionary.drugs)}; name one of drugs.csv"
    yield from _typed(there, spec)
    if spec.as_of is not None:
        yield from _dated(dictionary, study, spec.table, "as_of", spec.as_of)


def _typed(there: _Columns, spec: Courses) -> Iterator[str]:
    for key, pattern in (("start", spec.start), ("stop", spec.stop)):
        for each in spec.ever.values() or ("",):
            yield from _date(there, key, pattern and pattern.replace("{}", each))
    for key, names, wanted in _kinds(spec):
        for name in filter(None, names):
            yield from _column(there, key, name, wanted)


def _kinds(spec: Courses) -> Iterator[tuple[str, Iterable[str | None], Collection[pl.DataType]]]:
    """Of what type the columns must be that a key names."""
    yield "drug", spec.drug, _TEXT
    yield "ever", spec.ever.values(), _YES_NO
    yield "ongoing", (spec.ongoing,), _YES_NO
    yield "dose", (spec.dose,), _NUMBER
    yield "dose_text", (spec.dose_text,), _TEXT
    yield "frequency", (spec.frequency,), _TEXT
    yield "route", (spec.route,), _TEXT
    yield "reason", (spec.reason,), _TEXT


def _asked(dictionary: Dictionary, study: Study, spec: Asked) -> Iterator[str]:
    there = columns(dictionary, study, spec.table)
    known = {*dictionary.drugs, *dictionary.drug_classes}
    yield from _dated(dictionary, study, spec.table, "date", spec.date)
    for key, flags in (("now", spec.now), ("ever", spec.ever)):
        for variable, names in flags.items():
            if variable not in dictionary.variables:
                near = meant(variable, dictionary.variables)
                yield f"{key}: no variable {variable!r}{near}; define it in variables/*.csv"
            elif variable in there:
                yield from _column(there, key, variable, _YES_NO)
            for name in names:
                if name not in known:
                    yield (
                        f"{key}: {variable}: no drug or class {name!r}{meant(name, known)}; name "
                        "one of drugs.csv or drug_classes.csv"
                    )


def _dated(
    dictionary: Dictionary, study: Study, table: str, key: str, date: DateColumn
) -> Iterator[str]:
    other = date.table or table
    yield from _column(columns(dictionary, study, other), key, date.date, (pl.Date(),))
    if not set(study.tables[table].grain) & set(study.tables[other].grain):
        yield f"{key}: the rows of {table} and {other} have no key in common; name another table"
    if date.where is not None:
        row = row_of(dictionary, rules_of(study, other))
        yield from (f"{key}: where: {each}" for each in condition_problems(date.where, row))


def _date(there: _Columns, key: str, name: str | None) -> Iterator[str]:
    """A date, or a partial date, which has the days that it allows beside it."""
    if name and f"{name}_earliest" not in there:
        yield from _column(there, key, name, (pl.Date(),))


def _column(there: _Columns, key: str, name: str, wanted: Collection[pl.DataType]) -> Iterator[str]:
    if name not in there:
        yield f"{key}: the table has no variable {name!r}{meant(name, there)}; map it"
    elif there[name] not in wanted:
        told = " or ".join(kind_of(dtype) for dtype in wanted)
        yield f"{key}: {name} is {kind_of(there[name])}; name {told}"
