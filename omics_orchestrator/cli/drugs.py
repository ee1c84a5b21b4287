"""`omics drugs`: names that nobody knows, one participant's timeline, the swimmer plot of a study.

All of it reads what participants were given: it is for those who hold the address of the warehouse
and, for names, of the object store. Pictures go into files, and never to the terminal.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from psycopg import Connection

from omics_orchestrator import settings, snapshot
from omics_orchestrator.cli import columns, doors
from omics_orchestrator.cli.output import console
from omics_orchestrator.dictionary.drugs import NAMES, names_of
from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.reads import fields_read, rules_of
from omics_orchestrator.dictionary.rules import single
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.exposure import picture, spellings
from omics_orchestrator.harmonised.exposure import exposure_table
from omics_orchestrator.settings import Settings
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.read import read

app = typer.Typer(no_args_is_help=True)

StudyName = Annotated[str, typer.Argument(help="The study, e.g. gidamps")]
Out = Annotated[Path, typer.Option(help="The file to write, .svg")]


@app.callback()
def drugs() -> None:
    """Drugs: names that nobody knows, and pictures of who took what when."""


@app.command()
def unmatched() -> None:
    """List the names of drugs that people typed and drugs.csv does not know, with what is meant."""
    dictionary = settings.dictionary()
    names = names_of(dictionary.drugs.values())
    with connect(Settings.from_environment().need("warehouse_url")) as connection:
        found = [
            (study.study, text, rows)
            for study in dictionary.studies.values()
            for text, rows in spellings.unknown(_typed(connection, study), names).iter_rows()
        ]
    if not found:
        console.print("Every name that was typed is in drugs.csv.")
        return
    lines = [
        (study, text, str(rows), ", ".join(spellings.suggestions(text, names)) or "-")
        for study, text, rows in found
    ]
    columns.show(("study", "as typed", "rows", "is it?"), lines)
    columns.say()
    columns.say(
        "Add each to the synonyms or misspellings of its drug in data_dictionary/drugs.csv. The "
        "tables that use it are made again by themselves."
    )


@app.command()
def timeline(
    study: StudyName,
    participant: Annotated[str, typer.Argument(help="The participant, as in the tables")],
    out: Out,
) -> None:
    """Draw what one participant took when: full where it is certain, pale where it may be."""
    episodes = _read(study, "drug_episode").filter(participant=participant)
    if episodes.is_empty():
        raise ConfigurationError(
            "no drug of this participant is known",
            mend="take the participant's id as `core` has it.",
            study=study,
        )
    asked = _read(study, "status").filter(participant=participant)["date"].unique().sort()
    out.write_text(picture.timeline(episodes, asked.to_list(), f"{study}: {participant}"))
    console.print(f"Written to {out}. It shows one participant: keep it where their data may be.")


@app.command()
def swimmers(study: StudyName, out: Out) -> None:
    """Draw what participants took, a line each, in years from the first; nobody is named."""
    episodes = _read(study, "drug_episode")
    out.write_text(picture.swimmers(episodes, study))
    console.print(f"Written to {out}.")


def _read(study: str, table: str) -> pl.DataFrame:
    known = settings.dictionary().studies
    described = known.get(study)
    if described is None or described.drugs is None:
        told = ", ".join(name for name, each in known.items() if each.drugs is not None)
        raise ConfigurationError(
            f"no study {study!r} tells of drugs", mend=f"name one that does: {told or 'none'}."
        )
    with connect(Settings.from_environment().need("warehouse_url")) as connection:
        return read(connection, exposure_table(described, table))


def _typed(connection: Connection, study: Study) -> pl.Series:
    """Every text that people typed where a rule of the study looks names of drugs up."""
    found = [pl.Series(dtype=pl.String)]
    for relation, fields in _name_fields(study):
        taken = ledger.latest_snapshot(connection, relation)
        if taken is not None:
            wanted = [name for name in fields if name in snapshot.fields(taken)]
            frame = snapshot.columns(doors.main_store(), taken, wanted)
            found += [frame[name].cast(pl.String) for name in wanted]
    return pl.concat(found)


def _name_fields(study: Study) -> Iterator[tuple[str, list[str]]]:
    """The raw tables with the fields in which a rule of the study looks names of drugs up."""
    for table, spec in study.tables.items():
        read_by = fields_read(study, table)
        fields = [
            field
            for name, rule in rules_of(study, table).items()
            if any(each.codes == NAMES for each in single(rule))
            for field in read_by[name]
        ]
        for part in spec.rows if fields else ():
            yield str(study.raw(part.name)), fields
