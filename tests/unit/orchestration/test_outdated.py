"""What is made again, and when: if and only if what it is made of has changed."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_orchestrator.orchestration.automation import untried
from omics_orchestrator.orchestration.outdated import Ingredients, Standing
from tests.unit.orchestration.small_graph import INPUTS, SOURCES, STEPS, SmallGraph

ALL = {*SOURCES, *INPUTS}


@pytest.fixture
def graph() -> Iterator[SmallGraph]:
    """A graph in which everything was made, and is as it should be."""
    with dg.DagsterInstance.ephemeral() as instance:
        graph = SmallGraph(instance)
        graph.load(*ALL)
        yield graph


def test_sources_read_again_without_a_change_start_nothing(graph: SmallGraph) -> None:
    graph.load(*SOURCES)
    assert graph.look() == set()


def test_a_changed_source_is_carried_through_layer_by_layer_and_no_further(
    graph: SmallGraph,
) -> None:
    graph.sources["left"] = 4
    graph.load(*SOURCES)
    graph.settle()
    assert graph.made == [{"near", "pair_one", "pair_two"}, {"far"}]
    assert graph.held["far"] == graph.wanted("far") == 1


def test_a_change_that_ends_on_its_way_starts_nothing_below(graph: SmallGraph) -> None:
    graph.sources["left"] = 1
    graph.load(*SOURCES)
    graph.settle()
    assert graph.made == [{"near", "pair_one", "pair_two"}]


def test_a_change_that_comes_just_after_a_load_is_not_forgotten(graph: SmallGraph) -> None:
    graph.look()
    graph.load("near")
    graph.sources["left"] = 2
    graph.load("left")
    assert "near" in graph.look()


def test_what_was_out_of_date_before_the_first_look_is_made(graph: SmallGraph) -> None:
    graph.sources["right"] = 2
    graph.load("right")
    assert graph.cursor is None
    assert graph.tick() == {"far"}


def test_a_changed_rule_makes_its_table_alone(graph: SmallGraph) -> None:
    graph.rules["far"] = 3
    graph.settle()
    assert graph.made == [{"far"}]


def test_tables_never_made_follow_their_sources_and_wait_for_them() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        graph = SmallGraph(instance)
        assert graph.look() == set()
        graph.load("left")
        graph.settle()
        assert graph.made == [{"near", "pair_one", "pair_two"}]
        graph.load("right")
        assert graph.tick() == {"far"}


def test_what_one_step_makes_is_asked_for_together(graph: SmallGraph) -> None:
    graph.rules["pair_two"] = 1
    assert graph.tick() == {"pair_one", "pair_two"}
    assert graph.look() == set()


def test_a_step_that_makes_several_tables_comes_with_the_last_of_them() -> None:
    @dg.asset(deps=["source"])
    def near(): ...

    @dg.multi_asset(
        specs=[
            dg.AssetSpec("one", deps=["source"]),
            dg.AssetSpec("two", deps=["near"]),
            dg.AssetSpec("three", deps=["one"]),
        ]
    )
    def step(): ...

    step_makes = {dg.AssetKey(name) for name in ("one", "two", "three")}
    repository = dg.Definitions(assets=[near, step]).get_repository_def()
    with dg.DagsterInstance.ephemeral() as instance:
        standing = Standing(instance, repository)
        assert standing.one_run({dg.AssetKey("near"), *step_makes}) == [dg.AssetKey("near")]
        assert set(standing.one_run(step_makes)) == step_makes


def test_a_load_that_failed_is_tried_once_a_night(graph: SmallGraph) -> None:
    graph.broken.add("near")
    graph.sources["left"] = 2
    graph.load("left")
    assert "near" in graph.tick()
    assert graph.tick() == set()
    graph.night_passes()
    assert graph.tick() == {"near"}
    assert graph.tick() == set()


def test_a_load_that_failed_is_tried_when_its_inputs_change_again(graph: SmallGraph) -> None:
    graph.broken.add("near")
    graph.sources["left"] = 2
    graph.load("left")
    graph.settle()
    graph.broken.clear()
    graph.sources["left"] = 6
    graph.load("left")
    assert "near" in graph.tick()
    assert graph.held["near"] == 3


def test_what_failed_keeps_nothing_else_from_being_made(graph: SmallGraph) -> None:
    graph.broken.add("near")
    graph.sources.update(left=2, right=2)
    graph.load(*SOURCES)
    graph.settle()
    assert graph.made == [{"near", "pair_one", "pair_two"}, {"far"}]
    assert graph.held["far"] == 1


def test_nothing_is_made_of_a_source_whose_blocking_check_did_not_pass(graph: SmallGraph) -> None:
    graph.refused.add("left")
    graph.sources["left"] = 2
    graph.load("left")
    assert graph.look() == set()
    # The next reading fails before its checks, and says nothing of what the last one brought.
    graph.broken.add("left")
    graph.load("left")
    assert graph.look() == set()
    graph.broken.clear()
    graph.refused.clear()
    graph.load("left")
    assert graph.look() == {"near", "pair_one", "pair_two"}


def test_nothing_is_made_of_a_source_that_was_not_checked_since_it_changed(
    graph: SmallGraph,
) -> None:
    # What a person reports in Dagster's UI comes without a check.
    said = dg.AssetMaterialization("left", tags={"dagster/data_version": "2"})
    graph.instance.report_runless_asset_event(said)
    assert graph.look() == set()


def test_a_source_that_is_down_keeps_back_nothing_that_it_brought_before(
    graph: SmallGraph,
) -> None:
    graph.sources["left"] = 2
    graph.load("left")
    graph.broken.add("left")
    graph.load("left")
    assert graph.look() == {"near", "pair_one", "pair_two"}


def test_a_table_waits_for_the_run_that_makes_it_or_its_inputs(graph: SmallGraph) -> None:
    graph.sources.update(left=2, right=2)
    graph.load(*SOURCES)
    seen = {}

    def watch(step: str) -> None:
        seen[step] = graph.look()
        graph.cursor = None

    graph.meanwhile = watch
    graph.load("left", "near")
    assert seen == {"left": set(), "near": {"pair_one", "pair_two"}}


def test_all_wait_for_a_run_that_makes_everything(graph: SmallGraph) -> None:
    graph.sources["left"] = 2
    graph.load("left")
    seen = []
    graph.meanwhile = lambda step: seen.append((step, graph.look()))
    graph.load()
    assert seen[0] == ("left", set())
    graph.meanwhile = lambda _: None
    assert graph.look() == set()


def test_a_mark_tells_rules_and_inputs_apart() -> None:
    key = dg.AssetKey("near")
    marks = {
        Ingredients(code, {key: version}).mark
        for code in ("1", "2")
        for version in ("1", "2", None)
    }
    assert len(marks) == 6


def test_the_night_begins_when_the_sources_are_read() -> None:
    table, of = dg.AssetKey("near"), Ingredients("1", {dg.AssetKey("left"): "2"})

    def attempted(hour: int, minute: int, tried: dict[str, str]) -> dict[str, str]:
        now = datetime(2026, 11, 23, hour, minute, tzinfo=UTC)
        return {
            key.to_user_string(): mark for key, mark in untried({table: of}, tried, now).items()
        }

    tried = attempted(1, 59, {})
    assert tried
    assert attempted(0, 0, tried) == {}
    assert attempted(2, 0, tried) != {}
    assert attempted(23, 59, attempted(2, 0, tried)) == {}


NUMBERS = st.integers(0, 5)
EVENTS = st.one_of(
    st.tuples(st.just("read"), st.sampled_from(SOURCES), NUMBERS),
    st.tuples(st.just("rule"), st.sampled_from(sorted(INPUTS)), NUMBERS),
    st.tuples(st.just("load"), st.sampled_from(sorted(INPUTS)), st.none()),
    st.tuples(st.just("break"), st.sampled_from(sorted(INPUTS)), st.none()),
    st.tuples(st.just("mend"), st.sampled_from(sorted(INPUTS)), st.none()),
    st.tuples(st.just("look"), st.none(), st.none()),
)


def _happen(graph: SmallGraph, event: str, name: str, number: int) -> None:
    match event:
        case "read":
            graph.sources[name] = number
            graph.load(name)
        case "rule":
            graph.rules[name] = number
        case "load":
            (step,) = (each for each in STEPS if name in each)
            graph.load(*step)
        case "break":
            graph.broken.add(name)
        case "mend":
            graph.broken.discard(name)
        case "look":
            graph.tick()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENTS, max_size=8))
def test_whatever_happens_between_looks_all_is_as_it_should_be_in_the_end(
    events: list[tuple[str, str, int]],
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        graph = SmallGraph(instance)
        graph.load(*ALL)
        for event in events:
            _happen(graph, *event)
        graph.broken.clear()
        graph.night_passes()
        graph.settle()
        assert {table: graph.held[table] for table in INPUTS} == {
            table: graph.wanted(table) for table in INPUTS
        }
        graph.load(*SOURCES)
        graph.night_passes()
        assert graph.look() == set()
