"""The platform on a small made-up study: what it reads, where it writes, and its runs.

A run goes through the code location as a fresh process meets it: the dictionary is read anew, and
nothing of the environment is seen but the platform's own settings.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import one_study
import pytest
from local_http import Redcap, serving
from psycopg import sql
from redcap.project import Project

from omics_orchestrator import settings
from omics_orchestrator.definitions import defs
from omics_orchestrator.demo.gidamps.dictionary import project_definition
from omics_orchestrator.demo.gidamps.sources import write_demo_sources
from omics_orchestrator.demo.redcap import project as redcap_project
from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.calculations import Calculations
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.connect import connect

PARTICIPANTS, SEED = 60, 20261123
TOKEN = "CA4A27C0FFEE4CA4A27C0FFEE4CA4A27"
KEY = "canary-key-of-pseudonymous-hashes"
SHEETS = Path("demo/spreadsheets")
INBOX = Path("demo/omics_inbox")
_OURS = ("OMICS_", "GIDAMPS_", "DAGSTER_")
_DATA_VERSION = "dagster/data_version"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Run:
    """What one run did, as Dagster tells it."""

    result: dg.ExecuteInProcessResult

    @property
    def id(self) -> str:
        return self.result.run_id

    @property
    def succeeded(self) -> bool:
        return self.result.success

    @property
    def failures(self) -> dict[str, str]:
        """Step → what a person reads of its failure."""
        return {
            str(event.step_key): (told.description if told else "") or str(data.error)
            for event in self.result.get_step_failure_events()
            for data in [event.step_failure_data]
            for told in [data.user_failure_data]
        }

    @property
    def made(self) -> dict[str, str]:
        """Table → data version, for everything that was materialised."""
        return {
            relation(event.asset_key): str((said.tags or {})[_DATA_VERSION])
            for event in self.result.get_asset_materialization_events()
            for said in [event.step_materialization_data.materialization]
        }

    @property
    def waits(self) -> list[float]:
        """How many seconds a step was told to wait, for each time that one was tried again."""
        return [
            event.step_retry_data.seconds_to_wait or 0
            for event in self.result.all_events
            if event.event_type == dg.DagsterEventType.STEP_UP_FOR_RETRY
        ]

    def told(self, table: str, about: str) -> str:
        """What one entry of a table's metadata says."""
        (found,) = [
            said.metadata[about]
            for event in self.result.get_asset_materialization_events()
            for said in [event.step_materialization_data.materialization]
            if relation(event.asset_key) == table
        ]
        return str(found.value)

    def check(self, name: str, table: str) -> dg.AssetCheckEvaluation:
        """The outcome of one check of one table."""
        (found,) = [
            each
            for each in self.result.get_asset_check_evaluations()
            if (each.check_name, relation(each.asset_key)) == (name, table)
        ]
        return found


def relation(key: dg.AssetKey | None) -> str:
    """The warehouse's name for an asset."""
    assert key is not None
    return str(TableName.from_key(key.path))


@dataclass
class Platform:
    """One platform of a test's own."""

    home: Path
    environment: dict[str, str]
    redcap: Redcap
    instance: dg.DagsterInstance

    def run(self, *keys: str, **configs: Mapping[str, object]) -> Run:
        """Materialise the assets of these keys (`core/gidamps/sample`), or all; step → its config."""
        selection = [dg.AssetKey(key.split("/")) for key in keys] or None
        with self.settings():
            job = defs().resolve_implicit_global_asset_job_def()
            result = job.execute_in_process(
                instance=self.instance,
                asset_selection=selection,
                raise_on_error=False,
                run_config=_QUIET | {"ops": {name: {"config": configs[name]} for name in configs}},
            )
        return Run(result)

    @contextmanager
    def settings(self) -> Iterator[None]:
        """Show the platform's settings, and no others, to what runs inside."""
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith(_OURS)]:
                patch.delenv(name)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            settings.dictionary.cache_clear()
            yield
        settings.dictionary.cache_clear()

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the warehouse."""
        with connect(self.environment["OMICS_WAREHOUSE_URL"]) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def content(self) -> dict[str, str]:
        """Table → hash of all its rows and system columns, for all that people read."""
        tables = self.ask(
            "select schemaname, tablename from pg_tables"
            " where schemaname in ('core', 'datasets', 'exposure', 'omics', 'raw', 'tidy')"
        )
        return {
            f"{schema}.{table}": str(
                self.ask(
                    "select md5(string_agg(row::text, ' ' order by row::text))"
                    f" from {schema}.{table} row"
                )
            )
            for schema, table in tables
        }

    def outcomes(self, run: Run) -> dict[str, str]:
        """Table → what the ledger says of it in this run; a table has one outcome."""
        found = self.ask("select relation, status from ops.load where run_id = %s", run.id)
        assert len(found) == len(dict(found)), found
        return dict(found)

    def changes(self, run: Run) -> dict[str, tuple[int, int, int]]:
        """Table → rows inserted, updated and deleted, for every table that the run changed.

        What was read again is left out: it follows the clock, not what changed.
        """
        found = self.ask(
            "select relation, inserted, updated, deleted from ops.load"
            " where run_id = %s and inserted + updated + deleted > 0"
            " and relation <> 'omics.verified_file'",
            run.id,
        )
        return {table: (inserted, updated, deleted) for table, inserted, updated, deleted in found}

    def snapshots(self, run: Run) -> set[str]:
        """The raw tables of which this run took a snapshot, were it the same as the last."""
        found = self.ask("select distinct relation from ops.snapshot where run_id = %s", run.id)
        return {table for (table,) in found}

    @property
    def project(self) -> Project:
        """REDCap's own API, as the tools of research nurses and data managers use it."""
        return Project(
            self.environment["GIDAMPS_REDCAP_URL"], self.environment["GIDAMPS_REDCAP_TOKEN"]
        )

    def redefine(self, *fields: str, **changes: str) -> None:
        """Change lines of REDCap's own dictionary through its API; a new field comes last."""
        lines = {line["field_name"]: line for line in self.project.export_metadata()}
        for field in fields:
            lines[field] = {"field_name": field, **lines.get(field, {}), **changes}
        self.project.import_metadata(list(lines.values()))

    def record(self, participant: str, **answers: str) -> None:
        """Add or change a participant through REDCap's own API."""
        self.project.import_records([{"study_id": participant, **answers}])

    def rewrite(self, before: str, after: str) -> None:
        """Change the study file in the platform's own data dictionary."""
        study = self.home / one_study.FOLDER / "studies/gidamps.yaml"
        text = study.read_text()
        assert before in text
        study.write_text(text.replace(before, after, 1))

    def keep(self, participant: str, **cells: str) -> None:
        """Let REDCap hold cells that it would refuse today, as from before a field's validation."""
        with store.connect(self.home / "redcap.sqlite", writing=True) as connection:
            project = store.find_project(connection, TOKEN)
            assert project
            key = store.RowKey(participant, "", "", 0)
            before = store.row(connection, project.id, key) or {}
            store.put_row(connection, project.id, key, before | cells)

    def put(self, path: Path, content: bytes) -> None:
        """Let a file arrive whole below the home, in the place of one of that name."""
        target = self.home / path
        arriving = target.with_name(f"{target.name}.arriving")
        arriving.write_bytes(content)
        arriving.replace(target)


