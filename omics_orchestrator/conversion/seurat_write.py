"""AnnData or MuData as a Seurat object that Seurat 4 and 5 open: assays of version 4.

A further layer becomes an assay of its own and is marked as such, so that it is read back as what
it was. Names of features stay as they are.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData
from mudata import MuData

from omics_orchestrator.conversion.parts import Cells, Notes
from omics_orchestrator.conversion.r_stream import write_rds
from omics_orchestrator.conversion.r_values import (
    NULL_SLOT,
    column,
    data_frame,
    dense,
    factor,
    instance,
    integers,
    logicals,
    members,
    no_matrix,
    of_annotation,
    reals,
    sparse_slots,
    strings,
    unnamed,
)
from omics_orchestrator.conversion.seurat_read import LAYER_OF
from omics_orchestrator.errors import PermanentError
from omics_orchestrator.formats._r_object import RObject

_PACKAGE = "SeuratObject"
_VERSION = (4, 1, 3)
_OWN = ("active.ident",)
# Members of uns that have slots of their own.
_SLOTS = ("var.features", "project.name", "active.assay")
_KINDS_OF_NUMBERS = "biuf"
_PLANE = 2


def write_seurat(cells: Cells, path: Path, notes: Notes | None = None) -> None:
    """Write cells as a Seurat object.

    Args:
        cells: AnnData, or MuData whose modalities have the same cells.
        path: the .rds file.
        notes: takes what moved and what has no place, by its place in `cells`.

    Raises:
        PermanentError: modalities have different cells, or names of cells or features stand twice.
    """
    write_rds(_Writer(cells, notes or Notes()).seurat(), path)


class _Writer:
    """Builds the object's slots one after another."""

    def __init__(self, cells: Cells, notes: Notes) -> None:
        self._cells = cells
        self._notes = notes
        is_several = isinstance(cells, MuData)
        self._modalities: Mapping[str, AnnData] = dict(cells.mod) if is_several else {"RNA": cells}
        self._prefix = {name: f"mod/{name}/" if is_several else "" for name in self._modalities}
        self._names = [str(name) for name in cells.obs_names]
        for each in (cells, *self._modalities.values()):
            _refuse_twice(each)
            if list(each.obs_names) != list(cells.obs_names):
                raise PermanentError(
                    "its modalities have different cells, or in another order",
                    mend="keep the cells that all modalities have, or convert one modality.",
                )

    def seurat(self) -> RObject:
        """Build the whole object."""
        first = str(self._cells.uns.get("active.assay", ""))
        first = first if first in self._modalities else next(iter(self._modalities))
        assays: dict[str, RObject] = {}
        for name, each in self._modalities.items():
            assays |= self._assays(name, each)
        identity = self._identity()
        identity.attributes["names"] = strings(self._names)
        version = unnamed([integers(_VERSION)])
        version.attributes = {"class": strings(["package_version", "numeric_version"])}
        return instance("Seurat", _PACKAGE, {
            "assays": members(assays),
            "meta.data": self._metadata(),
            "active.assay": strings([first]),
            "active.ident": identity,
            "graphs": members(self._graphs(first)),
            "neighbors": unnamed([]),
            "reductions": members(self._reductions()),
            "images": unnamed([]),
            "project.name": strings([self._project()]),
            "misc": members(self._misc()),
            "version": version,
            "commands": unnamed([]),
            "tools": unnamed([]),
        })  # fmt: skip

    def _assays(self, name: str, each: AnnData) -> dict[str, RObject]:
        place = self._prefix[name]
        counts, data = each.layers.get("counts"), each.X
        if counts is None and data is not None and _is_whole_numbers(data):
            counts = data
        if data is None and counts is None and each.n_vars:
            data = sp.csr_matrix(each.shape)
        if each.raw is not None:
            self._lost(f"{place}raw", ("X", "var_names"), "Seurat has no second set of features")
        found = {name: self._assay(name, each, counts, counts if data is None else data)}
        for layer in each.layers:
            if layer not in ("counts", "scale.data"):
                self._notes.reasons[f"{place}layers/{layer}"] = "stands as an assay of its own"
                values = each.layers[layer]
                mark = {LAYER_OF: strings([name])}
                found[layer] = self._assay(layer, each, None, values, mark)
        return found

    def _assay(
        self,
        name: str,
        each: AnnData,
        counts: Any,
        data: Any,
        mark: Mapping[str, RObject] | None = None,
    ) -> RObject:
        features = [str(feature) for feature in each.var_names]
        var = pd.DataFrame(index=each.var_names) if mark else self._columns(each, "var", name)
        variable = None if mark else each.uns.get("var.features")
        own = {} if mark is None else dict(mark)
        return instance("Assay", _PACKAGE, {
            "counts": no_matrix() if counts is None else self._sparse(counts, features),
            "data": self._sparse(data, features),
            "scale.data": no_matrix() if mark else self._scaled(each, features),
            "key": strings([_key(name)]),
            "assay.orig": NULL_SLOT,
            "var.features": logicals([]) if variable is None else strings([*map(str, variable)]),
            "meta.features": data_frame(var),
            "misc": members(own),
        })  # fmt: skip

    def _scaled(self, each: AnnData, features: list[str]) -> RObject:
        if "scale.data" in each.layers:
            return dense(_filled(each.layers["scale.data"]).T, features, self._names)
        frame = each.obsm.get("scale.data")
        if not isinstance(frame, pd.DataFrame):
            return reals_of_nothing()
        return dense(frame.to_numpy().T, [*map(str, frame.columns)], self._names)

    def _sparse(self, matrix: Any, features: list[str]) -> RObject:
        return instance("dgCMatrix", "Matrix", sparse_slots(matrix, features, self._names))

    def _metadata(self) -> RObject:
        frame = self._columns(self._cells, "obs", "")
        for name, each in self._modalities.items():
            if each is not self._cells:
                own = self._columns(each, "obs", name).add_prefix(f"{name}:")
                for title in own.columns:
                    short = title.removeprefix(f"{name}:")
                    self._notes.moved[f"mod/{name}/obs/{short}"] = f"obs/{title}"
                frame = own.combine_first(frame)[[*frame, *own.columns.difference(frame.columns)]]
        return data_frame(frame)

    def _columns(self, each: Cells, axis: str, name: str) -> pd.DataFrame:
        frame = getattr(each, axis)
        place = self._prefix.get(name, "")
        kept = [title for title in frame.columns if title not in _OWN or axis == "var"]
        for title in list(kept):
            try:
                column(frame[title])
            except TypeError:
                kept.remove(title)
                self._notes.reasons[f"{place}{axis}/{title}"] = "R has no such column"
        return frame[kept]

    def _identity(self) -> RObject:
        known = self._cells.obs.get("active.ident")
        if known is not None and isinstance(known.dtype, pd.CategoricalDtype):
            return factor(known.array)
        return factor(pd.Categorical([self._project()] * len(self._names)))

    def _project(self) -> str:
        return str(self._cells.uns.get("project.name", "SeuratProject"))

    def _graphs(self, assay: str) -> dict[str, RObject]:
        found = {}
        for place, each in self._each():
            for name in each.obsp if isinstance(each, AnnData) else each.obsp.keys():
                target = f"obsp/{name}"
                self._notes.moved[f"{place}obsp/{name}"] = target
                slots = sparse_slots(sp.csr_matrix(each.obsp[name]).T, self._names, self._names)
                found[name] = instance("Graph", _PACKAGE, {**slots, "assay.used": strings([assay])})
        return found

    def _reductions(self) -> dict[str, RObject]:
        found: dict[str, RObject] = {}
        for assay, each in [*self._modalities.items(), ("", self._cells)]:
            if assay == "" and each is next(iter(self._modalities.values())):
                continue
            place = self._prefix.get(assay, "")
            for key in each.obsm:
                if key == "scale.data" or key in self._modalities:
                    continue
                values = each.obsm[key]
                plain = values if isinstance(values, np.ndarray) else _filled(values)
                if plain.ndim != _PLANE or plain.dtype.kind not in _KINDS_OF_NUMBERS:
                    self._notes.reasons[f"{place}obsm/{key}"] = "Seurat's reductions are numbers"
                    continue
                name = key.removeprefix("X_")
                name = f"{assay}.{name}" if name in found else name
                is_pca = isinstance(each, AnnData) and key == "X_pca"
                loadings = each.varm.get("PCs") if is_pca else None
                used = assay or next(iter(self._modalities))
                found[name] = self._reduction(name, key, plain, used, loadings)
        return found

    def _reduction(self, name: str, key: str, values: Any, assay: str, loadings: Any) -> RObject:
        prefix = _key(name)
        titles = [f"{prefix}{number}" for number in range(1, values.shape[1] + 1)]
        features = [*map(str, self._modalities[assay].var_names)]
        fits = loadings is not None and loadings.shape[1] == values.shape[1]
        fitting = dense(loadings, features, titles) if fits else reals_of_nothing()
        spread = self._modalities[assay].uns.get(f"{name}.stdev", [])
        return instance("DimReduc", _PACKAGE, {
            "cell.embeddings": dense(values, self._names, titles),
            "feature.loadings": fitting,
            "feature.loadings.projected": reals_of_nothing(),
            "assay.used": strings([assay]),
            "global": logicals([0]),
            "stdev": reals(spread),
            "key": strings([prefix]),
            "jackstraw": instance("JackStrawData", _PACKAGE, {
                slot: reals_of_nothing()
                for slot in ("empirical.p.values", "fake.reduction.scores",
                             "empirical.p.values.full", "overall.p.values")
            }),
            "misc": members({"obsm": strings([key])}),
        })  # fmt: skip

    def _misc(self) -> dict[str, RObject]:
        found: dict[str, RObject] = {}
        for place, each in self._each():
            for name, value in each.uns.items():
                if name in _SLOTS or str(name).endswith(".stdev"):
                    continue
                try:
                    found[str(name)] = of_annotation(value)
                    self._notes.moved[f"{place}uns/{name}"] = f"uns/{name}"
                except TypeError:
                    self._notes.reasons[f"{place}uns/{name}"] = "R has no such value"
        return found

    def _each(self) -> list[tuple[str, Cells]]:
        inner = [(self._prefix[name], each) for name, each in self._modalities.items()]
        return inner if not isinstance(self._cells, MuData) else [("", self._cells), *inner]

    def _lost(self, place: str, parts: tuple[str, ...], reason: str) -> None:
        self._notes.reasons |= {f"{place}/{part}": reason for part in parts}


def reals_of_nothing() -> RObject:
    """An empty matrix of numbers, as slots of `matrix` demand."""
    found = reals([])
    found.attributes = {"dim": integers([0, 0])}
    return found


def _key(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9]", "", name)
    return f"{plain if plain[:1].isalpha() else f'a{plain}'}_"


def _filled(matrix: Any) -> Any:
    return matrix.toarray() if sp.issparse(matrix) else np.asarray(matrix)


def _is_whole_numbers(matrix: Any) -> bool:
    values = matrix.data if sp.issparse(matrix) else np.asarray(matrix)
    return bool(np.equal(np.mod(values, 1), 0).all() and (values >= 0).all())


def _refuse_twice(each: Cells) -> None:
    for axis, names in (("cells", each.obs_names), ("features", each.var_names)):
        if axis == "features" and isinstance(each, MuData):
            continue
        if not names.is_unique:
            raise PermanentError(
                f"names of {axis} stand twice, which Seurat refuses",
                mend=f"make the names of {axis} unique first.",
            )
