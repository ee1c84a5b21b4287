"""Whether files are those that their lists of checksums tell of."""

from collections.abc import Mapping

import polars as pl

from omics_orchestrator.catalogue.named_files import folder_of, resolve
from omics_orchestrator.dictionary.model import Collection
from omics_orchestrator.formats._checksum_list import Checksum, listed

# What the register may know of a file's content.
_KNOWN = ("md5", "sha256")
_ENTRY = {
    "list": pl.String(),
    "written": pl.String(),
    "algorithm": pl.String(),
    "digest": pl.String(),
}


def lists_of(collection: Collection, files: pl.DataFrame) -> list[str]:
    """The lists of checksums among registered files, where the collection goes by them."""
    if collection.companions.checksum == "ignored":
        return []
    is_whole = pl.col("status") == "whole"
    return files.filter((pl.col("format") == "checksums") & is_whole)["path"].to_list()


def compared(files: pl.DataFrame, texts: Mapping[str, bytes]) -> pl.DataFrame:
    """Compare every entry of every list with the file that it names.

    A file found by its bare name somewhere else in the collection is the one that is meant only if
    it agrees; else it is another, and the one of the list is absent.

    Args:
        files: the collection's registered files, with `FILE_COLUMNS`.
        texts: the content of each list, by its path.

    Returns:
        `list`, `path` (where the file is, or where the list has it) and `verdict`: agrees, differs,
        not compared, or absent.
    """
    entries = pl.DataFrame(
        [
            (path, _named(entry, path), entry.algorithm, entry.digest)
            for path, text in texts.items()
            for entry in listed(text, path)
        ],
        schema=_ENTRY,
        orient="row",
    )
    known = [name for name in _KNOWN if name in files.columns]
    found = entries.join(
        resolve(entries, files["path"]), on=["list", "written"], how="left", maintain_order="left"
    ).join(files.select("path", *known), on="path", how="left", maintain_order="left")
    ours = pl.coalesce(
        pl.when(pl.col("algorithm") == name).then(pl.col(name).str.to_lowercase()) for name in known
    )
    agrees = ours == pl.col("digest")
    is_absent = pl.col("path").is_null() | (~pl.col("is_near") & ~agrees.fill_null(value=False))
    verdict = (
        pl.when(is_absent)
        .then(pl.lit("absent"))
        .when(ours.is_null())
        .then(pl.lit("not compared"))
        .when(agrees)
        .then(pl.lit("agrees"))
        .otherwise(pl.lit("differs"))
    )
    return found.with_columns(verdict=verdict).select(
        "list",
        path=pl.when(pl.col("verdict") == "absent").then("expected").otherwise("path"),
        verdict="verdict",
    )


def differing(verdicts: pl.DataFrame) -> pl.DataFrame:
    """The files that are not those of a list, each once: `path`."""
    return verdicts.filter(pl.col("verdict") == "differs").select("path").unique()


def _named(entry: Checksum, path: str) -> str:
    """The file of an entry; a list without names is of the file that its own name begins with."""
    written = entry.path or path[len(folder_of(path)) :].rpartition(".")[0]
    # A name in an encoding of its own is still a name.
    return written.encode("utf-8", "replace").decode("utf-8")
