"""The one way a reader says that a file is not whole."""

from omics_orchestrator.errors import PermanentError


class DamagedFileError(PermanentError):
    """A file is not what its format demands; `what` says so without any of its content."""

    def __init__(self, what: str) -> None:
        super().__init__(what, mend="ask for the file again and compare its checksum.")
