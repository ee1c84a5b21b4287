"""Endoscopy, radiology and the research samples taken at a visit."""

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import YES_NO, YES_TWO, Answers, Setting, ticked
from omics_orchestrator.demo.gidamps.narratives import told
from omics_orchestrator.demo.gidamps.sampling_visits import Visit, days_near, scored_severity

_SCANS = {
    "ct_abdomen_and_or_pelvis": "radilogy_r_ctabdo_pelvic",
    "mri_small_bowel": "radiology_r_mri_sml_bowel",
    "mri_pelvis": "radiology_r_mri_pelvis",
}
_BLOOD_TUBES = {
    "5": 0.8,
    "6": 0.5,
    "3": 0.5,
    "4": 0.6,
    "100": 0.1,
    "200": 0.1,
    "99": 0.03,
    "2": 0.6,
    "1": 0.7,
}
_STOOL_POTS = {"1": 0.6, "2": 0.3, "3": 0.7, "4": 0.3, "99": 0.03}
_BIOPSY_POTS = {"1": 0.9, "2": 0.7, "99": 0.05}


def endoscopy(visit: Visit, chance: Chance) -> Answers:
    """Fill the endoscopy part of the sampling form."""
    done = visit.setting is Setting.ENDOSCOPY or (visit.person.group.has_ibd and chance.often(0.15))
    answers = {"endoscopy_yn": YES_NO[done]}
    if not done:
        return answers
    severity = visit.status.severity
    answers |= {
        "endoscopy_date": days_near(visit.day, 20, chance),
        "endoscopy_active": YES_NO[severity > 1],
    }
    answers |= ticked("endoscopy_type", chance.weighted({"1": 1, "2": 6, "3": 4}))
    answers |= told("endoscopy_result_endcospy", chance)
    answers |= told("histopathology_report_text", chance, when=chance.often(0.8))
    if visit.person.group.is_scored_as_colitis:
        scores = {"mayo_total": 3, "uceis_total": 8}
    else:
        scores = {"sescd_total": 40}
    return answers | {
        field: scored_severity(severity, top, chance) for field, top in scores.items()
    }


def radiology(visit: Visit, chance: Chance) -> Answers:
    """Fill the radiology part of the sampling form."""
    done = visit.person.group.has_ibd and chance.often(0.25)
    answers = {"radiology": YES_NO[done]}
    if not done:
        return answers
    answers |= {
        "radiology_test_date": days_near(visit.day, 30, chance),
        "radiology_active": YES_NO[visit.status.severity > 1],
    }
    answers |= told("radiology_comments", chance, when=chance.often(0.4))
    for scan, report in _SCANS.items():
        answers[scan] = YES_TWO[chance.often(0.4)]
        answers |= told(report, chance, when=answers[scan] == "1")
    return answers


def research_samples(visit: Visit, chance: Chance) -> Answers:
    """Fill which tubes and pots of blood, stool and biopsies were collected, and when."""
    blood = _collected("blood_sample_collected", _BLOOD_TUBES, chance)
    if "blood_sample_collected___100" in blood:
        blood |= ticked("blood_sample_optinal_set", "1")
    if "blood_sample_collected___200" in blood:
        blood |= ticked("blood_sample_additional", *chance.sample("12", chance.randint(1, 2)))
    stool = _collected("faecal_sample_collected", _STOOL_POTS, chance) if chance.often(0.6) else {}
    has_biopsies = visit.setting is Setting.ENDOSCOPY and chance.often(0.8)
    biopsies = _collected("biopsy_sample_collected", _BIOPSY_POTS, chance) if has_biopsies else {}
    return (
        _experiment("blood_experiment", "bloodtestdate_as_lbt", blood, visit, chance)
        | _experiment("faecal_experiment", "faecal_test_date", stool, visit, chance)
        | _experiment("biopsy_experiment", "sampls_date_experiment4", biopsies, visit, chance)
    )


def _collected(field: str, shares: dict[str, float], chance: Chance) -> Answers:
    return ticked(field, *(code for code, share in shares.items() if chance.often(share)))


def _experiment(
    field: str, date_field: str, boxes: Answers, visit: Visit, chance: Chance
) -> Answers:
    if not boxes:
        return {field: "0"}
    return {field: "1", date_field: days_near(visit.day, 3, chance)} | boxes
