"""Which fields of a REDCap project are not asked for, and whether it is the one described."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from omics_orchestrator.dictionary.model import RedcapSource
from omics_orchestrator.errors import SourceError
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import Field

_NO_VALUES = frozenset({"descriptive", "file"})


def refuse_other_project(
    source: RedcapSource, described: Description, place: dict[str, str]
) -> None:
    """Refuse a project that is not the one the study file describes.

    A listed identifier that the project lacks may have been renamed there, and would be read.
    """
    if source.project_id not in (None, described.project_id):
        raise SourceError(
            f"the token opens project {described.project_id}, not {source.project_id}",
            mend="use a token of the project that the study file names, or correct `project_id`.",
            **place,
        )
    for what, absent in {
        "instrument": sorted(set(source.instruments) - set(described.forms)),
        "identifier field": sorted(set(source.identifiers) - {f.name for f in described.fields}),
        "file field": sorted(
            set(source.files if source.files != "all" else ())
            - {field.name for field in described.fields if field.kind == "file"}
        ),
    }.items():
        if absent:
            raise SourceError(
                f"the project has no {what} {', '.join(absent)}",
                mend="correct the study file, or the token: it may be another project's.",
                **place,
            )
    record = described.fields[0]
    if record.is_identifier or record.name in source.identifiers:
        raise SourceError(
            f"the record id {record.name} is marked as an identifier",
            mend="give the records study numbers as names, then unmark the field in REDCap.",
            **place,
        )


def withheld_fields(
    source: RedcapSource,
    described: Description,
    released: AbstractSet[str],
    once_identifiers: AbstractSet[str],
) -> dict[str, str]:
    """The fields that are not asked for, each with its rule. The record id must come.

    `once_identifiers` were flagged in a version of the project's dictionary before this one.
    """
    identifiers = identifying(source, described)
    rules: dict[str, Callable[[Field], bool]] = {
        "identifier": lambda field: field.name in identifiers,
        "was an identifier before, and no steward accepted that it is none": (
            lambda field: field.name in once_identifiers
        ),
        "no value of its own": lambda field: field.kind in _NO_VALUES,
        "free text, not released": lambda f: f.is_free_text and f.name not in released,
        "two of its options share one export column": lambda field: field.shares_a_column,
    }
    return {
        field.name: rule
        for field in described.fields[1:]
        if field.form in source.instruments
        for rule in [next((name for name, holds in rules.items() if holds(field)), None)]
        if rule is not None
    }


def identifying(source: RedcapSource, described: Description) -> frozenset[str]:
    """The fields that the project or the study file calls identifiers."""
    flagged = (field.name for field in described.fields if field.is_identifier)
    return frozenset({*source.identifiers, *flagged})


def released_files(source: RedcapSource, described: Description) -> list[str]:
    """The file fields whose documents are fetched: those listed, or `all` but signatures."""
    refused = identifying(source, described)
    return [
        field.name
        for field in described.fields
        if field.kind == "file"
        and field.name not in refused
        and (not field.is_signature if source.files == "all" else field.name in source.files)
    ]
