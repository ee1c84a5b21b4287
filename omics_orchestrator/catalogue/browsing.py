"""Look through the register as a person does: a page of files, or one content with its past."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from omics_orchestrator.catalogue.columns import FILE_KEY
from omics_orchestrator.catalogue.link_tables import DERIVATIONS, LINKS
from omics_orchestrator.catalogue.tables import FILES, PICTURES, VERIFIED
from omics_orchestrator.warehouse.shape import stored_types
from omics_orchestrator.warehouse.table import Table

PAGE = 100
Row = dict[str, Any]
_COLUMNS = (
    "collection, path, version, study, format, status, fault, personal_fields, size_bytes, sha256,"
    " is_present, modified_at"
)
_LINKED = (
    "exists (select from omics.file_sample as link where link._valid_to is null"
    " and (link.collection, link.path) = (f.collection, f.path))"
)
_BATCH = (
    "case when position('/' in f.path) > 0 then f.collection || '/' || split_part(f.path, '/', 1)"
    " else f.collection end"
)
_PICTURE = (
    "(select p.kind from omics.file_picture as p where p._valid_to is null"
    " and p.sha256 = f.sha256 and f.personal_fields = '')"
)
_WHERE = {
    "batch": f"{_BATCH} = %(batch)s",
    "collection": "f.collection = %(collection)s",
    "format": "coalesce(f.format, 'unknown') = %(format)s",
    "status": "f.status = %(status)s",
    "named": "position(lower(%(named)s) in lower(f.path)) > 0",
}
_OWNER = {"linked": _LINKED, "nobody": f"not {_LINKED}"}
_VERSIONS = """
    select collection, path, version, sha256, size_bytes, status, _valid_from, _valid_to
    from omics.file where (collection, path) in (
        select collection, path from omics.file where sha256 = %s)
    order by collection, path, _valid_from desc
"""
_PICTURED = """
    select kind, shows, reason from omics.file_picture where _valid_to is null and sha256 = %s
"""
_SHOWABLE = """
    select p.key from omics.file_picture as p join omics.file as f using (sha256)
    where p._valid_to is null and f._valid_to is null and p.sha256 = %s and p.key is not null
    group by 1 having bool_and(coalesce(f.personal_fields = '', false))
"""
_LINEAGE = """
    select {other}.collection, {other}.path, {other}.sha256, {other}.personal_fields,
        d.rule, d.evidence, d.from_sha256 is distinct from input.sha256 as is_other_content
    from omics.file_derivation as d
    join omics.file as made on (made.collection, made.path) = (d.collection, d.path)
    join omics.file as input on (input.collection, input.path) = (d.from_collection, d.from_path)
    where d._valid_to is null and made._valid_to is null and input._valid_to is null
        and {own}.sha256 = %s
    order by 1, 2 limit 100
