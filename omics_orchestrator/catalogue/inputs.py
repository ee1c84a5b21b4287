"""What files tell of those they were made from: headers, receipts, manifests, and indices by name.

Nothing is guessed: a header's command line, a provenance, a receipt with both contents' hashes, or
the sender's own list must say so.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress

import polars as pl

from omics_orchestrator.catalogue.indices import mains_of
from omics_orchestrator.catalogue.links import is_fit
from omics_orchestrator.catalogue.named_files import resolve
from omics_orchestrator.catalogue.sheets import UnreadableError, manifests_of, rows_of
from omics_orchestrator.dictionary.model import Collection

INPUT_SCHEMA: dict[str, pl.DataType] = {
    "path": pl.String(),
    # What the input is known by: its path, or else its base name, its UUID or its SHA-256.
    "from_path": pl.String(),
    "known_by": pl.String(),
    # The content that the file was made from, where that is stated.
    "from_sha256": pl.String(),
    "rule": pl.String(),
    "evidence": pl.String(),
}
AS_AN_INDEX = "it is an index of it"
_BASE = r"([^/\\]*)$"
_NAMED = {
    **dict.fromkeys(("list", "line", "rule", "written", "from_written"), pl.String()),
    "sha256": pl.String(),
    "from_sha256": pl.String(),
}
_RECEIPT = ("source", "target", "source_sha256", "target_sha256")


def receipts_of(files: pl.DataFrame) -> list[str]:
    """The receipts of `omics convert` among registered files, as far as their names tell."""
    is_small = pl.col("size_bytes").fill_null(0) < 16 << 20
    return files.filter(pl.col("path").str.ends_with("receipt.json") & is_small)["path"].to_list()


def inputs_of(
    collection: Collection, files: pl.DataFrame, texts: Mapping[str, bytes]
) -> pl.DataFrame:
    """Gather what the files of a collection tell of their inputs.

    Args:
        collection: the collection.
        files: its registered files that are there, with `FILE_COLUMNS`.
        texts: the content of receipts and manifests, by path.

    Returns:
        One row a file and input, with `INPUT_SCHEMA`; damaged files tell nothing.
    """
    stated = [*_of_receipts(files, texts), *_of_manifests(collection, texts)]
    listed = _named(pl.DataFrame(stated, schema=_NAMED, orient="row"), files)
    told = pl.concat(map(_completed, (listed, _in_headers(files), _of_indices(files))))
    return told.join(files.filter(is_fit()), on="path", how="semi", maintain_order="left")


def inputs_by_rules(
    collection: Collection, files: pl.DataFrame, links: pl.DataFrame, told: pl.DataFrame
) -> pl.DataFrame:
    """Find the inputs that the collection's own rules tell, of files that tell of none themselves.

    Args:
        collection: the collection.
        files: its registered files that are there, with `FILE_COLUMNS`.
        links: whose they are, with `LINK_COLUMNS`.
        told: what files tell themselves, with `INPUT_SCHEMA`.
    """
    owned = files.filter(is_fit()).join(links.select("path", "sample_id"), on="path")
    found = [pl.DataFrame(schema=INPUT_SCHEMA)]
    for rule in collection.derived:
        same = ("sample_id", *rule.by)
        made = owned.filter(pl.col("format") == rule.made).join(told, on="path", how="anti")
        # Of two files, each may have been made from the other.
        alone = made.filter(pl.len().over(same) == 1).select("path", *same)
        sources = owned.filter(pl.col("format") == rule.source).select(*same, from_path="path")
        by = ", ".join(("sample", *rule.by))
        found.append(
            alone.join(sources, on=same).select(
                "path",
                "from_path",
                rule=pl.lit(f"collection: {rule.made} from {rule.source}"),
                evidence=pl.lit(f"the same {by}"),
            )
        )
    return pl.concat(map(_completed, found))


def _in_headers(files: pl.DataFrame) -> pl.DataFrame:
    telling = files.filter(pl.col("description").str.contains('"inputs": [', literal=True))
    base = pl.col("path").str.extract(_BASE)
    is_uuid = pl.col("known_by").str.contains(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    return (
        telling.select("path", known_by=pl.col("description").str.json_path_match("$.inputs"))
        .with_columns(pl.col("known_by").str.json_decode(pl.List(pl.String())))
        .explode("known_by", empty_as_null=False)
        # A command that names the file itself wrote it.
        .filter(pl.col("known_by") != base)
        .select(
            "path",
            "known_by",
            rule=pl.lit("named in the header"),
            evidence=pl.when(is_uuid).then(pl.lit("provenance")).otherwise(pl.lit("header")),
        )
    )


def _of_indices(files: pl.DataFrame) -> pl.DataFrame:
    mains = mains_of(files).join(files, left_on="main", right_on="path", how="semi")
    return mains.select(
        "path",
        from_path="main",
        rule=pl.lit(AS_AN_INDEX),
        evidence=pl.lit("path"),
    )


_Row = tuple[str, str, str, str, str, str | None, str | None]


def _of_receipts(files: pl.DataFrame, texts: Mapping[str, bytes]) -> Iterator[_Row]:
    for path in sorted(texts.keys() & set(receipts_of(files))):
        said: object = None
        with suppress(ValueError, RecursionError):
            said = json.loads(texts[path])
        told = [said.get(name) for name in _RECEIPT] if isinstance(said, dict) else []
        match told:
            case [str() as source, str() as target, str() as sha_from, str() as sha_of]:
                yield path, "receipt", "converted", target, source, sha_of, sha_from


def _of_manifests(collection: Collection, texts: Mapping[str, bytes]) -> Iterator[_Row]:
    for path, manifest in sorted(manifests_of(collection, [*texts]).items()):
        if manifest.derived_from is None:
            continue
        with suppress(UnreadableError):  # told where the sheets are read
            for line, row in rows_of(manifest, texts[path]):
                written, sources = row.get(manifest.path), row.get(manifest.derived_from, "")
                for source in filter(None, map(str.strip, sources.split(";"))):
                    if written:
                        rule = f"manifest {manifest.file}"
                        yield path, line, rule, written, source, None, None


def _named(stated: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """Find both files of each statement; a content of another hash is not the one it tells of."""
    files = files.select("path", own="sha256")
    targets = resolve(stated, files["path"]).select("list", "written", "path")
    asked = stated.select("list", written="from_written")
    sources = resolve(asked, files["path"]).select("list", from_written="written", from_path="path")
    by_content = files.filter(pl.col("own").is_unique()).select(
        from_sha256="own", same_content="path"
    )
    found = (
        stated.join(targets, on=["list", "written"])
        .join(files, on="path")
        .filter(pl.col("sha256").is_null() | (pl.col("sha256") == pl.col("own")))
        .join(sources, on=["list", "from_written"], how="left")
        .join(by_content, on="from_sha256", how="left", maintain_order="left")
        .with_columns(from_path=pl.coalesce("same_content", "from_path"))
    )
    known_by = pl.coalesce("from_sha256", pl.col("from_written").str.extract(_BASE))
    return found.with_columns(
        known_by=pl.when(pl.col("from_path").is_null()).then(known_by),
        evidence=pl.when(pl.col("sha256").is_null())
        .then(pl.concat_str("line", pl.lit(" of "), "list"))
        .otherwise(pl.col("list")),
    )


def _completed(told: pl.DataFrame) -> pl.DataFrame:
    """The columns of `INPUT_SCHEMA`, empty where nothing is said."""
    return told.select(
        pl.col(name) if name in told.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in INPUT_SCHEMA.items()
    )
