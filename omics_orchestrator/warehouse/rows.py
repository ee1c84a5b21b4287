"""The identity of rows: one hash a row, and one order-free hash of them all.

A row is hashed as what is known of it: a number that says which columns have a value, then these
values, ordered by the names of their columns and parted by NUL, which no value holds. A column that
is null, such as a variable just added to the dictionary, takes no part, so it changes no row.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.warehouse.table import Table, postgres_type

ROW_HASH = "_row_hash"
_SLICE = 20_000


def hashes(table: Table, frame: pl.DataFrame) -> pl.Series:
    """Check `frame` against the table's definition and hash each of its rows.

    Returns:
        `_row_hash` (Binary, 16 bytes), in the frame's order.

    Raises:
        WarehouseError: columns, types or keys are not what the table promises, or a text holds NUL.
    """
    _check_shape(table, frame)
    rows = frame.select(list(table.columns))
    _check_text(table, rows)
    _check_key(table, rows)
    with ThreadPoolExecutor() as pool:
        parts = pool.map(_digests, rows.iter_slices(_SLICE))
        digests = [digest for part in parts for digest in part]
    return pl.Series(ROW_HASH, digests, dtype=pl.Binary)


def content_hash(hashes: pl.Series) -> str:
    """Sum row hashes, whatever their order: equal when, and only when, the rows are equal."""
    return _halves(hashes).tobytes().hex()


def amended_hash(content: str, gone: pl.Series, fresh: pl.Series) -> str:
    """What `content_hash` gives once the rows `gone` are out and the rows `fresh` are in."""
    halves = np.frombuffer(bytes.fromhex(content), dtype="<u8")
    total = halves - _halves(gone) + _halves(fresh)
    return total.tobytes().hex()


def _halves(hashes: pl.Series) -> npt.NDArray[np.uint64]:
    joined = np.frombuffer(b"".join(hashes.to_list()), dtype="<u8")
    total: npt.NDArray[np.uint64] = joined.reshape(-1, 2).sum(axis=0, dtype="<u8")
    return total


def _check_shape(table: Table, frame: pl.DataFrame) -> None:
    wrong = sorted(frame.schema.items() ^ table.schema.items(), key=str)
    if wrong:
        raise WarehouseError(
            f"the frame does not have the table's columns; they differ in "
            f"{', '.join(sorted({name for name, _ in wrong}))}",
            mend="conform the frame to the table's definition, types included.",
            table=str(table.name),
        )


def _check_text(table: Table, frame: pl.DataFrame) -> None:
    checks = {
        name: _holds_nul(pl.col(name), dtype)
        for name, dtype in table.schema.items()
        if dtype in (pl.String(), pl.List(pl.String()))
    }
    if not checks:
        return
    counts = frame.select(check.sum().alias(name) for name, check in checks.items()).row(0)
    for name, count in zip(checks, counts, strict=True):
        if count:
            raise WarehouseError(
                "text holds the character NUL, which Postgres cannot store",
                mend="quarantine these values before the load.",
                table=str(table.name),
                column=name,
                count=count,
            )


def _holds_nul(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.List):
        return column.list.eval(pl.element().str.contains("\0", literal=True)).list.any()
    return column.str.contains("\0", literal=True)


def _check_key(table: Table, frame: pl.DataFrame) -> None:
    key = frame.select(table.key)
    nameless = key.select(pl.any_horizontal(pl.all().is_null()).sum()).item()
    if nameless:
        raise WarehouseError(
            "rows lack a part of their key",
            mend="quarantine these rows before the load, or choose another key.",
            table=str(table.name),
            key=", ".join(table.key),
            count=nameless,
        )
    repeated = key.height - key.n_unique()
    if repeated:
        raise WarehouseError(
            "rows repeat the key of another row",
            mend="choose a key that tells rows apart, or a rule for which row counts.",
            table=str(table.name),
            key=", ".join(table.key),
            count=repeated,
        )


def _digests(frame: pl.DataFrame) -> list[bytes]:
    columns = sorted(frame.schema.items())
    known = pl.sum_horizontal(
        pl.col(name).is_not_null() * pl.lit(_tag(name, dtype), pl.Int64())
        for name, dtype in columns
    )
    values = [_canonical(pl.col(name), dtype) for name, dtype in columns]
    row = pl.concat_str(known.cast(pl.String), *values, separator="\0", ignore_nulls=True)
    texts = frame.select(row.cast(pl.Binary)).to_series()
    return [xxhash.xxh3_128_digest(text) for text in texts.to_list()]


def _tag(name: str, dtype: pl.DataType) -> int:
    """Number a column by its name and type, in 52 bits: the sum of 1,600 of them fits in 63."""
    return xxhash.xxh3_64_intdigest(f"{name}\0{postgres_type(dtype)}".encode()) >> 12


def _canonical(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Write a value as text that no release of Polars or Postgres spells differently."""
    match dtype:
        case pl.Float64():
            # By its bits: how a float is printed changes between releases. One zero, one NaN.
            one = pl.when(value == 0).then(0.0).when(value.is_nan()).then(float("nan"))
            return one.otherwise(value).reinterpret(dtype=pl.Int64).cast(pl.String)
        case pl.Date() | pl.Datetime():
            return value.to_physical().cast(pl.String)
        case pl.List():
            element = pl.concat_str(pl.lit("="), pl.element().cast(pl.String)).fill_null("")
            elements = value.list.eval(pl.concat_str(element, pl.lit("\0"))).list.join("")
            return pl.concat_str(value.list.len(), pl.lit("\0"), elements)
        case _:
            return value.cast(pl.String)
