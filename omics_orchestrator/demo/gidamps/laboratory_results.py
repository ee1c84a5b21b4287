"""The NHS laboratory's results of a visit: blood counts, CRP, calprotectin and drug levels."""

from dataclasses import dataclass

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import YES_NO, Answers
from omics_orchestrator.demo.gidamps.sampling_visits import Visit, days_near


@dataclass(frozen=True)
class Analyte:
    """A blood value: its mean in health, spread, what one step of severity adds, and limits."""

    mean: float
    spread: float
    step: float
    low: float
    high: float
    digits: int = 0


ANALYTES = {
    "haemoglobin": Analyte(142, 10, -9, 65, 180),
    "haematocrit_lab": Analyte(0.42, 0.03, -0.025, 0.2, 0.55, 3),
    "red_cell_count": Analyte(4.7, 0.35, -0.2, 2.2, 6.5, 2),
    "white_cell_count": Analyte(6.8, 1.5, 1.1, 2.1, 28, 1),
    "neutrophils_lab": Analyte(4.0, 1.1, 1.1, 0.7, 24, 2),
    "lymphocytes_lab": Analyte(1.9, 0.5, -0.1, 0.2, 5, 2),
    "monocytes_lab": Analyte(0.5, 0.13, 0.09, 0.1, 2, 2),
    "basophils_lab": Analyte(0.05, 0.02, 0, 0.01, 0.2, 2),
    "eosinophils_lab": Analyte(0.2, 0.1, 0.03, 0.01, 1.5, 2),
    "plt_lab": Analyte(255, 45, 40, 60, 900),
    "urea_lab": Analyte(5.2, 1.2, 0, 1.5, 22, 1),
    "sodium_lab": Analyte(139, 2.2, -0.5, 122, 148),
    "potassium_lab": Analyte(4.3, 0.3, -0.1, 2.6, 5.9, 1),
    "creatinine_lab": Analyte(73, 13, 0, 35, 220),
    "egfr_lab": Analyte(84, 12, 0, 12, 120),
    "albumin": Analyte(41, 2.6, -3.5, 14, 50),
}
# Medians of CRP (mg/L) and calprotectin (ug/g) by severity; both are log-normal.
_CRP = (1.6, 3, 12, 55)
_CALPROTECTIN = (38, 110, 650, 1500)
_ANTIBODY_BANDS = {"1": 6, "2": 2, "3": 1, "4": 1, "5": 2}


def laboratory_results(visit: Visit, chance: Chance) -> Answers:
    """Fill the laboratory part of the sampling form."""
    severity = visit.status.severity
    answers: Answers = {}
    if chance.often(0.93):
        answers |= {"blood_test_date_red": days_near(visit.day, 6, chance)}
        answers |= {
            field: str(
                chance.number(
                    analyte.mean + severity * analyte.step,
                    analyte.spread,
                    analyte.low,
                    analyte.high,
                    analyte.digits,
                )
            )
            for field, analyte in ANALYTES.items()
        }
        answers["crp"] = _log_normal(_CRP[severity], 0.8, chance)
    if chance.often(0.75):
        answers["faecal_test_date_2"] = days_near(visit.day, 12, chance)
        answers["calprotectin"] = _log_normal(_CALPROTECTIN[severity], 0.9, chance)
    return answers | (drug_levels(visit, chance) if visit.person.group.has_ibd else {})


def _log_normal(median: float, spread: float, chance: Chance) -> str:
    return str(round(median * chance.lognormvariate(0, spread)))


def drug_levels(visit: Visit, chance: Chance) -> Answers:
    """Fill trough levels (ug/mL) and antibodies of those biologics that are being taken."""
    taken = {episode.drug.field for episode in visit.person.episodes if episode.covers(visit.day)}
    tested = {
        drug for drug in ("ada", "ifx", "vedo", "uste") if drug in taken and chance.often(0.6)
    }
    answers = {
        "adalimumab_test": YES_NO["ada" in tested],
        "infliximab_test": YES_NO["ifx" in tested],
        "vedolizumab_test": YES_NO["vedo" in tested],
        "ustekinumab_test": YES_NO["uste" in tested],
    }
    if tested & {"ada", "ifx"}:
        answers["date_test_adali_inflixi"] = days_near(visit.day, 14, chance)
    if "ada" in tested:
        answers["drug_level_adalimumab"] = str(chance.number(8, 4, 0.2, 25, 1))
        answers["drug_level_antibody_adali"] = chance.weighted(_ANTIBODY_BANDS)
    if "ifx" in tested:
        answers["drug_level_inflxi"] = str(chance.number(6, 4, 0.2, 25, 1))
        answers["drug_level_antibody_inflx"] = chance.weighted(_ANTIBODY_BANDS)
    if "vedo" in tested:
        answers["drug_level_vedo"] = str(chance.number(16, 6, 0.5, 45, 1))
        answers["drug_level_antibody_vedo"] = str(chance.number(8, 6, 1, 60))
    if "uste" in tested:
        answers["drug_level_uste"] = str(chance.number(4, 2, 0.1, 12, 1))
        answers["drug_level_antibody_uste"] = str(chance.number(6, 5, 1, 60))
    return answers
