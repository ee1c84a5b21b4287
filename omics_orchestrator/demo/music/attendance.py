"""Who came when, which forms were opened there, and how often they repeat."""

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

from omics_orchestrator.demo.music.dictionary import EVENTS, LABORATORY, RECORD_ID, SALIVA

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_CENTRES = {"90": 0.5, "91": 0.24, "92": 0.16, "191": 0.1}
_FIRST_DAY = np.datetime64("2020-09-01").astype("datetime64[D]").astype(np.int64)
_RECRUITING_DAYS, _DAYS_BETWEEN = 1500, 91
_WITHDRAW, _COME_BACK, _COME = 0.1, 0.3, 0.92
# How often a form is opened at each of the five timepoints.
_OPENED: Mapping[str, tuple[float, ...]] = {
    "patient_details": (1, 0, 0, 0, 0),
    "diagnosis": (0.98, 0, 0, 0, 0),
    "phenotyping": (0.97, 0, 0, 0, 0),
    "timepoints": (1, 1, 1, 1, 1),
    "patient_reported_activity_cucq32": (0.9, 0.85, 0.8, 0.8, 0.85),
    LABORATORY: (0.95, 0.9, 0.85, 0.85, 0.9),
    "endoscopic_disease_activity": (0.6, 0.5, 0.1, 0.1, 0.6),
    "surgical_intervention": (0.3, 0.25, 0.25, 0.25, 0.25),
    SALIVA: (0.7, 0.6, 0.4, 0.4, 0.4),
    "cleaned_drug_data": (0.95, 0.9, 0.9, 0.9, 0.9),
    "radiologic_disease_activity": (0.4, 0.25, 0.2, 0.2, 0.25),
}
# The share of openings that are done a second time, and of these a third time.
_AGAIN: Mapping[str, tuple[float, ...]] = {LABORATORY: (0.3, 0.2), SALIVA: (0.25,)}
_SALIVA_REPEATS_AT = 2


@dataclass(frozen=True)
class Opened:
    """The rows of one form: whose, at which event (from 0), which repeat (0 where it is none)."""

    person: Numbers
    event: Numbers
    instance: Numbers


@dataclass(frozen=True)
class Attendance:
    """What happened, before any form is filled in.

    Attributes:
        ids: the record id of each person.
        days: of person and event, the day of the visit, counted from 1970.
        withdrawn_at: the event at which each person withdrew, 0 for nobody's.
        forms: the rows of each form.
    """

    ids: pl.Series
    days: Numbers
    withdrawn_at: Numbers
    forms: Mapping[str, Opened]


def chance(seed: int, *words: str) -> np.random.Generator:
    """Start the stream of chance that belongs to `words`; one field's changes no other's."""
    return np.random.default_rng([seed, crc32(" ".join(words).encode())])


def attend(participants: int, seed: int) -> Attendance:
    """Invent who comes; the same people for the same number of participants and seed."""
    draw = chance(seed, "attendance")
    withdrawn_at = np.where(
        draw.random(participants) < _WITHDRAW, draw.integers(1, 4, participants), 0
    )
    came = draw.random((participants, len(EVENTS))) < _COME
    came[:, 0] = True
    for event in range(1, len(EVENTS)):
        gone = (withdrawn_at > 0) & (event > withdrawn_at)
        came[:, event] &= ~gone | (draw.random(participants) < _COME_BACK)
    came[np.arange(participants), withdrawn_at] = True
    enrolled = _FIRST_DAY + draw.integers(0, _RECRUITING_DAYS, participants)
    return Attendance(
        ids=_ids(participants, draw),
        days=enrolled[:, None]
        + _DAYS_BETWEEN * np.arange(len(EVENTS))
        + draw.integers(-10, 11, came.shape),
        withdrawn_at=withdrawn_at,
        forms={form: _opened(form, came, chance(seed, "opened", form)) for form in _OPENED},
    )


def _ids(participants: int, draw: np.random.Generator) -> pl.Series:
    centre = draw.choice(list(_CENTRES), participants, p=list(_CENTRES.values()))
    number = np.arange(1, participants + 1).astype(str)
    return pl.Series(RECORD_ID, np.char.add(np.char.add(centre, "-"), number).tolist())


def _opened(form: str, came: Flags, draw: np.random.Generator) -> Opened:
    person, event = np.nonzero(came & (draw.random(came.shape) < np.array(_OPENED[form])))
    instance = np.full(len(person), form in _AGAIN, dtype=np.int64)
    if form == SALIVA:
        instance[event >= _SALIVA_REPEATS_AT] = 0
    rows = np.stack([person, event, instance], axis=1)
    again = rows[instance > 0]
    for share in _AGAIN.get(form, ()):
        again = again[draw.random(len(again)) < share] + np.array([0, 0, 1])
        rows = np.concatenate([rows, again])
    order = np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))
    return Opened(*rows[order].T)
