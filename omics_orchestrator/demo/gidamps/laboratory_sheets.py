"""Spreadsheets as laboratories send them: an Olink panel (Excel) and qPCR results (CSV)."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.samples_database import Sample, of_type
from omics_orchestrator.demo.gidamps.still_archives import save_workbook

UNKNOWN_SAMPLE = "GID-9999-S01-EDTA-A1"
BELOW_DETECTION = "<LOD"
ASSAYS = {
    "IL8": "P10145",
    "VEGFA": "P15692",
    "MCP-3": "P80098",
    "GDNF": "P39905",
    "CDCP1": "Q9H5V8",
    "CD244": "Q9BZW8",
    "IL7": "P13232",
    "OPG": "O00300",
    "IL6": "P05231",
    "IL-17C": "Q9P0M4",
    "MCP-1": "P13500",
    "IL-17A": "Q16552",
    "CXCL11": "O14625",
    "AXIN1": "O15169",
    "TRAIL": "P50591",
    "CXCL9": "Q07325",
    "OSM": "P13725",
    "CXCL1": "P09341",
    "CCL4": "P13236",
    "SCF": "P21583",
    "IL18": "Q14116",
    "TNF": "P01375",
    "IFN-gamma": "P01579",
    "CCL20": "P78556",
}
_TITLE = "NPX data, plate 1\N{EN DASH}2, delivered 2026-06-15; values below LOD are marked"
_PLATE = 88
_OLINK_SAMPLES = 2 * _PLATE - 1
_QPCR_SAMPLES = 60
# Mitochondrial DNA in the blood, and a nuclear gene to compare it with.
_TARGETS = {"MT-ND2": 24, "MT-CO3": 24.5, "GAPDH": 29}
_FIRST_RUN = date(2026, 3, 2)


def write_olink(path: Path, samples: Sequence[Sample], seed: int) -> int:
    """Write an Olink sheet of plasma aliquots; return its number of sample rows.

    A title stands above two header rows (assays, UniProt ids) and a row of units; a comment stands
    below the data.
    """
    chance = Chance.of(seed, "olink")
    plasma = of_type(samples, "edta_plasma", _OLINK_SAMPLES, chance)
    sample_ids = [*(sample.sample_id for sample in plasma), UNKNOWN_SAMPLE]
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "NPX"
    sheet.append([_TITLE])
    sheet.append(["SampleID", "PlateID", "QC_Warning", *ASSAYS])
    sheet.append(["UniProt ID", None, None, *ASSAYS.values()])
    sheet.append(["Unit", None, None, *("NPX" for _ in ASSAYS)])
    for row in _olink_rows(sample_ids, chance):
        sheet.append(row)
    sheet.append(["QC_Warning: internal controls deviate by more than 0.3 NPX from the median"])
    save_workbook(workbook, path)
    return len(sample_ids)


def _olink_rows(sample_ids: Sequence[str], chance: Chance) -> Iterator[list[str | float | None]]:
    for position, sample_id in enumerate(sample_ids):
        plate = f"Plate{1 + position // _PLATE}"
        warning = "Warning" if chance.often(0.05) else "Pass"
        values = [_npx(chance) for _ in ASSAYS]
        if position == 0:
            values[0] = "NA"
        yield [sample_id, plate, warning, *values]


def _npx(chance: Chance) -> str | float | None:
    value = chance.number(5, 2.2, -1, 14, 4)
    written: dict[str | float | None, float] = {
        value: 940,
        BELOW_DETECTION: 45,
        None: 10,
        str(value).replace(".", ","): 5,
    }
    return chance.weighted(written)


def write_qpcr(path: Path, samples: Sequence[Sample], seed: int) -> int:
    """Write qPCR results of extracted DNA as Excel's CSV (`;`, BOM, CRLF); return the rows."""
    chance = Chance.of(seed, "qpcr")
    extracted = of_type(samples, "cfdna_extracted", _QPCR_SAMPLES, chance)
    rows = list(_qpcr_rows(extracted, chance))
    with path.open("w", encoding="utf-8-sig", newline="") as lines:
        table = csv.writer(lines, delimiter=";")
        table.writerow(["sample_id", "target", "cq", "cq_sd", "quantity", "run_date", "comment"])
        table.writerows(rows)
    return len(rows)


def _qpcr_rows(samples: Sequence[Sample], chance: Chance) -> Iterator[list[str]]:
    for position, sample in enumerate(samples):
        run = _FIRST_RUN + timedelta(days=7 * (position // 20))
        for target, typical in _TARGETS.items():
            comment = "repeated" if chance.often(0.04) else ""
            measured = _reaction(typical, chance)
            yield [sample.sample_id, target, *measured, f"{run:%d/%m/%Y}", comment]


def _reaction(typical: float, chance: Chance) -> tuple[str, str, str]:
    """Invent Cq (cycles), its standard deviation and the quantity (copies)."""
    if chance.often(0.06):
        return "Undetermined", "", ""
    cycles = chance.number(typical, 2, 15, 39, 2)
    return str(cycles), str(chance.number(0.12, 0.05, 0.01, 0.6, 3)), f"{2 ** (40 - cycles):.0f}"
