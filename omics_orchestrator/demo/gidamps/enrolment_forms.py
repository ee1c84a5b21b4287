"""What a participant's base row holds: registration, IBD background and questionnaire."""

from datetime import timedelta

from omics_orchestrator.demo.gidamps import canaries
from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import YES_NO, YES_TWO, Answers, Group, ticked
from omics_orchestrator.demo.gidamps.narratives import told
from omics_orchestrator.demo.gidamps.participants import Participant
from omics_orchestrator.demo.gidamps.prescriptions import ever_given

_RELATIVES = range(1, 30)
_FAMILY_DIAGNOSES = {"6": 5, "7": 5, "9": 1, "10": 1, "11": 1, "12": 1, "99": 2}
_MANIFESTATIONS = ("2", "3", "5", "6", "8", "10", "12")
_NO_MANIFESTATION = "15"


def registration(person: Participant, chance: Chance) -> Answers:
    """Fill the form `patient_details`."""
    is_healthy = person.group is Group.HEALTHY
    answers = {
        "study_id": person.study_id,
        "study_group_name": person.group.value,
        "baseline_recruitment_type": "2" if is_healthy else chance.choice("123"),
        "age": str(person.age),
        "sex": YES_TWO[person.is_male],
        "bmi_height": str(person.height),
        "bmi_weight": str(person.weight),
        "bmi": f"{person.weight / (person.height / 100) ** 2:.1f}",
        "consent": "1",
        "pd_gi_participant_category": YES_NO[is_healthy],
        "registration_location": person.centre.value,
        "date_enrolledconsent": person.enrolled.isoformat(),
        "data_entry_date": (person.enrolled + timedelta(days=chance.randint(0, 30))).isoformat(),
        "study_group_hc": YES_NO[is_healthy],
        "patient_details_complete": "2",
    } | canaries.direct_identifiers(chance)
    if is_healthy or person.group.has_ibd:
        answers["study_group"] = YES_TWO[not is_healthy]
    return answers | told("diagnosis_note", chance, when=not is_healthy and chance.often(0.3))


def ibd_background(person: Participant, chance: Chance) -> Answers:
    """Fill the form `ibd_background_clinician`; empty for people without IBD."""
    if person.diagnosed is None:
        return {}
    years = (person.enrolled - person.diagnosed).days / 365.25
    answers = {
        "date_of_diagnosis": person.diagnosed.isoformat(),
        "diagnosis_age": str(round(person.age - years)),
        "bl_new_diagnosis": YES_NO[years < 1],
        "past_medical_history": YES_TWO[chance.often(0.4)],
        "past_ibd_surgery": YES_TWO[years > 1 and chance.often(0.25)],
        "ibd_background_clinician_complete": chance.choice("1222"),
    }
    for question in ("past_medical_history", "past_ibd_surgery"):
        answers |= told(f"{question}_detail", chance, when=answers[question] == "1")
    answers |= _montreal(person.group, chance) | _manifestations(chance)
    return answers | ever_given(person.episodes)


def _montreal(group: Group, chance: Chance) -> Answers:
    if group.is_scored_as_colitis:
        return {
            "baseline_mont_uc_extent": chance.weighted({"0": 3, "1": 4, "2": 4}),
            "baseline_mont_seve_uc": chance.weighted({"0": 2, "1": 3, "2": 3, "3": 2}),
        }
    location = [chance.weighted({"0": 4, "1": 3, "2": 4})]
    behaviour = [chance.weighted({"0": 6, "1": 3, "2": 2})]
    location += ["3"] if chance.often(0.12) else []
    behaviour += ["3"] if chance.often(0.2) else []
    # Stricturing and then penetrating: both boxes are ticked now and then.
    behaviour += ["2"] if behaviour[0] == "1" and chance.often(0.1) else []
    return ticked("baseline_mont_cd_loc", *location) | ticked("baseline_mont_cd_beh", *behaviour)


def _manifestations(chance: Chance) -> Answers:
    if chance.often(0.65):
        return ticked("baseline_eims", _NO_MANIFESTATION)
    return ticked("baseline_eims", *chance.sample(_MANIFESTATIONS, chance.randint(1, 2)))


def questionnaire(person: Participant, chance: Chance) -> Answers:
    """Fill the form `gidamps_participant_questionnaire`; one in eight never hands it in."""
    if chance.often(0.12):
        return {}
    date = person.enrolled + timedelta(days=chance.randint(0, 14))
    answers = {
        "gi_questionnaire_date": date.isoformat(),
        "gi_q1": chance.weighted({"1": 9, "99": 1}),
        "smokeryn1": chance.weighted({"1": 2, "2": 3, "3": 5}),
        "q5_gi": YES_TWO[chance.often(0.2)],
        "q4_gi": YES_TWO[chance.often(0.7)],
        "patient_reported_health_status": chance.weighted({"0": 4, "1": 4, "2": 2, "3": 1, "4": 1}),
        "gidamps_participant_questionnaire_complete": "2",
    }
    answers |= told("gi_q1_other_3", chance, when=answers["gi_q1"] == "99")
    answers |= told("q5_gi_yes", chance, when=answers["q5_gi"] == "1")
    answers |= {"q4_gi_yes": chance.choice("12345")} if answers["q4_gi"] == "1" else {}
    answers |= told("comment_if_any_of_these_qu", chance, when=chance.often(0.1))
    own = _health(chance) if person.group is Group.HEALTHY else _smoking_at_diagnosis(chance)
    return answers | own | _family(chance) | _operations(person, chance)


def _health(chance: Chance) -> Answers:
    answers = {
        "q_hc_goodhealth": YES_TWO[chance.often(0.7)],
        "q_hc_longterm_medication": YES_TWO[chance.often(0.4)],
    }
    answers |= told("gi_q1_other_2", chance, when=answers["q_hc_goodhealth"] == "2")
    return answers | told("gi_q1_other", chance, when=answers["q_hc_longterm_medication"] == "1")


def _smoking_at_diagnosis(chance: Chance) -> Answers:
    return {"q3_gi": chance.weighted({"1": 3, "2": 6, "3": 1})}


def _family(chance: Chance) -> Answers:
    answers = {"family_history_pfh": chance.weighted({"1": 3, "2": 8, "3": 1})}
    if answers["family_history_pfh"] == "1":
        answers["relationship_pfh"] = str(chance.choice(_RELATIVES))
        answers["fhdiagnosis_pfh_1"] = chance.weighted(_FAMILY_DIAGNOSES)
        other = answers["fhdiagnosis_pfh_1"] == "99"
        answers |= told("other_family_diagnosis", chance, when=other)
    return answers


def _operations(person: Participant, chance: Chance) -> Answers:
    answers = {
        "mh_tonsilout1": YES_NO[chance.often(0.2)],
        "mh_appendx1": chance.weighted({"1": 3, "2": 14, "0": 1}),
    }
    for removed, when in (
        ("mh_tonsilout1", "mh_tonsil_date1"),
        ("mh_appendx1", "mh_appendix_date1"),
    ):
        if answers[removed] == "1":
            age = chance.randint(4, person.age)
            year = person.enrolled.year - person.age + age
            answers[when] = str(age if chance.often(0.6) else year)
    return answers
