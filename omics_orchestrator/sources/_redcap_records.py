"""The records of a REDCap project: asked for in parts that it can answer, proved to be whole."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import reduce
from itertools import islice
from typing import Any, TypeVar

import polars as pl
from redcap.project import Project

from omics_orchestrator.errors import SourceError, TransientError
from omics_orchestrator.redcap_project.description import GROUP
from omics_orchestrator.sources._redcap_answers import BannedError, TooMuchError, WalledOffError
from omics_orchestrator.sources._redcap_client import Client, rows

# PHP drops the variables of a form above 1,000 without a word; a call has some of its own.
_MOST_VARIABLES = 950
_MOST_RECORDS = 500
_MOST_FIELDS = 850
# What a call costs a server beside its records, as so many records.
_CALL_IN_RECORDS = 100
_MOST_LOOKS = 3
# What one answer may hold, so that the memory of reading does not grow with the project.
_MOST_CELLS = 250_000
# While one answer is decoded, the server works on the other.
_AT_ONCE = 2

T = TypeVar("T")
Done = TypeVar("Done")


def listed(client: Client, record: str) -> pl.DataFrame:
    """List every record that the token sees: its name and its data access group, by name.

    The group's column is absent where REDCap gives none: the project has no groups, or the token
    belongs to one of them.

    Raises:
        TransientError: the list does not come twice the same.
    """
    return _settled(client, lambda: _listed(client, record))


def _listed(client: Client, record: str) -> pl.DataFrame:
    answer = client.ask(
        "the record ids",
        lambda project: rows(
            project.export_records(fields=[record], export_data_access_groups=True), record
        ),
    )
    groups: dict[str, str | None] = {}
    for row in answer:
        # A later row of a record says the same group again, or nothing.
        groups[row[record]] = groups.get(row[record]) or row.get(GROUP) or None
    names = sorted(groups)
    told = {GROUP: [groups[name] for name in names]} if answer and GROUP in answer[0] else {}
    return pl.DataFrame({record: names} | told, schema=dict.fromkeys([record, *told], pl.String))


def changed_since(client: Client, record: str, moment: datetime) -> set[str]:
    """Name the records that were created or changed after a moment of the server's own clock.

    Raises:
        TransientError: the list does not come twice the same.
    """
    return set(_settled(client, lambda: _changed_since(client, record, moment))[record])


def _changed_since(client: Client, record: str, moment: datetime) -> pl.DataFrame:
    answer = client.ask(
        "the changed records",
        lambda project: rows(project.export_records(fields=[record], date_begin=moment), record),
    )
    return pl.DataFrame({record: sorted({row[record] for row in answer})}, {record: pl.String})


def _settled(client: Client, look: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Look until two looks in a row show the same.

    Records asked for by name are missed when they do not come. A list is missed by nobody, and a
    record that it dropped would be taken for deleted, or for unchanged.
    """
    seen = look()
    for _ in range(_MOST_LOOKS):
        before, seen = seen, look()
        if seen.equals(before):
            return seen
    raise TransientError(
        "REDCap lists other records each time it is asked",
        mend="run again; if it lasts, ask who imports records meanwhile, or whether answers are "
        "cut.",
        **client.place,
    )


def logged_deletions(client: Client, moment: datetime) -> set[str] | None:
    """Name the records whose deletion is in the log; None where the token may not read it."""
    try:
        answer = client.ask(
            "the log of deletions",
            lambda project: rows(
                project.export_logging(log_type="record_delete", begin_time=moment), "action"
            ),
            may_be_less=True,
        )
    except BannedError:
        raise
    except (SourceError, TransientError):
        # It may be refused, or too long for the server; the list of ids tells the same.
        return None
    return {str(row.get("record") or "") for row in answer} - {""}


