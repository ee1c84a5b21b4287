"""Sensors see what arrives, once and only when it is complete; a failure reaches people."""

import os
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from local_http import Mailbox, serving
from running_platform import Platform

from omics_orchestrator.definitions import defs
from omics_orchestrator.orchestration.resources import Stores

CANARY = "ZZCANARY-WEBHOOK"
REQUESTED = "a run is requested"
ARRIVING = "A file is still arriving."
NOTHING_NEW = "Nothing new."
_MINUTE_AGO = time.time() - 60


@dataclass
class Watch:
    """A sensor over a real folder, with the cursor that Dagster would keep for it."""

    sensor: dg.SensorDefinition
    folder: Path
    file: Path
    cursor: str | None = None

    def arrives(self, content: str, seconds: float = _MINUTE_AGO) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(content)
        os.utime(self.file, (seconds, seconds))

    def tick(self) -> str | None:
        stores = Stores(url=str(self.folder))
        with dg.build_sensor_context(cursor=self.cursor, resources={"stores": stores}) as context:
            seen = self.sensor.evaluate_tick(context)
        self.cursor = seen.cursor
        if not seen.run_requests:
            return seen.skip_message
        # A run key would keep Dagster from ever loading again what comes back as it was.
        assert [request.run_key for request in seen.run_requests] == [None]
        return REQUESTED


WATCHED = {
    "gidamps_inbox": ("OMICS_INBOX_URL", "reads/GID-1-S01-PAX_S1_L001_R1_001.fastq.gz"),
    "gidamps_olink_files": ("OMICS_SPREADSHEETS_URL", "olink/plate_1.xlsx"),
    "gidamps_qpcr_files": ("OMICS_SPREADSHEETS_URL", "qpcr/plate_1.csv"),
}


@pytest.fixture(params=WATCHED)
def watch(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    variable, file = WATCHED[request.param]
    monkeypatch.setenv(variable, str(tmp_path))
    sensor = defs().resolve_sensor_def(request.param)
    return Watch(sensor, tmp_path, tmp_path / file)


def test_a_file_that_still_arrives_starts_nothing_and_one_that_has_starts_one_run(
    watch: Watch,
) -> None:
    watch.arrives("half of", seconds=time.time())
    assert watch.tick() == ARRIVING
    watch.arrives("half of the whole")
    assert watch.tick() == REQUESTED
    assert watch.tick() == NOTHING_NEW


def test_a_file_that_arrives_all_the_time_does_not_keep_the_others_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable, file = WATCHED["gidamps_inbox"]
    monkeypatch.setenv(variable, str(tmp_path))
    watch = Watch(defs().resolve_sensor_def("gidamps_inbox"), tmp_path, tmp_path / file)
    watch.arrives("whole")
    (tmp_path / "growing.vcf").write_text("half of")
    assert watch.tick() == REQUESTED
    assert watch.tick() == ARRIVING


def test_a_file_dated_in_the_future_does_not_close_the_inbox(watch: Watch) -> None:
    watch.arrives("written by a machine with a wrong clock", seconds=time.time() + 86_400)
    assert watch.tick() == REQUESTED


def test_a_file_replaced_within_the_same_second_is_seen(watch: Watch) -> None:
    watch.arrives("a first version", seconds=1_700_000_000)
    watch.tick()
    watch.arrives("a second version, longer", seconds=1_700_000_000)
    assert watch.tick() == REQUESTED
    watch.arrives("a third version, so long", seconds=1_700_000_000.25)
    assert watch.tick() == REQUESTED
    assert watch.tick() == NOTHING_NEW


def test_a_file_that_goes_and_comes_back_as_it_was_is_seen_both_times(watch: Watch) -> None:
    watch.arrives("as it was")
    watch.tick()
    elsewhere = watch.folder.with_name("elsewhere")
    watch.file.rename(elsewhere)
    assert watch.tick() == REQUESTED
    elsewhere.rename(watch.file)
    assert watch.tick() == REQUESTED


def test_a_sheet_of_another_kind_is_nothing_to_this_sensor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable, file = WATCHED["gidamps_olink_files"]
    monkeypatch.setenv(variable, str(tmp_path))
    watch = Watch(defs().resolve_sensor_def("gidamps_olink_files"), tmp_path, tmp_path / file)
    watch.arrives("one")
    watch.tick()
    (tmp_path / "olink/notes.txt").write_text("not a sheet")
    assert watch.tick() == NOTHING_NEW


def test_a_folder_that_is_not_there_is_named_with_its_remedy(watch: Watch) -> None:
    watch.folder.rmdir()
    with pytest.raises(dg.Failure, match=r"folder is not there\. To mend: create the folder"):
        watch.tick()


@pytest.mark.parametrize(
    ("sensor", "made"),
    [
        ("gidamps_inbox", {"omics/file"}),
        ("gidamps_olink_files", {"raw/gidamps/olink"}),
        ("gidamps_qpcr_files", {"raw/gidamps/qpcr"}),
    ],
)
def test_a_sensor_reads_its_folder_and_no_more(
    platform: Platform, sensor: str, made: set[str]
) -> None:
    with platform.settings():
        location = defs()
        target = location.resolve_sensor_def(sensor).job
        assert isinstance(target, UnresolvedAssetJobDefinition)
        wanted = target.selection.resolve(location.resolve_asset_graph())
    assert {key.to_user_string() for key in wanted} == made
    assert platform.run(*made).succeeded


@pytest.fixture
def failed(tmp_path: Path) -> dg.RunStatusSensorContext:
    """What the sensor for failures is told of a run whose error quotes a cell."""

    @dg.op
    def breaks() -> None:
        raise dg.Failure(f"the cell said {CANARY}")

    @dg.job
    def night() -> None:
        breaks()

    instance = dg.DagsterInstance.ephemeral(str(tmp_path))
    result = night.execute_in_process(instance=instance, raise_on_error=False)
    return dg.build_run_status_sensor_context(
        sensor_name="tell_of_failures",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_run_failure_event(),
    ).for_run_failure()


def _tell(context: dg.RunStatusSensorContext) -> object:
    return defs().resolve_sensor_def("tell_of_failures")(context)


def test_a_failed_run_is_told_to_the_webhook_without_its_error(
    failed: dg.RunStatusSensorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = Mailbox()
    with serving(mailbox.application) as address:
        monkeypatch.setenv("OMICS_ALERT_WEBHOOK", f"{address}/")
        _tell(failed)
    ((message,),) = [mailbox.received]
    assert failed.dagster_run.run_id in message["text"]
    assert "night failed" in message["text"]
    assert CANARY not in str(message)


def test_without_a_webhook_a_failure_is_not_told_and_the_sensor_says_so(
    failed: dg.RunStatusSensorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMICS_ALERT_WEBHOOK", raising=False)
    assert _tell(failed) == dg.SkipReason("OMICS_ALERT_WEBHOOK is not set.")


@pytest.mark.parametrize("path", ["", "/unknown"])
def test_a_webhook_that_fails_is_reported_without_its_secret_address(
    failed: dg.RunStatusSensorContext, monkeypatch: pytest.MonkeyPatch, port: int, path: str
) -> None:
    with serving(Mailbox().application) as address:
        server = address if path else f"http://127.0.0.1:{port}"
        monkeypatch.setenv("OMICS_ALERT_WEBHOOK", f"{server}{path}/{CANARY}")
        with pytest.raises(Exception, match="OMICS_ALERT_WEBHOOK") as caught:
            _tell(failed)
    assert CANARY not in "".join(traceback.format_exception(caught.value))
