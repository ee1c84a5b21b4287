"""Rows in columns on the terminal: whole, aligned, and never cut in a narrow window or a log."""

from collections.abc import Sequence

from omics_orchestrator.cli.output import console


def show(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show rows of text below their headings, each column as wide as it needs."""
    every = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    for number, row in enumerate(every):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say(line.rstrip(), style="bold" if number == 0 else None)


def say(line: str = "", *, style: str | None = None) -> None:
    """Say a line as it is, whatever it holds."""
    console.print(line, style=style, markup=False, soft_wrap=True)
