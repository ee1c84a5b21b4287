"""The register of omic files: what each is, whether it is whole, where it lies, and whose it is."""

from omics_orchestrator.catalogue.columns import (
    COMPUTED,
    FILE_COLUMNS,
    FILE_KEY,
    FILE_SCHEMA,
    LINK_COLUMNS,
    LINK_KEY,
    LINK_SCHEMA,
)
from omics_orchestrator.catalogue.files import left_out, register
from omics_orchestrator.catalogue.links import link

__all__ = [
    "COMPUTED",
    "FILE_COLUMNS",
    "FILE_KEY",
    "FILE_SCHEMA",
    "LINK_COLUMNS",
    "LINK_KEY",
    "LINK_SCHEMA",
    "left_out",
    "link",
    "register",
]
