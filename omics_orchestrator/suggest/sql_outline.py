"""What the tables of a SQL database offer, from its own catalogue; no row of them is read."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Engine, Inspector, inspect
from sqlalchemy.exc import SQLAlchemyError

from omics_orchestrator.errors import SourceError
from omics_orchestrator.suggest.identifying import why_identifying
from omics_orchestrator.suggest.offer import Kind, Offer, Outline, RawTable
from omics_orchestrator.suggest.redcap_outline import label_and_unit

_KINDS: Mapping[str, Kind] = {
    "int": "integer", "float": "number", "Decimal": "number", "bool": "boolean", "date": "date",
    "datetime": "datetime", "str": "text",
}  # fmt: skip


def outline(engine: Engine, *, url: str, only: Collection[str] = ()) -> Outline:
    """What a database offers, and how a study file describes it.

    Args:
        engine: the database.
        url: the name of the environment variable that holds its address.
        only: the tables that are wanted; all, where none is named.

    Raises:
        SourceError: the database cannot be asked, or has no such table.
    """
    try:
        found = inspect(engine)
        every = [*found.get_table_names(), *found.get_view_names()]
        tables = sorted(each for each in every if not only or each in only)
        columns = {each: found.get_columns(each) for each in tables}
        keys = {each: _key(found, each, every) for each in tables}
    except SQLAlchemyError:
        # The driver's own text may hold the address and the password.
        raise SourceError(
            "the database cannot be asked for its tables",
            mend=f"check the address, user and password in {url}.",
        ) from None
    if not tables:
        raise SourceError("no such table is there", mend="name tables of the database.")
    identifiers = {
        each["name"]: why
        for table in tables
        for each in columns[table]
        if (why := why_identifying(each["name"], each.get("comment") or ""))
    }
    return Outline(
        source={
            "kind": "sql",
            "url": url,
            "select": {
                table: _select(columns[table], keys[table], identifiers) for table in tables
            },
        },
        tables=tuple(RawTable(each, key=keys[each]) for each in tables),
        offers=tuple(
            offer for each in tables for offer in _offers(each, columns[each], identifiers)
        ),
        identifiers=identifiers,
    )


def _key(found: Inspector, table: str, every: Collection[str]) -> tuple[str, ...]:
    return tuple(found.get_pk_constraint(table)["constrained_columns"]) if table in every else ()


def _select(columns: Any, key: tuple[str, ...], identifiers: Collection[str]) -> dict[str, Any]:
    names = [each["name"] for each in columns if each["name"] not in identifiers]
    first = next((each for each in (*key, *names) if each in names), "")
    return {"columns": names, "order_by": first}


def _offers(table: str, columns: Any, identifiers: Collection[str]) -> Iterator[Offer]:
    for place, each in enumerate(columns):
        if each["name"] not in identifiers:
            label, unit = label_and_unit(each.get("comment") or "", "")
            yield Offer(
                field=each["name"],
                table=table,
                kind=_kind(each["type"]),
                label=label,
                unit=unit,
                position=place,
            )


def _kind(written_as: Any) -> Kind:
    try:
        return _KINDS.get(written_as.python_type.__name__, "text")
    except NotImplementedError:
        return "text"
