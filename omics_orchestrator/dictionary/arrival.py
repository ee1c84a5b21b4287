"""The rows of one part of a table before its rules: which of them count, and where cells came from.

Slots become rows here: all rows of the first slot, then all of the second. Each cell keeps the name
of the field it came from, so the accounts speak of the source's fields.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary.tables import Part

EVENT, INSTANCE = "redcap_event_name", "redcap_repeat_instance"
# Columns by which REDCap says which row this is; not cells of anybody's.
ROW_COLUMNS = frozenset({EVENT, INSTANCE})

RowStep = tuple[str, int, int, int, int, str]
"""A line of the rows' account: step, rows in, rows out, excluded, quarantined, reason."""


@dataclass(frozen=True)
class Arrived:
    """The rows of a part that count.

    Attributes:
        part: the part.
        frame: its rows, every column text; with slots, those of one slot after the other.
        height: the rows of the raw table.
        left: how many of them are left out.
        sources: for each slot, the source's field of each column; one slot when there are none.
        account: what became of the rows so far.
    """

    part: Part
    frame: pl.DataFrame
    height: int
    left: int
    sources: tuple[Mapping[str, str], ...]
    account: tuple[RowStep, ...]

    def slots(self) -> Iterator[tuple[int, int, Mapping[str, str]]]:
        """Where the rows of each slot stand: the first, how many, and their columns' fields."""
        rows = self.frame.height // len(self.sources)
        for number, sources in enumerate(self.sources):
            yield number * rows, rows, sources


def arrive(part: Part, raw: pl.DataFrame, key: Sequence[str]) -> Arrived:
    """Take the rows of a raw table that count.

    Args:
        part: which rows count.
        raw: the raw table, every column text.
        key: the fields of the grain.
    """
    frame, account = raw, []
    if part.at:
        frame = frame.filter(pl.col(EVENT).is_in(part.at))
        account.append(_step(part, "at", raw, frame, f"not at {', '.join(part.at)}"))
    if part.instance != "all":
        before, frame = (
            frame,
            frame.filter(_counts(part, [name for name in key if name != INSTANCE])),
        )
        account.append(_step(part, "instance", before, frame, f"instance is not {part.instance}"))
    sources = slot_sources(part, raw.columns)
    return Arrived(
        part,
        frame if part.slots is None else _unpivoted(part, frame, sources),
        raw.height,
        raw.height - frame.height,
        sources,
        tuple(account),
    )


def _step(part: Part, what: str, before: pl.DataFrame, after: pl.DataFrame, why: str) -> RowStep:
    gone = before.height - after.height
    return (f"{part.table}: {what}", before.height, after.height, gone, 0, why if gone else "")


def _counts(part: Part, key: Sequence[str]) -> pl.Expr:
    """Tell which repeats count; a row that is no repeat comes before all repeats."""
    instance = pl.col(INSTANCE).cast(pl.Int64, strict=False).fill_null(0)
    if part.instance == "first":
        return instance == instance.min().over(key)
    if part.instance == "last":
        return instance == instance.max().over(key)
    return instance == part.instance


def slot_sources(part: Part, columns: Collection[str]) -> tuple[Mapping[str, str], ...]:
    """For each slot, which source column stands under which name; all of them without slots."""
    if part.slots is None:
        return ({name: name for name in columns},)
    fields, found = part.slots.fields, []
    in_slots = {field for each in fields.values() for field in each if field}
    fixed = {name: name for name in columns if name.partition("___")[0] not in in_slots}
    for number in range(len(next(iter(fields.values())))):
        wanted = {each[number]: name for name, each in fields.items() if each[number]}
        found.append(
            {
                wanted[base] + column.removeprefix(base): column
                for column in columns
                if (base := column.partition("___")[0]) in wanted
            }
        )
    return (fixed | found[0], *found[1:])


def _unpivoted(
    part: Part, frame: pl.DataFrame, sources: tuple[Mapping[str, str], ...]
) -> pl.DataFrame:
    names = list(dict.fromkeys(name for each in sources for name in each))
    of_slots = {name for each in sources[1:] for name in each} | set(
        part.slots.fields if part.slots else ()
    )
    slots = []
    for number, each in enumerate(sources, start=1):
        there = {**sources[0], **each}
        slots.append(
            frame.select(
                *(
                    pl.col(there[name]).alias(name)
                    if name in each or name.partition("___")[0] not in of_slots
                    else pl.lit(None, pl.String).alias(name)
                    for name in names
                ),
                pl.lit(str(number)).alias(part.slots.number if part.slots else ""),
            )
        )
    return pl.concat(slots)


def empty_slots(arrived: Arrived) -> pl.Series:
    """Tell which rows are slots that nobody filled; a box that is not ticked fills none."""
    part, frame = arrived.part, arrived.frame
    if part.slots is None:
        return pl.repeat(value=False, n=frame.height, eager=True)
    own = [name for name in frame.columns if name.partition("___")[0] in part.slots.fields]
    nothing = {name: ["", "0"] if "___" in name else [""] for name in own}
    return frame.select(
        pl.all_horizontal(
            pl.col(name).str.strip_chars().fill_null("").is_in(blank)
            for name, blank in nothing.items()
        ).alias("empty")
    ).to_series()
