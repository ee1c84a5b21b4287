"""Projects to test on: made up in a few words, or the real ones of the fixtures."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from omics_orchestrator.redcap_project.description import FORM, INSTANCE, Description
from omics_orchestrator.redcap_project.fields import KEYS
from omics_orchestrator.redcap_project.reading import key

Line = dict[str, str]


def line(
    name: str, form: str = "visit", kind: str = "text", choices: str = "", **more: str
) -> Line:
    """A line of a dictionary, blank but for what is said; `validation` is short for its key."""
    long = {"validation": "text_validation_type_or_show_slider_number"}
    return dict.fromkeys(KEYS, "") | {
        "field_name": name,
        "form_name": form,
        "field_type": kind,
        "select_choices_or_calculations": choices,
        **{long.get(word, word): value for word, value in more.items()},
    }


def described(*lines: Line, **more: object) -> Description:
    """A project with a record id and these fields; classic and without repeats unless said."""
    told = {
        "project_id": "17",
        "title": "Made up",
        "version": "15.2.1",
        "is_longitudinal": bool(more.get("events")),
        "dictionary": (line("record_id"), *lines),
        **more,
    }
    return Description(**told)  # type: ignore[arg-type]  # a test says each in its own words


def frame(*rows: dict[str, str | None]) -> pl.DataFrame:
    """Rows of text."""
    return pl.DataFrame(list(rows), schema=dict.fromkeys(rows[0], pl.String))


def read_lines(path: Path) -> tuple[Line, ...]:
    """The lines of a stored dictionary, CSV of the web page or JSON of the API."""
    if path.suffix == ".json":
        return tuple({key: str(each[key]) for key in KEYS} for each in json.loads(path.read_text()))
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        lines = list(csv.reader(stream))[1:]
    return tuple(dict.fromkeys(KEYS, "") | dict(zip(KEYS, each, strict=False)) for each in lines)


def read_rows(path: Path) -> pl.DataFrame:
    """A stored flat export as text."""
    return pl.read_csv(path, infer_schema=False)


def instrument(description: Description, rows: pl.DataFrame, form: str) -> pl.DataFrame:
    """Cut an instrument out of a flat export, in the rows where it was opened."""
    fields = [field for field in description.fields[1:] if field.form == form]
    own = [c for field in fields for c in field.columns if c in rows.columns]
    own = [*_there(rows, [f"{form}_timestamp"]), *own, *_there(rows, [f"{form}_complete"])]
    shown = [*key(description, form), *_there(rows, ["redcap_data_access_group"])]
    if FORM in rows.columns:
        rows = rows.filter(pl.col(FORM).is_null() | (pl.col(FORM) == form))
    if INSTANCE in shown and INSTANCE not in rows.columns:
        rows = rows.with_columns(pl.lit(None, pl.String).alias(INSTANCE))
    opened = [~pl.col(c).is_in(["0"]) for c in own]
    return rows.filter(pl.any_horizontal(opened)).select(*shown, *own)


def _there(rows: pl.DataFrame, names: Iterable[str]) -> list[str]:
    return [name for name in names if name in rows.columns]
