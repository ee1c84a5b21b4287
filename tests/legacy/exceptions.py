"""Where our datasets differ from today's on purpose: the known defects, and what is not released."""

import polars as pl

from tests.legacy.comparison import COLUMN, OURS, THEIRS, Difference

# Free text, a form's status, and the row numbers of REDCap.
NOT_RELEASED = {
    "music": {
        "diagnosis_comments", "montreal_classification_comments", "baseline_eims_other_text",
        "endoscopy_prior_to_recruitment_report", "radiology_prior_to_recruitment_report",
        "histology_prior_to_recruitment_report", "surgical_history_1_report",
        "surgical_history_2_report", "surgical_history_3_report", "phenotyping_comments",
        "pmh_1_diagnosis", "pmh_2_diagnosis", "pmh_3_diagnosis", "pmh_4_diagnosis",
        "pmh_5_diagnosis", "pmh_comments", "fh_2_diagnosis_other_text", "fh_comments",
        "symptoms_description", "disease_activity_score_comments", "flare_up_1_description",
        "flare_up_1_management_other_text", "flare_up_2_description",
        "flare_up_2_management_other_text", "flare_up_comments", "steroid_use_1_reason_text",
        "steroid_use_1_frequency_text", "steroid_use_1_reason_changed_text",
        "steroid_use_2_frequency_text", "steroid_use_2_reason_changed_text",
        "hospital_admission_1_for_other_text", "hospital_admission_2_for_other_text",
        "hospital_admission_comments", "proms_comments", "endoscopy_report", "pathology_report",
        "endoscopy_comments", "ibd_surgery_procedure_other_text", "ibd_surgery_comments",
        "ibd_surgery_histology_report", "saliva_sample_complete", "sampling_steroid_details",
        "ct_abdomen_pelvis_report", "axr_report", "uss_abdomen_report", "mri_small_bowel_report",
        "mri_pelvis_report", "radiology_report_summary", "qfit_comment", "lab_tests_comments",
        "eims_details", "abx_detail", "abx3m_detail", "diet_details", "dentures_details",
        "comments_saliva",
    },
    "gidamps": {
        "diagnosis_note", "comment", "symptoms_description", "steroids_detail",
        "rescue_therapy_detail", "antibiotics_detail", "medication_comments", "endoscopy_report",
        "pathology_report", "ct_abdomen_report", "mri_small_bowel_report", "mri_pelvis_report",
        "radiology_comments", "past_medical_history_detail", "past_ibd_surgery_detail",
        "giq_ethicity_text", "giq_good_health_text", "giq_long_term_medication_text",
        "giq_strenous_exercise_last_48h_text", "other_family_diagnosis",
        "participant_questionnaire_comments", "cucq_comments", "cucq32_complete",
    },
}  # fmt: skip

# One name, one meaning (defect 10).
RENAMED = {"music": {}, "gidamps": {"mayo_total": "mayo_endoscopic_score"}}

FROM_EXPOSURE = "a flag of a drug that follows from the courses, or that contradicts them"
HELD_BACK = "held back: outside the variable's range, or a code that the project does not offer"

_NUMBER = THEIRS.cast(pl.Float64, strict=False)
_IS_DATE = THEIRS.str.to_date(strict=False).is_not_null()
_FLAGS = COLUMN.str.contains("^baseline_(asa|mtx|ifx|ada|aza|mp|uste|vedo|goli|tofa|filgo|risa)$")
_SCORES = COLUMN.is_in(["sescd", "uceis"])
_MONTREAL = COLUMN.is_in(["montreal_cd_location", "montreal_cd_behaviour"])
_DRUGS = "^(aza|mp|mtx|ada|uste|vedo|filgo|risa|upa|golim|tofa)$"

_EVERYWHERE = (
    Difference(FROM_EXPOSURE, OURS.ne_missing(pl.col("recorded"))),
    Difference(6, (_NUMBER == -1000) & OURS.is_null()),
    Difference(15, pl.col("comparator") + OURS.str.strip_suffix(".0") == THEIRS),
    Difference(15, pl.col("is_number") & _NUMBER.is_null() & OURS.is_null()),
    Difference(15, pl.col("is_date") & ~_IS_DATE & OURS.is_null()),
    Difference(10, pl.col("label") == OURS),
    Difference(
        HELD_BACK,
        pl.col("is_number")
        & (OURS.is_null() | _SCORES)
        & ~_NUMBER.is_between(pl.col("minimum"), pl.col("maximum")),
    ),
    Difference(
        HELD_BACK,
        pl.col("is_coded") & _NUMBER.is_not_null() & pl.col("label").is_null() & OURS.is_null(),
    ),
    # A box of a form that nobody opened, or of a question declared missing, is published as "no".
    Difference(9, (THEIRS == "0") & OURS.is_null() & ~pl.col("is_answered")),
)
MUSIC = (
    *_EVERYWHERE,
    Difference(1, (COLUMN == "steroid_use_1_reason") & THEIRS.is_null()),
    Difference(2, (COLUMN == "ibdresponse_criteria_uc_met") & (THEIRS == "1")),
    # What is asked once is empty, or no, at each later visit.
    Difference(3, _FLAGS & ~pl.col("is_first") & (THEIRS == "0") & (OURS == "1")),
    Difference(3, pl.col("is_asked_once") & ~pl.col("is_first") & THEIRS.is_null()),
    Difference(4, (COLUMN == "study_center") & (THEIRS == "glasgow") & (OURS == "fate_cd")),
    Difference(6, COLUMN.str.starts_with("cd_pro2") & (_NUMBER < 0) & OURS.is_null()),
    Difference(
        7, COLUMN.is_in(["baseline_filgo", "baseline_risa"]) & (THEIRS == "0") & (OURS == "1")
    ),
    Difference(9, (COLUMN == "ibdresponse_criteria_cd_met") & (THEIRS == "0") & OURS.is_null()),
    Difference(
        11, _MONTREAL & THEIRS.is_null() & OURS.is_in(["L4", "L1+L4", "L2+L4", "L3+L4", "p"])
    ),
    Difference(16, COLUMN.str.ends_with("_months") & pl.col("has_withdrawn") & OURS.is_null()),
    Difference(
        26,
        COLUMN.str.contains("^surgical_history_[123]_procedure$")
        & (THEIRS.str.starts_with(OURS + ", ") | OURS.is_null()),
    ),
)
GIDAMPS = (
    *_EVERYWHERE,
    # Two answers are brought together because both of their days are "2023-02-30" or -1000.
    Difference(15, COLUMN.str.starts_with("cucq") & pl.col("has_no_day") & OURS.is_null()),
    Difference(5, (COLUMN == "study_center") & (THEIRS == "glasgow") & (OURS == "edinburgh")),
    Difference(8, COLUMN.str.contains(_DRUGS) & (THEIRS == "2") & (OURS == "0")),
    Difference(9, COLUMN.str.ends_with("_exposure") & (THEIRS == "0") & OURS.is_null()),
    Difference(
        9,
        COLUMN.is_in(["montreal_perianal", "montreal_upper_gi"]) & THEIRS.is_null() & (OURS == "0"),
    ),
    Difference(9, pl.col("has_several_ticked") & OURS.is_null()),
    Difference(10, pl.col("is_boolean") & (THEIRS == "2") & (OURS == "0")),
    Difference(11, (COLUMN == "previous_appendicectomy") & THEIRS.is_null() & (OURS == "0")),
    Difference(23, COLUMN == "diagnosis_duration_in_days"),
)