class FirstLight(NamedTuple):
    """A platform and its very first run, for tests that only look."""

    platform: Platform
    run: Run


@contextmanager
def database(postgres_url: str, name: str, template: str = "template1") -> Iterator[str]:
    """A database for as long as the block lasts, as the copy of another that nobody uses."""
    create = sql.SQL("create database {} template {}")
    with connect(postgres_url) as session:
        session.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        yield postgres_url.removesuffix("postgres") + name
        session.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@contextmanager
def first_time(home: Path, warehouse_url: str) -> Iterator[Platform]:
    """A platform whose sources are there, and which has never run."""
    sources = write_demo_sources(home / "demo", participants=PARTICIPANTS, seed=SEED)
    redcap_project.create(home / "redcap.sqlite", TOKEN, project_definition(), sources.redcap_rows)
    _calculate(home / "redcap.sqlite")
    with _started(home, warehouse_url) as platform:
        yield platform


def _calculate(database: Path) -> None:
    """Calculate every total, as REDCap has when a row was saved; nothing else changes later."""
    calculations = Calculations(project_definition(), datetime.now(UTC))
    with store.connect(database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project
        for record in store.records(connection, project.id):
            calculations.renew(connection, project.id, record)


@contextmanager
def copied(original: Path, home: Path, warehouse_url: str) -> Iterator[Platform]:
    """A platform with the files of another; the warehouse is the caller's to copy."""
    shutil.copytree(original, home, copy_function=_copy, dirs_exist_ok=True)
    with _started(home, warehouse_url) as platform:
        yield platform


def _copy(source: str, target: str) -> None:
    # A link is the very same file, so the register of omic files has no reason to open it again.
    changes = source.endswith(".sqlite") or one_study.FOLDER in source
    (shutil.copy2 if changes else os.link)(source, target)


@contextmanager
def _started(home: Path, warehouse_url: str) -> Iterator[Platform]:
    redcap = Redcap(home / "redcap.sqlite")
    with serving(redcap) as address, dg.DagsterInstance.ephemeral() as instance:
        yield Platform(home, _environment(home, warehouse_url, address), redcap, instance)


def _environment(home: Path, warehouse_url: str, redcap: str) -> dict[str, str]:
    return {
        "OMICS_WAREHOUSE_URL": warehouse_url,
        "OMICS_STORE_URL": str(home / "store"),
        "OMICS_INBOX_URL": str(home / INBOX),
        "OMICS_SPREADSHEETS_URL": str(home / SHEETS),
        "OMICS_KEY": KEY,
        "OMICS_SITE": str(home / "dictionary"),
        "OMICS_DICTIONARY": str(one_study.write(home)),
        "OMICS_REDCAP_WAIT_SECONDS": "0",
        "GIDAMPS_REDCAP_URL": f"{redcap}/api/",
        "GIDAMPS_REDCAP_TOKEN": TOKEN,
        "GIDAMPS_SAMPLES_URL": f"sqlite:///{home / 'demo/samples.sqlite'}",
    }
