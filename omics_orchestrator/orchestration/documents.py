"""Documents attached to REDCap records: into the object store, and from there into the register.

A document is fetched when its number is new, and never again. Of its name only the suffix is kept:
people write names of patients into names of files.
"""

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import dagster as dg
import polars as pl
import psycopg

from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.file_rules import Companions
from omics_orchestrator.dictionary.model import Collection, Dictionary, RedcapSource, Study
from omics_orchestrator.orchestration.described import NIGHTLY, key
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.loading import (
    LoadConfig,
    Made,
    asset_spec,
    check_specs,
    materialise,
)
from omics_orchestrator.orchestration.resources import RedcapProject, resource_key
from omics_orchestrator.snapshot import content_hash
from omics_orchestrator.sources import Request, redcap
from omics_orchestrator.sources.redcap import Client, Document
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.read import read
from omics_orchestrator.warehouse.table import Column, Table

_COLUMNS = {
    "record": Column(pl.String(), "The record it is attached to"),
    "event": Column(pl.String(), "The event; blank in a classic project"),
    "instrument": Column(pl.String(), "The repeating form; blank where none repeats"),
    "instance": Column(pl.Int64(), "The repeat; 0 where nothing repeats"),
    "field": Column(pl.String(), "The file field"),
    "document": Column(pl.String(), "REDCap's number of the document; new content, new number"),
    "sha256": Column(pl.String(), "SHA-256 of its content", computed=True),
    "size_bytes": Column(pl.Int64(), "Its size in bytes"),
    "path": Column(pl.String(), "Its path in the register of files, within its collection"),
}
_KEY = ("record", "event", "instrument", "instance", "field")
_VERSION = (*_KEY, "document")


def documents_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """One asset for each project whose study file releases file fields."""
    return [
        _documents(study, name, source)
        for study in dictionary.studies.values()
        for name, source in study.sources.items()
        if isinstance(source, RedcapSource) and source.files
    ]


def tables(dictionary: Dictionary) -> list[Table]:
    """The table of each project's documents."""
    return [
        documents_table(study, name)
        for study in dictionary.studies.values()
        for name, source in study.sources.items()
        if isinstance(source, RedcapSource) and source.files
    ]


def documents_table(study: Study, source: str) -> Table:
    """One row a document that a record has now."""
    comment = f"One row a document attached to a record of the {study.label} REDCap project."
    name = study.raw(f"{source}_document")
    return Table(name, _COLUMNS, _KEY, history=True, comment=comment)


def collections(dictionary: Dictionary) -> dict[str, Collection]:
    """The documents of each project as a collection of the register: folder → collection."""
    return {
        _folder(study, name): Collection.model_construct(
            collection=f"{study.study}_{name}_documents",
            label=f"documents of {study.label}",
            study=study.study,
            store="",
            policy="register",
            sample_patterns=(),
            companions=Companions(checksum="ignored"),
        )
        for study in dictionary.studies.values()
        for name, source in study.sources.items()
        if isinstance(source, RedcapSource) and source.files
    }


def _folder(study: Study, source: str) -> str:
    return f"documents/{study.study}/{source}"


def _documents(study: Study, name: str, source: RedcapSource) -> dg.AssetsDefinition:
    table = documents_table(study, name)
    request = Request(study.study, name, source, frozenset())
    version = fingerprint.of_raw(study, name)

    @dg.multi_asset(
        name=f"{study.study}_{name}_documents",
        # After the records, so that the two do not ask the server at the same time.
        specs=[
            asset_spec(
                table,
                study.owners,
                version,
                deps=[key(study.raw(f"{name}_record"))],
                kind="redcap",
                freshness=NIGHTLY,
            )
        ],
        check_specs=check_specs(table),
        required_resource_keys={"warehouse", "stores", resource_key(study.study, name)},
        retry_policy=RETRY,
        pool=f"redcap_{source.url.lower()}",
    )
    def fetch(context: dg.AssetExecutionContext, config: LoadConfig) -> dg.MaterializeResult:
        door: RedcapProject = getattr(context.resources, resource_key(study.study, name))
        store: Store = context.resources.stores.main()
        with (
            reported(),
            failures_recorded(context, [table.name]),
            context.resources.warehouse.session() as connection,
        ):
            client = door.open(connection)
            known = _known(connection, table)
            found = [
                known.get(document) or _fetched(client, store, _folder(study, name), document)
                for document in redcap.documents_of(client, request)
            ]
            frame = pl.DataFrame(found, schema=table.schema, orient="row")
            return materialise(
                connection,
                table,
                run_id=context.run.run_id,
                code_version=version,
                inputs={"documents": content_hash(frame.select(pl.all().cast(pl.String)))},
                make=lambda: Made(frame, frame.height),
                config=config,
            )

    return fetch


def _known(connection: psycopg.Connection, table: Table) -> Mapping[Document, dict[str, Any]]:
    if ledger.last_load(connection, str(table.name)) is None:
        return {}
    rows = read(connection, table).to_dicts()
    return {Document(*(row[name] for name in _VERSION)): row for row in rows}


def _fetched(client: Client, store: Store, folder: str, document: Document) -> dict[str, Any]:
    content, suffix = redcap.fetch(client, document)
    place = "-".join(
        quote(part, safe="")
        for part in (document.event, document.instrument, str(document.instance), document.number)
        if part
    )
    path = f"{document.field}/{quote(document.record, safe='')}/{place}.{suffix}"
    store.put(f"{folder}/{path}", content)
    told = dict(zip(_VERSION, document, strict=True))
    sha256 = hashlib.sha256(content).hexdigest()
    return {**told, "sha256": sha256, "size_bytes": len(content), "path": path}
