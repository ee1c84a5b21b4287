"""Which cell a person means, and what they are told when there is none."""

import pytest

from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.stewardship.cell import cell_of
from tests.unit.stewardship.small_world import book, dictionary

KNOWN = dictionary(book())
ENTRY = "core.registry__entry"


@pytest.mark.parametrize(
    "key",
    ["study_id=a,instance=2", "instance=2,study_id=a", "a,2"],
)
def test_a_key_is_written_with_or_without_its_names(key: str) -> None:
    cell = cell_of(KNOWN, ENTRY, key, "age")
    assert cell.key == {"study_id": "a", "instance": "2"}
    assert (str(cell.table.name), cell.column) == (ENTRY, "age")


def test_a_key_of_one_part_may_hold_commas() -> None:
    assert cell_of(KNOWN, "core.registry__stay", "a,b", "stool").key == {"study_id": "a,b"}


def test_the_row_of_a_combined_dataset_is_named_by_study_and_key() -> None:
    cell = cell_of(KNOWN, "datasets.both", "registry,a/2", "age")
    assert cell.key == {"study": "registry", "row_key": "a/2"}


@pytest.mark.parametrize(
    ("table", "key", "variable", "told"),
    [
        ("core.registry__entri", "a,1", "age", "core.registry__entry"),
        (ENTRY, "a,1", "agee", "did you mean age"),
        (ENTRY, "study=a,instance=1", "age", "did you mean study_id"),
        (ENTRY, "a", "age", "the key has 2 parts, and 1 are given"),
        (ENTRY, "study_id=a,study_id=b", "age", "not all parts of the key are given"),
        (ENTRY, "a,first", "age", "instance is int64, and what is given is not"),
    ],
)
def test_what_is_not_there_is_told_with_what_is_like_it(
    table: str, key: str, variable: str, told: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        cell_of(KNOWN, table, key, variable)
    assert told in str(refused.value)
    assert "first" not in str(refused.value)
