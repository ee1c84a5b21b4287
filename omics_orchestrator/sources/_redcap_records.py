"""The records of a REDCap project: asked for in parts that it can answer, proved to be whole."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import polars as pl
from redcap.project import Project

from omics_orchestrator.sources._redcap_answers import TooMuchError, WalledOffError
from omics_orchestrator.sources._redcap_client import rows, speaking
from omics_orchestrator.sources._text import as_text

# PHP drops the variables of a form above 1,000 without a word; a call has some of its own.
_MOST_VARIABLES = 950
_MOST_RECORDS = 500
_MOST_FIELDS = 800


def export(
    project: Project, key: Sequence[str], wanted: Sequence[str], place: dict[str, str]
) -> pl.DataFrame:
    """Export fields of every record as text.

    Args:
        project: the open project.
        key: the columns that say which row this is, the record id first.
        wanted: the names of the fields.
        place: study and source, for errors.

    Returns:
        A row a record, event and repeat: `key`, then the columns that came; `key` alone when the
        project has no records.

    Raises:
        TransientError: even single records do not come back, or other ones do.
    """
    record = key[0]
    with speaking(place, "the record ids"):
        answer = rows(project.export_records(fields=[record]), record)
    ids = list(dict.fromkeys(str(row[record]) for row in answer))
    groups = [
        [record, *wanted[start : start + _MOST_FIELDS]]
        for start in range(0, len(wanted), _MOST_FIELDS)
    ]
    size = min(_MOST_RECORDS, _MOST_VARIABLES - max(map(len, groups)))
    parts = [pl.DataFrame(schema=dict.fromkeys(key, pl.String))]
    for start in range(0, len(ids), size):
        asked = ids[start : start + size]
        frames = (_frame(_whole(project, asked, group, place), key) for group in groups)
        parts.append(reduce(lambda left, right: _beside(left, right, key), frames))
    # Old servers leave out the columns of repeats where a part has none.
    return pl.concat(parts, how="diagonal")


def _beside(left: pl.DataFrame, right: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    return left.join(
        right, on=key, how="full", coalesce=True, nulls_equal=True, maintain_order="left_right"
    )


def _whole(
    project: Project, asked: list[str], fields: list[str], place: dict[str, str]
) -> list[dict[str, Any]]:
    """Ask for records, and in halves where that is too much for the server."""
    try:
        return _asked(project, asked, fields, place)
    except (TooMuchError, WalledOffError):
        if len(asked) == 1:
            raise
    half = len(asked) // 2
    parts = (asked[:half], asked[half:])
    return [row for part in parts for row in _whole(project, part, fields, place)]


def _asked(
    project: Project, asked: list[str], fields: list[str], place: dict[str, str]
) -> list[dict[str, Any]]:
    record = fields[0]
    with speaking(place, f"{len(asked)} record(s)"):
        answer = rows(
            project.export_records(
                records=asked, fields=fields, export_blank_for_gray_form_status=True
            ),
            record,
        )
    came = {str(row[record]) for row in answer}
    if came != set(asked):
        raise TooMuchError(
            f"of {len(asked)} records asked for {len(came & set(asked))} came back, and "
            f"{len(came - set(asked))} others",
            mend="run again; if it lasts, look at REDCap's error log: answers are cut.",
            **place,
        )
    return answer


def _frame(answer: Sequence[dict[str, Any]], key: Sequence[str]) -> pl.DataFrame:
    """Rows as text: no type is guessed, and a blank cell is null."""
    columns = dict.fromkeys([*key, *(name for row in answer for name in row)], pl.String)
    cells = {name: [as_text(row.get(name)) for row in answer] for name in columns}
    return pl.DataFrame(cells, schema=columns)
