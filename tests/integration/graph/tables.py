"""The tables that the graph makes of the made-up study, by their names in the warehouse."""

_FORMS = {
    "cucq32",
    "gidamps_participant_questionnaire",
    "ibd_background_clinician",
    "patient_details",
    "sampling",
}
DICTIONARY = "raw.gidamps__redcap_dictionary"
PROJECT = {DICTIONARY, "raw.gidamps__redcap_record", *(f"raw.gidamps__{form}" for form in _FORMS)}
TIDY_FORMS = {f"tidy.gidamps__{form}" for form in _FORMS}
TIDY = {
    *TIDY_FORMS,
    "tidy.gidamps__ibd_background_clinician_ticked",
    "tidy.gidamps__redcap_choice",
    "tidy.gidamps__redcap_record",
    "tidy.gidamps__sampling_ticked",
}
OF_A_SAMPLING = {
    "core.gidamps__activity",
    "core.gidamps__endoscopy",
    "core.gidamps__imaging",
    "core.gidamps__laboratory",
    "core.gidamps__medication",
    "core.gidamps__samples_collected",
    "core.gidamps__sampling",
}
"""What a row of the form `sampling` becomes a row of."""
HARMONISED = {
    *OF_A_SAMPLING,
    "core.gidamps__cucq32",
    "core.gidamps__family_history",
    "core.gidamps__participant",
    "core.gidamps__questionnaire",
}
OF_COURSES = {"exposure.gidamps__drug_course", "exposure.gidamps__drug_episode"}
AT_DATES = {"exposure.gidamps__flag", "exposure.gidamps__status"}
STAR = {
    *(f"star.dim_{each}" for each in ("date", "drug", "participant", "site", "study")),
    *(f"star.dim_{each}" for each in ("variable", "visit")),
    *(f"star.fact_{each}" for each in ("drug_status", "exposure", "file", "measurement")),
    "star.fact_sample",
}
"""All made in one step, which waits for all that one of them is made of."""
OF_REDCAP = {
    *TIDY,
    *STAR,
    *OF_COURSES,
    *AT_DATES,
    *HARMONISED,
    "datasets.gidamps__demographics",
    "datasets.gidamps__laboratory_long",
    "datasets.gidamps__sampling",
    "omics.file_consistency",
}
OF_FILES = {f"omics.file_{each}" for each in ("sample", "unlinked", "set", "derivation")}
"""What files are tied to, made in one step."""
OF_SAMPLES = {
    "core.gidamps__sample",
    *OF_FILES,
    "omics.file_consistency",
    "omics.file_picture",
    "exposure.gidamps__status",
    *STAR,
}
OF_OLINK = {"core.gidamps__olink"}
REGISTERED = {"omics.file", "omics.verified_file", "omics.file_digest"}
LOADED = {
    DICTIONARY,
    "core.gidamps__qpcr",
    *REGISTERED,
    *OF_REDCAP,
    *OF_SAMPLES,
    *OF_OLINK,
}
CONFORMED = {table for table in LOADED if table.startswith(("core.", "datasets."))}
OF_A_PARTICIPANT = {
    "datasets.gidamps__demographics",
    "core.gidamps__participant",
    "tidy.gidamps__patient_details",
    "tidy.gidamps__redcap_record",
}
"""What a participant alone adds a row to, of whom only the details were entered."""
