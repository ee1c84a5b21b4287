"""When coverage is worth a warning."""

import pytest

from omics_orchestrator.orchestration.coverage_checks import result
from omics_orchestrator.stewardship.coverage import Covered


@pytest.mark.parametrize(
    ("covered", "passed", "named"),
    [
        (Covered("age", "clinic", "visit", "complete", filled=5, told=5), True, "none"),
        (
            Covered("age", "clinic", "visit", "partial", filled=1, told=5, quarantined=4),
            True,
            "none",
        ),
        (Covered("age", "clinic", "visit", "undetermined"), True, "none"),
        (Covered("age", "clinic", "visit", "partial", told=5, quarantined=5), False, "age"),
    ],
)
def test_a_dataset_is_warned_of_when_all_values_of_a_variable_are_held(
    covered: Covered, passed: bool, named: str
) -> None:
    found = result([covered])
    assert found.passed == passed
    assert found.metadata["without_a_value"].value == named
    assert found.metadata[covered.status].value == 1
