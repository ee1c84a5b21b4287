"""What is tried again, how often and after what wait; and what is not."""

import dagster as dg
import pytest
from running_platform import Platform
from starlette.responses import Response
from tables import DICTIONARY, PROJECT

from omics_orchestrator.errors import TransientError
from omics_orchestrator.orchestration.faults import RETRY, reported

FORM = "raw/gidamps/cucq32"
AWAY = Response(status_code=503)
BUSY = Response(status_code=429, headers={"retry-after": "1"})
ATTEMPTS_OF_A_STEP = 6
STEPS = RETRY.max_retries + 1


def test_what_only_a_person_can_mend_is_tried_once(platform: Platform) -> None:
    platform.environment["GIDAMPS_REDCAP_TOKEN"] = "DEADBEEF" * 4
    run = platform.run(FORM)
    assert platform.redcap.asked == 1
    assert run.waits == []
    # The tables of a project show one moment, so whatever is selected, all of them failed.
    assert platform.outcomes(run) == dict.fromkeys(PROJECT, "failed")


def test_what_passes_soon_is_tried_again_at_once_and_nobody_hears_of_it(
    platform: Platform,
) -> None:
    platform.redcap.faults.extend([AWAY] * (ATTEMPTS_OF_A_STEP - 1))
    run = platform.run(FORM)
    assert run.succeeded
    assert not platform.redcap.faults
    assert run.waits == []


def test_what_passes_later_is_tried_again_with_back_off_until_it_has_passed(
    platform: Platform,
) -> None:
    platform.redcap.faults.extend([AWAY] * ATTEMPTS_OF_A_STEP * 2)
    run = platform.run(FORM)
    assert run.succeeded
    assert not platform.redcap.faults
    first, second = run.waits
    # Two seconds and then six, each scattered by as much, so that runs do not come back together.
    assert 0 < first <= 4
    assert 0 < second <= 12
    assert platform.outcomes(run) == {DICTIONARY: "unchanged"}


def test_a_server_that_says_when_to_come_back_is_obeyed_without_giving_up_the_step(
    platform: Platform,
) -> None:
    platform.environment["OMICS_REDCAP_WAIT_SECONDS"] = "0.1"
    platform.redcap.faults.append(BUSY)
    run = platform.run(FORM)
    assert run.succeeded
    assert run.waits == []
    refused, again, *_ = platform.redcap.arrivals
    assert again.moment - refused.moment >= 1


def test_a_server_that_stays_busy_is_left_alone_for_as_long_as_it_says(platform: Platform) -> None:
    platform.redcap.faults.extend([BUSY] * ATTEMPTS_OF_A_STEP)
    run = platform.run(FORM)
    assert run.succeeded
    assert run.waits == [1]


def test_what_does_not_pass_is_given_up_and_told(platform: Platform) -> None:
    platform.redcap.faults.extend([BUSY] * ATTEMPTS_OF_A_STEP * STEPS)
    run = platform.run(FORM)
    assert platform.redcap.asked == ATTEMPTS_OF_A_STEP * STEPS
    assert run.waits == [1] * RETRY.max_retries
    assert "REDCap answered HTTP 429. To mend: wait" in run.failures["gidamps_redcap"]
    assert platform.outcomes(run) == dict.fromkeys(PROJECT, "failed")


def test_no_server_may_ask_for_a_wait_of_hours() -> None:
    with pytest.raises(dg.RetryRequested) as asked, reported():
        raise TransientError("busy", mend="wait.", retry_after_seconds=86_400)
    assert asked.value.seconds_to_wait == 300
