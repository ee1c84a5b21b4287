"""A study file beside what its REDCap project says of itself: fields, codes, events, repeats."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from omics_orchestrator.dictionary.check_expressions import listed
from omics_orchestrator.dictionary.judging import Context
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource, Study, Variable
from omics_orchestrator.dictionary.plan import mentioned_fields
from omics_orchestrator.dictionary.reads import missing_codes, rules_of
from omics_orchestrator.dictionary.rules import CheckboxesRule, CheckboxRule, Rule
from omics_orchestrator.naming import as_part
from omics_orchestrator.redcap_project import option_check, part_check
from omics_orchestrator.redcap_project.codes import with_missing_codes
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import Field
from omics_orchestrator.redcap_project.label_codes import with_label_codes
from omics_orchestrator.redcap_project.raw_columns import RawPart
from omics_orchestrator.redcap_project.rule_check import Trial

_ALIKE = 0.75


def problems(
    dictionary: Dictionary, study: Study, source: str, description: Description
) -> list[str]:
    """List where a study file and a project do not fit together.

    Args:
        dictionary: the data dictionary, in itself without problems.
        study: the study.
        source: which of its REDCap projects.
        description: what the project says of itself.
    """
    described = study.sources[source]
    if not isinstance(described, RedcapSource):
        raise TypeError("only a REDCap source has a project to compare with")
    found = [f"sources.{source}: {each}" for each in _source(described, description)]
    forms = {as_part(form): form for form in description.forms}
    for table, spec in study.tables.items():
        parts = [
            RawPart.of(part, forms[part.name], description)
            for part in spec.rows
            if part.source == source and part.name in forms
        ]
        ours = as_the_run_has_it(dictionary, study, table, source, description)
        found += [
            f"tables.{table}: {problem}"
            for problem in (
                *_rows(ours, table, parts, description),
                *_rules(dictionary, ours, table, parts, description),
            )
        ]
    found += option_check.of_study(study, source, description)
    return [f"studies/{study.study}.yaml: {each}" for each in found]


def remarks(study: Study, source: str, description: Description) -> list[str]:
    """List the fields of each form that arrive, and that no rule and no `ignore` mentions."""
    described = study.sources[source]
    if not isinstance(described, RedcapSource):
        raise TypeError("only a REDCap source has a project to compare with")
    found = []
    for form in described.instruments:
        known = mentioned_fields(study, f"{source}.{as_part(form)}")
        known |= {name.partition("___")[0] for name in known}
        known |= {*described.identifiers, description.record_id}
        left = [
            field.name
            for field in description.fields
            if field.form == form and field.name not in known and _arrives(field)
        ]
        if left:
            found.append(
                f"studies/{study.study}.yaml: {form}: no rule and no `ignore` mentions "
                f"{', '.join(left)}; map them, or list them under `ignore` with the reason"
            )
    return found


def _arrives(field: Field) -> bool:
    return not field.is_identifier and field.kind not in ("descriptive", "file")


def as_the_run_has_it(
    dictionary: Dictionary, study: Study, table: str, source: str, description: Description
) -> Study:
    """The study with what a table takes from its project: missing data codes, codes by label."""
    exempt = [field.name for field in description.fields if not field.missing_codes]
    with_missing = with_missing_codes(study, table, source, description.missing_codes, exempt)
    choices = {field.name: field.choices for field in description.fields if field.choices}
    return with_label_codes(dictionary, with_missing, table, source, choices)


def _rows(
    study: Study, table: str, parts: Sequence[RawPart], description: Description
) -> Iterator[str]:
    rules, spec = rules_of(study, table), study.tables[table]
    key = {field for name in spec.grain for field in rules[name].fields}
    yield from part_check.of_parts(spec, key, parts, description)


def _rules(
    dictionary: Dictionary,
    study: Study,
    table: str,
    parts: Sequence[RawPart],
    description: Description,
) -> Iterator[str]:
    every = {name for part in parts for name in part.names}
    context = Context.of(dictionary, study, missing_codes(study, table), frozenset(every))
    is_ours = len(parts) == len(study.tables[table].rows)
    parted: dict[str, Rule] = {}
    for name, rule in rules_of(study, table).items():
        absent = [field for field in rule.fields if field not in every]
        part = next((part for part in parts if part.names.keys() >= {*rule.fields}), None)
        found: Iterable[str] = ()
        if absent:
            found = (_absent(field, rule, description) for field in absent) if is_ours else ()
        elif part is None:
            parted[name] = rule
        elif rule.fields:
            found = _readable(rule, dictionary.variables[name], context, part)
        yield from (f"variables.{name}: {problem}" for problem in found)
    if parted:
        yield _parted(parted, parts)


def _readable(rule: Rule, variable: Variable, context: Context, part: RawPart) -> Iterator[str]:
    read = {field.name: field for name in rule.fields for field in part.names[name]}
    for field in read.values():
        if field.is_identifier:
            yield (
                f"{field.name} is flagged as an identifier in the project, and never asked for; "
                "take the rule out, or have the flag taken away"
            )
        if field.shares_a_column:
            yield f"two options of {field.name} share a column, so it is not read; rename one"
    if not isinstance(rule, CheckboxRule | CheckboxesRule):
        yield from Trial(rule, variable, context).problems(part.names)


def _parted(rules: Mapping[str, Rule], parts: Sequence[RawPart]) -> str:
    """Tell once of all rules that read several forms, as a table of too many forms has many."""
    (name, first), *others = rules.items()
    told = listed(
        f"{field} ({next(part.form for part in parts if field in part.names)})"
        for field in first.fields
    )
    also = f"; so do {', '.join(each for each, _ in others)}" if others else ""
    return (
        f"variables.{name}: a rule reads one form, and this one reads {told}{also}; make a "
        "variable of each field and derive one from them, or make a table of each form"
    )


def _absent(name: str, rule: Rule, description: Description) -> str:
    """Say why a field of a rule does not come with the forms of its table."""
    base, _, option = name.partition("___")
    statuses = [Field.status_of(form) for form in description.forms]
    fields = {field.name: field for field in (*description.fields, *statuses)}
    field = fields.get(base)
    wants_boxes = isinstance(rule, CheckboxRule | CheckboxesRule)
    if field is None:
        return f"the project has no field {base!r}{_nearest(base, fields)}"
    if wants_boxes and field.kind != "checkbox":
        return f"{base} is {field.kind} and no checkbox; read it with `field`"
    if field.kind == "checkbox" and not option:
        return f"{base} is a checkbox; read it with `checkbox` or `checkboxes`"
    if option and name not in field.columns:
        return f"{base} has no option of the column {name}; name one that the project has"
    return f"{base} stands on the form {field.form}, which is not in `rows`; add it there"


def _source(source: RedcapSource, description: Description) -> Iterator[str]:
    fields = {field.name: field for field in description.fields}
    files = () if source.files == "all" else source.files
    for form in source.instruments:
        if form not in description.forms:
            near = _nearest(form, description.forms)
            yield f"instruments: the project has no form {form!r}{near}"
    listed_fields = {"identifiers": source.identifiers, "released": source.released, "files": files}
    for key, names in listed_fields.items():
        for name in names:
            if name not in fields:
                yield f"{key}: the project has no field {name!r}{_nearest(name, fields)}"
            elif key == "files" and fields[name].kind != "file":
                yield f"files: {name} is {fields[name].kind}, no document; take it off the list"
    if description.fields[0].is_identifier or description.record_id in source.identifiers:
        yield (
            f"the record id {description.record_id} is an identifier; give records study numbers "
            "as names, and take its flag away"
        )


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=_ALIKE)
    return f"; did you mean {near[0]!r}?" if near else "; correct it, or take it out"
