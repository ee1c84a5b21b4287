"""The shipped dagster.yaml and workspace files, loaded by Dagster over a real Postgres."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.instance.config import PoolGranularity
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    ManagedGrpcPythonEnvCodeLocationOrigin,
)
from dagster._core.run_coordinator import QueuedRunCoordinator
from dagster._core.scheduler.instigation import TickStatus
from dagster._core.workspace.load_target import WorkspaceFileTarget

PROJECT = Path(__file__).resolve().parents[2]
DAY = 24 * 3600


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    shutil.copy(PROJECT / "dagster.yaml", folder)
    return folder


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def instance(postgres_url: str, home: Path, state: Path) -> Iterator[dg.DagsterInstance]:
    with psycopg.connect(postgres_url, autocommit=True) as session:
        session.execute("create database dagster_yaml")
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("DAGSTER_HOME", str(home))
            environment.setenv("OMICS_HOME", str(state))
            url = postgres_url.removesuffix("postgres") + "dagster_yaml"
            environment.setenv("OMICS_DAGSTER_DB_URL", url)
            with dg.DagsterInstance.get() as loaded:
                yield loaded
        session.execute("drop database dagster_yaml with (force)")


@dg.op
def stumble() -> None:
    print("a line for the log")  # noqa: T201 - what a step prints is what this file keeps
    raise dg.Failure("a step that fails")


@dg.job
def stumbling() -> None:
    stumble()


@pytest.fixture(scope="module")
def failed_run(instance: dg.DagsterInstance) -> str:
    return stumbling.execute_in_process(instance=instance, raise_on_error=False).run_id


def test_everything_is_kept_in_postgres(instance: dg.DagsterInstance, failed_run: str) -> None:
    stores = (instance.run_storage, instance.event_log_storage, instance.schedule_storage)
    assert all(type(store).__module__.startswith("dagster_postgres.") for store in stores)
    assert [run.run_id for run in instance.get_runs()] == [failed_run]


def test_a_failed_step_never_runs_again_as_a_whole_run(
    instance: dg.DagsterInstance, failed_run: str
) -> None:
    run = instance.get_run_by_id(failed_run)
    assert run is not None
    assert run.tags["dagster/will_retry"] == "false"
    assert instance.run_retries_max_retries == 2


def test_logs_are_kept_in_the_state_folder_and_nothing_beside_the_file(
    instance: dg.DagsterInstance, failed_run: str, home: Path, state: Path
) -> None:
    printed = [file.read_text() for file in (state / failed_run).rglob("*.out")]
    assert printed == ["a line for the log\n"]
    assert Path(instance.storage_directory()) == state / "storage"
    assert [file.name for file in home.iterdir()] == ["dagster.yaml"]


def test_runs_queue_and_pools_limit_steps(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.run_coordinator, QueuedRunCoordinator)
    limits = instance.get_concurrency_config()
    assert limits.pool_config.pool_granularity == PoolGranularity.OP
    assert limits.pool_config.default_pool_limit == 2
    queue = limits.run_queue_config
    assert queue is not None
    assert queue.max_concurrent_runs == 4
    assert queue.tag_concurrency_limits == [{"key": "dagster/backfill", "limit": 2}]
    assert queue.max_user_code_failure_retries == 3


def test_a_run_that_nobody_ends_is_ended(instance: dg.DagsterInstance) -> None:
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_max_runtime_seconds < DAY
    assert instance.run_monitoring_start_timeout_seconds == 300


def test_ticks_are_forgotten_in_time(instance: dg.DagsterInstance) -> None:
    for kind in (InstigatorType.SCHEDULE, InstigatorType.SENSOR):
        days = instance.get_tick_retention_settings(kind)
        assert all(0 < days[status] <= 90 for status in TickStatus)


def test_nothing_is_told_to_strangers(instance: dg.DagsterInstance) -> None:
    assert not instance.telemetry_enabled
    assert not instance.nux_enabled


def test_late_data_is_noticed(instance: dg.DagsterInstance) -> None:
    assert instance.freshness_enabled


def test_the_file_itself_holds_no_address() -> None:
    text = (PROJECT / "dagster.yaml").read_text()
    assert set(re.findall(r"env: (\w+)", text)) == {"OMICS_DAGSTER_DB_URL", "OMICS_HOME"}
    assert "://" not in text


def test_both_workspaces_serve_one_location_of_the_same_name() -> None:
    [laptop] = WorkspaceFileTarget([str(PROJECT / "workspace.yaml")]).create_origins()
    [production] = WorkspaceFileTarget([str(PROJECT / "deploy/workspace.yaml")]).create_origins()
    assert laptop.location_name == production.location_name == "omics_orchestrator"
    assert isinstance(laptop, ManagedGrpcPythonEnvCodeLocationOrigin)
    assert laptop.loadable_target_origin.module_name == "omics_orchestrator.definitions"
    assert isinstance(production, GrpcServerCodeLocationOrigin)
    assert (production.host, production.port) == ("code", 4000)
