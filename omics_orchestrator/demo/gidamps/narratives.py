"""Short invented clinical text for notes and free text fields."""

from omics_orchestrator.demo.gidamps import canaries
from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import Answers

_SENTENCES = {
    "diagnosis_note": (
        "Diagnosis confirmed on index colonoscopy.",
        "Histology reviewed at the meeting; agrees.",
        "Was labelled indeterminate in the beginning.",
    ),
    "comment": (
        "Bloods difficult, second attempt.",
        "Stool kit taken home, to be posted.",
        "Seen between clinics; no time for questionnaire.",
    ),
    "baseline_gi_symptoms_desc": (
        "Loose stools with urgency for three weeks.",
        "Cramping pain in the right iliac fossa.",
        "Blood on the paper, no weight loss.",
    ),
    "steroids_detail": (
        "Prednisolone 40 mg, reducing by 5 mg weekly.",
        "Budesonide 9 mg once daily.",
        "Prednisolone 20 mg.",
    ),
    "rescue_therapy_detail": (
        "Infliximab 5 mg/kg.",
        "Ciclosporin 2 mg/kg IV.",
        "Infliximab 10 mg/kg.",
    ),
    "antibiotics_detail": (
        "Ciprofloxacin 500 mg twice daily.",
        "Metronidazole 400 mg three times daily.",
        "Co-amoxiclav for chest infection.",
    ),
    "medication_comments": (
        "Misses a tablet now and then.",
        "Dose interval shortened to six weeks.",
        "Stopped because of raised ALT.",
    ),
    "endoscopy_result_endcospy": (
        "Normal mucosa to the caecum.",
        "Granular mucosa with loss of vascular pattern to the splenic flexure.",
        "Deep ulcers in the terminal ileum; scope could not pass.",
    ),
    "histopathology_report_text": (
        "No active inflammation, no dysplasia.",
        "Cryptitis and crypt abscesses; basal plasmacytosis.",
        "Patchy chronic inflammation, one granuloma.",
    ),
    "radilogy_r_ctabdo_pelvic": (
        "No collection.",
        "Thickened sigmoid colon.",
        "Proximal dilatation.",
    ),
    "radiology_r_mri_sml_bowel": (
        "15 cm active ileal segment.",
        "No active disease.",
        "Two strictures.",
    ),
    "radiology_r_mri_pelvis": ("Intersphincteric fistula.", "No fistula seen.", "Healed track."),
    "radiology_comments": (
        "Compared with last year: better.",
        "Motion artefact.",
        "Discussed at MDT.",
    ),
    "past_medical_history_detail": ("Asthma.", "Hypothyroidism; migraine.", "Type 2 diabetes."),
    "past_ibd_surgery_detail": ("Ileocaecal resection.", "Seton 2017.", "Subtotal colectomy."),
    "gi_q1_other_3": ("South Asian", "Mixed", "Chinese"),
    "gi_q1_other_2": ("Hay fever", "Back pain", "High blood pressure"),
    "gi_q1_other": ("Levothyroxine", "Oral contraceptive", "Ramipril 5 mg"),
    "q5_gi_yes": ("Ran 10 km", "Football", "Moved house"),
    "other_family_diagnosis": ("Coeliac disease", "Bowel cancer", "Microscopic colitis"),
    "comment_if_any_of_these_qu": (
        "Not sure about the year.",
        "Would like to hear the results.",
        "Grandparents unknown, adopted.",
    ),
    "cucq_comments": (
        "Was on holiday, better than usual.",
        "Last week was exceptional.",
        "Some questions do not apply to me.",
    ),
}


def told(field: str, chance: Chance, *, when: bool = True) -> Answers:
    """Fill a free text field; now and then it names a (synthetic) person, as real notes do.

    Nothing is told where `when` is False.
    """
    if not when:
        return {}
    text = chance.choice(_SENTENCES[field])
    if chance.often(0.06):
        text = f"{text} Told by {canaries.name(chance)}."
    return {field: text}
