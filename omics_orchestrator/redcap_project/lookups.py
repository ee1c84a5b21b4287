"""What the codes in a project's tables mean, as a table to look labels up in."""

from collections.abc import Iterator

import polars as pl

from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import Field
from omics_orchestrator.redcap_project.labels import plain
from omics_orchestrator.redcap_project.names import column_name

SCHEMA = {
    "form": pl.String(),
    "field": pl.String(),
    "code": pl.String(),
    "label": pl.String(),
    "column": pl.String(),
    "is_missing_code": pl.Boolean(),
}


def choices_table(description: Description) -> pl.DataFrame:
    """List the codes of every field that has any, and the missing data codes that it takes.

    Returns:
        A frame with `SCHEMA`, in the order of the project's dictionary. `column` is where the code
        stands, or the column of the option; yes-no fields and the forms' statuses are among them.
    """
    statuses = [Field.status_of(form) for form in description.forms]
    rows = [row for field in (*description.fields, *statuses) for row in _codes(field)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _codes(field: Field) -> Iterator[tuple[str, str, str, str, str, bool]]:
    if field.choices is None:
        return
    missing = field.missing_codes or {}
    labels = {**missing, **field.choices}
    for code in dict.fromkeys((*field.choices, *missing)):
        column = column_name(field.options.get(code, field.name))
        yield field.form, field.name, code, plain(labels[code]), column, code in missing
