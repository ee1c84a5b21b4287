"""When things run: every night, when a file arrives, when what they are made of has changed.

At night only sources are read; what is made of them follows when their content has changed, and
only then. Who hears of a failure stands here too.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from typing import Any

import dagster as dg
import requests

from omics_orchestrator.dictionary.model import Dictionary, SheetSource, Study
from omics_orchestrator.errors import TransientError
from omics_orchestrator.orchestration.faults import reported
from omics_orchestrator.orchestration.omics import REGISTER
from omics_orchestrator.orchestration.outdated import Ingredients, Standing
from omics_orchestrator.orchestration.resources import Stores
from omics_orchestrator.settings import Settings
from omics_orchestrator.stores import StoredObject

# A file that is still being written changes; one that did not for this long is complete.
SETTLED = timedelta(seconds=10)
_EVERY_SECONDS = 30
_NIGHT_HOUR = 2
_SOURCES = dg.AssetSelection.key_prefixes(
    *(["omics", each] for each in ("file", "verified_file", "file_picture", "file_digest")),
    ["raw"],
)

nightly = dg.define_asset_job(
    "nightly",
    selection=_SOURCES,
    description="Reads every source and every inbox; what changed is carried through after it.",
)


def schedules() -> list[dg.ScheduleDefinition]:
    """Every night at two."""
    return [
        dg.ScheduleDefinition(
            name="every_night",
            job=nightly,
            cron_schedule=f"0 {_NIGHT_HOUR} * * *",
            execution_timezone="UTC",
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Reads every source at two o'clock.",
        ),
    ]


def sensors(dictionary: Dictionary) -> list[dg.SensorDefinition]:
    """One for each kind of spreadsheet, for each omics inbox, for what follows, for failures."""
    sheets = [
        _sheet_sensor(study, name, source)
        for study in dictionary.studies.values()
        for name, source in study.sources.items()
        if isinstance(source, SheetSource)
    ]
    inboxes = [
        _inbox_sensor(
            f"{name}_inbox",
            collection.store,
            "*",
            dg.AssetSelection.key_prefixes(["omics", "file"]),
            f"Watches where files of {collection.label} arrive, and registers them.",
            one_by_one={
                "ops": {REGISTER: {"config": {"settled_seconds": SETTLED.total_seconds()}}}
            },
        )
        for name, collection in dictionary.collections.items()
    ]
    return [*sheets, *inboxes, _follower(), _failure_sensor()]


def _sheet_sensor(study: Study, name: str, source: SheetSource) -> dg.SensorDefinition:
    table = dg.AssetKey(list(study.raw(source.table).key))
    return _inbox_sensor(
        f"{study.study}_{name}_files",
        source.folder,
        source.files,
        dg.AssetSelection.assets(table),
        f"Watches the spreadsheet folder of {study.label} for {source.files}, and loads them.",
    )


def _inbox_sensor(
    name: str,
    folder: str,
    pattern: str,
    selection: dg.AssetSelection,
    description: str,
    *,
    one_by_one: Mapping[str, Any] | None = None,
) -> dg.SensorDefinition:
    """Watch a folder whose files are read together; or `one_by_one`, by a run of this config."""

    @dg.sensor(
        name=name,
        target=selection,
        minimum_interval_seconds=_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=description,
    )
    def watch(
        context: dg.SensorEvaluationContext, stores: Stores
    ) -> dg.SensorResult | dg.SkipReason:
        with reported():
            now, listed = datetime.now(UTC), stores.named(folder).list()
            found = (item for item in listed if fnmatch(item.key, pattern))
            seen, is_arriving = looked_at(found, now)
        before = context.cursor or looked_at([], now)[0]
        if is_arriving and (one_by_one is None or seen == before):
            return dg.SkipReason("A file is still arriving.")
        if seen == before:
            return dg.SkipReason("Nothing new.")
        # The cursor alone tells what was seen: a run key would de-duplicate for ever, and a file
        # that is put back as it was would never be loaded again.
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_config=one_by_one and dict(one_by_one))], cursor=seen
        )

    return watch


def looked_at(found: Iterable[StoredObject], now: datetime) -> tuple[str, bool]:
    """One mark of what has arrived in an inbox, and whether anything is still arriving.

    The mark is that of every key with its size, time and etag. It is a sum of their hashes, in
    whatever order they are listed, so that a million files are looked at without being kept.
    """
    total, is_arriving = 0, False
    for each in found:
        if each.is_settled(now, SETTLED):
            version = f"{each.key}\0{each.size}\0{each.modified.isoformat()}\0{each.etag}"
            total += int.from_bytes(hashlib.sha256(version.encode()).digest())
        else:
            is_arriving = True
    return f"{total % 2**256:064x}", is_arriving


def _follower() -> dg.SensorDefinition:
    @dg.sensor(
        name="follow_changes",
        target=dg.AssetSelection.all() - dg.AssetSelection.all().roots(),
        minimum_interval_seconds=_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Makes each table again whose inputs or rules have changed since it was made.",
    )
    def follow(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        repository = context.repository_def
        if repository is None:
            return dg.SkipReason("There is no code location.")
        tried: dict[str, str] = json.loads(context.cursor or "{}")
        with reported():
            standing = Standing(context.instance, repository)
            due = untried(standing.outdated(), tried, datetime.now(UTC))
            tables = standing.one_run(due)
        if not tables:
            return dg.SkipReason("Nothing has changed that was not tried already.")
        attempts = {table.to_user_string(): due[table] for table in tables if table in due}
        return dg.SensorResult(
            run_requests=[dg.RunRequest(asset_selection=tables)],
            cursor=json.dumps(tried | attempts),
        )

    return follow


def untried(
    outdated: Mapping[dg.AssetKey, Ingredients], tried: Mapping[str, str], now: datetime
) -> dict[dg.AssetKey, str]:
    """What to make, each with a mark of the attempt; `tried` holds the last one of each table.

    A load that failed is not tried again as long as it would be the same, except once a night.
    """
    night = (now - timedelta(hours=_NIGHT_HOUR)).date()
    attempts = {table: f"{night} {of.mark}" for table, of in outdated.items()}
    return {
        table: attempt
        for table, attempt in attempts.items()
        if tried.get(table.to_user_string()) != attempt
    }


def _failure_sensor() -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="tell_of_failures",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells the address in OMICS_ALERT_WEBHOOK that a run failed, without data.",
    )
    def tell(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        webhook = Settings.from_environment().alert_webhook.get_secret_value()
        if not webhook:
            return dg.SkipReason("OMICS_ALERT_WEBHOOK is not set.")
        run = context.dagster_run
        text = (
            f"omics-orchestrator: run {run.run_id} of {run.job_name} failed. Look at it in Dagster."
        )
        with reported():
            _post(webhook, text)
        return None

    return tell


def _post(webhook: str, text: str) -> None:
    try:
        requests.post(webhook, json={"text": text}, timeout=10).raise_for_status()
    except requests.RequestException:
        # Its text holds the address, and who has a webhook's address may write there.
        raise TransientError(
            "the address in OMICS_ALERT_WEBHOOK did not take the message",
            mend="check that the address is right and that this machine may reach it.",
        ) from None
