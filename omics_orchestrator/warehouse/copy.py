"""Frames into and out of Postgres by COPY, the fastest way that keeps every value as it is.

In goes Arrow as COPY BINARY (pgpq), hardly slower than the server's own COPY of a ready file. Out
comes CSV, where an unquoted nothing is NULL and `""` is an empty text; dates and times come as
numbers, which no session setting spells differently.
"""

import io
from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl
from pgpq import ArrowToPostgresBinaryEncoder
from psycopg import Connection, sql

from omics_orchestrator.warehouse.table import names

_SLICE = 50_000
_PART_BYTES = 64 * 2**20


def copy_in(connection: Connection, relation: sql.Composable, frame: pl.DataFrame) -> None:
    """Append the frame's rows to `relation`, whose columns of the same names have its types."""
    oldest = pl.CompatLevel.oldest()
    encoder = ArrowToPostgresBinaryEncoder(frame.clear().to_arrow(compat_level=oldest).schema)
    statement = sql.SQL("copy {} ({}) from stdin (format binary)")
    with (
        connection.cursor() as cursor,
        cursor.copy(statement.format(relation, names(tuple(frame.columns)))) as copy,
    ):
        copy.write(encoder.write_header())
        for part in frame.iter_slices(_SLICE):
            for batch in part.to_arrow(compat_level=oldest).to_batches():
                copy.write(encoder.write_batch(batch))
        copy.write(encoder.finish())


def copy_out(
    connection: Connection,
    relation: sql.Composable,
    schema: Mapping[str, pl.DataType],
    where: sql.Composable,
) -> Iterator[pl.DataFrame]:
    """Read the columns of `schema` from the rows of `relation` that fulfil `where`, part by part.

    At least one part comes; the connection is busy until the last has.
    """
    columns = [_sent(sql.Identifier(name), dtype) for name, dtype in schema.items()]
    statement = sql.SQL("copy (select {} from {} where {}) to stdout (format csv)").format(
        sql.SQL(", ").join(columns), relation, where
    )
    sent = {name: _sent_type(dtype) for name, dtype in schema.items()}
    any_came = False
    for content in _received(connection, statement):
        frame = pl.read_csv(content, has_header=False, schema=sent)
        yield frame.select(_value(pl.col(name), dtype) for name, dtype in schema.items())
        any_came = True
    if not any_came:
        yield pl.DataFrame(schema=schema)


def read_hashes(
    connection: Connection, relation: sql.Composable, where: sql.Composable
) -> pl.Series:
    """Read the row hashes of the rows of `relation` that fulfil `where`, 16 bytes each."""
    # As one value: a COPY would hand them over one by one, at ten times the price.
    statement = sql.SQL("select string_agg(uuid_send(_row_hash), '') from {} where {}")
    with connection.cursor(binary=True) as cursor:
        (joined,) = cursor.execute(statement.format(relation, where)).fetchall()[0]
    hashes = np.frombuffer(joined or b"", dtype="V16").tolist()
    return pl.Series("_row_hash", hashes, dtype=pl.Binary)


def _received(connection: Connection, statement: sql.Composed) -> Iterator[bytes]:
    """What COPY sends, in parts that end where a row ends: libpq hands over whole rows."""
    buffer = io.BytesIO()
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            buffer.write(block)
            if buffer.tell() > _PART_BYTES:
                yield buffer.getvalue()
                buffer = io.BytesIO()
    if buffer.tell():
        yield buffer.getvalue()


def _sent(column: sql.Composable, dtype: pl.DataType) -> sql.Composable:
    match dtype:
        case pl.Date():
            return sql.SQL("{} - date 'epoch'").format(column)
        case pl.Datetime():
            return sql.SQL("(extract(epoch from {}) * 1000000)::bigint").format(column)
        case pl.List():
            return sql.SQL("array_to_json({})").format(column)
        case _:
            return column


def _sent_type(dtype: pl.DataType) -> pl.DataType:
    if dtype.is_temporal():
        return pl.Int64()
    return dtype if dtype in (pl.Int64(), pl.Float64()) else pl.String()


def _value(sent: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    match dtype:
        case pl.Boolean():
            return sent == "t"
        case pl.Decimal():
            return sent.str.to_decimal(scale=dtype.scale).cast(dtype)
        case pl.List():
            return sent.str.json_decode(dtype)
        case pl.Date():
            return sent.cast(pl.Int32).cast(dtype)
        case _:
            return sent.cast(dtype)
