"""What people answer: a whole column at once, by the kind of its field."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from omics_orchestrator.demo.music.attendance import Numbers
from omics_orchestrator.demo.music.dictionary import Field

# Medians and spreads of log-normal results, which laboratories write without validation.
MEASURED = {
    "crp": (4.0, 1.1),
    "calprotectin": (180.0, 1.2),
    "qfit_result": (40.0, 1.2),
    "drug_level_adalimumab": (8.0, 0.6),
    "drug_level_inflxi": (6.0, 0.7),
}
_YES = 0.35
_TICKED = 0.15
_OTHER, _OTHER_SHARE = "99", 0.3
_WEIGHTS: Mapping[str, tuple[float, ...]] = {
    "baseline_ibd_drug_entry": (0.75, 0.25),
    "baseline_endoscopy": (0.7, 0.3),
    "baseline_radiology": (0.6, 0.4),
    "baseline_histologyresult": (0.6, 0.4),
    "family_history_pfh": (0.45, 0.45, 0.1),
    "mh_tonsilout1": (0.2, 0.7, 0.1),
    "radiology": (0.9, 0.1),
}
_ASKED = {"notes": 0.35, "text": 0.94, "radio": 0.94, "yesno": 0.94, "checkbox": 1.0, "calc": 0.9}
_ALWAYS = ("sex", "study_group_name", "visit_review_date", "saliva_rev_date")
_OFTEN = {
    "flare_up_timeframe2": 0.3,
    "reason_of_use_steroid2": 0.4,
    "unplaned_hos_adm_date2": 0.35,
    "uceisvascular_pattern": 0.6,
    "uceisbleeding": 0.6,
    "uceiserosions_and_ulcers": 0.6,
}
_NARRATIVES = (
    "Compared with last year: better.",
    "Discussed at the meeting.",
    "Granular mucosa with loss of vascular pattern.",
    "Loose stools with urgency for three weeks.",
    "No active disease.",
    "Not sure about the year.",
    "Seen between clinics.",
    "Stopped because of raised ALT.",
)
# As people write them: the flags in use today look for two of these spellings.
_DRUG_NAMES = (
    "Filgotinib", "filgotinib", "Filgotinib ", "Risankizumab", "Risankisumab", "risankizumab",
    "Upadacitinib", "Mirikizumab", "Etrolizumab (trial)",
)  # fmt: skip
_DOSES = ("5 mg/kg", "40 mg", "160 mg", "2 g", "50 mg", "300 mg", "1.5 g", "10 mg")
_VERSIONS = ("2.0", "3.0", "3.1")
_WORDS = {"otherx": _DRUG_NAMES, "ibd_dose": _DOSES, "version": _VERSIONS}
_HISTORY_FORMS = ("diagnosis", "phenotyping")
_HISTORY_DAYS, _NEAR_DAYS = 5000, 10
_SMALL, _FRACTION = 10, 1


def share_filled(field: Field) -> float:
    """How often the field is filled in where it is asked."""
    if field.is_identifier or field.name in _ALWAYS:
        return 1.0
    return _OFTEN.get(field.name, _ASKED.get(field.kind, 0.0))


def answer(field: Field, days: Numbers, draw: np.random.Generator) -> pl.Series:
    """Answer a field in every row; checkbox options and formulas are somebody else's work.

    Args:
        field: the field.
        days: the day of the visit of each row, counted from 1970.
        draw: the field's own stream of chance.
    """
    rows = len(days)
    if field.codes:
        return _picked(field.codes, rows, draw, _weights(field))
    if field.validation == "date_ymd" and not field.is_identifier:
        return _near(field, days, draw)
    if field.span is not None:
        return _number(field, field.span, rows, draw)
    if field.name in MEASURED:
        median, spread = MEASURED[field.name]
        drawn = median * draw.lognormal(0, spread, rows)
        return pl.Series(drawn.round(1)).cast(pl.String)
    if field.is_identifier:
        return _canaries(field, rows)
    return _picked(_words(field), rows, draw)


def ticked(rows: int, draw: np.random.Generator) -> pl.Series:
    """Tick one option of a checkbox field in some rows."""
    return _picked(("1", "0"), rows, draw, (_TICKED, 1 - _TICKED))


def _weights(field: Field) -> Sequence[float] | None:
    if field.name in _WEIGHTS:
        return _WEIGHTS[field.name]
    if field.kind == "yesno":
        return (_YES, 1 - _YES)
    if _OTHER in field.codes:
        usual = (1 - _OTHER_SHARE) / (len(field.codes) - 1)
        return [_OTHER_SHARE if code == _OTHER else usual for code in field.codes]
    return None


def _words(field: Field) -> Sequence[str]:
    if field.name.startswith("unit_"):
        return (field.note,)
    return next((words for part, words in _WORDS.items() if part in field.name), _NARRATIVES)


def _picked(
    words: Sequence[str],
    rows: int,
    draw: np.random.Generator,
    weights: Sequence[float] | None = None,
) -> pl.Series:
    return pl.Series(words).gather(draw.choice(len(words), rows, p=weights))


def _near(field: Field, days: Numbers, draw: np.random.Generator) -> pl.Series:
    """A day near the visit, or long before it where the form asks for what was before."""
    spread = _HISTORY_DAYS if field.form in _HISTORY_FORMS else _NEAR_DAYS
    near = days - draw.integers(0, spread, len(days))
    return pl.Series(near.astype(np.int32)).cast(pl.Date).cast(pl.String)


def _number(
    field: Field, span: tuple[float, float], rows: int, draw: np.random.Generator
) -> pl.Series:
    least, most = span
    drawn = draw.normal((least + most) / 2, (most - least) / 5, rows).clip(least, most)
    if field.validation != "number":
        return pl.Series(drawn.round().astype(np.int64)).cast(pl.String)
    digits = 1 if most > _SMALL else 2 if most > _FRACTION else 3
    return pl.Series(drawn.round(digits)).cast(pl.String)


def _canaries(field: Field, rows: int) -> pl.Series:
    """Identifiers that are recognised at once wherever they should not be."""
    if field.validation == "date_ymd":
        return pl.Series(["1901-01-01"] * rows, dtype=pl.String)
    marks = (f"zzcanary-{field.name.replace('_', '-')}-{row}" for row in range(rows))
    tail = "@example.org" if field.validation == "email" else ""
    return pl.Series([f"{mark}{tail}" for mark in marks], dtype=pl.String)
