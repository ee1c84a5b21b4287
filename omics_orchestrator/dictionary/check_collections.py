"""What must hold of a collection of files before any of them is linked.

Polars compiles the patterns as it will use them: it knows no look-around, which Python has.
"""

import re
from collections import Counter
from collections.abc import Iterator

import polars as pl

from omics_orchestrator.dictionary.file_rules import Strip
from omics_orchestrator.dictionary.model import Collection, Dictionary

# Indices, lists of checksums and sample sheets belong to every collection.
_OF_COMPANION = {"read_pairs": "fastq", "tenx_matrix": "tenx_matrix"}


def problems_of(dictionary: Dictionary, collection: Collection) -> Iterator[str]:
    """List what is wrong with a collection, each with its key and how to mend it."""
    study = dictionary.studies.get(collection.study)
    if study is None:
        yield f"study: {collection.study!r} has no sound file in studies/; correct one of them"
    elif collection.sample_table not in study.tables:
        yield f"sample_table: the study has no table {collection.sample_table!r}; name one it has"
    yield from _patterns(collection)
    yield from _manifests(collection)
    yield from _companions(collection)
    for rule in collection.derived:
        if rule.source == rule.made:
            yield f"derived: {rule.made!r} is made from itself; name two formats"
    for name, times in Counter(collection.formats).items():
        if times > 1:
            yield f"formats: {name!r} stands {times} times; write it once"


def _patterns(collection: Collection) -> Iterator[str]:
    for pattern in collection.sample_patterns:
        if not _has_sample(pattern):
            yield (
                f"sample_patterns: {pattern!r} has no group named `sample`; put the sample's id "
                "in (?P<sample>…)"
            )
        elif not _is_usable(pattern):
            yield (
                f"sample_patterns: {pattern!r} looks ahead or behind, or back at a group; write it "
                "without (?=…), (?!…), (?<=…), (?<!…) and \\1"
            )
    for step in collection.normalise:
        if isinstance(step, Strip) and not _is_usable(step.strip):
            yield f"normalise: {step.strip!r} is no pattern that can be used; correct it"
        elif isinstance(step, Strip) and re.fullmatch(step.strip, "GID-136-1-S01-PAX"):
            yield (
                f"normalise: {step.strip!r} strips a whole name; end it with $, and say how what "
                "it strips begins"
            )


def _manifests(collection: Collection) -> Iterator[str]:
    for name, times in Counter(each.file for each in collection.manifests).items():
        if times > 1:
            yield f"manifests: {name!r} is described {times} times; describe it once"
    for each in collection.manifests:
        if each.sample == each.path:
            yield (
                f"manifests: {each.file!r}: `sample` and `path` name the same column; name the "
                "column of the sample and that of the file"
            )
        if each.derived_from in (each.sample, each.path):
            yield (
                f"manifests: {each.file!r}: `derived_from` names the column of the sample or the "
                "file; name the one with the files that it was made from"
            )
        if each.file.startswith("/") or ".." in each.file.split("/"):
            yield (
                f"manifests: {each.file!r} is outside the inbox; write it from the inbox's folder, "
                "such as runs/*/manifest.csv"
            )


def _companions(collection: Collection) -> Iterator[str]:
    for name in sorted(collection.companions.model_fields_set & _OF_COMPANION.keys()):
        needed = _OF_COMPANION[name]
        is_required = getattr(collection.companions, name) == "required"
        if is_required and collection.formats and needed not in collection.formats:
            yield (
                f"companions: {name} is required, and `formats` has no {needed}; add it there, or "
                "take the companion out"
            )


def _has_sample(pattern: str) -> bool:
    try:
        return "sample" in re.compile(pattern).groupindex
    except re.error:
        return False


def _is_usable(pattern: str) -> bool:
    try:
        re.compile(pattern)
        pl.Series([""]).str.extract(pattern, 0)
    except (re.error, pl.exceptions.ComputeError):
        return False
    return True
