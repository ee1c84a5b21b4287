"""Write rows into a file that a researcher opens: CSV or Parquet, whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import polars as pl

from omics_orchestrator.errors import ConfigurationError

SUFFIXES = (".csv", ".parquet")
_FORMULA = r"^[=+\-@\t\r]"


def check_target(path: Path) -> None:
    """Refuse, before anything is read, what could not be written.

    Raises:
        ConfigurationError: another suffix, a file that exists, or a folder that does not.
    """
    if path.suffix not in SUFFIXES:
        raise _refused(path, "the kind of file is not known", f"end it in {' or '.join(SUFFIXES)}.")
    if path.exists():
        raise _refused(path, "it exists", "choose another name, or move it away.")
    if not path.parent.is_dir():
        raise _refused(path, "its folder does not exist", "make the folder first.")


def write(frame: pl.DataFrame, path: Path) -> None:
    """Write the rows; nobody but the writer may read the file."""
    with _whole(path) as file:
        if path.suffix == ".csv":
            write_csv(frame, file)
        else:
            frame.write_parquet(file)


def write_csv(frame: pl.DataFrame, file: IO[bytes]) -> None:
    """Write the rows as CSV in UTF-8, with formulas made harmless."""
    harmless(frame).write_csv(file)


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    text = pl.col(pl.String)
    return frame.with_columns(
        pl.when(text.str.contains(_FORMULA)).then("'" + text).otherwise(text).name.keep()
    )


def formulas(frame: pl.DataFrame) -> int:
    """Count the cells of text that a spreadsheet would run as a formula."""
    found = frame.select(pl.col(pl.String).str.contains(_FORMULA).sum())
    return int(sum(found.row(0))) if found.width else 0


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that has its name only once it is whole."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent) as unfinished:
            yield unfinished
            unfinished.flush()
            # A link, unlike a rename, never replaces what somebody has just written there.
            os.link(unfinished.name, path)
    except OSError as error:
        what = f"it cannot be written ({error.strerror})"
        raise _refused(path, what, "mend that, or choose another folder.") from None


def _refused(path: Path, what: str, mend: str) -> ConfigurationError:
    return ConfigurationError(what, mend=mend, file=path.name)
