"""The forms filled in, field by field; a field that another's branching reads is filled first."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import polars as pl

from omics_orchestrator.demo.music import answers
from omics_orchestrator.demo.music.attendance import Attendance, Opened, chance
from omics_orchestrator.demo.music.branching import is_asked
from omics_orchestrator.demo.music.dictionary import EVENTS, ONCE_FORMS, RECORD_ID, Field, fields
from omics_orchestrator.demo.music.planted_faults import Planted, plant, plant_missing_box
from omics_orchestrator.demo.redcap.columns import checkbox_column

_IN_BRACKETS = re.compile(r"\[(\w+?)(?:\((\w+)\))?\]")
_STAYS_SHARE = 0.1


class Filling:
    """The answers to one study, as they come about."""

    def __init__(self, attendance: Attendance, seed: int) -> None:
        """Start with nothing filled in."""
        self.attendance = attendance
        self.planted: Planted = Counter()
        self._seed = seed
        self._columns: dict[str, pl.Series] = {}
        self._field_of = {column: each for each in fields() for column in each.columns}

    def columns(self) -> Mapping[str, pl.Series]:
        """Fill everything in, spoil some of it, and calculate what REDCap calculates last."""
        for each in fields():
            self.column(each.columns[0])
        for each in fields():
            if each.kind not in ("checkbox", "calc", "file"):
                self._spoil(each)
        for each in fields():
            if each.formula.startswith("sum("):
                self._columns[each.name] = self._sum(each)
        return self._columns

    def column(self, name: str) -> pl.Series:
        """One column as it was first answered, filled in now if it was not yet."""
        if name not in self._columns:
            field = self._field_of[name]
            filled = self._boxes if field.kind == "checkbox" else self._answers
            self._columns |= filled(field)
        return self._columns[name]

    def _spoil(self, field: Field) -> None:
        draw = chance(self._seed, "faults", field.name)
        self._columns[field.name], planted = plant(field, self._columns[field.name], draw)
        self.planted += planted

    def _seen_from(self, form: str, name: str) -> pl.Series:
        """A column as the rows of a form see it: at their event, or where it is asked once."""
        there = self._field_of[name].form
        if there == form:
            return self.column(name)
        at, rows = self.attendance.forms[there], self.attendance.forms[form]
        place = np.full((len(self.attendance.ids), len(EVENTS)), -1)
        place[at.person, at.event] = np.arange(len(at.person))
        event = np.zeros_like(rows.event) if there in ONCE_FORMS else rows.event
        found = pl.Series(place[rows.person, event])
        return self.column(name).gather(found.set(found < 0, None))

    def _opened(self, field: Field) -> Opened:
        return self.attendance.forms[field.form]

    def _asked(self, field: Field) -> pl.Series:
        rows = len(self._opened(field).person)
        if field.is_hidden or not _is_asked_of_people(field):
            return pl.repeat(value=False, n=rows, eager=True)
        if not field.asked_when:
            return pl.repeat(value=True, n=rows, eager=True)
        return is_asked(field.asked_when, partial(self._seen_from, field.form))

    def _answers(self, field: Field) -> dict[str, pl.Series]:
        opened, draw = self._opened(field), chance(self._seed, field.name)
        if field.name in _TOLD:
            return {field.name: _TOLD[field.name](self, opened)}
        rows = len(opened.person)
        filled = self._asked(field) & pl.Series(draw.random(rows) < answers.share_filled(field))
        days = self.attendance.days[opened.person, opened.event]
        return {field.name: answers.answer(field, days, draw).set(~filled, None)}

    def _boxes(self, field: Field) -> dict[str, pl.Series]:
        asked, draw = self._asked(field), chance(self._seed, field.name)
        rows = len(asked)
        boxes = {name: answers.ticked(rows, draw).set(~asked, "0") for name in field.columns}
        boxes[field.columns[-1]] = pl.repeat("0", rows, eager=True)
        self.planted += plant_missing_box(field, boxes, asked, draw)
        return boxes

    def _sum(self, field: Field) -> pl.Series:
        """Add up as REDCap does: blanks and missing codes count nothing; null where all do."""
        items = [
            checkbox_column(name, option) if option else name
            for name, option in _IN_BRACKETS.findall(field.formula)
        ]
        boxes = [name for name in items if self._field_of[name].kind == "checkbox"]
        points = pl.DataFrame({name: self._seen_from(field.form, name) for name in items})
        numbers = points.with_columns(
            pl.all().str.strip_chars().cast(pl.Int64, strict=False)
        ).with_columns(pl.when(pl.all() >= 0).then(pl.all()))
        answered = pl.any_horizontal(pl.exclude(boxes).is_not_null())
        total = pl.when(answered).then(pl.sum_horizontal(pl.all())).cast(pl.String)
        return numbers.select(total.alias(field.name)).to_series()


def _is_asked_of_people(field: Field) -> bool:
    return field.kind != "file" and not field.formula.startswith("sum(")


def _ids(filling: Filling, opened: Opened) -> pl.Series:
    return filling.attendance.ids.gather(opened.person)


def _same_group(filling: Filling, _opened: Opened) -> pl.Series:
    return filling.column("study_group_name")


def _withdrawn(filling: Filling, opened: Opened) -> pl.Series:
    """`0` means yes, at the visit where it was said; a few of the others say no."""
    left = filling.attendance.withdrawn_at[opened.person]
    stays = opened.person % round(1 / _STAYS_SHARE) == 0
    said = np.where((left > 0) & (left == opened.event), "0", np.where(stays, "1", ""))
    return pl.Series(said.tolist(), dtype=pl.String).replace("", None)


_TOLD: Mapping[str, Callable[[Filling, Opened], pl.Series]] = {
    RECORD_ID: _ids,
    "study_group": _same_group,
    "withdrawn": _withdrawn,
}
