"""Whose a file is: the samples that its path or its header names."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import polars as pl

from omics_orchestrator.catalogue.columns import LINK_KEY, LINK_SCHEMA, File, is_fit
from omics_orchestrator.dictionary.model import Collection

Sample = tuple[str, str | None]
_IN_HEADER = "named in the header"


def link(collection: Collection, files: pl.DataFrame, samples: pl.DataFrame) -> pl.DataFrame:
    """Link the files of a collection to samples; what does not name exactly one is not linked.

    Args:
        collection: the collection, whose patterns find a sample's name in a path.
        files: registered files, with `FILE_COLUMNS`.
        samples: `sample_id` and `study_id` of the study's samples.

    Returns:
        One row a file and sample, with `LINK_COLUMNS`.
    """
    named: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample_id, study_id in samples.select("sample_id", "study_id").iter_rows():
        named[_folded(sample_id)].append((sample_id, study_id))
    unique = {name: found[0] for name, found in named.items() if len(found) == 1}
    rows = [
        (collection.collection, file["path"], *sample, rule)
        for file in files.sort("path").iter_rows(named=True)
        if file["collection"] == collection.collection and is_fit(file)
        for sample, rule in _samples_of(collection, file, unique)
    ]
    return pl.DataFrame(rows, schema=LINK_SCHEMA, orient="row").unique(
        LINK_KEY, keep="first", maintain_order=True
    )


def _samples_of(
    collection: Collection, file: File, unique: Mapping[str, Sample]
) -> list[tuple[Sample, str]]:
    """The known samples a file names; none when its path and its header name different people."""
    named = [
        (unique[_folded(name)], rule)
        for name, rule in _named_samples(collection, file)
        if _folded(name) in unique
    ]
    in_path = {study_id for (_, study_id), rule in named if rule != _IN_HEADER}
    in_header = {study_id for (_, study_id), rule in named if rule == _IN_HEADER}
    return [] if in_path and in_header and not in_path & in_header else named


def _named_samples(collection: Collection, file: File) -> Iterator[tuple[str, str]]:
    """The sample names a file gives: in its path by the first pattern that fits, in its header."""
    for pattern in collection.sample_patterns:
        found = re.search(pattern, file["path"])
        if found:
            yield found["sample"], f"path fits {pattern}"
            break
    for name in json.loads(file["description"] or "{}").get("samples", ()):
        yield name, _IN_HEADER


def _folded(name: str) -> str:
    """A sample's name without letter case, and with one separator for all that people use.

    Separators stay, as GID-136-1 of one centre is not GID-1361 of another.
    """
    return re.sub(r"[-_ .]+", "-", name).upper()
