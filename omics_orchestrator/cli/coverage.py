"""`omics dictionary coverage`: which study has which variable, and how well."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from omics_orchestrator import settings
from omics_orchestrator.cli.columns import say, show
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.settings import Settings
from omics_orchestrator.stewardship import coverage_files
from omics_orchestrator.stewardship.coverage import STATUSES, Covered, by_variable
from omics_orchestrator.stewardship.coverage import coverage as computed
from omics_orchestrator.stewardship.facts import facts
from omics_orchestrator.warehouse.connect import connect


def coverage(
    study: Annotated[str, typer.Option(help="Only this study")] = "",
    html: Annotated[Path | None, typer.Option(help="Write a page to read into this file")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write a table into this file")] = None,
    json: Annotated[Path | None, typer.Option(help="Write it for machines into this file")] = None,
) -> None:
    """Tell which study has which variable, and how well, as rules, accounts and data say."""
    known = settings.dictionary()
    studies = _studies(known, study)
    with connect(Settings.from_environment().need("warehouse_url")) as connection:
        every = computed(known, facts(connection, known))
    found = [each for each in every if each.study in studies]
    wanted = {html: coverage_files.html, csv: coverage_files.csv, json: coverage_files.json}
    files = {path: write for path, write in wanted.items() if path is not None}
    for path, write in files.items():
        path.write_text(write(known, found), encoding="utf-8")
        say(f"Written: {path}")
    if not files:
        _matrix(found, studies)
    _sums(found, studies)


def _studies(known: Dictionary, study: str) -> list[str]:
    if study and study not in known.studies:
        raise ConfigurationError(
            f"the dictionary has no study {study!r}",
            mend=f"name one of {', '.join(known.studies)}.",
        )
    return [study] if study else list(known.studies)


def _matrix(found: Sequence[Covered], studies: Sequence[str]) -> None:
    told = by_variable(found)
    ruled = {
        variable: each for variable, each in told.items() if any(c.table for c in each.values())
    }
    rows = [(name, *(_shown(each[study]) for study in studies)) for name, each in ruled.items()]
    show(("variable", *studies), rows)
    if unused := len(told) - len(ruled):
        say(f"{unused:,} variables of which no study file says anything are not listed.")
    say()


def _shown(each: Covered) -> str:
    if each.filled_share is None or each.status not in ("complete", "partial"):
        return each.status
    told = f"{each.status}, {each.filled_share:.0%} filled"
    share = each.quarantined_share
    return f"{told}, {share:.1%} quarantined" if share else told


def _sums(found: Sequence[Covered], studies: Sequence[str]) -> None:
    told = by_variable(found)
    counts = {study: Counter(each[study].status for each in told.values()) for study in studies}
    rows = [(study, *(f"{counts[study][status]:,}" for status in STATUSES)) for study in studies]
    show(("variables of", *STATUSES), rows)
    say("What the words mean: docs/stewardship.md. `--html FILE` writes a page with the reasons.")
