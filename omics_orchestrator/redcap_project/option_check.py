"""Which options of the checkbox fields that a study reads nobody has spoken for."""

from collections.abc import Iterator

from omics_orchestrator.dictionary.check_expressions import listed
from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.reads import fields_read
from omics_orchestrator.naming import as_part
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import Field
from omics_orchestrator.redcap_project.labels import quoted


def of_study(study: Study, source: str, description: Description) -> Iterator[str]:
    """List the options that no rule reads, no missing code names and no `ignore` leaves out.

    An option may be read in one table and left out in another, so all that read a form count.
    """
    missing = {*study.sources[source].missing, *description.missing_codes}
    for form in description.forms:
        raw = f"{source}.{as_part(form)}"
        tables = [
            name for name, spec in study.tables.items() if raw in {p.table for p in spec.rows}
        ]
        read = {name: _read(study, name) for name in tables}
        spoken_for = {column for columns in read.values() for column in columns}
        for name in tables:
            for fields in study.tables[name].ignore.values():
                spoken_for |= set(fields)
        for field in description.fields:
            first = next((name for name in tables if read[name] & set(field.columns)), None)
            if field.form != form or field.kind != "checkbox" or first is None:
                continue
            if left := _left(field, spoken_for, missing):
                yield f"tables.{first}: {left}"


def _read(study: Study, table: str) -> set[str]:
    return {field for fields in fields_read(study, table).values() for field in fields}


def _left(field: Field, spoken_for: set[str], missing: set[str]) -> str | None:
    if field.name in spoken_for:
        return None
    left = {
        code: column
        for code, column in field.options.items()
        if column not in spoken_for and code not in missing
    }
    if not left:
        return None
    told = listed(f"{code} {quoted((field.choices or {}).get(code, ''))}" for code in left)
    return (
        f"{field.name} is read without its option(s) {told}; give each a rule, or put "
        f"{listed(left.values())} into `ignore`"
    )
