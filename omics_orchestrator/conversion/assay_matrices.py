"""An assay's matrices, as Seurat 2 to 5 keep them, as matrices of all cells by all features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from omics_orchestrator.conversion.r_values import NOT_AVAILABLE
from omics_orchestrator.formats._r_object import LOGICAL, RObject
from omics_orchestrator.formats._r_tables import dimensions, is_on_disk
from omics_orchestrator.formats._seurat_object import layers_of

_STEMS = ("scale.data", "counts", "data")


@dataclass(frozen=True)
class Layer:
    """One matrix of an assay, cells by features, with the names of both."""

    matrix: Any
    cells: Sequence[str]
    features: Sequence[str]


class UnreadableError(Exception):
    """A matrix's numbers are not in the file, or are of a kind that has none."""


def features_of(assay: RObject) -> list[str]:
    """The names of an assay's features."""
    if "features" in assay.attributes:
        return _dimension_names(assay.attributes["features"])[0]
    found = [_dimension_names(each)[0] for each in _filled(assay).values()]
    return max(found, key=len, default=[])


def matrices_of(assay: RObject) -> dict[str, list[Layer]]:
    """The matrices by what they are (counts, data, scale.data …), of split layers each part.

    Raises:
        UnreadableError: one lies on a disk.
    """
    found: dict[str, list[Layer]] = {}
    for name, matrix in _filled(assay).items():
        name = "counts" if name == "raw.data" else name  # noqa: PLW2901  # as it was called in version 2
        found.setdefault(_stem(name), []).append(_layer(assay, name, matrix))
    return found


def joined(parts: Sequence[Layer], cells: Sequence[str], features: Sequence[str]) -> Any:
    """Put the parts into one matrix of all cells and features; what no part has is zero."""
    if len(parts) == 1 and _is(parts[0].cells, cells) and _is(parts[0].features, features):
        return parts[0].matrix
    rows, columns = pd.Index(cells), pd.Index(features)
    found = [_placed(part, rows, columns) for part in parts]
    data, row, column = (np.concatenate([each[n] for each in found]) for n in range(3))
    return sp.csr_matrix((data, (row, column)), shape=(len(cells), len(features)))


def as_frame(parts: Sequence[Layer], cells: Sequence[str]) -> pd.DataFrame:
    """Put matrices of some features only, as scaled ones are, into a table of all cells."""
    frames = [pd.DataFrame(_dense(each.matrix), each.cells, each.features) for each in parts]
    return pd.concat(frames).reindex(list(cells))


def matrix_of(found: RObject) -> Any:
    """The numbers of R's matrix, transposed: cells by features.

    Raises:
        UnreadableError: they are not in the file.
    """
    slots = found.attributes
    shape = dimensions(found)
    if is_on_disk(found) or not shape:
        raise UnreadableError
    rows, columns = shape
    if {"i", "p"} <= set(slots):
        values = slots["x"].value if "x" in slots else np.ones(slots["i"].length)
        parts = (values, slots["i"].value, slots["p"].value)
        return sp.csr_matrix(parts, shape=(columns, rows))
    if {"j", "p", "x"} <= set(slots):
        parts = (slots["x"].value, slots["j"].value, slots["p"].value)
        return sp.csc_matrix(parts, shape=(columns, rows)).tocsr()
    if found.value is None:
        raise UnreadableError
    values = np.asarray(found.value)
    if found.kind == LOGICAL:
        values = np.where(values == NOT_AVAILABLE, np.nan, values)
    return values.reshape((rows, columns), order="F").T


def _filled(assay: RObject) -> Mapping[str, RObject]:
    found = layers_of(assay)
    return {name: each for name, each in found.items() if 0 not in dimensions(each) != []}


def _stem(name: str) -> str:
    return next((stem for stem in _STEMS if name == stem or name.startswith(f"{stem}.")), name)


def _layer(assay: RObject, name: str, found: RObject) -> Layer:
    matrix = matrix_of(found)
    if "features" in assay.attributes:  # of Assay5 only the maps name cells and features
        maps = (assay.attributes["cells"], assay.attributes["features"])
        cells, features = (_mapped(each, name) for each in maps)
        return Layer(matrix, cells, features)
    features, cells = _dimension_names(found)
    return Layer(matrix, cells, features)


def _mapped(log_map: RObject, layer: str) -> list[str]:
    names, layers = _dimension_names(log_map)
    has = np.asarray(log_map.value).reshape((len(names), len(layers)), order="F")
    return [name for name, there in zip(names, has[:, layers.index(layer)], strict=True) if there]


def _dimension_names(found: RObject) -> list[list[str]]:
    names = found.attributes.get("Dimnames") or found.attributes.get("dimnames")
    return [each.texts for each in names.value] if names else [[], []]


def _placed(part: Layer, rows: pd.Index, columns: pd.Index) -> tuple[Any, Any, Any]:
    matrix = sp.coo_matrix(part.matrix)
    row = rows.get_indexer(pd.Index(part.cells))[matrix.row]
    column = columns.get_indexer(pd.Index(part.features))[matrix.col]
    known = (row >= 0) & (column >= 0)
    return matrix.data[known], row[known], column[known]


def _is(one: Sequence[str], two: Sequence[str]) -> bool:
    return list(one) == list(two)


def _dense(matrix: Any) -> Any:
    return matrix.toarray() if sp.issparse(matrix) else matrix
