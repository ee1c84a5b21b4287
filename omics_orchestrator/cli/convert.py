"""`omics convert`: cells between h5ad, h5mu and Seurat, with a receipt of every part."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omics_orchestrator.cli.output import console
from omics_orchestrator.conversion.files import convert as convert_file
from omics_orchestrator.conversion.receipt import Fate, Line, Receipt
from omics_orchestrator.errors import PermanentError

_COLOURS = {Fate.KEPT: "green", Fate.CHANGED: "yellow", Fate.LOST: "red"}


def convert(
    source: Annotated[Path, typer.Argument(help="An .h5ad, .h5mu, .rds or .rda file")],
    target: Annotated[Path, typer.Argument(help="A new .h5ad, .h5mu or .rds file")],
    receipt: Annotated[
        Path | None, typer.Option(help="A new .json file: what became of each part")
    ] = None,
    modality: Annotated[
        str, typer.Option(help="Which of several modalities an h5ad gets; else the first")
    ] = "",
) -> None:
    """Convert cells between AnnData, MuData and Seurat, and say what was kept, changed and lost."""
    if not source.is_file():
        raise PermanentError("there is no such file", mend="correct its name.", file=str(source))
    if receipt is not None and receipt.exists():
        raise PermanentError(
            "the receipt is there already", mend="name a new file.", file=str(receipt)
        )
    written = convert_file(source, target, modality=modality)
    if receipt is not None:
        written.write(receipt)
    _tell(written)


def _tell(receipt: Receipt) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("part", "became", "difference", "why"):
        table.add_column(title, justify="right" if title == "difference" else "left")
    for line in sorted(receipt.lines, key=_by_fate):
        fate = f"[{_COLOURS[line.fate]}]{line.fate.value}[/]"
        table.add_row(escape(line.slot), fate, _difference(line), escape(line.reason))
    console.print(table)
    told = ", ".join(f"{count} {fate}" for fate, count in receipt.counts().items())
    console.print(f"{receipt.target}: {told}.", markup=False)


def _by_fate(line: Line) -> int:
    return [*_COLOURS].index(line.fate)


def _difference(line: Line) -> str:
    return "" if line.largest_difference is None else f"{line.largest_difference:g}"
