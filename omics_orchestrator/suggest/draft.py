"""A draft of a study file: what is sure as rules, all else as comments for a person to decide."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.suggest.choosing import Choice
from omics_orchestrator.suggest.drafted_tables import DraftedTable, by_key, of_forms
from omics_orchestrator.suggest.match import Match
from omics_orchestrator.suggest.offer import Offer, Outline, RawTable
from omics_orchestrator.suggest.precedent import Projects, targets
from omics_orchestrator.suggest.suggestions import suggest

NEAR = 0.45
"""The least score at which a candidate is worth naming."""


@dataclass
class SortedTable:
    """A table of the draft, and what becomes of each field of it.

    Attributes:
        table: its rows and keys.
        sure: the suggestions, in the order of the source.
        near: fields whose variable is open, with their candidates.
        free_text: fields that people may have typed anything into.
        other: fields that no variable comes near.
    """

    table: DraftedTable
    sure: list[Match] = field(default_factory=list)
    near: list[tuple[Offer, Sequence[Match]]] = field(default_factory=list)
    free_text: list[Offer] = field(default_factory=list)
    other: list[Offer] = field(default_factory=list)


@dataclass(frozen=True)
class Draft:
    """The draft of a study.

    Attributes:
        study: its name.
        source: what the source is called in the study file.
        outline: the source.
        tables: the tables, with what becomes of their fields.
    """

    study: str
    source: str
    outline: Outline
    tables: tuple[SortedTable, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many fields, or options of them, became what."""
        return {
            "suggested": sum(len(each.sure) for each in self.tables),
            "open": sum(len(each.near) for each in self.tables),
            "without a variable": sum(len(each.other) for each in self.tables),
            "free text": sum(len(each.free_text) for each in self.tables),
            "identifiers": len(self.outline.identifiers),
        }


def draft(
    dictionary: Dictionary, projects: Projects, outline: Outline, *, study: str, source: str
) -> Draft:
    """Draft a study file for one source.

    Args:
        dictionary: the data dictionary.
        projects: study → source → what the projects of its studies say of themselves.
        outline: the new source, as it describes itself.
        study: the new study's name; its own file, if there is one, is not looked at.
        source: what to call the source.
    """
    known = targets(dictionary, projects, study=study)
    found: list[SortedTable] = []
    for tables, offers in _groups(outline):
        choice = suggest(dictionary, known, offers)
        if outline.record_id:
            drafted = of_forms(dictionary, tables, outline.record_id, study=study)
        else:
            drafted = [by_key(dictionary, each, choice) for each in tables]
        found += _sorted(drafted, offers, choice)
    return Draft(study, source, outline, tuple(found))


def _groups(outline: Outline) -> list[tuple[list[RawTable], list[Offer]]]:
    """Tables among which a column's name stands for one thing: a project as a whole, or each."""
    if outline.record_id:
        return [(list(outline.tables), list(outline.offers))]
    return [
        ([table], [each for each in outline.offers if each.table == table.name])
        for table in outline.tables
    ]


def _sorted(
    tables: Iterable[DraftedTable], offers: Iterable[Offer], choice: Choice
) -> list[SortedTable]:
    found = [SortedTable(each) for each in tables]
    of_raw = {raw: each for each in found for raw in each.table.rows}
    for offer in _worth_a_line(offers, choice):
        _sort_in(of_raw[offer.table], offer, choice)
    return found


def _worth_a_line(offers: Iterable[Offer], choice: Choice) -> Iterator[Offer]:
    """Offers in the order of the source: a checkbox field as a whole, or each of its options."""
    ordered = sorted(offers, key=lambda each: (each.position, each.field, each.option or ""))
    by_option = {each.field for each in ordered if each.option and _is_told(each, choice)}
    for each in ordered:
        whole = choice.sure.get(each.field)
        if each.option is None:
            if each.kind != "checkbox" or whole or each.field not in by_option:
                yield each
        elif (each.column in choice.sure or each.field in by_option) and not (
            whole and each.option in whole.meaning.codes
        ):
            yield each


def _is_told(offer: Offer, choice: Choice) -> bool:
    candidates = choice.candidates.get(offer.column, [])
    return offer.column in choice.sure or any(each.score >= NEAR for each in candidates)


def _sort_in(table: SortedTable, offer: Offer, choice: Choice) -> None:
    if match := choice.sure.get(offer.column):
        if match.variable not in table.table.keys:
            table.sure.append(match)
        return
    if any(offer.column in rule.fields for rule in table.table.keys.values()):
        return
    candidates = [each for each in choice.candidates.get(offer.column, []) if each.score >= NEAR]
    if candidates:
        table.near.append((offer, candidates))
    elif offer.kind in ("notes", "text"):
        table.free_text.append(offer)
    else:
        table.other.append(offer)