"""


@dataclass(frozen=True)
class Wanted:
    """Which files of the register are wanted; a blank says nothing.

    Attributes:
        collection: of this collection.
        batch: of this batch: a collection and a folder at the top of its inbox.
        format: of this format; `unknown` for none.
        status: of this status.
        named: with this text in their path.
        owner: `linked` to a sample, or `nobody`.
        personal: only files that may say who a person is.
        after: only files behind this collection and path, for the next page.
    """

    collection: str = ""
    batch: str = ""
    format: str = ""
    status: str = ""
    named: str = ""
    owner: str = ""
    personal: bool = False
    after: tuple[str, str] | None = None


@dataclass(frozen=True)
class Content:
    """One content of the register.

    Attributes:
        files: the present rows of the files that hold it, with `FILE_COLUMNS`.
        facts: what its header and content tell.
        versions: what each of its paths held, the last first.
        links: samples and participants that it was linked to, with rule and evidence.
        made_from: files that it was made from, with rule and evidence.
        used_for: files that were made from it.
        picture: what its picture shows, or why there is none; None before one was tried.
        verified: state and time of its last reading, None before the first.
    """

    files: list[Row]
    facts: Mapping[str, object]
    versions: list[Row]
    links: list[Row]
    made_from: list[Row] = field(default_factory=list)
    used_for: list[Row] = field(default_factory=list)
    picture: Row | None = None
    verified: Mapping[str, Any] | None = None

    @property
    def is_personal(self) -> bool:
        """Whether one of its files may say who a person is; of some nothing is known yet."""
        return any(row["personal_fields"] != "" for row in self.files)


def is_there(connection: Connection) -> bool:
    """Tell whether anything was ever registered."""
    return bool(stored_types(connection, FILES))


def choices(connection: Connection) -> Mapping[str, list[str]]:
    """What there is to choose from: collection, format and status → those that files have."""
    found = {}
    for name in ("collection", "format", "status"):
        statement = sql.SQL(
            "select distinct coalesce({0}, 'unknown') from {1} where _valid_to is null order by 1"
        ).format(sql.Identifier(name), FILES.identifier)
        found[name] = [value for (value,) in connection.execute(statement).fetchall()]
    return found


def files(connection: Connection, wanted: Wanted) -> list[Row]:
    """The files that are wanted, in order, one more than a page holds where there are more."""
    told = vars(wanted)
    where = ["f._valid_to is null", *(text for name, text in _WHERE.items() if told[name])]
    where += [_OWNER[wanted.owner]] if wanted.owner in _OWNER and _has(connection) else []
    where += ["f.personal_fields <> ''"] if wanted.personal else []
    where += ["(f.collection, f.path) > (%(c)s, %(p)s)"] if wanted.after else []
    after = wanted.after or ("", "")
    linked = _LINKED if _has(connection) else "false"
    pictured = _PICTURE if _has(connection, PICTURES) else "null"
    columns = f"{_COLUMNS}, {_BATCH} as batch, {linked} as is_linked, {pictured} as picture"
    statement = (
        f"select {columns} from omics.file as f"  # noqa: S608 (our own text)
        f" where {' and '.join(where)} order by collection, path limit {PAGE + 1}"
    )
    values = {**told, "c": after[0], "p": after[1]}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode(), values).fetchall()


def content(connection: Connection, sha256: str) -> Content | None:
    """Everything that is known of a content by its SHA-256; None where it is not registered."""
    of_hash = sql.SQL("select * from {} where _valid_to is null and sha256 = %s order by path")
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(of_hash.format(FILES.identifier), (sha256,)).fetchall()
        if not found:
            return None
        versions = cursor.execute(_VERSIONS, (sha256,)).fetchall()
        linked = cursor.execute(_links(), (sha256,)).fetchall() if _has(connection) else []
        verified = _verified(connection, found[0]["location"])
    facts = json.loads(found[0]["description"] or "{}")
    return Content(
        found,
        facts,
        versions,
        linked,
        made_from=_lineage(connection, sha256, "made", "input"),
        used_for=_lineage(connection, sha256, "input", "made"),
        picture=_pictured(connection, sha256),
        verified=verified,
    )


def picture(connection: Connection, sha256: str) -> str | None:
    """The key of a content's picture; None where there is none or it may say who a person is."""
    if not _has(connection, PICTURES):
        return None
    found = connection.execute(_SHOWABLE, (sha256,)).fetchone()
    return str(found[0]) if found else None


def _has(connection: Connection, table: Table = LINKS) -> bool:
    return bool(stored_types(connection, table))


def _lineage(connection: Connection, sha256: str, own: str, other: str) -> list[Row]:
    """The files at the other end of what is told of a content's making."""
    if not _has(connection, DERIVATIONS):
        return []
    statement = _LINEAGE.format(own=own, other=other)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode(), (sha256,)).fetchall()


def _pictured(connection: Connection, sha256: str) -> Row | None:
    if not _has(connection, PICTURES):
        return None
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_PICTURED, (sha256,)).fetchone()


def _links() -> sql.Composed:
    columns = sql.SQL(", ").join(sql.Identifier("link", name) for name in LINKS.columns)
    key = sql.SQL(", ").join(map(sql.Identifier, FILE_KEY))
    return sql.SQL(
        "select {} from {} as link join {} as f using ({}) where link._valid_to is null "
        "and f._valid_to is null and f.sha256 = %s order by link.sample_id"
    ).format(columns, LINKS.identifier, FILES.identifier, key)


def _verified(connection: Connection, location: str) -> Mapping[str, str | datetime] | None:
    if not stored_types(connection, VERIFIED):
        return None
    statement = sql.SQL(
        "select state, verified_at from {} where _valid_to is null and location = %s"
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.format(VERIFIED.identifier), (location,)).fetchone()
