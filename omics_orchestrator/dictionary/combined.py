"""Datasets of several studies: every row of each, and one column a variable."""

from collections.abc import Collection, Mapping

import polars as pl

from omics_orchestrator.dictionary import long
from omics_orchestrator.dictionary.dataset import Assembled, grain_of, sources_of
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.settled_flags import row_key
from omics_orchestrator.dictionary.tables import Combined, Long

STUDY, ROW_KEY = "study", "row_key"


def members(dictionary: Dictionary, combined: Combined) -> dict[str, tuple[Study, str]]:
    """The datasets that are put together: the study and the dataset's name, as `rows` names it."""
    found = {}
    for rows in combined.rows:
        study, _, name = rows.partition(".")
        found[rows] = (dictionary.studies[study], name)
    return found


def columns(dictionary: Dictionary, combined: Combined) -> dict[str, pl.DataType]:
    """The columns of a combined dataset, those that only some of the studies have included."""
    found: dict[str, pl.DataType] = {STUDY: pl.String(), ROW_KEY: pl.String()}
    for study, name in members(dictionary, combined).values():
        for column, (_, dtype) in sources_of(dictionary, study, name).items():
            found.setdefault(column, dtype)
    return found


def combine(
    dictionary: Dictionary, combined: Combined, frames: Mapping[str, pl.DataFrame]
) -> Assembled:
    """Put the rows of several studies' datasets under one another.

    Args:
        dictionary: the data dictionary.
        combined: which datasets.
        frames: the rows of each, as `combined.rows` names it.
    """
    parts: list[pl.DataFrame] = []
    account: list[tuple[object, ...]] = []
    for rows, (study, name) in members(dictionary, combined).items():
        grain = grain_of(study, study.datasets[name])
        frame = frames[rows]
        parts.append(
            frame.with_columns(
                pl.lit(study.study).alias(STUDY),
                row_key(grain).alias(ROW_KEY),
            )
        )
        account.append((f"rows of {rows}", frame.height, frame.height, 0, 0, ""))
    nothing = pl.DataFrame(schema=columns(dictionary, combined))
    together = pl.concat([nothing, *parts], how="diagonal")
    return Assembled.of(together, account)


def measured_units(dictionary: Dictionary, combined: Combined) -> dict[str, str]:
    """The numbers of a combined dataset that have a unit, each with its unit."""
    named = (
        name
        for study, member in members(dictionary, combined).values()
        for name in _variables(dictionary, study, member)
    )
    known = (dictionary.variables.get(name) for name in dict.fromkeys(named))
    return {
        each.variable: each.unit
        for each in known
        if each is not None and each.unit and each.type in ("number", "measurement")
    }


def _variables(dictionary: Dictionary, study: Study, name: str) -> Collection[str]:
    """What a dataset has numbers of: its columns, or what the rows of a long one name."""
    dataset = study.datasets[name]
    if isinstance(dataset, Long):
        return long.numbers(dictionary, study, dataset)
    return sources_of(dictionary, study, name)


def measurements(dictionary: Dictionary, combined: Combined, frame: pl.DataFrame) -> pl.DataFrame:
    """One row a number: variable, study, site, value and comparator (see `unit_faults`)."""
    site = (pl.col(combined.site) if combined.site else pl.lit(None, pl.String)).alias("site")
    units = measured_units(dictionary, combined)
    nothing = dict.fromkeys(("variable", STUDY, "site"), pl.String)
    parts = [pl.DataFrame(schema={**nothing, "value": pl.Float64, "comparator": pl.String})]
    if set(long.COLUMNS) <= set(frame.columns):
        named = frame.filter(pl.col("variable").is_in(list(units)))
        parts.append(named.select("variable", STUDY, site, "value", "comparator"))
    parts.extend(_measured(name, site, frame) for name in units if name in frame.columns)
    return pl.concat(parts)


def _measured(name: str, site: pl.Expr, frame: pl.DataFrame) -> pl.DataFrame:
    """The numbers of one column."""
    compared = f"{name}_comparator"
    comparator = pl.col(compared) if compared in frame.columns else pl.lit(None, pl.String)
    return frame.filter(pl.col(name).is_not_null()).select(
        pl.lit(name).alias("variable"),
        STUDY,
        site,
        pl.col(name).alias("value"),
        comparator.alias("comparator"),
    )
