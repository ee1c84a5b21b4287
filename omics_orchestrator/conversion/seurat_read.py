"""A Seurat object as AnnData, or as MuData when it has several assays."""

import warnings
from collections.abc import Collection, Mapping
from typing import BinaryIO

import mudata
import numpy as np
import pandas as pd
from anndata import AnnData

from omics_orchestrator.conversion.assay_matrices import (
    UnreadableError,
    as_frame,
    features_of,
    joined,
    matrices_of,
    matrix_of,
)
from omics_orchestrator.conversion.parts import Cells, Notes
from omics_orchestrator.conversion.r_values import annotation_of, frame_of, values_of
from omics_orchestrator.errors import PermanentError
from omics_orchestrator.formats._r_object import INTEGER, LIST, LOGICAL, REAL, S4, STRINGS, RObject
from omics_orchestrator.formats._r_objects import Reader
from omics_orchestrator.formats._r_tables import objects_of
from omics_orchestrator.formats._seurat_object import assays_of, is_seurat

LAYER_OF = "layer_of"  # the mark our writer leaves in the misc of an assay that was a layer
_NOTHING = RObject(LIST, [])
_READ = {
    "assays", "meta.data", "active.assay", "active.ident", "graphs", "reductions", "misc",
    "project.name", "version", "class",
    # of version 2
    "raw.data", "data", "scale.data", "var.genes", "ident", "dr", "assay", "cell.names", "is.expr",
}  # fmt: skip
_READ_OF_ASSAY = {
    "counts", "data", "scale.data", "layers", "cells", "features", "default", "key", "assay.orig",
    "var.features", "meta.features", "meta.data", "class",
}  # fmt: skip
_VECTORS = (STRINGS, LOGICAL, INTEGER, REAL)


def read_seurat(stream: BinaryIO, notes: Notes | None = None) -> Cells:
    """Read the first Seurat object of an .rds or .rda file.

    Args:
        stream: the file.
        notes: takes what could not be read, and what was joined.

    Raises:
        DamagedFileError: the file is not whole.
        PermanentError: it holds no Seurat object.
    """
    found = objects_of(Reader(stream, keep=True)).values()
    seurat = next((each for each in found if is_seurat(each)), None)
    if seurat is None or "meta.data" not in seurat.attributes:
        raise PermanentError(
            "the file holds no Seurat object", mend="name a file that `saveRDS(object)` wrote."
        )
    return _Seurat(seurat, notes or Notes()).cells()


