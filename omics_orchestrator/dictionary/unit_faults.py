"""Suspected unit faults: values that fit their variable only when they are taken in another unit.

A group is the values of one variable at one site of one study. What lies beyond the range of the
other groups is suspected when, converted from a unit that laboratories use, it falls back into that
range *and has its shape there*. Sicker patients move a median; they neither pass the floor of an
assay nor copy the whole distribution elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from omics_orchestrator.dictionary.units import conversion

SCHEMA = {
    "variable": pl.String,
    "study": pl.String,
    "site": pl.String,
    "suspected_unit": pl.String,
    "factor": pl.Float64,
    "rows": pl.Int64,
    "share": pl.Float64,
    "evidence": pl.String,
}

Logs = np.ndarray[tuple[int], np.dtype[np.float64]]
"""Sorted decimal logarithms: a wrong unit shifts them and changes nothing else."""

_WRITTEN = (
    "g/L", "g/dL", "mg/dL", "mg/L", "ug/L", "ug/dL", "ng/L", "ng/dL",
    "mmol/L", "umol/L", "nmol/L", "pmol/L", "10*12/L", "10*9/L", "10*6/L", "/uL", "%", "1",
    "U/L", "ukat/L", "nkat/L", "[IU]/L", "[IU]/mL", "k[IU]/L", "m[IU]/L",
    "mg/g", "ug/g", "ng/g", "mg/mmol", "kg", "g", "[lb_av]", "m", "cm", "mm", "[in_i]",
    "mm[Hg]", "kPa", "mm/h", "fL", "pg",
)  # fmt: skip
_GRAMS_PER_MOLE = {
    "glucose": (180.16,), "creatinine": (113.12,), "cholesterol": (386.65,), "hdl": (386.65,),
    "ldl": (386.65,), "triglycerides": (885.4,), "bilirubin": (584.66,), "urea": (28.01, 60.06),
    "urate": (168.11,), "calcium": (40.08,), "magnesium": (24.305,), "phosphate": (30.97,),
    "iron": (55.845,), "zinc": (65.38,), "lactate": (90.08,), "cortisol": (362.46,),
    "testosterone": (288.42,), "folate": (441.4,), "b12": (1355.4,), "vitamin_d": (400.64,),
    "haemoglobin": (16114.0,), "hemoglobin": (16114.0,),
}  # fmt: skip
"""Urea is given as its nitrogen as well; haemoglobin is counted by its single chain."""

_SMALLEST_GROUP = 20
_FEWEST_ROWS = 4
_FARTHEST = 6.5
_DECILES = np.linspace(0.1, 0.9, 9)


@dataclass(frozen=True)
class Peers:
    """What the other groups of a variable look like, in decimal logarithms.

    Attributes:
        values: all of their values.
        groups: how many they are.
        low: below it hardly a value of theirs lies.
        high: above it hardly a value of theirs lies.
        spread: the standard deviation within a group, from its quartiles.
    """

    values: Logs
    groups: int
    low: float
    high: float
    spread: float


@dataclass(frozen=True)
class Suspicion:
    """A unit that explains what lies outside.

    Attributes:
        unit: the unit, UCUM.
        factor: what the values are to be multiplied by.
        rows: how many values lie outside, on the side to which the unit shifts them.
        share: which part of the group they stand for: a value in a wrong unit may lie inside.
        misfit: how far their shape is from that of the peers, in standard deviations.
    """

    unit: str
    factor: float
    rows: int
    share: float
    misfit: float


def suspected(values: pl.DataFrame, units: Mapping[str, str]) -> pl.DataFrame:
    """List groups with values that look as if they were in another unit, with `SCHEMA`.

    Args:
        values: `variable`, `study`, `site`, `value` (conformed, in the variable's unit) and
            `comparator` (null but for a threshold such as `<20`, which says too little to count).
        units: the UCUM unit of each variable; the others are not looked at.

    A group needs 20 values above zero, and another group to be compared with; of two groups that
    differ by a unit, either may be the wrong one. Rows without a site are a group of their own.
    """
    measured = values.filter(pl.col("comparator").is_null() & (pl.col("value") > 0)).with_columns(
        pl.col("study", "site").fill_null("")
    )
    found = [
        (variable, *group, *line)
        for (variable,), of_variable in sorted(measured.group_by("variable"))
        if variable in units
        for group, line in _of_variable(str(variable), units[str(variable)], of_variable)
    ]
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def _of_variable(
    variable: str, unit: str, values: pl.DataFrame
) -> Iterator[tuple[tuple[object, ...], tuple[object, ...]]]:
    groups = {
        group: np.log10(np.sort(of_group["value"].to_numpy()))
        for group, of_group in sorted(values.group_by("study", "site"))
        if of_group.height >= _SMALLEST_GROUP
    }
    for group, own in groups.items():
        peers = _peers(own, [other for name, other in groups.items() if name != group])
        fits = [_fit(own, peers, *one) for one in alternatives(variable, unit)] if peers else []
        best = min((fit for fit in fits if fit), key=lambda fit: fit.misfit, default=None)
        if peers and best:
            said = _evidence(best, own, peers)
            yield group, (best.unit, best.factor, best.rows, round(best.share, 2), said)


@cache
def alternatives(variable: str, unit: str) -> tuple[tuple[str, float], ...]:
    """List the units a variable may have been given in, each with its factor to `unit`.

    Of two that differ in name only, such as mg/L and ug/mL, one is listed; those that change
    nothing, as mg/kg for ug/g, are not.
    """
    found: dict[float, str] = {}
    for other in _WRITTEN:
        for factor in _factors(variable, other, unit):
            if 0 < abs(np.log10(factor)) < _FARTHEST:
                found.setdefault(float(f"{factor:.4g}"), other)
    return tuple((other, factor) for factor, other in found.items())


def _factors(variable: str, source: str, target: str) -> Iterator[float]:
    try:
        yield conversion(source, target).factor
    except ValueError:
        yield from _by_molar_mass(variable, source, target)


def _by_molar_mass(variable: str, source: str, target: str) -> Iterator[float]:
    for analyte, masses in _GRAMS_PER_MOLE.items():
        if f"_{analyte}_" in f"_{variable}_":
            for grams in masses:
                yield from _through_moles(source, target, grams)


def _through_moles(source: str, target: str, grams: float) -> Iterator[float]:
    for first, second, factor in (("g/L", "mol/L", 1 / grams), ("mol/L", "g/L", grams)):
        try:
            there, back = conversion(source, first), conversion(second, target)
        except ValueError:
            continue
        yield there.factor * factor * back.factor


def _peers(own: Logs, others: list[Logs]) -> Peers | None:
    """Put together the groups that agree on where the middle is; None when none does."""
    if not others:
        return None
    spread = max(float(np.median([_spread(group) for group in others])), 0.02)
    centre = np.median([np.median(group) for group in (own, *others)])
    if len(others) == 1:
        centre = np.median(others[0])
    agreeing = [group for group in others if abs(np.median(group) - centre) < max(spread, 0.1)]
    if not agreeing:
        return None
    middles = np.array([np.median(group) for group in agreeing])
    scatter = 2 * float(np.median(np.abs(middles - np.median(middles))))
    # Few groups show too little of how much sites differ by nature.
    margin = max((0.12 + 0.36 / len(agreeing)) * spread, scatter, 0.02)
    low, high = np.median([np.quantile(group, (0.01, 0.99)) for group in agreeing], axis=0)
    together = np.sort(np.concatenate(agreeing))
    return Peers(together, len(agreeing), float(low) - margin, float(high) + margin, spread)


def _spread(group: Logs) -> float:
    lower, upper = np.quantile(group, (0.25, 0.75))
    return float(upper - lower) / 1.349


def _outside(values: Logs, peers: Peers, shift: float) -> Logs:
    """The values beyond the range of the peers, on the side to which a unit shifts them."""
    return values[values > peers.high] if shift > 0 else values[values < peers.low]


def _fit(own: Logs, peers: Peers, unit: str, factor: float) -> Suspicion | None:
    """Tell whether a unit explains what lies outside."""
    shift = -float(np.log10(factor))
    outside = _outside(own, peers, shift) - shift
    back = outside[(outside >= peers.low) & (outside <= peers.high)]
    by_chance = len(own) * len(_outside(peers.values, peers, shift)) / len(peers.values)
    if len(back) < _FEWEST_ROWS + 3 * np.sqrt(by_chance):
        return None
    # Were the peers given in that unit, these of their values would lie outside.
    model = _outside(peers.values + shift, peers, shift) - shift
    if not len(model):
        return None
    apart = np.abs(np.quantile(back, _DECILES) - np.quantile(model, _DECILES))
    misfit = float(np.mean(apart)) / peers.spread
    # The farther a unit takes the values, the less else could have brought them there.
    if misfit > 0.5 + 1 / np.sqrt(len(back)) + 0.05 * abs(shift) / peers.spread:
        return None
    reach = len(model) / len(peers.values)
    share = min(1.0, len(outside) / len(own) / reach)
    return Suspicion(unit, factor, len(outside), share, misfit)


def _evidence(found: Suspicion, own: Logs, peers: Peers) -> str:
    ratio = 10 ** float(np.median(own) - np.median(peers.values))
    return (
        f"{found.rows} of {len(own)} values lie outside the range of {peers.groups} other "
        f"group(s) and have its shape when taken as {found.unit}; the group's median is "
        f"{ratio:.2g} times that of the others"
    )
