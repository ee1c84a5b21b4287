"""Generated rows as the pipelines in use get them, and as our raw tables hold them."""

from collections.abc import Iterable, Mapping

import pandas as pd
import polars as pl

from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition

EVENT = "redcap_event_name"
INSTRUMENT, INSTANCE = "redcap_repeat_instrument", "redcap_repeat_instance"
Rows = Iterable[Mapping[str, str]]


def flat_export(definition: ProjectDefinition, rows: Rows) -> pd.DataFrame:
    """Lay rows out as one flat export: every column, blanks as "", a repeat's number as a number."""
    templates: dict[tuple[str, str], dict[str, str]] = {}
    laid_out = []
    for row in rows:
        place = row.get(EVENT, ""), row.get(INSTRUMENT, "")
        if place not in templates:
            templates[place] = _untouched(definition, *place)
        number = {INSTANCE: int(row[INSTANCE]) if INSTANCE in row else ""}
        laid_out.append({**templates[place], **row, **number})
    return pd.DataFrame.from_records(laid_out)


def _untouched(definition: ProjectDefinition, event: str, instrument: str) -> dict[str, str]:
    live = definition.live_forms(event, instrument, int(bool(instrument)))
    key = (
        definition.record_id,
        *([EVENT] if definition.is_longitudinal else []),
        INSTRUMENT,
        INSTANCE,
    )
    shown = {each.name: each.untouched if each.form in live else "" for each in columns(definition)}
    return dict.fromkeys(key, "") | shown


def raw_tables(definition: ProjectDefinition, rows: Rows) -> dict[str, pl.DataFrame]:
    """Lay the rows of a classic project out form by form, as our sources do: all text, blank null."""
    identifiers = {entry["field_name"] for entry in definition.dictionary if entry["identifier"]}
    shown = [each for each in columns(definition) if each.name not in identifiers]
    repeating = {form for _, form in definition.repeating}
    record, filled = definition.record_id, list(rows)
    found = {}
    for form in definition.forms:
        key = [record, INSTANCE] if form in repeating else [record]
        untouched: dict[str, str | None] = dict.fromkeys(key)
        own = {each.name: each.untouched or None for each in shown if each.form == form}
        status = f"{form}_complete"
        asked = own.keys() - {record}
        untouched |= {name: blank for name, blank in own.items() if name not in (record, status)}
        opened = [
            {name: row.get(name) or blank for name, blank in untouched.items()}
            for row in filled
            if row.get(INSTRUMENT, "") == (form if form in repeating else "")
            and not row.keys().isdisjoint(asked)
        ]
        found[form] = pl.DataFrame(opened, schema=dict.fromkeys(untouched, pl.String))
    return found
