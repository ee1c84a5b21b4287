"""Which rows must be conformed together, so that a table need not fit into memory whole.

All that a table says of a participant is made of that participant's rows: parts are joined, repeats
compared, values broadcast and rows excluded within one participant. So all rows of a participant
are in one slice, told by the conformed participant, for one may be written in several ways.
"""

from collections.abc import Mapping

import polars as pl

from omics_orchestrator.dictionary.arrival import arrive
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.parts import evaluate
from omics_orchestrator.dictionary.plan import plan
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.rules import BroadcastRule
from omics_orchestrator.dictionary.tables import Part

_WHO = "who"


def whole_by(study: Study, table: str) -> str | None:
    """The variable whose rows stay together; None where all rows of the table must.

    It is of the grain of the table, and of each table that says who is left out.
    """
    spec = study.tables[table]
    tables = [spec, *(study.tables[each.of] for each in spec.exclude if each.of)]
    of_rows = {each.per for each in spec.exclude if each.rows != "this"}
    broadcast = (
        rule for rule in rules_of(study, table).values() if isinstance(rule, BroadcastRule)
    )
    asked = of_rows | {rule.per for rule in broadcast}
    if len(asked) > 1:
        return None
    who = next(iter(asked), spec.grain[0])
    if any(who not in each.grain for each in tables):
        return None
    fields = {field for each in key_fields(study, table, who).values() for field in each}
    of_slots = {
        name
        for each in tables
        for part in each.rows
        if part.slots
        for name in (part.slots.number, *part.slots.fields)
    }
    return who if fields and not fields & of_slots else None


def key_fields(study: Study, table: str, who: str) -> dict[str, tuple[str, ...]]:
    """The fields that tell `who` in each raw table that the table is made of."""
    found: dict[str, tuple[str, ...]] = {}
    for name in _tables(study, table):
        for part in study.tables[name].rows:
            found.setdefault(part.name, rules_of(study, name)[who].fields)
    return found


def numbered(
    dictionary: Dictionary,
    study: Study,
    table: str,
    keys: Mapping[str, pl.DataFrame],
    *,
    who: str,
    rows: int,
) -> dict[str, pl.Series]:
    """Say for each row of each raw table in which slice it is conformed, from 0 on.

    Args:
        dictionary: the data dictionary.
        study: the study.
        table: one of its tables.
        keys: the `key_fields` of each raw table, for all its rows.
        who: see `whole_by`.
        rows: about how many rows of all raw tables together make a slice.
    """
    known: dict[str, pl.Series] = {}
    for name in _tables(study, table):
        for part in study.tables[name].rows:
            if part.name not in known:
                told = _told_by(study, name, part, who)
                known[part.name] = _values(dictionary, told, keys[part.name])
    # In the order in which they come: a source that is sorted is then read from front to back.
    counted = (
        pl.concat(known.values())
        .to_frame("who")
        .group_by("who", maintain_order=True)
        .agg(pl.len().alias("rows"))
        .with_columns((pl.col("rows").cum_sum() // rows).cast(pl.UInt32).alias("slice"))
    )
    return {
        name: values.to_frame("who").join(
            counted, on="who", how="left", nulls_equal=True, maintain_order="left"
        )["slice"]
        for name, values in known.items()
    }


def _tables(study: Study, table: str) -> list[str]:
    others = [each.of for each in study.tables[table].exclude if each.of]
    return list(dict.fromkeys((table, *others)))


def _told_by(study: Study, table: str, part: Part, who: str) -> Study:
    """The study with one table only: `who` each row of a part is of."""
    spec = study.tables[table].model_copy(
        update={
            "rows": (Part(table=part.table),),
            "grain": (who,),
            "variables": {who: rules_of(study, table)[who]},
            "as_named": (),
            "exclude": (),
        }
    )
    return study.model_copy(update={"tables": {_WHO: spec}})


def _values(dictionary: Dictionary, study: Study, key: pl.DataFrame) -> pl.Series:
    """The one variable of the one table of a study, for each row; null where it is refused."""
    (part,) = study.tables[_WHO].rows
    (made,) = plan(dictionary, study, _WHO, {part.name: key.columns}).parts
    return evaluate(
        made, arrive(made.part, key, made.key), study.tables[_WHO].grain
    ).values.to_series()
