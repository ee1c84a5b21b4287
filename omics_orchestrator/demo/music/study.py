"""The synthetic study MUSIC: its rows form by form, and the faults that were planted in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.demo.music.attendance import Attendance, attend
from omics_orchestrator.demo.music.dictionary import EVENTS, RECORD_ID, fields
from omics_orchestrator.demo.music.filling import Filling
from omics_orchestrator.demo.music.planted_faults import Planted

PARTICIPANTS = 200
SEED = 20261123
COMPLETE = "2"
EVENT, INSTANCE = "redcap_event_name", "redcap_repeat_instance"


@dataclass(frozen=True)
class SyntheticStudy:
    """What was invented.

    Attributes:
        forms: form → one row an opened form: record id, event, repeat instance where the form
            repeats (null in a row that is no repeat), every column of its fields, and its status;
            all text, a blank cell null.
        planted: cells by (kind of fault, field).
    """

    forms: Mapping[str, pl.DataFrame]
    planted: Planted


def generate(participants: int = PARTICIPANTS, seed: int = SEED) -> SyntheticStudy:
    """Invent the study; the same one for the same number of participants and seed."""
    filling = Filling(attend(participants, seed), seed)
    columns = filling.columns()
    return SyntheticStudy(
        {form: _frame(filling.attendance, form, columns) for form in filling.attendance.forms},
        filling.planted,
    )


def frames(participants: int = PARTICIPANTS, seed: int = SEED) -> dict[str, pl.DataFrame]:
    """The raw tables of the study as they are read: without the fields that identify people.

    Free text is in them, which a source asks for only where the study file releases it.
    """
    identifiers = [each.name for each in fields() if each.is_identifier]
    forms = generate(participants, seed).forms
    return {form: frame.drop(identifiers, strict=False) for form, frame in forms.items()}


def redcap_rows(study: SyntheticStudy) -> Iterator[dict[str, str]]:
    """The study as flat rows for the local REDCap server, which hold only what is filled in."""
    base: dict[tuple[str, str], dict[str, str]] = {}
    for form, frame in study.forms.items():
        for row in frame.iter_rows(named=True):
            cells = {name: text for name, text in row.items() if _is_stored(name, text)}
            if row.get(INSTANCE) is not None:
                yield cells | {"redcap_repeat_instrument": form}
            else:
                base.setdefault((row[RECORD_ID], row[EVENT]), {}).update(cells)
    yield from base.values()


def _frame(attendance: Attendance, form: str, columns: Mapping[str, pl.Series]) -> pl.DataFrame:
    opened = attendance.forms[form]
    key = {
        RECORD_ID: attendance.ids.gather(opened.person),
        EVENT: pl.Series(EVENTS).gather(opened.event),
    }
    if opened.instance.any():
        instance = pl.Series(opened.instance)
        key[INSTANCE] = instance.set(instance == 0, None).cast(pl.String)
    own = [name for each in fields() if each.form == form for name in each.columns]
    answers = {name: columns[name] for name in own if name != RECORD_ID}
    return pl.DataFrame(key | answers).with_columns(pl.lit(COMPLETE).alias(f"{form}_complete"))


def _is_stored(name: str, text: str | None) -> bool:
    """REDCap stores no value for a box that is not ticked."""
    return text is not None and not ("___" in name and text == "0")
