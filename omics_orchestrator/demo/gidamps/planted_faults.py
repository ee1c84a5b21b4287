"""The mess of real data, planted on purpose and counted, so that an accounting can be checked.

Every fault spoils a share of those cells that it fits, and never a cell that is spoilt already.
Record ids, calculated fields and identifiers stay as they are.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import Answers
from omics_orchestrator.demo.gidamps.dictionary import MISSING_CODE, RECORD_ID, Field, fields
from omics_orchestrator.demo.gidamps.laboratory_results import ANALYTES
from omics_orchestrator.demo.gidamps.prescriptions import DRUGS
from omics_orchestrator.demo.redcap.columns import checkbox_column

Planted = Counter[tuple[str, str]]
Spoil = Callable[[Field, str], str | None]


@dataclass(frozen=True)
class Fault:
    """One kind of fault: where it is planted, in which share of fitting cells, and how.

    `spoil` gives the faulty text for a good one; None when the fault does not fit this value.
    """

    kind: str
    share: float
    names: Iterable[str]
    spoil: Spoil


_SPOILABLE = [
    field
    for field in fields()
    if field.kind not in ("calc", "checkbox")
    and not field.is_identifier
    and field.name != RECORD_ID
]
_ALL = [field.name for field in _SPOILABLE]
_DATES = [field.name for field in _SPOILABLE if field.validation == "date_ymd"]
_MEASURED = [*ANALYTES, "crp", "calprotectin", "drug_level_inflxi", "drug_level_adalimumab"]
_NUMBERS = [field.name for field in _SPOILABLE if field.validation in ("integer", "number")]
_TEXTS = [field.name for field in _SPOILABLE if field.kind in ("text", "notes")]
_LIMITS = {
    "crp": (1, 300),
    "calprotectin": (20, 1800),
    "drug_level_inflxi": (0.8, 12),
    "drug_level_adalimumab": (0.8, 16),
    "drug_level_vedo": (2, 30),
    "drug_level_uste": (0.5, 9),
}
_TOP_EGFR = 60
_ABSURD = {"age": "210", "bmi_height": "17", "sodium_lab": "14", "plt_lab": "25500"}
_UNKNOWN = {
    "study_group_name": "9",
    "baseline_mont_uc_extent": "3",
    "baseline_mont_seve_uc": "7",
    "fhdiagnosis_pfh_1": "8",
}


def _instead(text: str) -> Spoil:
    return lambda _field, _value: text


def _threshold(field: Field, value: str) -> str | None:
    low, high = _LIMITS[field.name]
    if float(value) < low:
        return f"<{low}"
    return f">{high}" if float(value) > high else None


def _above_sixty(_field: Field, value: str) -> str | None:
    return f">{_TOP_EGFR}" if float(value) > _TOP_EGFR else None


def _comma(_field: Field, value: str) -> str | None:
    return value.replace(".", ",") if "." in value else None


def _flipped(_field: Field, value: str) -> str:
    return {"1": "0", "0": "1"}[value]


FAULTS = (
    # A laboratory writes most values beyond its limits as a threshold, whatever field they go to.
    Fault("threshold", 0.9, _LIMITS, _threshold),
    Fault("threshold", 0.05, ["egfr_lab"], _above_sixty),
    Fault("missing_code", 0.1, ["mh_tonsilout1"], _instead(MISSING_CODE)),
    Fault("unknown_code", 0.015, _UNKNOWN, lambda field, _value: _UNKNOWN[field.name]),
    Fault("out_of_range", 0.01, _ABSURD, lambda field, _value: _ABSURD[field.name]),
    Fault("other_unit", 0.02, ["haemoglobin"], lambda _field, value: f"{int(value) / 10:.1f}"),
    Fault("contradiction", 0.01, [drug.visit_field for drug in DRUGS], _flipped),
    Fault("decimal_comma", 0.01, _MEASURED, _comma),
    Fault("unit_text", 0.01, _MEASURED, lambda field, value: f"{value} {field.note}"),
    Fault("not_a_number", 0.006, _MEASURED, _instead("haemolysed")),
    Fault("impossible_date", 0.005, _DATES, _instead("2023-02-30")),
    Fault("date_and_time", 0.005, _DATES, lambda _field, value: f"{value} 10:30"),
    Fault("surrounding_space", 0.005, _NUMBERS, lambda _field, value: f" {value} "),
    Fault("only_space", 0.005, _TEXTS, _instead("  ")),
    Fault("missing_code", 0.006, _ALL, _instead(MISSING_CODE)),
    Fault("left_blank", 0.01, _ALL, _instead("")),
)
_BOXES_SHARE = 0.01


def plant(rows: Sequence[Answers], chance: Chance) -> Planted:
    """Spoil cells of `rows` in place; count them by kind and field."""
    filled = _rows_by_field(rows)
    known = {field.name: field for field in fields()}
    planted: Planted = Counter()
    for fault in FAULTS:
        for name in fault.names:
            good = filled[name]
            spoilt = {row: fault.spoil(known[name], rows[row][name]) for row in good}
            fitting = [row for row in good if spoilt[row] is not None]
            for row in chance.sample(fitting, round(fault.share * len(fitting))):
                _write(rows[row], name, spoilt[row])
                good.remove(row)
                planted[fault.kind, name] += 1
    return planted + _plant_missing_boxes(rows, chance)


def _write(row: Answers, name: str, text: str | None) -> None:
    if text:
        row[name] = text
    else:
        del row[name]


def _rows_by_field(rows: Sequence[Answers]) -> Mapping[str, list[int]]:
    filled = defaultdict(list)
    for position, row in enumerate(rows):
        for name in row:
            filled[name].append(position)
    return filled


def _plant_missing_boxes(rows: Sequence[Answers], chance: Chance) -> Planted:
    """Declare whole checkbox fields missing: REDCap gives them one more box, `field____1000`."""
    planted: Planted = Counter()
    for field in fields():
        if field.kind != "checkbox":
            continue
        boxes = [checkbox_column(field.name, code) for code in field.codes]
        answered = [row for row in rows if any(box in row for box in boxes)]
        wanted = max(1, round(_BOXES_SHARE * len(answered)))
        for row in chance.sample(answered, min(wanted, len(answered))):
            for box in boxes:
                row.pop(box, None)
            row[checkbox_column(field.name, MISSING_CODE)] = "1"
            planted["missing_code_box", field.name] += 1
    return planted
