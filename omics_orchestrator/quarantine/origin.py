"""Where the cells of a table came from: its rules, the snapshots read, REDCap's own labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.naming import TableName
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.study_check import as_the_run_has_it
from omics_orchestrator.redcap_project.tables import tables
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse.ledger import Snapshot

Choices = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Origin:
    """What made a table.

    Attributes:
        dictionary: the variables and value sets its rules use.
        study: the study, with codes and missing codes as the run had them from the project.
        table: the table's name in it.
        taken: raw table → the snapshot that was read.
        choices: REDCap's own words: field → code → label.
        by_project: it was typed by a REDCap project's dictionary, and no study file has its rules.
    """

    dictionary: Dictionary
    study: Study
    table: str
    taken: Mapping[str, Snapshot]
    choices: Choices
    by_project: bool = False


def origin(
    known: Dictionary, store: Store, table: TableName, taken: Iterable[Snapshot]
) -> Origin | None:
    """Find what made a table; None when the dictionary has it no longer.

    Args:
        known: the data dictionary as it is now.
        store: where snapshots are kept.
        table: a table of the layer `core` or `tidy`.
        taken: the snapshots that its load read.
    """
    by_raw = {TableName.parse(each.relation).table: each for each in taken}
    if table.layer == "tidy":
        return _of_project(store, table, by_raw)
    study = known.studies.get(table.domain or "")
    if study is None or table.table not in study.tables:
        return None
    described = _descriptions(store, by_raw.values())
    for source, each in described.items():
        study = as_the_run_has_it(known, study, table.table, source, each)
    return Origin(known, study, table.table, by_raw, _choices(described.values()))


def _of_project(store: Store, table: TableName, by_raw: Mapping[str, Snapshot]) -> Origin | None:
    for taken in by_raw.values():
        described = snapshot.project_description(store, taken)
        for form in described.forms:
            for shaped in tables(described, form, snapshot.fields(taken)):
                if shaped.name == table.table:
                    return Origin(
                        shaped.dictionary,
                        shaped.study,
                        shaped.form,
                        {shaped.form: taken},
                        _choices([described]),
                        by_project=True,
                    )
    return None


def _descriptions(store: Store, taken: Iterable[Snapshot]) -> dict[str, Description]:
    """What each REDCap project said of itself when it was read, by its source's name."""
    return {
        each.source: snapshot.project_description(store, each)
        for each in taken
        if snapshot.DESCRIPTION in each.scope
    }


def _choices(described: Iterable[Description]) -> Choices:
    return {
        field.name: {**(field.missing_codes or {}), **field.choices}
        for each in described
        for field in each.fields
        if field.choices
    }