def export(
    client: Client, key: Sequence[str], wanted: Sequence[str], ids: pl.Series, *, stamps: bool
) -> Iterator[pl.DataFrame]:
    """Export fields of records as text, part by part, in the order of `ids`.

    Args:
        client: the open project.
        key: the columns that say which row this is, the record id first.
        wanted: the names of the fields.
        ids: the records.
        stamps: with the times at which surveys were completed.

    Yields:
        A row a record, event and repeat: `key`, then the columns that came.

    Raises:
        TransientError: even single records do not come back, or other ones do.
    """
    groups = [[key[0], *group] for group in _groups(wanted)]
    most = min(_MOST_RECORDS, _MOST_VARIABLES - max(map(len, groups)))

    size = min(most, max(1, _MOST_CELLS // max(map(len, groups))))

    def parts() -> Iterator[list[str]]:
        # None is empty: a call that names no record would bring them all.
        end = 0
        while end < len(ids):
            start, end = end, end + size
            yield ids[start:end].to_list()

    def part(asked: list[str]) -> list[pl.DataFrame]:
        nonlocal size
        frames = [_frame(_whole(client, asked, group, stamps=stamps), key) for group in groups]
        cells = max(frame.height * frame.width for frame in frames) / len(asked)
        size = min(most, max(1, int(_MOST_CELLS / cells)))
        return frames

    for frames in _ahead(part, parts()):
        yield reduce(lambda left, right: _beside(left, right, key), frames)


def _ahead(work: Callable[[T], Done], items: Iterator[T]) -> Iterator[Done]:
    """Work on the next items while what came of one is used; the order stays."""
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        coming = deque(workers.submit(work, item) for item in islice(items, _AT_ONCE))
        while coming:
            done = coming.popleft().result()
            coming.extend(workers.submit(work, item) for item in islice(items, 1))
            yield done


def _groups(wanted: Sequence[str]) -> list[Sequence[str]]:
    """Part the fields: few parts, as each reads all records again, and room for many records."""
    widths = [-(-len(wanted) // number) for number in range(1, len(wanted) + 1)]

    def cost(width: int) -> float:
        records = min(_MOST_RECORDS, _MOST_VARIABLES - width - 1)
        return -(-len(wanted) // width) * (1 + _CALL_IN_RECORDS / records)

    width = min((width for width in widths if width <= _MOST_FIELDS), key=cost)
    return [wanted[start : start + width] for start in range(0, len(wanted), width)]


def _beside(left: pl.DataFrame, right: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    return left.join(
        right, on=key, how="full", coalesce=True, nulls_equal=True, maintain_order="left_right"
    )


def _whole(
    client: Client, asked: Sequence[str], fields: list[str], *, stamps: bool
) -> list[dict[str, Any]]:
    """Ask for records, and in halves where that is too much for the server."""
    try:
        return _asked(client, asked, fields, stamps=stamps)
    except (TooMuchError, WalledOffError):
        if len(asked) == 1:
            raise
    half = len(asked) // 2
    parts = (asked[:half], asked[half:])
    return [row for part in parts for row in _whole(client, part, fields, stamps=stamps)]


def _asked(
    client: Client, asked: Sequence[str], fields: list[str], *, stamps: bool
) -> list[dict[str, Any]]:
    record = fields[0]

    def call(project: Project) -> list[dict[str, Any]]:
        answer = project.export_records(
            records=list(asked),
            fields=fields,
            export_survey_fields=stamps,
            export_blank_for_gray_form_status=True,
        )
        return rows(answer, record)

    answer = client.ask(f"{len(asked)} record(s)", call, may_be_less=True)
    came = {str(row[record]) for row in answer}
    if came != set(asked):
        raise TooMuchError(
            f"of {len(asked)} records asked for {len(came & set(asked))} came back, and "
            f"{len(came - set(asked))} others",
            mend="run again; if it lasts, look at REDCap's error log: answers are cut.",
            **client.place,
        )
    return answer


def _frame(answer: Sequence[dict[str, Any]], key: Sequence[str]) -> pl.DataFrame:
    """Rows as text: no type is guessed."""
    columns = dict.fromkeys(key, pl.String)
    for row in answer:
        if not row.keys() <= columns.keys():
            columns |= dict.fromkeys(row, pl.String)
    return pl.DataFrame(answer, schema=columns, strict=False)
