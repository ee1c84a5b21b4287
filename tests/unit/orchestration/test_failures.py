"""Our errors become Dagster's failures: permanent ones stop, and nobody's cell is quoted."""

import traceback

import dagster as dg
import pytest

from omics_orchestrator import errors
from omics_orchestrator.orchestration.faults import RETRY, reported

CELL = "a cell's value"
PERMANENT = [
    errors.ConfigurationError,
    errors.SourceError,
    errors.StoreError,
    errors.WarehouseError,
]


@pytest.mark.parametrize("kind", PERMANENT)
def test_what_only_a_person_can_mend_is_never_tried_again(
    kind: type[errors.OmicsError],
) -> None:
    with pytest.raises(dg.Failure) as caught, reported():
        raise kind("the sheet is empty", mend="send it again.", study="gidamps", count=3)
    assert caught.value.allow_retries is False
    assert caught.value.description == (
        "study gidamps, count 3: the sheet is empty. To mend: send it again."
    )
    told = {name: value.value for name, value in caught.value.metadata.items()}
    assert told == {"study": "gidamps", "count": 3, "to_mend": "send it again."}


def test_what_may_pass_is_tried_again() -> None:
    with pytest.raises(dg.Failure) as caught, reported():
        raise errors.TransientError("the server is away", mend="wait.")
    assert caught.value.allow_retries is True


@pytest.mark.parametrize(("asked", "waited"), [(7, 7), (86_400, 300)])
def test_a_server_that_says_when_to_come_back_is_obeyed_within_reason(
    asked: int, waited: int
) -> None:
    with pytest.raises(dg.RetryRequested) as caught, reported():
        raise errors.TransientError("busy", mend="wait.", retry_after_seconds=asked)
    assert caught.value.seconds_to_wait == waited
    assert caught.value.max_retries == RETRY.max_retries


def test_a_strangers_exception_is_told_by_its_kind_and_place_without_its_words() -> None:
    with pytest.raises(dg.Failure) as caught, reported():
        raise ValueError(CELL)
    assert caught.value.allow_retries is False
    assert "ValueError" in str(caught.value.description)
    passed_through = str(caught.value.metadata["passed_through"].value)
    assert "test_failures.py" in passed_through
    shown = "".join(traceback.format_exception(caught.value))
    assert CELL not in str(caught.value.description) + passed_through + shown


@pytest.mark.parametrize("asked", [dg.Failure("as it is"), dg.RetryRequested()])
def test_what_is_dagsters_already_goes_on_its_way(asked: Exception) -> None:
    with pytest.raises(type(asked)) as caught, reported():
        raise asked
    assert caught.value is asked
