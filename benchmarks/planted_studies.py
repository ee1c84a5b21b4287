"""What `planted_faults` plants: sites with a wrong unit, and faults in the cells of studies.

The laboratory variables have the medians, spreads and assay floors of practice, and every site has
a mix of patients of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import polars as pl

FAULTS_A_SEED = 6
SITES = [(f"study_{study}", site) for study in "abc" for site in ("north", "south", "west")]
# Unit; median and standard deviation (log10) of patients in remission; by how much (log10) active
# disease moves them; the assay's floor; units of other laboratories, each with its factor to ours.
LABORATORY = """
haemoglobin      g/L      135  0.05  -0.06  0   g/dL:10 mmol/L:16.114
haematocrit      L/L      0.41 0.045 -0.04  0   %:0.01
red_cell_count   10*12/L  4.6  0.045 -0.02  0   10*6/L:1e-6
white_cell_count 10*9/L   6.8  0.13  0.12   0   10*6/L:0.001
neutrophils      10*9/L   4.1  0.17  0.18   0.1 10*6/L:0.001
lymphocytes      10*9/L   1.8  0.16  -0.08  0.1 10*6/L:0.001
monocytes        10*9/L   0.5  0.15  0.08   0.1 10*6/L:0.001
eosinophils      10*9/L   0.16 0.3   0.05   .02 10*6/L:0.001
platelets        10*9/L   265  0.11  0.13   0   10*6/L:0.001
urea             mmol/L   4.9  0.14  -0.03  0.8 mg/dL:0.357
creatinine       umol/L   72   0.1   -0.02  0   mg/dL:88.4
sodium           mmol/L   139  0.008 -0.003 0   umol/L:0.001
potassium        mmol/L   4.2  0.04  -0.01  0   umol/L:0.001
calcium          mmol/L   2.34 0.02  -0.01  0   mg/dL:0.2495
phosphate        mmol/L   1.1  0.08  -0.02  0   mg/dL:0.3229
magnesium        mmol/L   0.84 0.04  -0.02  0   mg/dL:0.4114
glucose          mmol/L   5.2  0.09  0.03   0   mg/dL:0.0555
cholesterol      mmol/L   4.8  0.09  -0.08  0   mg/dL:0.02586
hdl_cholesterol  mmol/L   1.4  0.11  -0.1   0   mg/dL:0.02586
triglycerides    mmol/L   1.2  0.21  0.04   0   mg/dL:0.01129
bilirubin        umol/L   9    0.22  -0.05  2   mg/dL:17.1
alt              U/L      22   0.22  0.02   4   ukat/L:60 nkat/L:0.06
alp              U/L      76   0.13  0.06   0   ukat/L:60 nkat/L:0.06
ggt              U/L      24   0.28  0.08   4   ukat/L:60 nkat/L:0.06
albumin          g/L      42   0.04  -0.09  0   g/dL:10
total_protein    g/L      71   0.035 -0.03  0   g/dL:10
crp              mg/L     2.5  0.4   0.9    1   mg/dL:10
fibrinogen       g/L      3.1  0.1   0.14   0   mg/dL:0.01
ferritin         ug/L     70   0.42  0.1    3   ng/dL:0.01
transferrin      g/L      2.6  0.08  -0.05  0   mg/dL:0.01
iron             umol/L   15   0.2   -0.3   2   ug/dL:0.179
vitamin_d        nmol/L   52   0.2   -0.1   10  ug/L:2.496
calprotectin     ug/g     60   0.5   1.1    20  mg/g:1000
urate            umol/L   300  0.11  0      0   mg/dL:59.48
"""
ASSAYS = {line.split()[0]: line.split()[1:] for line in LABORATORY.strip().splitlines()}
UNITS = {name: unit for name, (unit, *_) in ASSAYS.items()}
Group = tuple[str, str, str]


def measured(name: str, ill: float, factor: float, share: float, rng: np.random.Generator) -> Any:
    """One site's values: `share` of them in another unit, those under the floor as thresholds."""
    median, spread, active, floor = map(float, ASSAYS[name][1:5])
    size = int(rng.integers(60, 200))
    shift = rng.normal(0, 0.15 * spread) + (rng.random(size) < ill) * active
    true = median * 10 ** (shift + rng.normal(0, spread, size))
    entered = np.maximum(true, floor) / np.where(rng.random(size) < share, factor, 1)
    return {
        "value": [float(f"{value:.3g}") for value in entered],
        "comparator": ["<" if below else None for below in true < floor],
    }


def clinics(seed: int) -> tuple[pl.DataFrame, dict[Group, str]]:
    """The values of all sites, and which groups hold another unit."""
    rng = np.random.default_rng(seed)
    planted: dict[Group, tuple[str, float, float]] = {}
    for name in rng.choice(list(ASSAYS), FAULTS_A_SEED, replace=False):
        unit, _, times = str(rng.choice(ASSAYS[name][5:])).partition(":")
        part = 1.0 if rng.random() < 0.5 else rng.uniform(0.1, 0.5)
        planted[str(name), *SITES[rng.integers(len(SITES))]] = unit, float(times), part
    ill = {place: rng.uniform(0.1, 0.8) for place in SITES}
    frames = []
    for name in ASSAYS:
        for place in SITES:
            _, factor, share = planted.get((name, *place), ("", 1.0, 0.0))
            columns = measured(name, ill[place], factor, share, rng)
            named = zip(("variable", "study", "site"), (name, *place), strict=True)
            frames.append(
                pl.DataFrame(columns, schema_overrides={"comparator": pl.String}).with_columns(
                    pl.lit(text).alias(column) for column, text in named
                )
            )
    return pl.concat(frames), {group: unit for group, (unit, _, _) in planted.items()}


