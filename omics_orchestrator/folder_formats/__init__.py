"""What folders of objects are that are one thing together. Each module defines `FORMAT`.

The promise is that of `formats.Format`, on a folder in place of a stream: the names tell what it
is, `describe` reads metadata only, `look_over` compares names and sizes, `read_through` reads all.
"""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from omics_orchestrator.formats import DamagedFileError, Depth, Finding
from omics_orchestrator.formats._folder import Folder
from omics_orchestrator.registry import offers

__all__ = ["Folder", "FolderFormat", "folder_formats", "identify_folder"]


@dataclass(frozen=True)
class FolderFormat:
    """One format that is a folder, and how to read it.

    Attributes:
        name: our name of the format, lower_snake.
        suffixes: endings of the folder's name that it is known by, lower case, with their dot.
        modality: as of `formats.Format`.
        stage: as of `formats.Format`.
        marks: names of objects right in the folder by any of which it is known in a listing.
        sniff: tells from the names below the folder whether it is of this format.
        describe: reads metadata only; plain JSON values. Raises DamagedFileError without any.
        look_over: compares names and sizes with what the metadata demand.
        read_through: reads every object; DamagedFileError when the folder is not whole.
        personal_fields: names the places of the metadata that may say who a person is.
    """

    name: str
    suffixes: tuple[str, ...]
    modality: str
    stage: str
    marks: tuple[str, ...]
    sniff: Callable[[Collection[str]], bool]
    describe: Callable[[Folder], Mapping[str, object]]
    look_over: Callable[[Folder], Mapping[str, object]]
    read_through: Callable[[Folder], Mapping[str, object]]
    personal_fields: Callable[[Folder], Sequence[str]]

    def validate(self, folder: Folder, depth: Depth = Depth.FULL) -> Finding:
        """Read the folder as deep as asked and say whether it is whole, as far as seen."""
        read = {
            Depth.HEADER: self.describe,
            Depth.STRUCTURE: self.look_over,
            Depth.FULL: self.read_through,
        }[depth]
        try:
            return Finding(None, read(folder))
        except DamagedFileError as damage:
            return Finding(damage.what)


@cache
def folder_formats() -> Mapping[str, FolderFormat]:
    """Every format of this package by its name."""
    found = offers(sys.modules[__name__], "FORMAT").values()
    return {format_.name: format_ for format_ in found}


def identify_folder(names: Collection[str]) -> FolderFormat | None:
    """Tell what a folder is by the names below it; None when it is none of our formats."""
    return next((format_ for format_ in folder_formats().values() if format_.sniff(names)), None)
