"""Omic files as assets: the register of all files, and what follows from it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import LiteralString

import dagster as dg
import polars as pl
import psycopg
from pydantic import Field

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue import publishing
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import Collection, Dictionary
from omics_orchestrator.orchestration import documents
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL
from omics_orchestrator.orchestration.described import (
    NIGHTLY,
    code_version,
    key,
    markdown,
)
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.links import link_asset
from omics_orchestrator.orchestration.loading import (
    LoadConfig,
    asset_spec,
    check_specs,
    checked,
)
from omics_orchestrator.orchestration.resources import Stores, Warehouse
from omics_orchestrator.stores import Store, within
from omics_orchestrator.warehouse import ledger

REGISTER = "omics__file"
_MOST_NAMED = 30
_BY_FORMAT = """
    select format, status, count(*) as files from omics.file where _valid_to is null
    group by 1, 2 order by 1, 2
"""
_FAULTY = """
    select path, status, fault, count(*) over () from omics.file
    where _valid_to is null and fault is not null order by path
"""
_PERSONAL = """
    select collection, place, count(*) as files
    from omics.file, unnest(string_to_array(personal_fields, '; ')) as place where _valid_to is null
    group by 1, 2 order by 1, 2
"""


class RegisterConfig(LoadConfig):
    """What a person may allow for one look through the inboxes, and what a sensor asks for."""

    settled_seconds: float = Field(
        0.0,
        description="Leave files that were written in the last so many seconds to the next run.",
    )


def omics_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """The register of files, and their links to samples; neither where nothing is described."""
    register = [_files(dictionary)] if collections(dictionary) else []
    return [*register, *([link_asset(dictionary)] if dictionary.collections else [])]


def collections(dictionary: Dictionary) -> list[Collection]:
    """Every collection of files: those described, and the documents of REDCap projects."""
    return [*dictionary.collections.values(), *documents.collections(dictionary).values()]


def inboxes(dictionary: Dictionary, stores: Stores) -> list[tuple[Collection, Store]]:
    """Every collection, and where its files arrive."""
    attached = documents.collections(dictionary).items()
    return [
        *((each, stores.named(each.store)) for each in dictionary.collections.values()),
        *((each, within(stores.main(), folder)) for folder, each in attached),
    ]


def _files(dictionary: Dictionary) -> dg.AssetsDefinition:
    version = code_version(FILES, fingerprint.of_register(dictionary))
    attached = [key(table.name) for table in documents.tables(dictionary)]
    described = [each.collection for each in collections(dictionary)]
    checks = _check_specs()

    @dg.multi_asset(
        name=REGISTER,
        specs=[
            asset_spec(
                FILES,
                owners(dictionary),
                version,
                deps=attached,
                kind="file",
                freshness=NIGHTLY,
            )
        ],
        check_specs=[*check_specs(FILES), *checks.values()],
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def register(
        context: dg.AssetExecutionContext,
        config: RegisterConfig,
        warehouse: Warehouse,
        stores: Stores,
    ) -> dg.MaterializeResult:
        with (
            reported(),
            failures_recorded(context, [FILES.name]),
            warehouse.session() as connection,
        ):
            author = catalogue.Author(context.run.run_id, version)
            outcomes = []
            for each, inbox in inboxes(dictionary, stores):
                mark = code_version(FILES, fingerprint.of_collection(each))
                settled = timedelta(seconds=config.settled_seconds)
                publishing.note(connection, each.collection, mark)
                look = catalogue.Round(each, inbox, stores.main(), mark, settled)
                outcomes.append(
                    catalogue.register(
                        connection,
                        look,
                        author,
                        allow_shrink=config.allow_shrink,
                        progress=lambda done, due: context.log.info("%s of %s files", done, due),
                    )
                )
            catalogue.forget(connection, described, author)
            return _told(connection, author, outcomes, checks)

    return register


def _check_specs() -> dict[str, dg.AssetCheckSpec]:
    described = {
        "every_file_is_whole": "No file is damaged, vanished or named like what it is not; each "
        "one that is, is named.",
        "no_file_was_replaced": "No file arrived under the name of another one; the content before "
        "is kept, and its row is closed.",
        "no_file_names_a_person": "No file's name or header says who a person is; one that does is "
        "not published.",
    }
    return {
        name: dg.AssetCheckSpec(name, asset=key(FILES.name), description=description)
        for name, description in described.items()
    }


def owners(dictionary: Dictionary) -> list[str]:
    """Who answers for the register: the owners of all studies that have files."""
    studies = {each.study for each in collections(dictionary)}
    return sorted({owner for name in studies for owner in dictionary.studies[name].owners})


def _told(
    connection: psycopg.Connection,
    author: catalogue.Author,
    outcomes: Iterable[catalogue.Outcome],
    checks: Mapping[str, dg.AssetCheckSpec],
) -> dg.MaterializeResult:
    """What Dagster shows of a look through all inboxes."""
    counts, replaced, changed = Counter[str](), list[str](), False
    for each in outcomes:
        counts.update(each.counts)
        replaced += each.replaced
        changed = changed or each.changed
    last = ledger.last_load(connection, str(FILES.name))
    if last is None:
        raise RuntimeError("a look through the inboxes left no load")
    if not changed and last.run_id != author.run_id:
        ledger.record_unchanged(connection, last, author.run_id)
    by_format = _rows(connection, _BY_FORMAT, ("format", "status", "files"))
    metadata = {
        "change": f"{counts['inserted']} files registered, {counts['updated']} rows changed, "
        f"{counts['unchanged']} files unchanged",
        "no_longer_in_an_inbox": counts["gone"],
        "changed_while_read_and_left_for_the_next_look": counts["changing"],
        "hidden_or_unfinished_files_left_out": counts["left_out"],
        "files_by_format": dg.MetadataValue.md(markdown(by_format)),
    }
    result = checked(connection, FILES, last.content_hash, metadata)
    found = [
        _wholeness(connection, checks["every_file_is_whole"]),
        _replaced(replaced, checks["no_file_was_replaced"]),
        _personal(connection, checks["no_file_names_a_person"]),
    ]
    return result._replace(check_results=[*(result.check_results or []), *found])


def _rows(
    connection: psycopg.Connection, statement: LiteralString, columns: tuple[str, ...]
) -> pl.DataFrame:
    return pl.DataFrame(connection.execute(statement).fetchall(), schema=columns, orient="row")


def _wholeness(connection: psycopg.Connection, check: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    columns = ("path", "status", "fault", "of")
    faulty = _rows(connection, f"{_FAULTY} limit {_MOST_NAMED}", columns)
    return _warning(
        check,
        passed=faulty.is_empty(),
        faulty_files=faulty["of"][0] if faulty.height else 0,
        to_mend="ask whoever sent a file listed here to send it again, under its own name",
        faults=dg.MetadataValue.md(markdown(faulty.drop("of"))),
    )


def _replaced(paths: list[str], check: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    return _warning(
        check,
        passed=not paths,
        replaced=len(paths),
        to_mend="ask the sender which content is right; what was made of the one before is not "
        "made of this one",
        paths=dg.MetadataValue.md("\n".join(f"- `{path}`" for path in sorted(paths)[:_MOST_NAMED])),
    )


def _personal(connection: psycopg.Connection, check: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    # Not their paths: a file's own name is one of the places.
    found = _rows(connection, _PERSONAL, ("collection", "place", "files"))
    return _warning(
        check,
        passed=found.is_empty(),
        files_and_places=int(found["files"].sum()) if found.height else 0,
        to_mend="ask the sender to take these fields out and to send the file again; find it with "
        "`omics table omics.file`, column personal_fields",
        places=dg.MetadataValue.md(markdown(found)),
    )


def _warning(
    check: dg.AssetCheckSpec, *, passed: bool, **metadata: str | int | dg.MetadataValue
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=check.asset_key,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )
