"""An asset that makes do with the inputs that are there, as the dictionary's site does."""

from collections.abc import Iterator

import dagster as dg
import pytest

from omics_orchestrator.orchestration.outdated import MAKES_DO, Standing


@dg.asset
def configured() -> dg.MaterializeResult:
    return dg.MaterializeResult(data_version=dg.DataVersion("1"))


@dg.asset
def elsewhere() -> dg.MaterializeResult:
    return dg.MaterializeResult(data_version=dg.DataVersion("1"))


@dg.asset(deps=[configured, elsewhere], code_version="1", tags={MAKES_DO: "yes"})
def site() -> None: ...


@dg.asset(deps=[configured, elsewhere], code_version="1")
def table() -> None: ...


ASSETS = [configured, elsewhere, site, table]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def outdated(instance: dg.DagsterInstance) -> set[str]:
    repository = dg.Definitions(assets=ASSETS).get_repository_def()
    return {key.to_user_string() for key in Standing(instance, repository).outdated()}


def load(instance: dg.DagsterInstance, name: str) -> None:
    dg.materialize(ASSETS, instance=instance, selection=[name])


def test_it_is_made_once_one_input_is_there_and_again_when_another_comes(
    instance: dg.DagsterInstance,
) -> None:
    assert outdated(instance) == set()
    load(instance, "configured")
    assert outdated(instance) == {"site"}
    load(instance, "site")
    assert outdated(instance) == set()
    load(instance, "elsewhere")
    assert outdated(instance) == {"site", "table"}
    load(instance, "site")
    assert outdated(instance) == {"table"}
