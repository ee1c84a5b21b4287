"""Whether the rows of a table can be read from a project's forms as the study file says."""

import re
from collections.abc import Collection, Iterator, Sequence

from omics_orchestrator.dictionary.check_expressions import listed
from omics_orchestrator.dictionary.tables import Table
from omics_orchestrator.redcap_project.description import EVENT, INSTANCE, Description
from omics_orchestrator.redcap_project.raw_columns import RawPart, places

_ARM = re.compile(r".*_arm_(\d+)[a-z]*$")


def of_parts(
    spec: Table, key: Collection[str], parts: Sequence[RawPart], description: Description
) -> Iterator[str]:
    """List what is wrong with the forms a table is read from.

    Args:
        spec: the table.
        key: the fields that its grain reads.
        parts: its parts that this project gives.
        description: what the project says of itself.
    """
    for part in parts:
        for problem in (*_events(part, description), *_rows(part, key)):
            yield f"rows: {part.part.table}: {problem}"
    known = {name for part in parts for name in part.columns}
    known |= {field.name for part in parts for field in part.columns.values()}
    others = len(parts) < len(spec.rows)
    for name in (name for names in spec.ignore.values() for name in names):
        if name not in known and not others:
            yield f"ignore: no form of `rows` has a field {name!r}; take it off the list"


def _events(part: RawPart, description: Description) -> Iterator[str]:
    there = places(description, part.form)
    for event in part.part.at:
        if event not in description.events:
            yield f"at: the project has no event {event!r}; name one of its unique event names"
        elif event not in there:
            yield f"at: {part.form} is not filled in at {event}; take it off the list"
    if part.part.instance != "all" and not description.repeats(part.form):
        yield "instance: the form does not repeat; leave `instance` out"


def _rows(part: RawPart, key: Collection[str]) -> Iterator[str]:
    """Where several rows of a form would have one key, and wait in quarantine."""
    if absent := sorted(name for name in key if name not in part.names):
        yield f"it has no {listed(absent)}, which the grain is read from; map what every part has"
    if part.repeats and part.part.instance == "all" and INSTANCE not in key:
        yield (
            "the form repeats, and the grain does not tell its repeats apart; say `instance: "
            f"first` (or last), or put a variable of {INSTANCE} into the grain"
        )
    if EVENT not in key and share_an_arm(part.events):
        yield (
            "the form is filled in at several events, and the grain does not tell them apart; "
            f"name one in `at`, or put a variable of {EVENT} into the grain"
        )


def share_an_arm(events: Collection[str]) -> bool:
    """Tell whether a record may come to two of these events: it is of one arm, as a rule."""
    arms = {_ARM.sub(r"\1", event) if _ARM.search(event) else "" for event in events}
    return len(arms) < len(events)
