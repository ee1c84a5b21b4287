"""One rule for names: asset key ⇄ Postgres relation ⇄ group.

`[layer, domain, table]` is `layer.domain__table`, and `[layer, table]` is `layer.table`. A part
holds no double underscore, so the way back is unambiguous.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

LAYERS = (
    "raw", "tidy", "core", "exposure", "omics", "datasets", "star", "published", "ops", "vault",
)  # fmt: skip
_PART = re.compile(r"[a-z](?:_?[a-z0-9])*")
_POSTGRES_NAME_BYTES = 63
_PART_LENGTH = 40
_TAIL_LENGTH = 6


def is_part(text: str) -> bool:
    """Tell whether `text` may stand as one part of a name: lower_snake, no `__`, no `-`."""
    return _PART.fullmatch(text) is not None


def as_part(text: str) -> str:
    """Make a part of a name out of any text; one that is a part already, and short, stays.

    What is changed gets a tail made of the whole text, so that two texts never become one name.
    """
    if is_part(text) and len(text) <= _PART_LENGTH:
        return text
    stem = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    tail = hashlib.sha256(text.encode()).hexdigest()[:_TAIL_LENGTH]
    kept = f"t_{stem}"[: _PART_LENGTH - _TAIL_LENGTH - 1].rstrip("_")
    return f"{kept}_{tail}"


@dataclass(frozen=True, order=True)
class TableName:
    """Where a table lives: its layer, the study or domain it belongs to, and its own name."""

    layer: str
    table: str
    domain: str | None = None

    def __post_init__(self) -> None:
        if self.layer not in LAYERS:
            raise ValueError(f"layer {self.layer!r} is none of {', '.join(LAYERS)}")
        for part in filter(None, (self.domain, self.table)):
            if not is_part(part):
                raise ValueError(f"{part!r} is not lower_snake with single underscores")
        if len(self.relation) > _POSTGRES_NAME_BYTES:
            raise ValueError(f"{self.relation!r} is longer than {_POSTGRES_NAME_BYTES} bytes")

    @property
    def key(self) -> tuple[str, ...]:
        """The asset key's parts."""
        return tuple(filter(None, (self.layer, self.domain, self.table)))

    @property
    def relation(self) -> str:
        """The table's name inside its schema, which is the layer."""
        return f"{self.domain}__{self.table}" if self.domain else self.table

    @property
    def group(self) -> str:
        """The Dagster group: the study for raw and core assets, otherwise the layer."""
        return self.domain if self.domain and self.layer in ("raw", "tidy", "core") else self.layer

    def __str__(self) -> str:
        return f"{self.layer}.{self.relation}"

    @classmethod
    def from_key(cls, key: Sequence[str]) -> Self:
        """Read an asset key's parts; ValueError when they are not a name of ours."""
        match list(key):
            case [layer, domain, table]:
                return cls(layer, table, domain)
            case [layer, table]:
                return cls(layer, table)
        raise ValueError(f"an asset key has two or three parts, not {len(key)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `layer.domain__table` or `layer.table`."""
        layer, _, relation = text.partition(".")
        domain, separator, table = relation.partition("__")
        return cls(layer, table, domain) if separator else cls(layer, relation)
