"""The register of omic files: what each is, whether it is whole, where it lies, and whose it is."""

from omics_orchestrator.catalogue.columns import (
    COMPUTED,
    FILE_COLUMNS,
    FILE_KEY,
    FILE_SCHEMA,
)
from omics_orchestrator.catalogue.derivation import Derived, derived
from omics_orchestrator.catalogue.files import Round
from omics_orchestrator.catalogue.keeping import key_of
from omics_orchestrator.catalogue.linking import Tied, texts_needed, tie
from omics_orchestrator.catalogue.registering import Author, Outcome, Progress, forget, register

__all__ = [
    "COMPUTED",
    "FILE_COLUMNS",
    "FILE_KEY",
    "FILE_SCHEMA",
    "Author",
    "Derived",
    "Outcome",
    "Progress",
    "Round",
    "Tied",
    "derived",
    "forget",
    "key_of",
    "register",
    "texts_needed",
    "tie",
]
