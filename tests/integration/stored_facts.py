"""What the real files say: the rows and cells of stored exports, and the manifest of omic files."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from omics_orchestrator.demo.redcap.stored_project import read_project

PROJECTS = "fixtures/redcap/OuhscBbmc__REDCapR/inst/test-data/projects"
SIMPLE, LONGITUDINAL = "redcapr_simple", "redcapr_longitudinal"
Key = tuple[str, ...]

FORMS = {
    "redcapr_simple__participant": ("demographics", "health", "race_and_ethnicity"),
    "redcapr_longitudinal__participant": ("demographics", "baseline_data"),
    "redcapr_longitudinal__visit": (
        "patient_morale_questionnaire",
        "visit_lab_data",
        "visit_blood_workup",
        "visit_observed_behavior",
    ),
    "redcapr_longitudinal__completion": ("completion_data", "completion_project_questionnaire"),
    "redcapr_longitudinal__contact": ("contact_info",),
}
# Variables that are to say what the export says: as a number, a date, or 1 and 0.
AS_STORED = {
    "redcapr_simple__participant": {
        "age": "age",
        "race_american_indian": "race___1",
        "race_black": "race___4",
        "race_white": "race___5",
        "race_not_reported": "race___6",
    },
    "redcapr_longitudinal__participant": {
        "enrolled_on": "date_enrolled",
        "age": "age",
        "has_given_birth": "given_birth",
        "mood": "specify_mood",
        "takes_escitalopram": "meds___1",
        "takes_sertraline": "meds___5",
        "height": "height",
        "bmi": "bmi",
        "baseline_weight": "weight2",
        "baseline_prealbumin": "prealb_b",
        "baseline_transferrin": "transferrin_b",
    },
    "redcapr_longitudinal__visit": {
        "dependence_level": "pmq2",
        "would_see_psychiatrist": "pmq3",
        "visit_prealbumin": "vld1",
        "visit_transferrin": "vld5",
        "workup_creatinine": "vbw2",
        "workup_cholesterol": "vbw4",
        "further_draws_planned": "vbw9",
        "patient_nervous": "vob1",
        "observer_screaming": "vob13",
    },
    "redcapr_longitudinal__completion": {
        "study_completed": "complete_study",
        "withdrawn_on": "withdraw_date",
        "final_albumin": "alb_4",
        "final_cholesterol": "chol_4",
        "study_completed_on": "cpq1",
        "dry_weight": "cpq4",
        "treatments_missed": "cpq5",
        "hospitalised_on": "cpq9",
    },
    "redcapr_longitudinal__contact": {"next_of_kin_confirmed": "next_of_kin_confirmed"},
}
CODED = {
    "redcapr_simple__participant": {
        "sex": ("sex", {"FALSE": "female", "TRUE": "male"}),
        "us_ethnicity": ("ethnicity", {"0": "not_reported", "1": "not_hispanic", "2": "hispanic"}),
    },
    "redcapr_longitudinal__participant": {
        "sex": ("sex", {"0": "female", "1": "male"}),
        "us_ethnicity": ("ethnicity", {"0": "hispanic", "1": "not_hispanic", "2": "not_reported"}),
        "us_race": ("race", {"1": "asian", "4": "white"}),
    },
    "redcapr_longitudinal__visit": {
        "blood_draw_shift": ("vbw6", {"0": "am", "1": "pm"}),
        "pills_per_day": (
            "pmq1",
            {"0": "fewer_than_5", "1": "5_to_10", "2": "6_to_15", "3": "over_15"},
        ),
    },
    "redcapr_longitudinal__completion": {
        "hospitalisation_cause": (
            "cpq8",
            {"1": "vascular_access", "2": "cardiovascular", "3": "other"},
        ),
    },
}
IDENTIFYING = {
    SIMPLE: ("name_first", "name_last", "address", "telephone", "email", "dob", "comments"),
    LONGITUDINAL: (
        "first_name",
        "last_name",
        "telephone_1",
        "email",
        "patient_document",
        "comments",
        "vob7",
        "vob14",
        "study_comments",
    ),
}
# Said to hold a sample's name twice, but its #CHROM line names one sample.
MISTAKEN = {"bad/vcf_dup_sample/cohort.vcf": "valid"}
TRYING_NAMES = {
    "bad/names/-rf; echo 'x'.bam",
    "bad/names/Próba ž 1_S1_L001_R1_001.fastq.gz",
    "bad/names/UPPER.FASTQ.GZ",
    "bad/names/sample 01 (copy).vcf.gz",
    "sam/ce#5b.sam",
}


def stored(shared: Path, table: str) -> tuple[dict[str, str], dict[Key, dict[str, str]]]:
    """The form of each field, and the stored rows that a table is to have, by its key."""
    project = table.partition("__")[0].removeprefix("redcapr_")
    definition, rows = read_project(shared / PROJECTS / project)
    forms = {entry["field_name"]: entry["form_name"] for entry in definition.dictionary}
    by_event = definition.is_longitudinal and not table.endswith("__participant")
    keys = (definition.record_id, "redcap_event_name") if by_event else (definition.record_id,)
    opened = {
        tuple(row[key] for key in keys): row
        for row in rows
        if any(row[f"{form}_complete"] for form in FORMS[table])
    }
    return forms, opened


def as_exported(value: object) -> str:
    """A value as REDCap writes it, numbers apart."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)


def equal(value: object, cell: str) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(cell) == value
    return as_exported(value) == cell


def manifest(inbox: Path) -> dict[str, Mapping[str, str]]:
    with (inbox / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return {row["file"]: row for row in csv.DictReader(lines)}
