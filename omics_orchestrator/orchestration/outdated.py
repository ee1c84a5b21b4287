"""Which tables are out of date: made of something that has changed since, or by other rules.

Dagster's own conditions remember what changed between two looks, and forget a change that comes
between the same two looks as a load of the table (`data_version_changed` gives `since` no time to
compare). So what is there now is compared with what Dagster recorded of each table's last load:
whoever looks, whenever, sees the same, and no change is missed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import dagster as dg

_DATA_VERSION = "dagster/data_version"
# The tag of an asset that is made of those inputs that are there, and does without the others.
MAKES_DO = "omics/makes_do"
# A run that was only created, and never handed over, would be waited for for ever.
_UNDER_WAY = dg.RunsFilter(
    statuses=[
        dg.DagsterRunStatus.QUEUED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ]
)


class Ingredients(NamedTuple):
    """What a table is made by, and of: its code version, and the data version of each input."""

    code_version: str | None
    inputs: Mapping[dg.AssetKey, str | None]

    @property
    def mark(self) -> str:
        """All of it as one hash."""
        inputs = sorted((key.to_user_string(), version) for key, version in self.inputs.items())
        return hashlib.sha256(json.dumps([self.code_version, inputs]).encode()).hexdigest()


@dataclass(frozen=True)
class Standing:
    """How all assets stand at one moment, by Dagster's own records.

    Attributes:
        instance: Dagster's records.
        repository: the code location.
    """

    instance: dg.DagsterInstance
    repository: dg.RepositoryDefinition

    def outdated(self) -> dict[dg.AssetKey, Ingredients]:
        """The tables that can be made now, and would be made of something else than before.

        A table waits, and is not among them, while a run is to make it or one of its inputs, and
        until its inputs have been made and have stood their blocking checks. What is made of
        nothing else reads a source, and is never out of date.
        """
        graph = self.repository.asset_graph
        return {
            table: self._present(table)
            for table in sorted(graph.materializable_asset_keys)
            if (inputs := self._inputs(table))
            and inputs <= self._made.keys()
            and not {table, *inputs} & self._under_way
            and self._present(table) != self._past(table)
            and all(self._stood_its_checks(each) for each in inputs)
        }

    def one_run(self, tables: Iterable[dg.AssetKey]) -> list[dg.AssetKey]:
        """The first layer of `tables`, with all that the same steps make.

        The other layers come after it: what it turns out to hold tells whether they must be made. A
        step that makes several tables comes with the last of them.
        """
        graph, wanted = self.repository.asset_graph, set(tables)
        steps = {table: graph.get(table).execution_set_asset_keys for table in wanted}
        later = {
            below
            for table, step in steps.items()
            for below in graph.get(table).child_keys
            if below not in step
        }
        return sorted(set().union(*(step for step in steps.values() if not step & later)))

    @cached_property
    def _seen(self) -> tuple[list[dg.DagsterRun], dict[dg.AssetKey, dg.EventLogEntry]]:
        """The runs under way, and the last load of each asset that was ever made."""
        # Runs first: one that ends between the two looks has then ended with all that it made.
        runs = [record.dagster_run for record in self.instance.get_run_records(_UNDER_WAY)]
        keys = list(self.repository.asset_graph.materializable_asset_keys)
        entries = [record.asset_entry for record in self.instance.get_asset_records(keys)]
        loads = {each.asset_key: made for each in entries if (made := each.last_materialization)}
        return runs, loads

    @property
    def _made(self) -> dict[dg.AssetKey, dg.EventLogEntry]:
        return self._seen[1]

    @cached_property
    def _under_way(self) -> set[dg.AssetKey]:
        """What runs are to make, and have not made yet."""
        runs, made = self._seen
        return {
            asset
            for run in runs
            for asset in run.asset_selection or self._assets_of(run.job_name)
            if asset not in made or made[asset].run_id != run.run_id
        }

    def _assets_of(self, job: str) -> Iterable[dg.AssetKey]:
        if not self.repository.has_job(job):
            return ()
        return self.repository.get_job(job).asset_layer.executable_asset_keys

    def _present(self, table: dg.AssetKey) -> Ingredients:
        node = self.repository.asset_graph.get(table)
        inputs = self._inputs(table)
        versions = {key: _tags(self._made[key]).get(_DATA_VERSION) for key in inputs}
        return Ingredients(node.code_version, versions)

    def _inputs(self, table: dg.AssetKey) -> set[dg.AssetKey]:
        """What a table is made of; where it makes do, without what was never made."""
        node = self.repository.asset_graph.get(table)
        inputs = set(node.parent_keys)
        return inputs & self._made.keys() if MAKES_DO in node.tags else inputs

    def _past(self, table: dg.AssetKey) -> Ingredients | None:
        made = self._made.get(table)
        told = dg.DataProvenance.from_tags(_tags(made)) if made else None
        if told is None:
            return None
        absent = self.repository.asset_graph.get(table).parent_keys - self._inputs(table)
        versions = {
            key: version.value
            for key, version in told.input_data_versions.items()
            if key not in absent
        }
        return Ingredients(told.code_version, versions)

    def _stood_its_checks(self, asset: dg.AssetKey) -> bool:
        """Tell whether the last load passed every blocking check; within a run Dagster sees to it.

        Of a later run that failed before its checks there is a record too, hence the completed one.
        """
        blocking = [
            key
            for key in self.repository.asset_graph.get(asset).check_keys
            if self.repository.asset_graph.get(key).blocking
        ]
        found = self.instance.event_log_storage.get_asset_check_summary_records(blocking).values()
        ended = [record.last_completed_check_execution_record for record in found]
        return all(
            last is not None
            and last.run_id == self._made[asset].run_id
            and last.evaluation is not None
            and last.evaluation.passed
            for last in ended
        )


def _tags(made: dg.EventLogEntry) -> Mapping[str, str]:
    """What Dagster wrote beside a load."""
    materialization = made.asset_materialization
    return (materialization.tags or {}) if materialization else {}
