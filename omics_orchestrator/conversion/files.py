"""Files of cells read, written, and converted with a receipt that reading back has proved."""

import hashlib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import anndata
import mudata
from anndata import AnnData
from mudata import MuData

from omics_orchestrator.conversion.parts import Cells, Notes, compared, parts_of
from omics_orchestrator.conversion.receipt import Receipt
from omics_orchestrator.conversion.seurat_read import read_seurat
from omics_orchestrator.conversion.seurat_write import write_seurat
from omics_orchestrator.errors import PermanentError

_R = (".rds", ".rda", ".rdata")


def convert(source: Path, target: Path, *, modality: str = "") -> Receipt:
    """Convert between h5ad, h5mu and Seurat's rds, by the files' endings.

    Args:
        source: an .h5ad, .h5mu, .rds or .rda file.
        target: a new .h5ad, .h5mu or .rds file.
        modality: which one an h5ad gets of several; blank: the first.

    Raises:
        PermanentError: the target is there already, or an ending or a modality is unknown.
        DamagedFileError: the source is not whole.
    """
    write = _WRITERS.get(target.suffix.lower())
    if write is None or source.suffix.lower() not in _READERS:
        raise PermanentError(
            "only .h5ad, .h5mu, .rds and .rda are converted, into .h5ad, .h5mu or .rds",
            mend="give the files one of these endings.",
        )
    if target.exists():
        raise PermanentError(
            "the target is there already", mend="name a new file.", file=target.name
        )
    notes = Notes()
    cells = _read(source, notes)
    before = parts_of(cells)
    chosen = _fitting(cells, target.suffix.lower(), modality, notes)
    # Not under its own name before it is proved: who sees it may trust it.
    draft = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix.lower()}")
    try:
        write(chosen, draft, notes)
        after = parts_of(_read(draft, Notes()))
        lines = compared(before, after, notes)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    return Receipt(source.name, target.name, _sha256(source), _sha256(target), lines)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fitting(cells: Cells, suffix: str, modality: str, notes: Notes) -> Cells:
    """Give what the target can hold: one modality of several, or several of one."""
    if suffix == ".h5mu" and isinstance(cells, AnnData):
        name = modality or "rna"
        notes.moved |= {place: f"mod/{name}/{place}" for place in parts_of(cells)}
        with _quiet():
            return MuData({name: cells})
    if suffix == ".h5ad" and isinstance(cells, MuData):
        name = modality or str(cells.uns.get("active.assay", next(iter(cells.mod))))
        if name not in cells.mod:
            raise PermanentError(
                "it has no such modality", mend=f"choose of {', '.join(cells.mod)}."
            )
        return _chosen(cells, name, notes)
    return cells


def _chosen(cells: MuData, name: str, notes: Notes) -> AnnData:
    found = cells.mod[name].copy()
    for place in parts_of(cells):
        if place.startswith(f"mod/{name}/"):
            notes.moved[place] = place.removeprefix(f"mod/{name}/")
        elif place.startswith("mod/"):
            notes.reasons[place] = f"an h5ad holds one modality, and this one holds {name}"
            notes.moved[place] = "another modality"
    reason = f"an h5ad holds one modality, and this one holds {name}"
    notes.reasons |= dict.fromkeys(("var_names", *(f"var/{v}" for v in cells.var)), reason)
    for title in cells.obs.columns.difference(found.obs.columns):
        found.obs[title] = cells.obs[title].reindex(found.obs_names)
    found.uns |= {key: cells.uns[key] for key in cells.uns if key not in found.uns}
    if list(found.obs_names) == list(cells.obs_names):
        for group in ("obsm", "obsp"):
            ours, theirs = getattr(found, group), getattr(cells, group)
            for key in theirs.keys() - ours.keys() - cells.mod.keys():
                ours[key] = theirs[key]
    return found


def _read(path: Path, notes: Notes) -> Cells:
    return _READERS[path.suffix.lower()](path, notes)


def _read_h5ad(path: Path, _: Notes) -> AnnData:
    with _quiet():
        return anndata.read_h5ad(path)


def _read_h5mu(path: Path, _: Notes) -> MuData:
    with _quiet():
        return mudata.read_h5mu(path)


def _read_r(path: Path, notes: Notes) -> Cells:
    with path.open("rb") as stream, _quiet():
        return read_seurat(stream, notes)


def _write_h5ad(cells: Cells, path: Path, _: Notes) -> None:
    with _quiet():
        cells.write_h5ad(path, compression="gzip")


def _write_h5mu(cells: Cells, path: Path, _: Notes) -> None:
    with _quiet():
        cells.write_h5mu(path, compression="gzip")


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the libraries say of their next versions, and with all that h5ad can hold."""
    with (
        warnings.catch_warnings(),
        mudata.set_options(pull_on_update=False),
        anndata.settings.override(allow_write_nullable_strings=True),
    ):
        warnings.simplefilter("ignore")
        yield


_READERS: Mapping[str, Callable[[Path, Notes], Cells]] = {
    ".h5ad": _read_h5ad,
    ".h5mu": _read_h5mu,
    **dict.fromkeys(_R, _read_r),
}
_WRITERS: Mapping[str, Callable[[Cells, Path, Notes], None]] = {
    ".h5ad": _write_h5ad,
    ".h5mu": _write_h5mu,
    ".rds": write_seurat,
}
