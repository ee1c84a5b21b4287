"""Read a REDCap project: only the fields it may have, one table an instrument."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl
from redcap.project import Project

from omics_orchestrator.dictionary.model import RedcapSource
from omics_orchestrator.errors import SourceError
from omics_orchestrator.sources import Extract, Request
from omics_orchestrator.sources._redcap_client import connect, rows, speaking
from omics_orchestrator.sources._redcap_fields import (
    KEYS,
    Field,
    refuse_other_project,
    withheld_fields,
)
from omics_orchestrator.sources._redcap_records import export

__all__ = ["connect", "read"]

_NO_REPEATS = "does not contain any repeating"
_EVENT, _FORM, _INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"


def read(project: Project, request: Request) -> Extract:
    """Read the instruments that the study file lists.

    Identifiers, and free text that no rule maps, are not asked for. Each instrument becomes a table
    of the rows in which it was opened: record id, event and instance where there are any, fields.
    A field that the token's rights hide is in no table; `scope` names it.

    Raises:
        TransientError: the server is away, or an answer is incomplete.
        SourceError: the server refuses, or the project is not as the study file says.
    """
    source, place = request.source, request.place
    if not isinstance(source, RedcapSource):
        raise TypeError("a REDCap reader reads a REDCap source")
    with speaking(place, "the project's description"):
        (info,) = rows([project.export_project_info()], "project_id", "is_longitudinal")
        version = project.export_version()
    with speaking(place, "the data dictionary"):
        fields = [Field.of(line) for line in rows(project.metadata, *KEYS)]
    refuse_other_project(source, fields, place)
    withheld = withheld_fields(source, fields, request.released)
    repeating = _repeating(project, place)
    key = [fields[0].name]
    key += [_EVENT] if str(info["is_longitudinal"]) == "1" else []
    key += [_FORM, _INSTANCE] if repeating else []
    wanted = _wanted(source, fields, withheld)
    frame = export(project, key, [field.name for field in wanted], place)
    if frame.is_empty():
        frame = frame.with_columns(_blank(name) for field in wanted for name in field.columns)
    owners = _owners(frame.columns[len(key) :], wanted, place)
    hidden = [field.name for field in wanted if field not in owners.values()]
    return Extract(
        {form: _instrument(frame, key, form, owners, repeating) for form in source.instruments},
        withheld,
        scope={
            "redcap_version": str(version or "unknown"),
            "project_id": str(info["project_id"]),
            "records": frame[key[0]].n_unique(),
            "fields_hidden_by_rights": ", ".join(hidden) or "none",
        },
    )


def _blank(name: str) -> pl.Expr:
    return pl.lit(None, pl.String).alias(name)


def _wanted(
    source: RedcapSource, fields: Sequence[Field], withheld: Collection[str]
) -> list[Field]:
    """The fields to ask for, and the status of each form, by which it is seen to be opened."""
    return [
        *(f for f in fields[1:] if f.form in source.instruments and f.name not in withheld),
        *(Field.status_of(form) for form in source.instruments),
    ]


def _repeating(project: Project, place: dict[str, str]) -> frozenset[str]:
    """The forms that repeat, blank for a repeating event; none is an error of REDCap's."""
    try:
        with speaking(place, "the repeating instruments"):
            answer = rows(project.export_repeating_instruments_events(), "form_name")
    except SourceError as error:
        if _NO_REPEATS in error.what:
            return frozenset()
        raise
    return frozenset(str(line["form_name"] or "") for line in answer)


def _owners(
    columns: Iterable[str], wanted: Sequence[Field], place: dict[str, str]
) -> dict[str, Field]:
    """The field of each column that came; SourceError when one was not asked for."""
    known = {column: field for field in wanted for column in field.columns}
    # A missing code is one more box of each checkbox field, though not among its choices.
    boxes = {field.name: field for field in wanted if field.kind == "checkbox"}
    owners = {name: known.get(name) or boxes.get(name.partition("___")[0]) for name in columns}
    strange = [name for name, field in owners.items() if field is None]
    if strange:
        raise SourceError(
            f"REDCap gave {len(strange)} column(s) that were not asked for; nothing was kept",
            mend="ask the REDCap administrator whether the server cuts requests (max_input_vars).",
            **place,
        )
    return {name: field for name, field in owners.items() if field is not None}


def _instrument(
    frame: pl.DataFrame,
    key: Sequence[str],
    form: str,
    owners: Mapping[str, Field],
    repeating: Collection[str],
) -> pl.DataFrame:
    """Cut one instrument out of the block matrix: its fields, in the rows where it was opened."""
    own = {name: field for name, field in owners.items() if field.form == form}
    repeats = form in repeating or "" in repeating
    shown = [name for name in key if name != _FORM and (name != _INSTANCE or repeats)]
    if _FORM in key:
        # Where a form repeats at one event and not at another, its single rows stand beside.
        frame = frame.filter(pl.col(_FORM).is_null() | (pl.col(_FORM) == form))
    if not own:
        return frame.clear().select(shown)
    opened = [
        pl.col(name) == "1" if field.kind == "checkbox" else pl.col(name).is_not_null()
        for name, field in own.items()
    ]
    return frame.filter(pl.any_horizontal(opened)).select(*shown, *own)