class _Seurat:
    """One object, read assay by assay."""

    def __init__(self, found: RObject, notes: Notes) -> None:
        self._slots = found.attributes
        self._assays = assays_of(found)
        self._notes = notes
        self._obs = self._table(self._slots["meta.data"], "obs")

    def cells(self) -> Cells:
        layers = {
            name: of for name, each in self._assays.items() if (of := _mark(each)) in self._assays
        }
        whole = {
            name: self._assay(name, each)
            for name, each in self._assays.items()
            if name not in layers
        }
        for name, of in layers.items():
            parts = matrices_of(self._assays[name])
            place = (list(self._obs.index), list(whole[of].var_names))
            whole[of].layers[name] = joined(next(iter(parts.values())), *place)
        return self._one(whole) if len(whole) == 1 else self._several(whole)

    def _one(self, whole: Mapping[str, AnnData]) -> AnnData:
        (name, cells), *_ = whole.items()
        cells.obs = self._obs
        self._reductions({name: cells}, cells)
        self._rest(cells)
        return cells

    def _several(self, whole: Mapping[str, AnnData]) -> Cells:
        with mudata.set_options(pull_on_update=False), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # assays share features
            both = mudata.MuData(dict(whole))
        both.obs = self._obs.reindex(both.obs_names)
        self._reductions(whole, both)
        self._rest(both)
        both.uns["active.assay"] = next(iter(self._slots["active.assay"].texts), "")
        return both

    def _assay(self, name: str, assay: RObject) -> AnnData:
        cells, features = list(self._obs.index), features_of(assay)
        frame = assay.attributes.get("meta.features") or assay.attributes.get("meta.data")
        var = (
            self._table(frame, f"{name}: var")
            if frame and "raw.data" not in assay.attributes
            else pd.DataFrame()
        )
        var = (
            var.set_axis(features, axis=0)
            if len(var) == len(features)
            else pd.DataFrame(index=features)
        )
        found = AnnData(obs=pd.DataFrame(index=cells), var=var)
        if variable := _variable_features(assay):
            found.uns["var.features"] = np.array(variable)
        self._fill(found, name, assay)
        if "raw.data" not in assay.attributes:  # of version 2 the object itself is the assay
            self._leave(assay.attributes, _READ_OF_ASSAY, f"{name}: ")
        return found

    def _fill(self, found: AnnData, name: str, assay: RObject) -> None:
        try:
            matrices = matrices_of(assay)
        except UnreadableError:
            self._notes.unread[f"{name}: layers"] = (
                "their numbers lie in another file (BPCells, HDF5)"
            )
            return
        cells, features = list(found.obs_names), list(found.var_names)
        for kind, parts in matrices.items():
            known = {feature for part in parts for feature in part.features}
            if kind == "scale.data" and known != set(features):
                found.obsm[kind] = as_frame(parts, cells)
                continue
            found.layers[kind] = joined(parts, cells, features)
            if len(parts) > 1:
                self._notes.changed[f"{name}: {kind}"] = f"joined of {len(parts)} split layers"
            elif set(parts[0].cells) - set(cells) or known - set(features):
                self._notes.changed[f"{name}: {kind}"] = "cells or features outside the object went"
        main = next((each for each in ("data", "counts") if each in found.layers), None)
        if main:
            found.X = found.layers.pop(main)

    def _reductions(self, whole: Mapping[str, AnnData], fallback: Cells) -> None:
        reductions = self._slots.get("reductions") or self._slots.get("dr") or _NOTHING
        for name, each in reductions.named.items():
            used = next(iter(each.strings_of("assay.used")), "")
            target = whole.get(used, fallback)
            misc = each.attributes.get("misc", _NOTHING).named
            key = next(iter(misc["obsm"].texts), "") if "obsm" in misc else f"X_{name}"
            target.obsm[key] = np.asarray(matrix_of(each.attributes["cell.embeddings"])).T
            self._loadings(target, name, each)
            left = ("feature.loadings.projected", "jackstraw")
            slots = {slot: each.attributes[slot] for slot in left if slot in each.attributes}
            self._leave(slots, (), f"{name}: ")
            spread = each.attributes.get("stdev")
            if spread and spread.length:
                target.uns[f"{name}.stdev"] = np.asarray(spread.value)

    def _loadings(self, target: Cells, name: str, reduction: RObject) -> None:
        loadings = reduction.attributes.get("feature.loadings")
        if loadings is None or not loadings.length or not isinstance(target, AnnData):
            return
        names = loadings.attributes["dimnames"].value[0].texts
        frame = pd.DataFrame(np.asarray(matrix_of(loadings)).T, index=names)
        key = "PCs" if name == "pca" else f"{name}.loadings"
        # Features that took no part have no loading, which is what zero says.
        target.varm[key] = frame.reindex(target.var_names).fillna(0).to_numpy()

    def _rest(self, target: Cells) -> None:
        for name, each in self._slots.get("graphs", _NOTHING).named.items():
            target.obsp[name] = matrix_of(each).T.tocsr()
        for name, each in self._slots.get("misc", _NOTHING).named.items():
            try:
                target.uns[name] = annotation_of(each)
            except TypeError:
                self._notes.unread[f"misc/{name}"] = "it is of a kind that only R has"
        identity = self._slots.get("active.ident") or self._slots.get("ident")
        if identity is not None and identity.length == len(self._obs):
            target.obs["active.ident"] = values_of(identity).set_axis(self._obs.index)
        if project := self._slots.get("project.name", _NOTHING).texts:
            target.uns["project.name"] = project[0]
        self._leave(self._slots, _READ, "")

    def _leave(self, slots: Mapping[str, RObject], read: Collection[str], place: str) -> None:
        for name, each in slots.items():
            if name not in read and _holds(each):
                self._notes.unread[f"{place}{name}"] = "AnnData has no place for it"

    def _table(self, frame: RObject, place: str) -> pd.DataFrame:
        for name, each in frame.named.items():
            if each.kind not in _VECTORS:
                self._notes.unread[f"{place}/{name}"] = "the column is no vector"
        return frame_of(frame)


def _variable_features(assay: RObject) -> list[str]:
    """The variable features in their order, which version 5 keeps in columns of features."""
    for slot in ("var.features", "var.genes"):
        if slot in assay.attributes:
            return assay.attributes[slot].texts
    columns = assay.attributes.get("meta.data", _NOTHING).named
    if not {"var.features", "var.features.rank"} <= set(columns):
        return []
    names, ranks = (columns[name].value for name in ("var.features", "var.features.rank"))
    return [name for _, name in sorted(zip(ranks, names, strict=True), key=_rank) if name]


def _rank(ranked: tuple[int, str | None]) -> int:
    return int(ranked[0])


def _holds(found: RObject) -> bool:
    """Tell whether there is anything in a slot; an object of empty slots is empty."""
    if found.kind == S4:
        inner = {name: each for name, each in found.attributes.items() if name != "class"}
        return any(map(_holds, inner.values()))
    return found.length > 0


def _mark(assay: RObject) -> str:
    misc = assay.attributes.get("misc", _NOTHING).named
    return next(iter(misc[LAYER_OF].texts), "") if LAYER_OF in misc else ""