ROWS, PLANTED = 400, 30
SHAPES = {
    "alpha": ({"1": "male", "2": "female"}, "%Y-%m-%d", "-1000"),
    "beta": ({"M": "male", "F": "female"}, "%d/%m/%Y", "NI"),
    "gamma": ({"0": "female", "1": "male"}, "%d.%m.%Y", "999"),
}
Row = dict[str, str]
Truth = dict[tuple[str, str], Any]


@dataclass
class Case:
    """A study's rows with one kind of fault.

    Attributes:
        rows: every cell text, as a project exports them.
        meant: by participant and field, what the cell stands for; None when it says nothing.
        planted: the cells with a fault.
        extra: how many rows too many there are.
        choices: the codes of `sex` as the project now describes them.
    """

    study: str
    rows: list[Row]
    meant: Truth = field(default_factory=dict)
    planted: set[tuple[str, str]] = field(default_factory=set)
    extra: int = 0
    choices: str = ""


@dataclass
class Answer:
    """What a tool made of a case.

    Attributes:
        values: by participant and field; the first row of a participant counts.
        told: cells of which the tool says why they have no value; `*` is a whole row.
        rows: how many rows came out.
        rows_told: of how many rows the tool says why they did not.
    """

    values: Truth = field(default_factory=dict)
    told: set[tuple[str, str]] = field(default_factory=set)
    rows: int = 0
    rows_told: int = 0


def sound(study: str, random: Random) -> Case:
    codes, dates, _ = SHAPES[study]
    rows = [
        {
            "id": f"{study}-{number}", "redcap_repeat_instance": "1",
            "sex": random.choice(list(codes)), "crp": f"{random.lognormvariate(2, 1) + 1:.1f}",
            "seen": (date(2021, 1, 1) + timedelta(random.randrange(900))).strftime(dates),
        }
        for number in range(ROWS)
    ]  # fmt: skip
    case = Case(study, rows, choices=" | ".join(f"{c}, {label}" for c, label in codes.items()))
    for row in rows:
        case.meant[row["id"], "sex"] = codes[row["sex"]]
        case.meant[row["id"], "crp"] = float(row["crp"]), None
        case.meant[row["id"], "seen"] = day(row["seen"], dates)
    return case


def day(text: str, dates: str) -> date:
    return datetime.strptime(text, dates).date()  # noqa: DTZ007 (a day has no time zone)


def in_cells(name: str, text: Callable[[Case, str], str], meant: Callable[[Case, str], Any]) -> Any:
    """Plant a fault in some cells of a field; `meant` says what the old text stands for now."""

    def plant(case: Case, random: Random) -> None:
        for row in random.sample(case.rows, PLANTED):
            case.planted.add((row["id"], name))
            case.meant[row["id"], name] = meant(case, row[name])
            row[name] = text(case, row[name])

    return plant


def more_rows(instance: str) -> Any:
    def plant(case: Case, random: Random) -> None:
        for row in random.sample(case.rows, PLANTED):
            case.rows.append({**row, "redcap_repeat_instance": instance, "crp": "77.7"})
        case.extra = PLANTED

    return plant


def relabel(change: Callable[[list[str]], list[str]]) -> Any:
    """Change the labels at the source: cells entered since then mean something else."""

    def plant(case: Case, random: Random) -> None:
        codes = SHAPES[case.study][0]
        now = dict(zip(codes, change(list(codes.values())), strict=True))
        case.choices = " | ".join(f"{code}, {label}" for code, label in now.items())
        concerned = [row for row in case.rows if now[row["sex"]] != codes[row["sex"]]]
        for row in random.sample(concerned, PLANTED):
            case.planted.add((row["id"], "sex"))
            case.meant[row["id"], "sex"] = now[row["sex"]]

    return plant


def moved(case: Case, old: str) -> tuple[str, date]:
    """Four years on, as spreadsheets with another epoch have it; nobody can see it in the cell."""
    dates = SHAPES[case.study][1]
    later = day(old, dates) + timedelta(1462)
    return later.strftime(dates), later


def nothing(_: Case, __: str) -> None:
    return None


KINDS: dict[str, Callable[[Case, Random], None]] = {
    "unknown code": in_cells("sex", lambda *_: "7", nothing),
    "missing code": in_cells("crp", lambda case, _: SHAPES[case.study][2], nothing),
    "threshold": in_cells("crp", lambda *_: "<4", lambda *_: (4.0, "<")),
    "unit in the cell": in_cells(
        "crp", lambda _, old: f"{float(old) / 10:.2f} mg/dL", lambda _, old: (float(old), None)
    ),
    "shifted date": in_cells(
        "seen", lambda case, old: moved(case, old)[0], lambda *c: moved(*c)[1]
    ),
    "date as a day count": in_cells("seen", lambda *_: "44561", nothing),
    "relabelled code": relabel(lambda labels: [labels[0], "not asked"]),
    "swapped labels": relabel(lambda labels: labels[::-1]),
    "duplicate key": more_rows("1"),
    "extra instance": more_rows("2"),
}
