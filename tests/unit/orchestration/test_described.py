"""What Dagster shows of a table is readable, whatever strangers called their files."""

import polars as pl
import pytest

from omics_orchestrator.orchestration.described import accounts, dataset_lineage, markdown
from omics_orchestrator.warehouse.accounts import CELLS
from tests.unit.exposure.ward import dictionary, study


def test_a_frame_becomes_a_table_of_markdown() -> None:
    frame = pl.DataFrame({"format": ["vcf", None], "files": [2, 1]})
    assert markdown(frame) == "| format | files |\n| --- | --- |\n| vcf | 2 |\n| None | 1 |"


def test_an_empty_frame_is_said_to_be_empty() -> None:
    assert markdown(pl.DataFrame(schema={"path": pl.String()})) == "none"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a|b", "a&#124;b"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("two\nlines", "two lines"),
        ("R&D 'final'", "R&amp;D 'final'"),
    ],
)
def test_a_strangers_name_stays_one_plain_cell(name: str, shown: str) -> None:
    assert markdown(pl.DataFrame({"path": [name]})).splitlines()[2:] == [f"| {shown} |"]


def test_accounts_are_summed_and_fields_with_losses_come_worst_first() -> None:
    cells = pl.DataFrame(
        [("age", 10, 9, 0, 0, 1, 0), ("sex", 10, 4, 1, 2, 3, 0), ("note", 5, 0, 0, 0, 0, 5)],
        schema=CELLS,
        orient="row",
    )
    told = accounts(cells)
    sums = {name: told[f"cells/{name}"] for name in ("arrived", "conformed", "missing", "blank")}
    assert sums == {"arrived": 25, "conformed": 13, "missing": 1, "blank": 2}
    assert (told["cells/quarantined"], told["cells/left_out"]) == (4, 5)
    fields = [line.split(" | ")[0] for line in str(told["quarantined_fields"].value).splitlines()]
    assert fields == ["| field", "| ---", "| sex", "| age"]


def test_a_load_without_accounts_shows_none() -> None:
    assert accounts(pl.DataFrame(schema=CELLS)) == {}


def test_the_lineage_of_a_flag_leads_to_what_was_recorded_and_to_the_courses() -> None:
    told = dataset_lineage(dictionary(), study(), "visits").deps_by_column
    named = {
        column: [("/".join(each.asset_key.path), each.column_name) for each in deps]
        for column, deps in told.items()
    }
    assert named["on_ifx"] == [("core/ward/visit", "on_ifx"), ("exposure/ward/flag", "value")]
    assert named["ifx_start"] == [("core/ward/participant", "ifx_start")]
