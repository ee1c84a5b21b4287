"""Whether files are those that their lists of checksums tell of."""

from collections.abc import Mapping

import polars as pl

from omics_orchestrator.catalogue.digest_columns import DIGEST_KEY, HASHES
from omics_orchestrator.catalogue.named_files import folder_of, resolve
from omics_orchestrator.dictionary.model import Collection
from omics_orchestrator.formats._checksum import Checksum
from omics_orchestrator.formats._checksum_list import listed, listed_in_sheet

# What the register may know of a file's content.
_KNOWN = ("md5", "sha256")
_OF_CHECKSUMS = r"(?i)md5|sha-?\d|checksum|hash"
_UNREAD = "it was not read for it yet, or cannot be read"
_ENTRY = {
    "list": pl.String(),
    "written": pl.String(),
    "algorithm": pl.String(),
    "digest": pl.String(),
}


def lists_of(collection: Collection, files: pl.DataFrame) -> list[str]:
    """The lists of checksums among registered files, where the collection goes by them.

    A sample sheet may be one, too: nf-core's and ENA's have checksums beside their files.
    """
    if collection.companions.checksum == "ignored":
        return []
    # Two filters: a description is parsed of these few only.
    telling = files.filter(
        pl.col("format").is_in(("checksums", "samplesheet")) & (pl.col("status") == "whole")
    )
    columns = pl.col("description").str.json_path_match("$.columns")
    is_list = (pl.col("format") == "checksums") | columns.str.contains(_OF_CHECKSUMS)
    return telling.filter(is_list)["path"].to_list()


def entries_of(files: pl.DataFrame, texts: Mapping[str, bytes]) -> pl.DataFrame:
    """Every entry of every list, and the file that it names.

    Args:
        files: the collection's registered files, with `FILE_COLUMNS`.
        texts: the content of each list, by its path.

    Returns:
        `list`, `algorithm`, `digest`, `expected`, `path` and `is_near`, as `resolve` tells them.
    """
    sheets = set(files.filter(pl.col("format") == "samplesheet")["path"])
    entries = pl.DataFrame(
        [
            (path, _named(entry, path), entry.algorithm, entry.digest)
            for path, text in texts.items()
            for entry in (listed_in_sheet if path in sheets else listed)(text, path)
        ],
        schema=_ENTRY,
        orient="row",
    )
    named = resolve(entries, files["path"])
    return entries.join(named, on=["list", "written"], how="left", maintain_order="left")


def compared(
    files: pl.DataFrame, texts: Mapping[str, bytes], digests: pl.DataFrame
) -> pl.DataFrame:
    """Compare every entry of every list with the file that it names.

    A file found by its bare name somewhere else in the collection is the one that is meant only if
    it agrees; else it is another, and the one of the list is absent.

    Args:
        files: the collection's registered files, with `FILE_COLUMNS`.
        texts: the content of each list, by its path.
        digests: what was computed for lists, with `DIGEST_COLUMNS`.

    Returns:
        `list`, `path` (where the file is, or where the list has it), `verdict`: agrees, differs,
        not compared, or absent, and `reason`: why it was not compared.
    """
    known = digests.rename({"digest": "computed"})
    found = (
        entries_of(files, texts)
        .join(files.select("path", *_KNOWN), on="path", how="left", maintain_order="left")
        .join(known, on=DIGEST_KEY, how="left", maintain_order="left")
    )
    registered = (
        pl.when(pl.col("algorithm") == name).then(pl.col(name).str.to_lowercase())
        for name in _KNOWN
    )
    ours = pl.coalesce(*registered, "computed")
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
    why = (
        pl.when(pl.col("algorithm").is_in(list(HASHES)))
        .then(pl.lit(_UNREAD))
        .otherwise(pl.concat_str("algorithm", pl.lit(" is not computed here")))
    )
    return found.with_columns(verdict=verdict).select(
        "list",
        path=pl.when(pl.col("verdict") == "absent").then("expected").otherwise("path"),
        verdict="verdict",
        reason=pl.when(pl.col("verdict") == "not compared").then(why),
    )


def differing(verdicts: pl.DataFrame) -> pl.DataFrame:
    """The files that are not those of a list, each once: `path`."""
    return verdicts.filter(pl.col("verdict") == "differs").select("path").unique()


def _named(entry: Checksum, path: str) -> str:
    """The file of an entry; a list without names is of the file that its own name begins with."""
    written = entry.path or path[len(folder_of(path)) :].rpartition(".")[0]
    # A name in an encoding of its own is still a name.
    return written.encode("utf-8", "replace").decode("utf-8")
