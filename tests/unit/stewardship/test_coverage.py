"""Statuses follow from rules, accounts and data; nobody types them."""

import csv
import json
from html.parser import HTMLParser
from io import StringIO

import pytest

from omics_orchestrator.stewardship import coverage_files
from omics_orchestrator.stewardship.coverage import Covered, TableFacts, by_variable, coverage
from tests.unit.stewardship.small_world import book, dictionary

KNOWN = dictionary(book())
VISIT = "core.clinic__visit"


def visit(**facts: object) -> dict[str, TableFacts]:
    return {VISIT: TableFacts(rows=8, **facts)}  # type: ignore[arg-type]  # each test names its own


def of_visit(variable: str, facts: dict[str, TableFacts]) -> Covered:
    (found,) = [
        each
        for each in coverage(KNOWN, facts)
        if (each.variable, each.study, each.table) == (variable, "clinic", "visit")
    ]
    return found


def test_a_variable_is_complete_when_it_has_values_and_nothing_is_held() -> None:
    found = of_visit("age", visit(filled={"age": 6}, told={"age": 7}))
    assert (found.status, found.filled_share, found.quarantined_share) == ("complete", 0.75, 0.0)


def test_a_variable_is_partial_when_cells_of_its_fields_are_held() -> None:
    facts = visit(filled={"age": 6}, told={"age": 8}, quarantined={"age": 2})
    found = of_visit("age", facts)
    assert (found.status, found.quarantined_share) == ("partial", 0.25)
    assert found.why == "2 cells are in quarantine"


def test_what_is_derived_is_partial_when_what_it_is_made_of_is() -> None:
    facts = visit(
        filled={"anti_tnf": 3},
        told={"ifx": 4, "ada": 6, "sex": 5},
        quarantined={"ada": 1, "sex": 1},
    )
    found = of_visit("anti_tnf", facts)
    assert (found.status, found.told, found.quarantined) == ("partial", 10, 1)


def test_a_variable_without_any_value_is_undetermined() -> None:
    found = of_visit("age", visit(filled={"age": 0}))
    assert (found.status, found.why) == ("undetermined", "no row has a value yet")


def test_a_table_that_was_never_loaded_tells_nothing() -> None:
    found = of_visit("age", {})
    assert (found.status, found.why) == ("undetermined", "the table has not been loaded")
    assert found.filled_share is None
    assert found.quarantined_share is None


def test_what_a_study_did_not_collect_is_impossible_with_its_reason_loaded_or_not() -> None:
    for facts in ({}, {"core.registry__entry": TableFacts(rows=3)}):
        found = by_variable(coverage(KNOWN, facts))["anti_tnf"]["registry"]
        assert (found.status, found.why) == ("impossible", "the registry never asked")


def test_a_variable_that_the_study_file_does_not_name_is_undetermined() -> None:
    found = by_variable(coverage(KNOWN, {}))["places"]["registry"]
    assert (found.status, found.table) == ("undetermined", "")
    assert found.why == "the study file says nothing of it"


def test_every_variable_is_told_of_every_study_in_the_order_of_the_dictionary() -> None:
    found = by_variable(coverage(KNOWN, {}))
    assert list(found) == list(KNOWN.variables)
    assert all(list(each) == ["clinic", "registry"] for each in found.values())


@pytest.mark.parametrize(
    ("visits", "drugs", "told"),
    [(0, 0, "undetermined"), (8, 0, "complete"), (0, 8, "complete")],
)
def test_of_several_tables_that_have_a_variable_the_least_sound_is_told(
    visits: int, drugs: int, told: str
) -> None:
    facts = {
        VISIT: TableFacts(8, {"study_id": visits}),
        "core.clinic__drugs": TableFacts(8, {"study_id": drugs}),
    }
    assert by_variable(coverage(KNOWN, facts))["study_id"]["clinic"].status == told
    held = facts | {VISIT: TableFacts(8, {"study_id": 7}, {"id": 8}, {"id": 1})}
    assert by_variable(coverage(KNOWN, held))["study_id"]["clinic"].status == "partial"


FACTS = visit(filled={"age": 6}, told={"age": 8}, quarantined={"age": 2})


def test_the_table_and_the_file_for_machines_say_the_same() -> None:
    covered = coverage(KNOWN, FACTS)
    rows = list(csv.DictReader(StringIO(coverage_files.csv(KNOWN, covered))))
    objects = json.loads(coverage_files.json(KNOWN, covered))
    assert [
        {name: "" if v is None else str(v) for name, v in each.items()} for each in objects
    ] == rows
    (age,) = [each for each in objects if (each["variable"], each["study"]) == ("age", "clinic")]
    assert (age["status"], age["cells"], age["quarantined_share"]) == ("partial", 8, 0.25)


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.classes: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "td":
            self.classes.append(dict(attrs)["class"] or "")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_has_a_cell_for_each_variable_and_study_and_asks_nobody_else() -> None:
    told = book()
    told["variables"]["age"]["label"] = "Age <b>&</b>"
    known = dictionary(told)
    page = coverage_files.html(known, coverage(known, FACTS))
    cells = _Cells()
    cells.feed(page)
    assert len(cells.classes) == 2 * len(known.variables)
    assert cells.classes.count("partial") == 1
    assert "Age <b>&</b>" in cells.text
    assert "://" not in page
    assert "{{" not in page
