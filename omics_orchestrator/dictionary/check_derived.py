"""What is wrong with what a table makes of its own variables, and with whom it leaves out."""

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import polars as pl

from omics_orchestrator.dictionary import expression, types
from omics_orchestrator.dictionary.check_expressions import (
    Row,
    kind_of,
    listed,
    problems_of,
    result_of,
)
from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.rules import BroadcastRule, DeriveRule, Rule
from omics_orchestrator.dictionary.tables import Exclusion, Table


def of_table(
    dictionary: Dictionary, study: Study, table: str, rules: Mapping[str, Rule]
) -> Iterator[str]:
    """List what is wrong with what a table derives and leaves out.

    Args:
        dictionary: the data dictionary.
        study: the study.
        table: one of its tables.
        rules: its rules, those of variables that are defined.
    """
    spec = study.tables[table]
    row = row_of(dictionary, rules)
    for name, rule in rules.items():
        if isinstance(rule, DeriveRule):
            found = _derived(dictionary, dictionary.variables[name], rule, row)
            yield from (f"variables.{name}: derive: {problem}" for problem in found)
        if isinstance(rule, BroadcastRule):
            found = _broadcast(dictionary, name, rule, spec, row)
            yield from (f"variables.{name}: broadcast: {problem}" for problem in found)
    yield from _circles(rules)
    for number, exclusion in enumerate(spec.exclude, start=1):
        found = _excluded(dictionary, study, exclusion, row)
        yield from (f"exclude {number}: {problem}" for problem in found)


def row_of(dictionary: Dictionary, variables: Collection[str]) -> Row:
    """What an expression may read in a row with these variables."""
    known = [dictionary.variables[name] for name in variables if name in dictionary.variables]
    return Row(
        {name: kind for each in known for name, kind in types.columns(each).items()},
        {each.variable: _codes(dictionary, each) for each in known if each.type == "category"},
    )


def condition_problems(text: str, row: Row) -> list[str]:
    """List what is wrong with an expression that must say yes or no."""
    problems = problems_of(text, row)
    found = result_of(text, row)
    if found is not None and found.dtype != pl.Boolean():
        problems.append(f"it gives {kind_of(found.dtype)}; write what is yes or no, such as a == 1")
    return problems


def _codes(dictionary: Dictionary, variable: Variable) -> Collection[str]:
    return dictionary.value_sets.get(variable.codes or "", {}).keys()


def _derived(
    dictionary: Dictionary, variable: Variable, rule: DeriveRule, row: Row
) -> Iterator[str]:
    yield from problems_of(rule.derive, row)
    if len(types.columns(variable)) > 1:
        yield f"a {variable.type} has columns that no expression gives; make it another type"
        return
    found = result_of(rule.derive, row)
    if found is None:
        return
    if not _fits(found.dtype, types.KINDS[variable.type].dtype):
        yield (
            f"it gives {kind_of(found.dtype)}, and the variable's type is {variable.type}; "
            "change one of them"
        )
    known = set(_codes(dictionary, variable)) if variable.type == "category" else found.texts
    for code in sorted(found.texts - known):
        yield f"it may give {code!r}, which is not in the variable's value set; add or change it"


def _fits(given: pl.DataType, wanted: pl.DataType) -> bool:
    """Tell whether a value becomes one of the wanted type without a loss, or counts as a number."""
    if wanted.is_numeric():
        return given.is_numeric() or given in (pl.Boolean(), pl.Null())
    return given in (wanted, pl.Null())


def _broadcast(
    dictionary: Dictionary, name: str, rule: BroadcastRule, spec: Table, row: Row
) -> Iterator[str]:
    if absent := [each for each in rule.variables if each not in row.columns]:
        yield from (
            f"the table has no variable {each!r}; map it, or correct the name" for each in absent
        )
        return
    mine, theirs = (dictionary.variables.get(each) for each in (name, rule.broadcast))
    if mine and theirs and (mine.type, mine.codes, mine.unit) != (
        theirs.type, theirs.codes, theirs.unit,
    ):  # fmt: skip
        yield f"{rule.broadcast} has another type, unit or value set; make them the same"
    for each, at in rule.at.items():
        if at not in row.codes.get(each, (at,)):
            yield f"at: {each} is never {at!r}; name a code of its value set"
    if more := sorted(set(spec.grain) - {rule.per, *rule.at}):
        yield f"at: there may be several rows, as the grain has {listed(more)}; say at which"


def _circles(rules: Mapping[str, Rule]) -> Iterator[str]:
    graph = {}
    for name, rule in rules.items():
        if isinstance(rule, DeriveRule | BroadcastRule):
            try:
                graph[name] = set(rule.variables)
            except (ValueError, TypeError):
                continue
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " → ".join(error.args[1])
        yield f"variables: {circle} are made of one another in a circle; break it at one of them"


def _excluded(
    dictionary: Dictionary, study: Study, exclusion: Exclusion, here: Row
) -> Iterator[str]:
    if exclusion.of is None:
        there = here
    elif exclusion.of in study.tables:
        there = row_of(dictionary, rules_of(study, exclusion.of))
        yield from _not_read(study, exclusion)
    else:
        yield f"of: no table {exclusion.of!r}; name one of the study"
        return
    yield from (f"when: {problem}" for problem in condition_problems(exclusion.when, there))
    for key, name in {"per": exclusion.per, "order": exclusion.order}.items():
        # Rows of this table that have no order are all left out.
        rows = (here, there) if key == "per" and exclusion.rows != "this" else (there,)
        if name is not None and not all(name in row.columns for row in rows):
            yield f"{key}: the table has no variable {name!r}; map it, or correct the name"
    if exclusion.rows != "later" and exclusion.order is not None:
        yield "order: only `rows: later` has one; leave it out"


def _not_read(study: Study, exclusion: Exclusion) -> Iterator[str]:
    """Another table is asked for what it reads, and no expression of it is computed."""
    rules = rules_of(study, exclusion.of or "")
    try:
        names = expression.names(exclusion.when)
    except (ValueError, TypeError):
        return
    for name in (*names, exclusion.order):
        if isinstance(rules.get(name or ""), DeriveRule | BroadcastRule):
            yield f"when: {name} is derived in {exclusion.of}; name variables it reads from fields"
