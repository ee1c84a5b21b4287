"""A draft as the text of a study file; what a person has to decide stands there as a comment."""

from collections.abc import Iterator, Mapping, Sequence

from omics_orchestrator.redcap_project.description import INSTANCE
from omics_orchestrator.redcap_project.labels import plain, quoted
from omics_orchestrator.suggest.draft import Draft, SortedTable
from omics_orchestrator.suggest.drafted_rule import flow, rule_of, written
from omics_orchestrator.suggest.drafted_tables import PARTICIPANT
from omics_orchestrator.suggest.match import Match
from omics_orchestrator.suggest.new_variables import (
    VALUE_SET,
    VARIABLE,
    as_csv,
    value_set_lines,
    variable_line,
)
from omics_orchestrator.suggest.offer import Offer

_CANDIDATES = 3
_FREE_TEXT = "free text, not released"
_OPEN = "OPEN"


def left_open(study_file: str) -> int:
    """Count the lines of a study file on which a draft leaves something to a person."""
    return sum(_OPEN in line.partition("#")[2] for line in study_file.splitlines())


def written_draft(drafted: Draft, taken: Sequence[str]) -> str:
    """Write a draft.

    Args:
        drafted: the draft.
        taken: the names that variables and value sets have already.
    """
    lines = [
        *_head(drafted),
        *_source(drafted),
        "tables:",
        *(line for each in drafted.tables for line in _table(drafted, each)),
        "datasets: {}",
        *_new_variables(drafted, taken),
    ]
    return "\n".join(lines) + "\n"


def _head(drafted: Draft) -> Iterator[str]:
    told = ", ".join(f"{count} {what}" for what, count in drafted.counts.items())
    yield f"# A draft by `omics dictionary suggest {drafted.study}`: {told}."
    yield "# Beside each rule stands how sure it is, and why. Look at each, settle what says OPEN,"
    yield "# then run `omics dictionary check`. How to read and change this file: ../README.md"
    yield f"study: {drafted.study}"
    yield f"label: {drafted.study}  # {_OPEN}"
    yield f"description: A study.  # {_OPEN}: who takes part, in one sentence"
    yield f"owners: []  # {_OPEN}: an e-mail address"
    yield ""


def _source(drafted: Draft) -> Iterator[str]:
    yield "sources:"
    yield f"  {drafted.source}:"
    for key, value in drafted.outline.source.items():
        yield f"    {key}: {flow(value)}"
    for name, why in sorted(drafted.outline.identifiers.items()):
        asks = f"; {_OPEN}: is it a pseudonym?" if name == drafted.outline.record_id else ""
        yield f"    # {plain(name)}: {why}{asks}"
    yield ""


def _table(drafted: Draft, sorted_table: SortedTable) -> Iterator[str]:
    table = sorted_table.table
    has_participant = any(each.table.name == PARTICIPANT for each in drafted.tables)
    first = next(iter(table.keys), None)
    yield f"  {table.name}:"
    yield f"    description: One row a {table.name}.  # {_OPEN}"
    yield f"    rows: {flow([f'{drafted.source}.{each}' for each in table.rows])}"
    yield f"    grain: {flow(list(table.keys))}" + ("" if first else f"  # {_OPEN}")
    if has_participant and table.name != PARTICIPANT and first and drafted.outline.record_id:
        yield f"    refers_to: {{{first}: {PARTICIPANT}}}"
    yield "    variables:"
    for name, rule in table.keys.items():
        new = f"  # {_OPEN}: a new variable, see below" if name in table.new else ""
        new = new or (f"  # {_OPEN}: does it count this form?" if rule.field == INSTANCE else "")
        yield f"      {name}: {written(rule)}{new}"
    for match in sorted_table.sure:
        yield f"      {match.variable}: {written(rule_of(match))}  # {_why(match)}"
        yield from _open_codes(match)
    for offer, candidates in sorted_table.near:
        yield from _candidates(offer, candidates)
    yield from _ignored(sorted_table)
    yield ""


def _why(match: Match) -> str:
    return f"{match.score:.0%}: {', '.join(match.evidence)}"


def _open_codes(match: Match) -> Iterator[str]:
    """The codes of a sure suggestion whose meaning is open."""
    if match.meaning.unclear:
        said = ", ".join(
            f"{code} {quoted(match.offer.choices[code])}" for code in match.meaning.unclear
        )
        yield f"      # {_OPEN}: what {said} of {plain(match.offer.field)} means"


def _candidates(offer: Offer, candidates: Sequence[Match]) -> Iterator[str]:
    yield f"      # {_OPEN}: {_named(offer)}"
    for each in candidates[:_CANDIDATES]:
        yield f"      #   {each.variable}: {written(rule_of(each))}  # {_why(each)}"


def _named(offer: Offer) -> str:
    option = f" option {offer.option}" if offer.option is not None else ""
    return f"{plain(offer.field)}{option} {quoted(offer.words) if offer.words else ''}".rstrip()


def _ignored(sorted_table: SortedTable) -> Iterator[str]:
    if sorted_table.free_text:
        yield "    ignore:"
        yield f"      {_FREE_TEXT}: {flow([each.field for each in sorted_table.free_text])}"


def _new_variables(drafted: Draft, taken: Sequence[str]) -> Iterator[str]:
    """Lines to take over where a field is no variable that we have."""
    variables, value_sets = [], []
    names: Mapping[str, None] = dict.fromkeys(taken)
    for each in drafted.tables:
        table = each.table.name
        for name, kind in each.table.new.items():
            if name not in names:
                names = {**names, name: None}
                variables.append((name, name, table, kind, *[""] * 4, "none", "", ""))
        for offer in each.other:
            line = variable_line(offer, table, names)
            names = {**names, line[0]: None}
            variables.append(line)
            value_sets += list(value_set_lines(offer, line[0])) if line[5] else []
    if variables:
        yield ""
        yield f"# {_OPEN}: these are no variables that we have. Put the lines to keep into"
        yield "# variables/*.csv and value_sets.csv and draft again: their rules come too. Put the"
        yield "# other fields under `ignore` with the reason."
        yield from (f"# {line}" for line in as_csv([VARIABLE, *variables]))
    if value_sets:
        yield "#"
        yield "# Their value sets, for value_sets.csv:"
        yield from (f"# {line}" for line in as_csv([VALUE_SET, *value_sets]))
