"""What a Seurat object holds, of versions 2 to 5: assays, layers, cells, reductions, columns."""

from collections.abc import Iterator, Mapping

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._r_object import INTEGER, LIST, REAL, RObject
from omics_orchestrator.formats._r_tables import (
    columns_of,
    dimensions,
    is_on_disk,
    personal_among,
    rows_of,
    samples_in,
)

CLASSES = ("Seurat", "seurat")
_SLOTS = ("counts", "data", "scale.data")
_OLD_SLOTS = ("raw.data", "data", "scale.data")
_NOTHING = RObject(LIST, [])


def is_seurat(found: RObject) -> bool:
    """Tell a Seurat object by its class."""
    return any(name in CLASSES for name in found.classes)


def seurat_facts(found: RObject) -> dict[str, object]:
    """Describe a Seurat object as it was read."""
    columns = metadata_of(found)
    assays = {name: _assay(each) for name, each in assays_of(found).items()}
    cells = rows_of(found.attributes.get("meta.data", _NOTHING))
    if cells is None:
        raise DamagedFileError("its table of cells is absent")
    return {
        "class": found.classes[0],
        "seurat_version": version_of(found.attributes.get("version")),
        "n_cells": cells,
        "active_assay": next(iter(found.strings_of("active.assay")), None),
        "assays": assays,
        "reductions": {name: dimensions(each) for name, each in embeddings_of(found).items()},
        "metadata_columns": list(columns),
        "images": len(found.attributes.get("images", _NOTHING).named),
        **samples_in(columns),
    }


def assays_of(found: RObject) -> Mapping[str, RObject]:
    """The assays by their names; of version 2, whose object is one, itself as RNA."""
    if "raw.data" in found.attributes:
        return {"RNA": found, **found.attributes.get("assay", _NOTHING).named}
    return found.attributes.get("assays", _NOTHING).named


def metadata_of(found: RObject) -> Mapping[str, RObject]:
    """The columns of the table of cells."""
    return columns_of(found.attributes.get("meta.data", _NOTHING))


def embeddings_of(found: RObject) -> Mapping[str, RObject]:
    """The reductions' coordinates of cells by the reductions' names."""
    reductions = found.attributes.get("reductions") or found.attributes.get("dr") or _NOTHING
    slots = {name: each.attributes for name, each in reductions.named.items()}
    return {
        name: each["cell.embeddings"] for name, each in slots.items() if "cell.embeddings" in each
    }


def layers_of(assay: RObject) -> Mapping[str, RObject]:
    """An assay's matrices: the layers of an Assay5, otherwise its three slots."""
    if "layers" in assay.attributes:
        return assay.attributes["layers"].named
    names = _OLD_SLOTS if "raw.data" in assay.attributes else _SLOTS
    return {name: assay.attributes[name] for name in names if name in assay.attributes}


def _assay(assay: RObject) -> dict[str, object]:
    layers = layers_of(assay)
    facts: dict[str, object] = {
        "class": next(iter(assay.classes), None),
        "layers": {name: dimensions(each) for name, each in layers.items()},
    }
    on_disk = sorted(name for name, each in layers.items() if is_on_disk(each))
    # Their numbers are not in this file: only a path to them is.
    return {**facts, "layers_on_disk": on_disk} if on_disk else facts


def version_of(found: RObject | None) -> str | None:
    """A package_version as text."""
    first = found.value[0] if found and found.kind == LIST and found.value else None
    is_held = first is not None and first.kind in (INTEGER, REAL) and first.value is not None
    return ".".join(str(int(part)) for part in first.value) if first and is_held else None


def personal_in_seurat(found: RObject) -> Iterator[str]:
    """Name columns of cells, and members of misc, that may say who a person is."""
    yield from personal_among(metadata_of(found), "meta.data column")
    yield from personal_among(found.attributes.get("misc", _NOTHING).named, "misc entry")
