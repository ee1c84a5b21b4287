"""Where rows come from. Each module defines `read` for one kind of source.

A source receives an open client, asks for the fields it may have, and gives every cell as text:
what a value means is the dictionary's business, not the reader's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

from omics_orchestrator.dictionary.model import Source

# The hidden files of a zarr store are data.
_UNFINISHED = re.compile(
    r"(?:\.(?!z(?:array|attrs|group|metadata)$)|~\$).*|.*\.(?:part|partial|filepart|crdownload|download|tmp)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Request:
    """What is asked of a source, and in whose name.

    Attributes:
        study: the study's name, for messages.
        name: the source's name within the study.
        source: its description in the study file.
        released: fields that a steward mapped; free text comes only when it is among them.
    """

    study: str
    name: str
    source: Source
    released: frozenset[str]

    @property
    def place(self) -> dict[str, str]:
        """Study and source, as errors name them."""
        return {"study": self.study, "source": self.name}


@dataclass(frozen=True)
class Extract:
    """What a source gave.

    Attributes:
        tables: per raw table, its rows; every column is text, a blank cell is null.
        withheld: fields that were not asked for, each with the rule that holds it back.
        scope: what the answer covers (server version, files, lines left out …); never a value.
    """

    tables: Mapping[str, pl.DataFrame]
    withheld: Mapping[str, str] = field(default_factory=dict)
    scope: Mapping[str, str | int] = field(default_factory=dict)


class Read(Protocol):
    """What each module of this package defines as `read` (`tests/contracts/test_sources.py`).

    It gives exactly the tables that the source's description names, an empty one with its columns,
    and the same rows in the same order as long as the source says the same. TransientError when
    the source is away or its answer is incomplete, SourceError when a person must mend something.
    """

    def __call__(self, client: Any, request: Request, /) -> Extract:
        """Read what is requested through an open client, engine, or streams of files."""
        ...


def is_unfinished(path: str) -> bool:
    """Tell whether a file's name says that it is hidden, locked by Excel, or still being written.

    Such a file is nobody's data: an upload gets its own name when it is whole.
    """
    return _UNFINISHED.fullmatch(path.rpartition("/")[2]) is not None
