"""Tables as Parquet; which program's table it is, its columns tell.

The columns stand at the end of the file, so a Parquet of DIA-NN or Olink is this format too, with
the program as `dialect`. Read by Arrow in a process of its own.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import SEEK_END
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._apart import Read, read_apart
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._personal_words import names_a_person

MAGIC = b"PAR1"
_ENDING = struct.Struct("<I4s")  # the footer's length, and the four letters again
_MOST_COLUMNS = 200
_ROWS = 1 << 16
# Columns that are told to be a program's own, in lower case.
_DIALECTS = {
    "diann": {"run", "precursor.id", "protein.group"},
    "olink": {"sampleid", "olinkid", "uniprot"},
    "xenium_transcripts": {"transcript_id", "cell_id", "feature_name", "qv"},
    "xenium_cells": {"cell_id", "x_centroid", "y_centroid", "transcript_counts"},
    "xenium_boundaries": {"cell_id", "vertex_x", "vertex_y"},
    "visium_positions": {"barcode", "in_tissue", "array_row", "array_col"},
    "cosmx_transcripts": {"fov", "cell_id", "target", "x_global_px"},
}
_OF_ROWS = frozenset({"name", "names"})


def sniff(head: Head) -> bool:
    """The four letters that Parquet begins with."""
    return head.raw.startswith(MAGIC)


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Rows, row groups, columns, what wrote it, how it is packed, and the dialect if told."""
    return _read(footer_of, stream)


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Read the footer, and whether every column's pieces lie before it."""
    return _read(pieces_of, stream)


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Read every page, with its CRC where the file has them, and count the rows."""
    return _read(pages_of, stream)


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Columns that are named like what says who a person is."""
    names = _read(columns_of, stream)["columns"]
    return [
        f"column {name}"
        for name in (names if isinstance(names, list) else ())
        if str(name).lower() not in _OF_ROWS and names_a_person(str(name))
    ]


def _read(read: Read, stream: BinaryIO) -> Mapping[str, object]:
    # A cut file is told here, without a process.
    size = stream.seek(0, SEEK_END)
    stream.seek(max(0, size - _ENDING.size))
    ending = stream.read()
    length, magic = _ENDING.unpack(ending) if len(ending) == _ENDING.size else (0, b"")
    if magic != MAGIC or length + _ENDING.size + len(MAGIC) > size:
        raise DamagedFileError("it does not end with the footer that Parquet ends with")
    return read_apart(read, stream)


def columns_of(stream: BinaryIO) -> Mapping[str, object]:
    """Name every column, in this process."""
    with _opened(stream) as file:
        return {"columns": list(file.schema_arrow.names)}


def footer_of(stream: BinaryIO) -> Mapping[str, object]:
    """Describe a Parquet file in this process."""
    with _opened(stream) as file:
        return _facts(file)


def pieces_of(stream: BinaryIO) -> Mapping[str, object]:
    """Look over a Parquet file in this process."""
    with _opened(stream) as file:
        size = stream.seek(0, SEEK_END)
        for start, length in _pieces(file.metadata):
            if start < len(MAGIC) or length < 0 or start + length > size - len(MAGIC):
                raise DamagedFileError("a column's data lie outside the file")
        return _facts(file)


def pages_of(stream: BinaryIO) -> Mapping[str, object]:
    """Read a Parquet file through in this process."""
    pieces_of(stream)
    with _opened(stream) as file:
        rows = sum(batch.num_rows for batch in file.iter_batches(_ROWS, use_threads=False))
        if rows != file.metadata.num_rows:
            raise DamagedFileError("it holds another number of rows than its footer says")
        return {"rows": rows}


def _facts(file: Any) -> dict[str, object]:
    metadata, names = file.metadata, list(file.schema_arrow.names)
    packed = {
        metadata.row_group(group).column(column).compression
        for group in range(min(1, metadata.num_row_groups))
        for column in range(metadata.num_columns)
    }
    facts = {
        "rows": metadata.num_rows,
        "row_groups": metadata.num_row_groups,
        "n_columns": len(names),
        "created_by": metadata.created_by,
        "compression": sorted(str(name).lower() for name in packed),
        "dialect": _dialect(names),
    }
    return facts | ({"columns": names} if len(names) <= _MOST_COLUMNS else {})


def _dialect(names: Sequence[str]) -> str | None:
    found = {name.lower() for name in names}
    return next((name for name, columns in _DIALECTS.items() if columns <= found), None)


def _pieces(metadata: Any) -> Iterator[tuple[int, int]]:
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            piece = metadata.row_group(group).column(column)
            first = piece.dictionary_page_offset or piece.data_page_offset
            yield min(first, piece.data_page_offset), piece.total_compressed_size


@contextmanager
def _opened(stream: BinaryIO) -> Iterator[Any]:
    stream.seek(0)
    try:
        yield pq.ParquetFile(
            stream, page_checksum_verification=True, buffer_size=1 << 20, pre_buffer=False
        )
    except pa.ArrowNotImplementedError:
        raise DamagedFileError("it is packed or encrypted in a way that cannot be read") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # the disk failed, not the file
        raise DamagedFileError("its footer or a page cannot be read") from None


FORMAT = Format(
    name="parquet",
    suffixes=(".parquet",),
    modality="table",
    stage="matrix",
    sniff=sniff,
    describe=describe,
    look_over=look_over,
    read_through=read_through,
    personal_fields=personal_fields,
)
