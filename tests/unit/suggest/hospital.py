"""A dictionary of a few variables, one study that reads them, and that study's project."""

from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.suggest.choosing import Choice
from omics_orchestrator.suggest.precedent import targets
from omics_orchestrator.suggest.redcap_outline import outline
from omics_orchestrator.suggest.suggestions import suggest
from tests.unit.redcap_project.projects import Line, described, line

SETTINGS = {"url": "WARD_REDCAP_URL", "token": "WARD_REDCAP_TOKEN"}

VARIABLES = [
    ("study_id", "Participant", "string", "", ""),
    ("sex", "Sex", "category", "", "sex"),
    ("age", "Age at recruitment", "integer", "a", ""),
    ("height", "Height", "number", "cm", ""),
    ("albumin", "Albumin", "number", "g/L", ""),
    ("crp", "C-reactive protein", "measurement", "mg/L", ""),
    ("platelets", "Platelets", "number", "10*9/L", ""),
    ("date_of_diagnosis", "Date of diagnosis", "date", "", ""),
    ("ifx", "Ever on infliximab", "boolean", "", ""),
    ("smoking_status", "Smoking status", "category", "", "smoking"),
    ("eims_uveitis", "Extra-intestinal manifestations: Uveitis", "boolean", "", ""),
    ("eims_psc", "Extra-intestinal manifestations: Primary sclerosing cholangitis", "boolean", "", ""),
    ("behaviour", "Montreal: behaviour of Crohn's disease", "category", "", "behaviour"),
    ("visit_instance", "Number of the visit", "integer", "", ""),
]  # fmt: skip
VALUE_SETS = {
    "sex": {"male": "Male", "female": "Female"},
    "smoking": {"smoker": "Smoker", "ex_smoker": "Ex-smoker", "non_smoker": "Never smoked"},
    "behaviour": {"B1": "Inflammatory", "B2": "Stricturing", "B3": "Penetrating"},
    "drug": {"ifx": "Infliximab", "ada": "Adalimumab"},
}
STUDY = {
    "study": "clinic",
    "label": "Clinic",
    "description": "Made up.",
    "owners": ["somebody@example.org"],
    "sources": {
        "redcap": {"kind": "redcap", "url": "C_URL", "token": "C_TOKEN", "instruments": ["visit"]}
    },
    "tables": {
        "participant": {
            "description": "One row a participant.",
            "rows": ["redcap.visit"],
            "grain": ["study_id"],
            "variables": {
                "study_id": "record_id",
                "smoking_status": {
                    "field": "smokeryn",
                    "codes": {1: "smoker", 2: "ex_smoker", 3: "non_smoker"},
                },
                "crp": "inflammation_marker",
            },
        }
    },
    "datasets": {},
}


def book() -> Dictionary:
    """The dictionary."""
    return Dictionary(
        variables={
            name: Variable(
                variable=name,
                label=label,
                table="participant",
                type=kind,  # type: ignore[arg-type]  # a text of the table above
                unit=unit or None,
                codes=codes or None,
            )
            for name, label, kind, unit, codes in VARIABLES
        },
        value_sets=VALUE_SETS,
        studies={"clinic": Study.model_validate(STUDY)},
        collections={},
    )


def clinics_project() -> Description:
    """What the project of the study that we have says of itself."""
    return described(
        line("smokeryn", kind="radio", choices="1, Current | 2, Past | 3, Lifelong abstainer"),
        line("inflammation_marker", field_label="Inflammation", field_note="mg/L"),
    )


def suggested(*lines: Line, **more: object) -> Choice:
    """What is suggested for a project of these fields."""
    offers = outline(described(*lines, **more), **SETTINGS).offers
    known = targets(book(), {"clinic": {"redcap": clinics_project()}}, study="ward")
    return suggest(book(), known, offers)


def sure(*lines: Line, **more: object) -> dict[str, str]:
    """Column → variable of what is suggested for sure."""
    return {column: each.variable for column, each in suggested(*lines, **more).sure.items()}
