"""The engine against all that the dates allow, tried out one by one."""

from tests.conftest import in_chunks
from tests.unit.exposure.histories import disagreements, engine, histories

CHUNKS, HISTORIES = 50, 2_000
assert CHUNKS * HISTORIES >= 100_000


@in_chunks(CHUNKS)
def test_the_status_of_every_day_is_what_all_that_the_dates_allow_say(chunk: int) -> None:
    assert disagreements(list(histories(HISTORIES, chunk))) == []


def test_the_random_histories_know_all_answers() -> None:
    said = engine(list(histories(500, 3)))["status"].value_counts()
    assert dict(said.iter_rows()).keys() == {"on", "off", "unknown"}
    assert said["count"].min() > 100
