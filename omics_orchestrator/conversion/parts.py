"""AnnData and MuData as a flat list of parts, and how two such lists differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData
from mudata import MuData

from omics_orchestrator.conversion.receipt import Fate, Line

Cells: TypeAlias = AnnData | MuData
_KEYED = ("layers", "obsm", "varm", "obsp", "varp")


@dataclass
class Notes:
    """What reading or writing says of parts that are not where they were.

    Attributes:
        moved: a part's place in the source, and its place in the target.
        reasons: why a part is lost, changed or moved, by its place in the source.
        unread: places of the source that could not be read into memory at all, and why.
    """

    moved: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)


def parts_of(cells: Cells) -> dict[str, Any]:
    """Every part by its place, such as `X`, `obs/batch` or `mod/rna/layers/counts`."""
    if isinstance(cells, MuData):
        found = dict(_annotations(cells))
        for name, each in cells.mod.items():
            found |= {f"mod/{name}/{place}": part for place, part in parts_of(each).items()}
        return found
    found = {} if cells.X is None else {"X": cells.X}
    if cells.raw is not None:
        found |= {"raw/X": cells.raw.X, "raw/var_names": np.asarray(cells.raw.var_names)}
    return found | dict(_annotations(cells))


def _annotations(cells: Cells) -> Iterator[tuple[str, Any]]:
    yield "obs_names", np.asarray(cells.obs_names)
    yield "var_names", np.asarray(cells.var_names)
    for axis in ("obs", "var"):
        frame = getattr(cells, axis)
        yield from ((f"{axis}/{name}", frame[name]) for name in frame.columns)
    for group in _KEYED:
        members = getattr(cells, group, None) or {}  # MuData has no layers
        modalities = cells.mod if isinstance(cells, MuData) else {}
        # MuData keeps there, too, which cells a modality has.
        yield from ((f"{group}/{k}", members[k]) for k in members if k not in modalities)
    yield from ((f"uns/{name}", value) for name, value in cells.uns.items())


def compared(before: Mapping[str, Any], after: Mapping[str, Any], notes: Notes) -> list[Line]:
    """Say of each part what became of it, by what was written and read again."""
    lines = [Line(place, Fate.CHANGED, reason) for place, reason in notes.changed.items()]
    lines += [Line(place, Fate.LOST, reason) for place, reason in notes.unread.items()]
    for place, part in before.items():
        target = notes.moved.get(place, place)
        reason = notes.reasons.get(place, "" if target == place else f"stands as {target}")
        if target in after:
            lines.append(_line(place, part, after[target], reason))
        else:
            lines.append(Line(place, Fate.LOST, reason or "the target has no place for it"))
    return lines


def _line(place: str, before: Any, after: Any, reason: str) -> Line:
    one, two = _plain(before), _plain(after)
    if isinstance(one, dict) or isinstance(two, dict):
        is_same = _same_members(one, two)
        return Line(place, Fate.KEPT if is_same else Fate.CHANGED, reason or _said(is_same))
    if _shape(one) != _shape(two):
        return Line(place, Fate.CHANGED, reason or "it has other dimensions")
    if _is_number(one) and _is_number(two):
        difference, entries = _largest_difference(one, two), _entries(one) == _entries(two)
        fate = Fate.KEPT if difference == 0 and entries else Fate.CHANGED
        return Line(place, fate, reason, difference, entries)
    is_same = _is_number(one) == _is_number(two) and bool(np.array_equal(_texts(one), _texts(two)))
    return Line(place, Fate.KEPT if is_same else Fate.CHANGED, reason or _said(is_same))


def _said(is_same: bool) -> str:  # noqa: FBT001  # the one thing it says
    return "" if is_same else "its values differ"


def _same_members(one: Any, two: Any) -> bool:
    if not (isinstance(one, dict) and isinstance(two, dict)) or set(one) != set(two):
        return False
    return all(_line("", one[name], two[name], "").fate is Fate.KEPT for name in one)


def _plain(part: Any) -> Any:
    """A matrix, an array or a dict; a column of categories as its texts."""
    if sp.issparse(part) or isinstance(part, dict):
        return part
    if isinstance(part, pd.DataFrame):
        return {str(name): part[name] for name in part.columns}
    if isinstance(part, pd.Series):
        if isinstance(part.dtype, pd.CategoricalDtype) or not _is_numeric(part):
            return part.astype(object).where(part.notna(), None).to_numpy()
        return part.to_numpy("f8", na_value=np.nan)
    return np.atleast_1d(np.asarray(part))


def _is_numeric(part: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(part.dtype))


def _shape(part: Any) -> tuple[int, ...]:
    return tuple(part.shape)


def _is_number(part: Any) -> bool:
    return part.dtype.kind in "biufc"


def _largest_difference(one: Any, two: Any) -> float:
    if sp.issparse(one) or sp.issparse(two):
        found = abs(sp.csr_matrix(one).astype("f8") - sp.csr_matrix(two).astype("f8"))
        return float(found.max()) if found.nnz else 0.0
    left, right = np.asarray(one, "f8"), np.asarray(two, "f8")
    gone = np.isnan(left) | np.isnan(right)
    if not np.array_equal(np.isnan(left), np.isnan(right)):
        return float("inf")
    with np.errstate(invalid="ignore"):  # infinity less itself
        difference = np.where(gone | (left == right), 0, np.abs(left - right))
    return float(difference.max(initial=0))


def _entries(part: Any) -> int:
    return int(part.count_nonzero() if sp.issparse(part) else np.count_nonzero(part))


def _texts(part: Any) -> Any:
    return np.asarray([None if each is None else str(each) for each in part.ravel()], object)
