"""What a logic sees from one row of a record."""

import pytest
from redcap_rows import entry

from omics_orchestrator.demo.redcap.logic import matches
from omics_orchestrator.demo.redcap.project import ProjectDefinition
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.row_lookup import Lookups
from omics_orchestrator.demo.redcap.store import RowKey

STUDY = ProjectDefinition("look-ups", (entry("id", "base"), entry("age", "base")))
LOOKUPS = Lookups(STUDY)
KEY = RowKey("7", "month_6_arm_2b", "", 0)


@pytest.mark.parametrize(
    ("key", "logic"),
    [
        (KEY, "[record-name] = '7' and [id] = '7'"),
        (KEY, "[event-name] = 'month_6_arm_2b'"),
        (KEY, "[arm-number] = 2"),
        (KEY, "[current-instance] = 1"),
        (RowKey("7", "", "base", 3), "[current-instance] = 3 and [arm-number] = 1"),
    ],
)
def test_a_row_tells_of_itself(key: RowKey, logic: str) -> None:
    assert matches(logic, LOOKUPS.of_row(key, {}))


@pytest.mark.parametrize("logic", ["[user-name] = ''", "[hight] = 1"])
def test_what_the_server_does_not_know_is_refused(logic: str) -> None:
    with pytest.raises(RefusedError):
        matches(logic, LOOKUPS.of_row(KEY, {}))
