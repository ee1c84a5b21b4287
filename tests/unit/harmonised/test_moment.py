"""What a person may call a moment."""

from datetime import UTC, datetime

import pytest

from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.harmonised.moment import moment_of

NOW = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-01", datetime(2026, 10, 1, 23, 59, 59, 999_999, UTC)),
        ("2026-10-01T14:30", datetime(2026, 10, 1, 14, 30, tzinfo=UTC)),
        ("2026-10-01 14:30:05+02:00", datetime(2026, 10, 1, 12, 30, 5, tzinfo=UTC)),
        ("2026-10-05", NOW),
        ("2026-10-05T09:30Z", NOW),
    ],
)
def test_a_date_means_its_end_and_everything_is_utc_unless_it_says_otherwise(
    text: str, moment: datetime
) -> None:
    assert moment_of(text, now=NOW) == moment


@pytest.mark.parametrize("text", ["2026-10-06", "2026-10-05T09:31", "2026-10-05T10:00+00:00"])
def test_nobody_knows_what_has_not_come_yet(text: str) -> None:
    with pytest.raises(ConfigurationError, match="has not come yet"):
        moment_of(text, now=NOW)


@pytest.mark.parametrize("text", ["01/10/2026", "2026-02-30", "yesterday", "2026-10", ""])
def test_what_is_no_date_is_not_guessed(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is no date\. To mend: write it as 2026-10-01"):
        moment_of(text, now=NOW)
