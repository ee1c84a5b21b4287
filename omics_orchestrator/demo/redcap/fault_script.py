"""Which faults are to be played: scripted by any process in the server's own file."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    token_sha256 TEXT NOT NULL,
    client TEXT NOT NULL,
    after INTEGER NOT NULL,
    count INTEGER NOT NULL,
    argument TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS fault_call (
    client TEXT NOT NULL,
    minute INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (client, minute)
) WITHOUT ROWID;
"""
_UNTIL_LIFTED = -1


class Kind(StrEnum):
    """What goes wrong, and what `Fault.argument` says of it.

    In place of the answer: `FORBIDDEN` (403 of a web firewall), `EMPTY_500`, `BAD_GATEWAY` (502),
    `UNAVAILABLE` (503), `TIMEOUT` (504), `HTML_200` (argument: the page's text), `EMPTY_200`,
    `OUT_OF_MEMORY` (200: HTML, then the error), `REDIRECT` (argument: where to, otherwise to
    itself), `BAN` (argument: its status) on every address.

    To the answer on its way: `CUT` (the connection ends before the length announced), `TRUNCATED`
    (half the body as if it were all), `SLOW` (argument: seconds), `RESET`.

    To the answer itself: `DROPPED_RECORDS` (argument: their names, comma-separated, otherwise the
    last one), `MISSING_FIELDS` (argument: their names), `BAD_BYTES`, `LOG_WITHOUT_DELETES`.

    To how the call is read: `SEMICOLONS` where no delimiter is asked for, `LEGACY_ARRAYS` (texts
    with commas are arrays).

    `LIMIT` bans for good a client that makes more calls a minute than the argument says.
    """

    FORBIDDEN = "forbidden"
    EMPTY_500 = "empty_500"
    BAD_GATEWAY = "bad_gateway"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    HTML_200 = "html_200"
    EMPTY_200 = "empty_200"
    OUT_OF_MEMORY = "out_of_memory"
    REDIRECT = "redirect"
    BAN = "ban"
    CUT = "cut"
    TRUNCATED = "truncated"
    SLOW = "slow"
    RESET = "reset"
    DROPPED_RECORDS = "dropped_records"
    MISSING_FIELDS = "missing_fields"
    BAD_BYTES = "bad_bytes"
    LOG_WITHOUT_DELETES = "log_without_deletes"
    SEMICOLONS = "semicolons"
    LEGACY_ARRAYS = "legacy_arrays"
    LIMIT = "limit"


@dataclass(frozen=True)
class Fault:
    """One scripted fault.

    Attributes:
        kind: what goes wrong.
        content: only calls for this content; "" for all.
        token: only calls with this token; "" for all. Its SHA-256 is stored, never itself.
        client: only calls from this network address; "" for all.
        after: how many such calls go well before.
        count: how many calls it meets then; 0 for all until it is lifted.
        argument: as the kind has it.
    """

    kind: Kind
    content: str = ""
    token: str = ""
    client: str = ""
    after: int = 0
    count: int = 1
    argument: str = ""


def prepare(database: Path) -> None:
    """Make the tables where they are not there yet."""
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(_SCHEMA)


def script(database: Path, *faults: Fault) -> None:
    """Add faults to those that wait; any process may do so while the server runs."""
    prepare(database)
    with _writing(database) as connection:
        for fault in faults:
            _put(connection, fault)


def lift(database: Path) -> None:
    """Take every fault away, bans too, and forget how many calls were counted."""
    prepare(database)
    with _writing(database) as connection:
        connection.execute("DELETE FROM fault")
        connection.execute("DELETE FROM fault_call")


def is_scripted(database: Path) -> bool:
    """Tell whether any fault waits at all."""
    with closing(sqlite3.connect(database, timeout=60)) as connection:
        return connection.execute("SELECT 1 FROM fault").fetchone() is not None


def meet(
    database: Path, *, client: str, content: str = "", token: str = "", page: bool = False
) -> list[Fault]:
    """Take the faults that a call meets, each counted down; a mere `page` meets bans only."""
    with _writing(database) as connection:
        _ban_above_limit(connection, client)
        waiting = connection.execute(
            "SELECT id, kind, argument, after FROM fault WHERE content IN ('', ?)"
            " AND token_sha256 IN ('', ?) AND client IN ('', ?) AND kind <> 'limit'"
            " AND (kind = 'ban' OR NOT ?) ORDER BY id",
            (content, _sha256(token), client, page),
        ).fetchall()
        connection.executemany(
            "UPDATE fault SET after = max(after - 1, 0),"
            " count = iif(after = 0 AND count > 0, count - 1, count) WHERE id = ?",
            ((id_,) for id_, *_ in waiting),
        )
        connection.execute("DELETE FROM fault WHERE count = 0")
    return [
        Fault(Kind(kind), argument=argument) for _, kind, argument, after in waiting if not after
    ]


def _ban_above_limit(connection: sqlite3.Connection, client: str) -> None:
    limit = connection.execute(
        "SELECT min(CAST(argument AS INTEGER)) FROM fault WHERE kind = ? AND client IN ('', ?)",
        (Kind.LIMIT, client),
    ).fetchone()[0]
    if limit is None:
        return
    (calls,) = connection.execute(
        "INSERT INTO fault_call VALUES (?, ?, 1)"
        " ON CONFLICT DO UPDATE SET calls = calls + 1 RETURNING calls",
        (client, int(time.time() // 60)),
    ).fetchone()
    if calls > limit:
        _put(connection, Fault(Kind.BAN, client=client, count=0))


def _put(connection: sqlite3.Connection, fault: Fault) -> None:
    stored = replace(fault, token=_sha256(fault.token), count=fault.count or _UNTIL_LIFTED)
    connection.execute(
        "INSERT INTO fault (kind, content, token_sha256, client, after, count, argument)"
        " VALUES (:kind, :content, :token, :client, :after, :count, :argument)",
        vars(stored),
    )


def _sha256(token: str) -> str:
    return token and hashlib.sha256(token.encode()).hexdigest()


@contextmanager
def _writing(database: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(database, timeout=60, isolation_level=None)
    with closing(connection), connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
