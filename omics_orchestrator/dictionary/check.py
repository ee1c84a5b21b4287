"""What must hold between the parts of the dictionary before any data move."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.dictionary.plan import columns, rules_of
from omics_orchestrator.dictionary.rules import (
    CheckboxesRule,
    CheckboxRule,
    ConstantRule,
    DeriveRule,
    FieldRule,
    PatternRule,
    Rule,
)

_POSTGRES_NAME_BYTES = 63
_DECIMAL = ("number", "measurement")


def problems_of(dictionary: Dictionary) -> list[str]:
    """List every problem between variables, value sets, studies and collections."""
    problems = list(_variables(dictionary))
    for study in dictionary.studies.values():
        problems += _study(dictionary, study)
    for name, collection in dictionary.collections.items():
        place = f"collections/{name}.yaml"
        study_there = dictionary.studies.get(collection.study)
        if study_there is None:
            problems.append(f"{place}: study: {collection.study!r} has no file in studies/")
        elif collection.sample_table not in study_there.tables:
            problems.append(f"{place}: sample_table: the study has no such table")
        problems += [
            f"{place}: sample_patterns: {pattern!r} has no group named `sample`"
            for pattern in collection.sample_patterns
            if "(?P<sample>" not in pattern or not _is_pattern(pattern)
        ]
    return problems


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _variables(dictionary: Dictionary) -> Iterator[str]:
    for name, variable in dictionary.variables.items():
        place = f"variables: {name}"
        if variable.codes and variable.codes not in dictionary.value_sets:
            yield f"{place}: codes: no value set {variable.codes!r} in value_sets.csv"
        if variable.type == "category" and not variable.codes:
            yield f"{place}: a category needs the name of its value set in `codes`"
        if (
            variable.minimum is not None
            and variable.maximum is not None
            and variable.minimum > variable.maximum
        ):
            yield f"{place}: the minimum is above the maximum"


def _study(dictionary: Dictionary, study: Study) -> Iterator[str]:
    place = f"studies/{study.study}.yaml"
    raw = [table for source in study.sources.values() for table in source.tables]
    for table, times in Counter(raw).items():
        if times > 1:
            yield f"{place}: sources: two sources give a table named {table!r}"
    for table in study.tables:
        for problem in _table(dictionary, study, table):
            yield f"{place}: tables.{table}: {problem}"
    for name, dataset in study.datasets.items():
        for table in (dataset.rows, *dataset.beside):
            if table not in study.tables:
                yield f"{place}: datasets.{name}: no table {table!r}"


def _table(dictionary: Dictionary, study: Study, table: str) -> Iterator[str]:
    rules = rules_of(study, table)
    yield from _shape(study, table)
    for name, rule in rules.items():
        variable = dictionary.variables.get(name)
        if variable is None:
            yield f"variables.{name}: no such variable; define it in variables/*.csv"
            continue
        for problem in (*_codes(dictionary, study, variable, rule), *_fit(variable, rule)):
            yield f"variables.{name}: {problem}"
    yield from _derived(rules)
    if all(name in dictionary.variables for name in rules):
        for name in columns(dictionary, study, table):
            if len(name) > _POSTGRES_NAME_BYTES:
                yield f"variables.{name}: the column's name is longer than 63 bytes"


def _shape(study: Study, table: str) -> Iterator[str]:
    spec = study.tables[table]
    for rows in spec.rows:
        source, _, name = rows.partition(".")
        if source not in study.sources or name not in study.sources[source].tables:
            yield f"rows: no source table {rows!r}; write `source.table`"
    for name in sorted(set(spec.as_named) & set(spec.variables)):
        yield f"variables.{name}: also in `as_named`; keep one"
    for name in (*spec.grain, *spec.refers_to):
        if name not in rules_of(study, table):
            yield f"grain or refers_to: {name!r} has no rule in `variables`"
    for other in spec.refers_to.values():
        if other not in study.tables:
            yield f"refers_to: no table {other!r}"


def _codes(dictionary: Dictionary, study: Study, variable: Variable, rule: Rule) -> Iterator[str]:
    codes = getattr(rule, "codes", None)
    if isinstance(codes, str):
        if codes not in study.code_maps:
            yield f"codes: no code map {codes!r} in `code_maps`"
        codes = study.code_maps.get(codes)
    if isinstance(rule, ConstantRule):
        codes = {"constant": rule.constant}
    if variable.type == "category" and variable.codes and codes:
        known = dictionary.value_sets.get(variable.codes, {})
        for target in sorted({str(code) for code in codes.values()} - set(known)):
            yield f"codes: {target!r} is not in value set {variable.codes!r}"


def _fit(variable: Variable, rule: Rule) -> Iterator[str]:
    if isinstance(rule, CheckboxesRule | PatternRule) and variable.type != "category":
        yield f"this rule gives a category, and the variable's type is {variable.type}"
    if isinstance(rule, CheckboxRule) and variable.type != "boolean":
        yield f"this rule gives a boolean, and the variable's type is {variable.type}"
    if isinstance(rule, PatternRule):
        yield from (
            f"pattern {text!r} cannot be read" for text in rule.codes if not _is_pattern(text)
        )
    if isinstance(rule, FieldRule) and rule.formats and variable.type != "date":
        yield f"formats: only a date has formats, and the variable's type is {variable.type}"
    if isinstance(rule, FieldRule) and rule.decimal == "," and variable.type not in _DECIMAL:
        yield f"decimal: only a number has decimals, and the variable's type is {variable.type}"


def _derived(rules: Mapping[str, Rule]) -> Iterator[str]:
    graph: dict[str, set[str]] = {}
    for name, rule in rules.items():
        if isinstance(rule, DeriveRule):
            try:
                graph[name] = set(rule.variables)
            except ValueError as error:
                yield f"variables.{name}: derive: {error}"
    for name, read in graph.items():
        for other in sorted(read - set(rules)):
            yield f"variables.{name}: derive: the table has no variable {other!r}"
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        yield f"derived variables read one another in a circle: {' → '.join(error.args[1])}"
