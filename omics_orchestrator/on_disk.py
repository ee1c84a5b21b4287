"""Frames in files: one after the other they may be more than memory holds."""

from collections.abc import Sequence
from pathlib import Path
from typing import overload

import polars as pl


class Frames(Sequence[pl.DataFrame]):
    """Frames that are written to a folder as they come, and read again one by one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder, self._count = folder, 0

    def add(self, frame: pl.DataFrame) -> None:
        """Keep a frame behind the others."""
        frame.write_ipc(self._file(self._count), compression="lz4")
        self._count += 1

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> pl.DataFrame: ...
    @overload
    def __getitem__(self, index: slice) -> list[pl.DataFrame]: ...
    def __getitem__(self, index: int | slice) -> pl.DataFrame | list[pl.DataFrame]:
        """Read a frame."""
        if isinstance(index, slice):
            return [self[number] for number in range(self._count)[index]]
        return pl.read_ipc(self._file(range(self._count)[index]))

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.arrow"
