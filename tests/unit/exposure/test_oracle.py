"""The engine against all that the dates allow, tried out one by one."""

import pytest

from tests.unit.exposure.histories import disagreements, engine, histories

_HISTORIES = 3_000


@pytest.mark.parametrize("seed", [1, 2])
def test_the_status_of_every_day_is_what_all_that_the_dates_allow_say(seed: int) -> None:
    assert disagreements(list(histories(_HISTORIES, seed))) == []


def test_the_random_histories_know_all_answers() -> None:
    said = engine(list(histories(500, 3)))["status"].value_counts()
    assert dict(said.iter_rows()).keys() == {"on", "off", "unknown"}
    assert said["count"].min() > 100
