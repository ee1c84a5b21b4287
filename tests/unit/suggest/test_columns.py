"""How a column is written, judged by its cells."""

import pytest

from omics_orchestrator.suggest.columns import Written, written


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["1", " 2", ""], Written("integer")),
        (["1.5", "2"], Written("number")),
        (["1,5", "2"], Written("number", decimal=",")),
        (["<5", "12"], Written("number", has_comparators=True)),
        (["<0,5", "1,2"], Written("number", decimal=",", has_comparators=True)),
        (["Yes", "no"], Written("boolean")),
        (["0", "1", "1"], Written("boolean")),
        (["1", "1"], Written("integer")),
        (["2024-01-31"], Written("date")),
        (["2024-01-31 10:00:00"], Written("datetime")),
        (["31/01/2024", "02/03/2024"], Written("date", ("%d/%m/%Y",))),
        (["01/31/2024"], Written("date", ("%m/%d/%Y",))),
        (["31.01.2024"], Written("date", ("%d.%m.%Y",))),
        (["male", "3"], Written("text")),
        (["", ""], Written("text")),
    ],
)
def test_cells_tell_how_they_are_written(cells: list[str], found: Written) -> None:
    assert written(cells) == found


def test_dates_that_fit_two_ways_of_writing_are_not_guessed() -> None:
    assert written(["03/04/2024", "05/06/2024"]).kind == "text"
