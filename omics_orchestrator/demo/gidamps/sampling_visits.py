"""A participant's sampling visits: when and where they were, how ill, and what was scored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import (
    YES_NO,
    Answers,
    Setting,
    Status,
    ticked,
)
from omics_orchestrator.demo.gidamps.narratives import told
from omics_orchestrator.demo.gidamps.participants import Participant
from omics_orchestrator.demo.gidamps.prescriptions import taken_on

_STATUS: dict[Setting, dict[Status, float]] = {
    Setting.INPATIENT: {Status.ACTIVE: 3, Status.HIGHLY_ACTIVE: 5},
    Setting.OUTPATIENT: {
        Status.BIOCHEMICAL_REMISSION: 4,
        Status.REMISSION: 3,
        Status.ACTIVE: 3,
        Status.HIGHLY_ACTIVE: 0.5,
    },
    Setting.ENDOSCOPY: {
        Status.BIOCHEMICAL_REMISSION: 2,
        Status.REMISSION: 2,
        Status.ACTIVE: 4,
        Status.HIGHLY_ACTIVE: 1,
    },
}
SCCAI_TOPS = {
    "sccai_general_well_being": 4,
    "sccai_bowel_freqday": 3,
    "sccai_bowel_frequency_nigh": 2,
    "sccai_urgency_of_defecatio": 3,
    "sccai_blood_in_stool": 3,
}
HBI_TOPS = {"hbigeneral_well_being_as": 4, "hbiabdominal_pain": 3, "hbiabdominal_mass1": 3}


@dataclass(frozen=True)
class Visit:
    """One repeat of the sampling form."""

    person: Participant
    instance: int
    day: date
    setting: Setting
    status: Status


def visits(person: Participant, chance: Chance) -> Iterator[Visit]:
    """Yield one to five visits of a participant, in the order of their days."""
    wanted = chance.weighted({1: 4, 2: 3, 3: 3, 4: 1, 5: 1}) if person.group.has_ibd else 1
    later = (chance.day(person.enrolled, person.followed) for _ in range(wanted - 1))
    for instance, day in enumerate(sorted([person.enrolled, *later]), start=1):
        yield _visit(person, instance, day, chance)


def _visit(person: Participant, instance: int, day: date, chance: Chance) -> Visit:
    if not person.group.has_ibd:
        return Visit(person, instance, day, Setting.OUTPATIENT, Status.NOT_APPLICABLE)
    setting = chance.weighted({Setting.INPATIENT: 2, Setting.OUTPATIENT: 5, Setting.ENDOSCOPY: 3})
    return Visit(person, instance, day, setting, chance.weighted(_STATUS[setting]))


def scored_severity(severity: int, top: int, chance: Chance) -> str:
    """Answer an item that goes from 0 to `top` as somebody of that severity (0 to 3) would."""
    return str(chance.number(severity * top / 3.5, 0.16 * top, 0, top))


def clinical(visit: Visit, chance: Chance) -> Answers:
    """Fill the visit's circumstances, symptoms and disease scores."""
    severity = visit.status.severity
    answers = {
        "sampling_date": visit.day.isoformat(),
        "sampling_setting": visit.setting.value,
        "patient_active_symptomyn1": YES_NO[severity > 1],
        "ibd_status": str(visit.status.value),
        "sampling_complete": chance.choice("12222"),
    }
    answers |= told("comment", chance, when=chance.often(0.1))
    answers |= told("baseline_gi_symptoms_desc", chance, when=severity > 1)
    if visit.person.group.has_ibd:
        score = _sccai if visit.person.group.is_scored_as_colitis else _hbi
        answers |= score(severity, chance) | medication(visit, chance)
    return answers


def _sccai(severity: int, chance: Chance) -> Answers:
    scores = {item: scored_severity(severity, top, chance) for item, top in SCCAI_TOPS.items()}
    return scores | _complications("sccai_complications", "1234", severity, chance)


def _hbi(severity: int, chance: Chance) -> Answers:
    scores = {item: scored_severity(severity, top, chance) for item, top in HBI_TOPS.items()}
    scores["hbinumber_of_liquid_stools"] = str(chance.number(severity * 2.2, 1.2, 0, 15))
    return scores | _complications("hbicomplications", "12345678", severity, chance)


def _complications(field: str, codes: str, severity: int, chance: Chance) -> Answers:
    return ticked(field, *(code for code in codes if chance.often(0.02 + 0.04 * severity)))


def medication(visit: Visit, chance: Chance) -> Answers:
    """Fill what is taken on the day of the visit."""
    severity = visit.status.severity
    is_inpatient_flare = visit.setting is Setting.INPATIENT and severity > 1
    answers = taken_on(visit.day, visit.person.episodes) | {
        "sampling_asa": YES_NO[
            chance.often(0.6 if visit.person.group.is_scored_as_colitis else 0.1)
        ],
        "steroids": YES_NO[is_inpatient_flare or chance.often(0.12 * severity)],
        "antibiotics": YES_NO[chance.often(0.08)],
        "iv_steroids": YES_NO[is_inpatient_flare],
    }
    answers |= told("steroids_detail", chance, when=answers["steroids"] == "1")
    answers |= told("antibiotics_detail", chance, when=answers["antibiotics"] == "1")
    answers |= told("medication_comments", chance, when=chance.often(0.1))
    return answers | (_rescue(chance) if is_inpatient_flare else {})


def _rescue(chance: Chance) -> Answers:
    answers = {
        "iv_steroids_day": str(chance.randint(1, 7)),
        "rescue_therapy": YES_NO[chance.often(0.35)],
    }
    return answers | told("rescue_therapy_detail", chance, when=answers["rescue_therapy"] == "1")


def days_near(day: date, spread: int, chance: Chance) -> str:
    """Give an ISO date at most `spread` days away from `day`; the day itself most often."""
    away = 0 if chance.often(0.7) else chance.randint(-spread, spread)
    return (day + timedelta(days=away)).isoformat()
