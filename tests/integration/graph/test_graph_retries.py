"""What is tried again, how often and after what wait; and what is not."""

import dagster as dg
import pytest
from running_platform import Platform
from starlette.responses import Response

from omics_orchestrator.errors import TransientError
from omics_orchestrator.orchestration.faults import reported

FORM = "raw/gidamps/cucq32"


def test_what_only_a_person_can_mend_is_tried_once(platform: Platform) -> None:
    platform.environment["GIDAMPS_REDCAP_TOKEN"] = "DEADBEEF" * 4
    run = platform.run(FORM)
    assert platform.redcap.asked == 1
    assert run.waits == []
    assert platform.outcomes(run) == {"raw.gidamps__cucq32": "failed"}


def test_what_passes_is_tried_again_with_back_off_until_it_has_passed(platform: Platform) -> None:
    platform.redcap.faults.extend([Response(status_code=503)] * 2)
    run = platform.run(FORM)
    assert run.succeeded
    assert not platform.redcap.faults
    first, second = run.waits
    # Two seconds and then six, each scattered by as much, so that runs do not come back together.
    assert 0 < first <= 4
    assert 0 < second <= 12
    assert platform.outcomes(run) == {}


def test_a_server_that_says_when_to_come_back_is_obeyed(platform: Platform) -> None:
    busy = Response(status_code=429, headers={"retry-after": "1"})
    platform.redcap.faults.append(busy)
    run = platform.run(FORM)
    assert run.succeeded
    assert run.waits == [1]
    platform.redcap.faults.extend([busy] * 4)
    given_up = platform.run(FORM)
    assert given_up.waits == [1, 1, 1]
    assert "REDCap answered HTTP 429. To mend: wait" in given_up.failures["gidamps_redcap"]


def test_no_server_may_ask_for_a_wait_of_hours() -> None:
    with pytest.raises(dg.RetryRequested) as asked, reported():
        raise TransientError("busy", mend="wait.", retry_after_seconds=86_400)
    assert asked.value.seconds_to_wait == 300
