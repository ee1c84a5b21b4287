"""Read a REDCap project: only the fields it may have, one table an instrument."""

from collections.abc import Set as AbstractSet

import polars as pl

from omics_orchestrator.dictionary.model import RedcapSource
from omics_orchestrator.naming import as_part
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import Field
from omics_orchestrator.sources import Extract, Request
from omics_orchestrator.sources._redcap_client import Client, connect
from omics_orchestrator.sources._redcap_description import describe
from omics_orchestrator.sources._redcap_documents import Document, documents, fetch
from omics_orchestrator.sources._redcap_fields import (
    refuse_other_project,
    released_files,
    withheld_fields,
)
from omics_orchestrator.sources._redcap_reading import Reading
from omics_orchestrator.sources._redcap_records import changed_since, listed, logged_deletions

__all__ = [
    "Client",
    "Document",
    "Reading",
    "changed_since",
    "connect",
    "describe",
    "documents_of",
    "fetch",
    "logged_deletions",
    "open_reading",
    "read",
]


def open_reading(
    client: Client,
    request: Request,
    described: Description,
    once_identifiers: AbstractSet[str] = frozenset(),
) -> Reading:
    """Settle what is asked of a project: which fields, of which records.

    Identifiers, and free text that no rule maps, are not asked for; nor are fields that were
    identifiers in a former version of the project's dictionary.

    Raises:
        TransientError: the server is away, or an answer is incomplete.
        SourceError: the server refuses, or the project is not as the study file says.
    """
    source = request.source
    if not isinstance(source, RedcapSource):
        raise TypeError("a REDCap reader reads a REDCap source")
    refuse_other_project(source, described, request.place)
    withheld = withheld_fields(source, described, request.released, once_identifiers)
    wanted = (
        *(
            field
            for field in described.fields[1:]
            if field.form in source.instruments and field.name not in withheld
        ),
        *(Field.status_of(form) for form in source.instruments),
    )
    records = listed(client, described.record_id)
    return Reading(described, source, wanted, withheld, records).probed(client)


def scope(reading: Reading, client: Client) -> dict[str, str | int]:
    """What a reading covers, for the ledger; never a value."""
    return {
        "redcap_version": reading.described.version,
        "project_id": reading.described.project_id,
        "records": reading.records.height,
        "records_visible": reading.visible,
        "fields_hidden_by_rights": ", ".join(reading.hidden) or "none",
        **client.notes,
    }


def read(client: Client, request: Request) -> Extract:
    """Read the instruments that the study file lists, all records at once.

    Each instrument becomes a table of the rows in which it was opened: record id, event and
    instance where there are any, fields. A field that the token's rights hide is in no table;
    `scope` names it. `mirror.sync` reads the same part by part, and only what changed.

    Raises:
        TransientError: the server is away, or an answer is incomplete.
        SourceError: the server refuses, or the project is not as the study file says.
    """
    if not isinstance(request.source, RedcapSource):
        raise TypeError("a REDCap reader reads a REDCap source")
    reading = open_reading(client, request, describe(client))
    parts = list(reading.batches(client, reading.records[reading.described.record_id]))
    tables = {
        as_part(form): pl.concat(
            [pl.DataFrame(schema=dict.fromkeys(columns, pl.String)), *(p[form] for p in parts)]
        )
        for form, columns in reading.tables.items()
    }
    return Extract(tables, reading.withheld, scope(reading, client))


def documents_of(client: Client, request: Request) -> list[Document]:
    """List the documents that the study file releases; of no other field is even asked.

    Raises:
        TransientError: the server is away, or an answer is incomplete.
        SourceError: the server refuses, or the project is not as the study file says.
    """
    source, described = request.source, describe(client)
    if not isinstance(source, RedcapSource):
        raise TypeError("a REDCap reader reads a REDCap source")
    refuse_other_project(source, described, request.place)
    ids = listed(client, described.record_id)[described.record_id].to_list()
    fields = released_files(source, described)
    return documents(client, described.record_id, fields, ids) if fields else []
