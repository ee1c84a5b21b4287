"""`omics convert` shows the receipt, writes it, and never writes over a file."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from omics_orchestrator.cli import commands
from omics_orchestrator.errors import PermanentError

SEURAT = Path(__file__).resolve().parents[1] / "samples" / "seurat" / "cells.seurat.rds"


def run(*asked: str) -> str:
    result = CliRunner().invoke(commands(["convert"]), ["convert", *asked], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_receipt_is_shown_and_written(tmp_path: Path) -> None:
    target, receipt = tmp_path / "cells.h5mu", tmp_path / "receipt.json"
    shown = run(str(SEURAT), str(target), "--receipt", str(receipt))
    assert "mod/RNA/layers/counts  kept" in shown
    assert "cells.h5mu: 21 kept, 0 changed, 1 lost." in shown
    assert json.loads(receipt.read_text())["counts"] == {"kept": 21, "changed": 0, "lost": 1}


@pytest.mark.parametrize("there", ["cells.h5mu", "receipt.json"])
def test_no_file_is_written_over(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(PermanentError, match="there already"):
        run(
            str(SEURAT),
            str(tmp_path / "cells.h5mu"),
            "--receipt",
            str(tmp_path / "receipt.json"),
        )
    assert (tmp_path / there).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="no such file"):
        run(str(tmp_path / "no.rds"), str(tmp_path / "x.h5ad"))
