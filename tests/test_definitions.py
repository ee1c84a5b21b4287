"""The code location, as the server loads it.

After a wanted change of the graph: `UPDATE_SNAPSHOT=1 .venv/bin/pytest tests/test_definitions.py`,
then read the difference of `tests/definitions.txt` before you commit it.
"""

import os
import subprocess
import sys
from ast import literal_eval
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._serdes import serialize_value

from omics_orchestrator.definitions import defs

SNAPSHOT = Path(__file__).with_name("definitions.txt")
REPOSITORY = Path(__file__).parents[1]
# Another asset tells of it; nothing executes it, so that no run has to choose a partition.
TOLD = dg.AssetKey(["omics", "batch"])
_SECRETS = (
    "OMICS_WAREHOUSE_URL",
    "OMICS_DAGSTER_DB_URL",
    "OMICS_S3_ACCESS_KEY_ID",
    "OMICS_S3_SECRET_ACCESS_KEY",
    "OMICS_KEY",
    "OMICS_ALERT_WEBHOOK",
)
_HEAVY = ("anndata", "scanpy", "openpyxl", "cyvcf2", "pandas")
_LOAD = """
import sys

def watch(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise AssertionError(f"the definitions call {event}")
    if event == "open":
        touched.append((str(arguments[0]), arguments[1] or "r"))

from omics_orchestrator.definitions import defs
touched = []
sys.addaudithook(watch)
assert defs().resolve_all_asset_keys()
print([path for path, mode in touched if set(mode) & set("wax+")])
print([path for path, _ in touched if not path.endswith((".py", ".pyc"))])
print([name for name in HEAVY if name in sys.modules])
"""


@pytest.fixture(scope="module")
def location() -> dg.Definitions:
    return defs()


def specs(location: dg.Definitions) -> list[dg.AssetSpec]:
    return sorted(location.resolve_all_asset_specs(), key=lambda spec: tuple(spec.key.path))


def checks(location: dg.Definitions) -> list[dg.AssetCheckSpec]:
    return [
        spec
        for asset in location.assets or ()
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.check_specs
    ]


def test_the_definitions_load_with_an_empty_environment_and_read_the_dictionary_alone(
    tmp_path: Path,
) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", _LOAD.replace("HEAVY", repr(_HEAVY))],
        env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
    written, read, heavy = map(literal_eval, loaded.stdout.splitlines())
    assert written == []
    assert read
    assert [path for path in read if REPOSITORY / "data_dictionary" not in Path(path).parents] == []
    assert heavy == []
    assert list(tmp_path.iterdir()) == []


def test_the_graph_is_the_one_that_was_agreed(location: dg.Definitions) -> None:
    lines = []
    for spec in specs(location):
        kinds = ", ".join(sorted(spec.kinds))
        lines.append(f"{spec.key.to_user_string()}  [{spec.group_name}; {kinds}]")
        lines += [f"  from {dep.asset_key.to_user_string()}" for dep in spec.deps]
        lines += [
            f"  check {check.name}{' (blocking)' if check.blocking else ''}"
            for check in sorted(checks(location), key=lambda check: check.name)
            if check.asset_key == spec.key
        ]
    lines += [f"job {job.name}" for job in location.jobs or ()]
    lines += [
        f"schedule {schedule.name}: {schedule.cron_schedule}, job {schedule.job_name}"
        for schedule in location.schedules or ()
        if isinstance(schedule, dg.ScheduleDefinition)
    ]
    lines += [f"sensor {sensor.name}" for sensor in location.sensors or ()]
    found = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_SNAPSHOT") == "1":
        SNAPSHOT.write_text(found)
    assert found == SNAPSHOT.read_text()


def test_every_asset_tells_a_reader_what_it_is_and_whose(location: dg.Definitions) -> None:
    for spec in specs(location):
        assert all((spec.description, spec.owners, spec.kinds, spec.code_version)), spec.key
        assert len(spec.description or "") > 20, spec.key


def test_every_check_and_every_automation_tells_what_it_does(location: dg.Definitions) -> None:
    for told in (*checks(location), *(location.schedules or ()), *(location.sensors or ())):
        assert told.description, told.name


def test_every_asset_stands_behind_a_blocking_check(location: dg.Definitions) -> None:
    guarded = {check.asset_key for check in checks(location) if check.blocking}
    layers = {spec.key for spec in specs(location) if spec.key.path[0] != "raw"}
    assert layers - {TOLD} <= guarded


def test_at_night_every_source_is_read_and_what_is_made_of_them_follows(
    location: dg.Definitions,
) -> None:
    read = set(location.resolve_job_def("nightly").asset_layer.executable_asset_keys)
    target = location.resolve_sensor_def("follow_changes").job
    assert isinstance(target, UnresolvedAssetJobDefinition)
    followed = target.selection.resolve(location.resolve_asset_graph())
    layers = {key.path[0] for key in followed - read}
    assert read | followed == {spec.key for spec in specs(location)} - {TOLD}
    assert layers == {"tidy", "core", "exposure", "datasets", "omics", "published", "star"}
    assert read - followed >= {spec.key for spec in specs(location) if not list(spec.deps)}


def test_only_what_is_read_every_night_can_be_late(location: dg.Definitions) -> None:
    read = set(location.resolve_job_def("nightly").asset_layer.executable_asset_keys)
    assert {spec.key for spec in specs(location) if spec.freshness_policy} == read


def test_no_resource_holds_a_secret_but_only_the_name_of_its_variable(
    location: dg.Definitions,
) -> None:
    for name, resource in (location.resources or {}).items():
        for field, value in resource._resolved_config_dict.items():
            is_named = isinstance(value, dict) and set(value) == {"env"}
            is_a_name = field.endswith("_variable") or field in ("study", "source")
            assert is_named or is_a_name or value is None, f"{name}.{field}"


# Dagster itself still asks for what it has deprecated.
@pytest.mark.filterwarnings("ignore:Property `ScheduleDefinition.environment_vars`")
def test_what_the_ui_is_told_of_the_location_holds_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    canary = "zz-secret-of-the-environment"
    for name in (*_SECRETS, "GIDAMPS_REDCAP_TOKEN", "GIDAMPS_SAMPLES_URL"):
        monkeypatch.setenv(name, canary)
    monkeypatch.setenv("OMICS_STORE_URL", f"s3://bucket/{canary}")
    repository = defs().get_repository_def()
    told = serialize_value(RepositorySnap.from_def(repository))
    assert "OMICS_S3_SECRET_ACCESS_KEY" in told
    assert "GIDAMPS_REDCAP_TOKEN" in told
    assert canary not in told
