"""What is wrong with a dataset: its tables, how they stand beside one another, its columns."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

import polars as pl

from omics_orchestrator.dictionary.check_derived import condition_problems, row_of
from omics_orchestrator.dictionary.check_expressions import kind_of, listed, meant
from omics_orchestrator.dictionary.dataset import parts_of, sources_of
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.plan import columns
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.settled_flags import settled_flags
from omics_orchestrator.dictionary.tables import Beside, Combined, Dataset, Long
from omics_orchestrator.errors import DictionaryError


def of_dataset(
    dictionary: Dictionary, study: Study, name: str, sound: Collection[str]
) -> Iterator[str]:
    """List what is wrong with a study's dataset; what its tables lack is told of them alone.

    Args:
        dictionary: the data dictionary.
        study: the study.
        name: the dataset.
        sound: the tables of the study in which nothing is wrong.
    """
    dataset, tables = study.datasets[name], parts_of(study.datasets[name])
    for table in tables:
        if table not in study.tables:
            yield f"no table {table!r}{meant(table, study.tables)}; name one of the study"
    for table, times in Counter(tables).items():
        if times > 1:
            yield f"{table} stands in it {times} times; name it once"
    if not set(tables) <= set(sound) or len(set(tables)) < len(tables):
        return
    if isinstance(dataset, Long):
        yield from _long(dictionary, study, dataset)
        return
    unknown = [*_left_out(study, dataset), *_only(study, dataset)]
    yield from unknown
    yield from _from_exposure(study, dataset)
    yield from _together(dictionary, study, dataset)
    if not unknown:
        yield from _clashes(dictionary, study, name)


def _together(dictionary: Dictionary, study: Study, dataset: Dataset) -> Iterator[str]:
    there = columns(dictionary, study, dataset.rows)
    own = study.tables[dataset.rows].grain
    if dataset.where is not None:
        row = row_of(dictionary, rules_of(study, dataset.rows))
        yield from (f"where: {problem}" for problem in condition_problems(dataset.where, row))
    for beside in dataset.beside:
        theirs = columns(dictionary, study, beside.table)
        grain = study.tables[beside.table].grain
        if beside.dated:
            found = _dated(beside, there, theirs, set(grain) & set(own))
        else:
            found = _keyed(beside, there, grain)
        yield from (f"beside {beside.table}: {problem}" for problem in found)
        there = theirs | there


def _long(dictionary: Dictionary, study: Study, dataset: Long) -> Iterator[str]:
    for name in dataset.keep:
        if name not in columns(dictionary, study, dataset.long):
            yield f"keep: {dataset.long} has no column {name!r}; take it off the list"


def of_combined(dictionary: Dictionary, combined: Combined) -> Iterator[str]:
    """List what is wrong with a dataset of several studies."""
    if not combined.rows:
        yield "rows: there are none; name a dataset of each study as `study.dataset`"
    for rows, times in Counter(combined.rows).items():
        study, _, name = rows.partition(".")
        if study not in dictionary.studies or name not in dictionary.studies[study].datasets:
            yield f"rows: no dataset {rows!r}; name one as `study.dataset`"
        if times > 1:
            yield f"rows: {rows} is named {times} times; name it once"


def _keyed(beside: Beside, there: Collection[str], grain: Collection[str]) -> Iterator[str]:
    if absent := [name for name in grain if name not in there]:
        yield (
            f"its rows are known by {listed(absent)} too, which the dataset does not have; say "
            "which of them with `dated`, or make a table of one row each"
        )
    if beside.within_days:
        yield "within_days: it says how far dates may be apart; name them in `dated`"


def _dated(
    beside: Beside,
    here: Mapping[str, pl.DataType],
    theirs: Mapping[str, pl.DataType],
    person: Collection[str],
) -> Iterator[str]:
    if not person:
        yield "dated: the two tables have no key in common; both need the participant in the grain"
    for own, other in beside.dated.items():
        for name, known in ((own, here), (other, theirs)):
            if name not in known:
                yield f"dated: no variable {name!r}; name the date of each table"
            elif known[name] != pl.Date():
                yield f"dated: {name} is {kind_of(known[name])}; name a date"


def _only(study: Study, dataset: Dataset) -> Iterator[str]:
    for beside in dataset.beside:
        place = f"beside {beside.table}: only"
        for name in sorted({*beside.only} - rules_of(study, beside.table).keys()):
            yield f"{place}: there is no variable {name!r}; take it off the list"


def _left_out(study: Study, dataset: Dataset) -> Iterator[str]:
    known = {name for table in parts_of(dataset) for name in rules_of(study, table)}
    for name in dataset.leave_out:
        if name in study.tables[dataset.rows].grain:
            yield f"leave_out: {name} is of the grain, and must stay; take it off the list"
        elif name not in known:
            yield f"leave_out: there is no variable {name!r}; take it off the list"


def _from_exposure(study: Study, dataset: Dataset) -> Iterator[str]:
    for table in dataset.from_exposure:
        if table not in parts_of(dataset):
            near = meant(table, parts_of(dataset))
            yield f"from_exposure: no table {table!r} stands in it{near}; take it off the list"
        elif not settled_flags(study, table):
            yield (
                f"from_exposure: {table} has no flag that `drugs: asked` names in `now` or `ever`; "
                "name its flags there, or take it off the list"
            )


def _clashes(dictionary: Dictionary, study: Study, name: str) -> Iterator[str]:
    place = f"studies/{study.study}.yaml: datasets.{name}: "
    try:
        sources_of(dictionary, study, name)
    except DictionaryError as error:
        for problem in error.problems:
            yield (
                f"{problem.removeprefix(place)}; give one of them a variable of its own, or say "
                "with `only` what is wanted of it"
            )
