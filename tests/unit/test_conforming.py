"""From snapshots to a conformed table: in slices it is the same table, and less is held at once."""

from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from omics_orchestrator import snapshot
from omics_orchestrator.conforming import Conforming
from omics_orchestrator.dictionary import outcome
from omics_orchestrator.naming import TableName
from omics_orchestrator.stores import open_store
from tests.unit.dictionary.made_up import dictionary

VISITS, KEY = 5, {"study_id": "id", "timepoint": "t"}
KNOWN = dictionary(
    {"timepoint": "string", "crp": {"type": "number", "maximum": 90}, "weight": "number"},
    {
        "visit": {
            "rows": ["redcap.visit", "redcap.labs"],
            "grain": ["study_id", "timepoint"],
            "variables": {**KEY, "weight": "weight", "crp": "crp"},
        }
    },
)


def conforming(folder: Path, participants: int = 100) -> Conforming:
    rows = participants * VISITS
    number = pl.int_range(rows, eager=True)
    key = {"id": (number // VISITS).cast(pl.String), "t": (number % VISITS).cast(pl.String)}
    frames = {
        "visit": pl.DataFrame({**key, "weight": (number % 7).cast(pl.String)}),
        "labs": pl.DataFrame({**key, "crp": (number % 100).cast(pl.String)}).reverse(),
    }
    store = open_store(str(folder / "store"))
    taken = {
        name: snapshot.take(
            store, TableName("raw", name, "clinic"), frame, source="redcap", scope={}, run_id="run"
        )
        for name, frame in frames.items()
    }
    return Conforming(KNOWN, KNOWN.studies["clinic"], "visit", taken, store, b"key")


def test_a_large_table_is_conformed_in_slices_to_the_same_rows_and_accounts(tmp_path: Path) -> None:
    asked = conforming(tmp_path)
    whole, of_whole = asked.run(tmp_path / "unused")
    slices, of_slices = asked.run(tmp_path, cells_at_once=300)

    assert len(whole) == 1
    assert len(slices) > 8
    assert max(each.height for each in slices) < 120
    assert_frame_equal(pl.concat(slices), whole[0], check_row_order=False)
    assert_frame_equal(of_slices.cells, of_whole.cells, check_row_order=False)
    assert_frame_equal(of_slices.rows, of_whole.rows, check_row_order=False)
    assert_frame_equal(of_slices.quarantine, of_whole.quarantine, check_row_order=False)
    assert outcome.is_balanced(of_slices.cells)
    assert of_slices.quarantine["reason"].unique().to_list() == ["out_of_range"]


def test_slices_are_kept_in_files_and_read_one_by_one(tmp_path: Path) -> None:
    slices, accounts = conforming(tmp_path, participants=40).run(tmp_path, cells_at_once=300)

    assert accounts.frame.is_empty()
    assert slices[-1].equals(slices[len(slices) - 1])
    assert [each.height for each in slices[:2]] == [slices[0].height, slices[1].height]
    assert len(list(tmp_path.glob("conformed/*"))) == len(slices)
