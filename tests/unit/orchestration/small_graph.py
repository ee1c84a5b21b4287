"""A small graph of assets whose sources, rules and faults a test moves, under the real sensor.

    left ──► pair_one, pair_two (one step)
    left ──► near ──► far
    right ───────────► far

What a table holds is half of the sum of its inputs, so that some changes end on their way.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import dagster as dg

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.orchestration.automation import sensors

SOURCES = ("left", "right")
INPUTS = {
    "near": ("left",),
    "far": ("near", "right"),
    "pair_one": ("left",),
    "pair_two": ("left",),
}
STEPS = (("near",), ("far",), ("pair_one", "pair_two"))
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class SmallGraph:
    """The assets, Dagster's records of them, and the sensor that follows changes.

    Attributes:
        sources: what each source says at present.
        rules: a number that is part of each table, and its code version.
        broken: the tables that cannot be made.
        refused: the sources whose blocking check does not pass.
        meanwhile: what happens while a step is at work.
        held: what the store holds of each asset, as the warehouse would.
        made: the tables of each run that the sensor asked for, in order.
    """

    instance: dg.DagsterInstance
    sources: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    rules: dict[str, int] = field(default_factory=lambda: dict.fromkeys(INPUTS, 0))
    broken: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    held: dict[str, int] = field(default_factory=dict)
    made: list[set[str]] = field(default_factory=list)
    cursor: str | None = None
    meanwhile: Callable[[str], object] = lambda _: None

    @property
    def definitions(self) -> dg.Definitions:
        assets = [*map(self._source, SOURCES), *map(self._step, STEPS)]
        empty = Dictionary.model_construct(variables={}, value_sets={}, studies={}, collections={})
        return dg.Definitions(assets=assets, sensors=sensors(empty))

    def wanted(self, table: str) -> int:
        """What a table would hold if all were made of what is in the sources now."""
        inputs = (
            self.sources[each] if each in SOURCES else self.wanted(each) for each in INPUTS[table]
        )
        return sum(inputs) // 2 + self.rules[table]

    def load(self, *assets: str) -> None:
        """Make these assets, or all, as a schedule or a person does."""
        job = self.definitions.resolve_implicit_global_asset_job_def()
        job.execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(each) for each in assets] or None,
            raise_on_error=False,
            run_config=QUIET,
        )

    def tick(self) -> set[str]:
        """Let the sensor look once, and make what it asks for."""
        asked = self.look()
        if asked:
            self.load(*asked)
        return asked

    def look(self) -> set[str]:
        """Let the sensor look once: what it asks for."""
        definitions = self.definitions
        sensor = definitions.resolve_sensor_def("follow_changes")
        with dg.build_sensor_context(
            self.instance, self.cursor, definitions=definitions
        ) as context:
            seen = sensor.evaluate_tick(context)
        self.cursor = seen.cursor
        asked = {
            key.to_user_string()
            for request in seen.run_requests or []
            for key in request.asset_selection or []
        }
        self.made += [asked] if asked else []
        return asked

    def settle(self) -> None:
        """Let the sensor look until it finds nothing to do."""
        while self.tick():
            pass

    def night_passes(self) -> None:
        """Move what was tried to another night."""
        self.cursor = re.sub(r"\d{4}-\d{2}-\d{2}", "2020-02-02", self.cursor or "{}")

    def _source(self, name: str) -> dg.AssetsDefinition:
        check = dg.AssetCheckSpec("sound", asset=name, blocking=True)

        @dg.multi_asset(
            name=name, specs=[dg.AssetSpec(name, code_version="1")], check_specs=[check]
        )
        def read() -> dg.MaterializeResult:
            self.meanwhile(name)
            if name in self.broken:
                raise dg.Failure("the source is down", allow_retries=False)
            self.held[name] = self.sources[name]
            sound = dg.AssetCheckResult(
                check_name="sound", asset_key=name, passed=name not in self.refused
            )
            return self._made(name)._replace(check_results=[sound])

        return read

    def _step(self, tables: tuple[str, ...]) -> dg.AssetsDefinition:
        @dg.multi_asset(
            name="_and_".join(tables),
            specs=[
                dg.AssetSpec(table, deps=INPUTS[table], code_version=str(self.rules[table]))
                for table in tables
            ],
        )
        def make() -> Iterable[dg.MaterializeResult]:
            self.meanwhile(tables[0])
            for table in tables:
                if table in self.broken:
                    raise dg.Failure("the load is refused", allow_retries=False)
                self.held[table] = (
                    sum(map(self.held.__getitem__, INPUTS[table])) // 2 + self.rules[table]
                )
                yield self._made(table)

        return make

    def _made(self, name: str) -> dg.MaterializeResult:
        return dg.MaterializeResult(
            asset_key=name, data_version=dg.DataVersion(str(self.held[name]))
        )
