"""Why values are missing: kept beside the null, for a gap and a refusal are not the same.

All variables are gone through together: of a wide table's cells few are missing, and what is done
column by column costs more than all of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.judging import Letters, Reason, variable_of

Reasons = Mapping[str, tuple[Reason, ...]]
WHY = "why:"
"""How the columns begin in which `"variable": "reason"` stands."""
OUT_OF_RANGE = "out_of_range"
"""The reason of a value that was derived outside its variable's range."""
QUARANTINED = "quarantined"
"""The reason of a value that is missing because a cell it is made of fits no rule."""


def missing_reasons(
    reasons: Reasons, doubts: pl.DataFrame, judged: Sequence[str], values: pl.DataFrame
) -> pl.Series:
    """Say why values are missing: per row `"variable": "reason", …`, null where none is.

    Args:
        reasons: per variable, by what a cell may be declared missing; the first that holds counts,
            and a quarantine outweighs all.
        doubts: the doubtful cells of the rows, see `doubts.collect`.
        judged: the name of each judgement, by the position that stands in `doubts`.
        values: the variables; where one has a value after all, nothing is said.
    """
    sources = [(name, each) for name, several in reasons.items() for each in several]
    cells = _missing_cells(sources, doubts, judged)
    said = _said(sources, cells.select("number", "text").unique(maintain_order=True))
    declared = cells.join(said, on=["number", "text"], how="inner", maintain_order="left")
    told = ["row", "variable", "said"]
    cells = pl.concat([_quarantined(doubts, judged).select(told), declared.select(told)])
    if several := _of_several_cells(judged):
        cells = _first_unknown(cells, several, values)
    # Lists first: to join each group's texts by itself takes three times as long.
    inside = (
        cells.group_by("row", maintain_order=True)
        .agg("said")
        .with_columns(pl.col("said").list.join(", "))
    )
    every = pl.int_range(values.height, dtype=pl.UInt32, eager=True).alias("row").to_frame()
    return every.join(inside, on="row", how="left", maintain_order="left")["said"]


def _quarantined(doubts: pl.DataFrame, judged: Sequence[str]) -> pl.DataFrame:
    """The cells that fit no rule: their row, their variable, and what is said of them."""
    variables = pl.Series([variable_of(name) for name in judged], dtype=pl.String)
    said = pl.Series([f'"{name}": "{QUARANTINED}"' for name in variables], dtype=pl.String)
    held = doubts.filter(pl.col("outcome") >= outcome.QUARANTINED)
    return held.select(
        "row",
        variables.gather(held["judged"]).alias("variable"),
        said.gather(held["judged"]).alias("said"),
    )


def _of_several_cells(judged: Sequence[str]) -> list[str]:
    """The variables that more than one cell tells of."""
    counts = Counter(map(variable_of, judged))
    return [name for name, cells in counts.items() if cells > 1]


def _missing_cells(
    sources: Sequence[tuple[str, Reason]], doubts: pl.DataFrame, judged: Sequence[str]
) -> pl.DataFrame:
    """The cells that were declared missing: the number of their source, their row, their text."""
    positions = {name: number for number, name in enumerate(judged)}
    asked = pl.DataFrame(
        {"judged": [positions[reason.judged] for _, reason in sources]},
        schema={"judged": pl.UInt32},
    ).with_row_index("number")
    missing = doubts.filter(pl.col("outcome") == outcome.MISSING).select(
        "judged", "row", pl.col("text").str.strip_chars()
    )
    # In the order of the variables, and of the reasons of each.
    return asked.join(missing, on="judged", how="inner", maintain_order="left_right")


def _said(sources: Sequence[tuple[str, Reason]], texts: pl.DataFrame) -> pl.DataFrame:
    """What is said of each text of a source, where it has a reason: `"variable": "reason"`."""
    found = []
    for number, text in texts.iter_rows():
        variable, reason = sources[number]
        if why := reason.meanings.get(_folded(text, reason.letters)):
            found.append((number, text, variable, f'"{variable}": "{why}"'))
    schema = {"number": pl.UInt32, "text": pl.String, "variable": pl.String, "said": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


def _folded(text: str, letters: Letters) -> str:
    if letters is None:
        return text
    return text.upper() if letters == "upper" else text.lower()


def _first_unknown(
    cells: pl.DataFrame, several: Sequence[str], values: pl.DataFrame
) -> pl.DataFrame:
    """Keep the first reason of each variable that has several, where it has no value after all."""
    for name in set(several) & set(cells["variable"].unique()):
        is_known = values[name].is_not_null().arg_true()
        cells = cells.filter(
            (pl.col("variable") != name) | ~pl.col("row").is_in(is_known.implode())
        )
    return cells.unique(["row", "variable"], keep="first", maintain_order=True)
