"""Run the whole asset graph once, in this process, and show each step as it ends.

`python -m omics_orchestrator.run RUN_ID` is what `make demo` calls. On two cores one
process is several times faster than one a step; `dagster asset materialize` runs the same graph.
With keys of assets (`core/gidamps/sampling`), only these run and what is made of them: a replay.
"""

import sys
import threading
from collections.abc import Sequence

import dagster as dg
from rich.console import Console

from omics_orchestrator.definitions import defs
from omics_orchestrator.errors import OmicsError

_POLL_SECONDS = 0.3
_ENDED = {
    dg.DagsterEventType.STEP_SUCCESS: "[green]done[/green]",
    dg.DagsterEventType.STEP_FAILURE: "[red]failed[/red]",
    dg.DagsterEventType.STEP_SKIPPED: "[yellow]skipped[/yellow]",
    dg.DagsterEventType.STEP_UP_FOR_RETRY: "[yellow]will be tried again[/yellow]",
}
# Else Dagster connects to its database for each event, which takes a third of a run.
_CONNECTIONS_STAY = {"statement_timeout": 0, "pool_recycle": 3600, "max_overflow": 20}
_NOT_EXECUTED = "Not executing."
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def main(run_id: str, *keys: str) -> int:
    """Run every asset under `run_id`, or those of these keys; 0 when all succeeded."""
    try:
        loaded = defs()
        job, selection = loaded.resolve_implicit_global_asset_job_def(), _selected(loaded, keys)
    except OmicsError as error:
        _tell(Console(highlight=False), str(error))
        return 1
    finished = threading.Event()
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(**_CONNECTIONS_STAY)
        progress = threading.Thread(target=_show, args=(instance, run_id, finished))
        progress.start()
        try:
            result = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                asset_selection=selection,
                raise_on_error=False,
                run_config=_QUIET,
            )
        finally:
            finished.set()
            progress.join()
    return 0 if result.success else 1


def _selected(loaded: dg.Definitions, keys: Sequence[str]) -> list[dg.AssetKey] | None:
    """The assets of these keys and all that is made of them; None, which is all, without keys."""
    if not keys:
        return None
    wanted = dg.AssetSelection.assets(*map(dg.AssetKey.from_user_string, keys)).downstream()
    # A step that makes several assets, such as the star, makes all of them.
    whole = wanted.required_multi_asset_neighbors()
    return sorted(whole.resolve(loaded.resolve_asset_graph()))


def _show(instance: dg.DagsterInstance, run_id: str, finished: threading.Event) -> None:
    console, cursor, last = Console(highlight=False), None, False
    started: dict[str, float] = {}
    while not last:
        last = finished.wait(_POLL_SECONDS)
        page = instance.get_records_for_run(run_id, cursor=cursor)
        cursor = page.cursor or cursor
        for record in page.records:
            _show_one(console, record, started)


def _show_one(console: Console, record: dg.EventLogRecord, started: dict[str, float]) -> None:
    entry, event = record.event_log_entry, record.event_log_entry.dagster_event
    if entry.step_key is None:
        return
    name = f"  {entry.step_key.replace('__', ' / '):<48}"
    if event is None:
        # Of a step whose input failed Dagster makes no event, only this line.
        if entry.user_message.endswith(_NOT_EXECUTED):
            console.print(f"{name} [yellow]waits[/yellow]  for what failed")
    elif event.event_type == dg.DagsterEventType.STEP_START:
        started[entry.step_key] = record.timestamp
    elif event.event_type in _ENDED:
        seconds = record.timestamp - started.get(entry.step_key, record.timestamp)
        console.print(f"{name} {_ENDED[event.event_type]} {seconds:6.1f} s")
        if event.event_type == dg.DagsterEventType.STEP_FAILURE:
            _explain(console, event)


def _explain(console: Console, event: dg.DagsterEvent) -> None:
    failure = event.step_failure_data.user_failure_data
    if failure is not None and failure.description:
        _tell(console, f"    {failure.description}")


def _tell(console: Console, text: str) -> None:
    # Not broken into lines of a terminal: in a log, one fault is one line that can be searched.
    console.print(text, style="red", markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
