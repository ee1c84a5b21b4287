"""The text of cells and the keys of records, found again in the snapshots by keyed hashes."""

from collections.abc import Iterator, Sequence

import polars as pl

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary.arrival import EVENT, INSTANCE, arrive, slot_sources
from omics_orchestrator.dictionary.quarantine import keyed_hash
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.tables import Part
from omics_orchestrator.quarantine.origin import Origin
from omics_orchestrator.stores import Store

ROW = "*"
"""Stands for the field of a refused row: its value is its key."""

BETWEEN_KEYS = "\x1f"
_SCHEMA = {"value": pl.String, "record": pl.String}


def cells(origin: Origin, store: Store, field: str) -> pl.DataFrame:
    """Read every cell of a field as it arrived, with the key of its record.

    Returns:
        value and record, a row a cell that is not null; of a field in several raw tables, all.
    """
    found = [
        each
        for part in origin.study.tables[origin.table].rows
        if part.name in origin.taken
        for each in _of_part(origin, store, part, field)
    ]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *found]).drop_nulls("value")


def matched(cells: pl.DataFrame, held: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Keep the cells that are held: those whose value and record have the hashes of quarantine.

    Args:
        cells: value, record.
        held: value_hash, record_hash.
        key: the secret key of the hashes.

    Returns:
        value_hash, value and record; record is null where the key of the table's rows is another
        than when it was loaded, so that only the value is known.
    """
    wanted = set(held["value_hash"])
    texts = {
        hashed: text
        for text in cells["value"].unique()
        if (hashed := keyed_hash(key, text)) in wanted
    }
    known = pl.DataFrame(
        {"value_hash": list(texts), "value": list(texts.values())},
        schema={"value_hash": pl.String, "value": pl.String},
    )
    rows = cells.join(known, on="value", how="inner")
    hashes = {record: keyed_hash(key, record) for record in rows["record"].unique()}
    named = pl.col("record").replace_strict(hashes, default=None, return_dtype=pl.String)
    there = rows.with_columns(record_hash=named).join(
        held, on=["value_hash", "record_hash"], how="semi"
    )
    nameless = known.join(there, on="value_hash", how="anti").with_columns(
        record=pl.lit(None, pl.String)
    )
    return pl.concat([there.select(nameless.columns), nameless]).unique(maintain_order=True)


def _of_part(origin: Origin, store: Store, part: Part, field: str) -> Iterator[pl.DataFrame]:
    taken, key = origin.taken[part.name], _key(origin)
    there, sources = snapshot.fields(taken), slot_sources(part, snapshot.fields(taken))
    if field not in (ROW, *there):
        return
    needed = {field, EVENT, INSTANCE} | {
        source for slot in sources for name, source in slot.items() if name in key
    }
    raw = snapshot.columns(store, taken, [name for name in there if name in needed])
    if origin.by_project and INSTANCE in raw.columns:
        # Rows that do not repeat are numbered 0 when a project's own dictionary types them.
        raw = raw.with_columns(pl.col(INSTANCE).fill_null("0"))
    arrived = arrive(part, raw, key)
    if not set(key) <= set(arrived.frame.columns):
        return
    record = pl.concat_str(pl.col(key).fill_null(""), separator=BETWEEN_KEYS)
    if field == ROW:
        yield arrived.frame.select(value=record, record=record)
        return
    for start, rows, named in arrived.slots():
        for name in (name for name, source in named.items() if source == field):
            yield arrived.frame.slice(start, rows).select(value=pl.col(name), record=record)


def _key(origin: Origin) -> Sequence[str]:
    """The names by which rules call the fields that make a row's key."""
    rules, grain = rules_of(origin.study, origin.table), origin.study.tables[origin.table].grain
    return list(dict.fromkeys(field for name in grain for field in rules[name].fields))
