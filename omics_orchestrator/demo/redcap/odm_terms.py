"""The words that REDCap's project files have of their own, beside those of its API."""

from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition

ODM = "http://www.cdisc.org/ns/odm/v1.3"
REDCAP = "https://projectredcap.org"
ROOT = f"{ODM} ODM"

CLASSIC_EVENT = "event_1_arm_1"

FIELD_TYPES = {"select": "dropdown", "textarea": "notes"}
VALIDATIONS = {"int": "integer", "float": "number"}
ATTRIBUTES = {
    "SectionHeader": "section_header",
    "FieldNote": "field_note",
    "Identifier": "identifier",
    "BranchingLogic": "branching_logic",
    "RequiredField": "required_field",
    "CustomAlignment": "custom_alignment",
    "QuestionNumber": "question_number",
    "MatrixGroupName": "matrix_group_name",
    "MatrixRanking": "matrix_ranking",
    "FieldAnnotation": "field_annotation",
}
PROPERTIES = {
    "RecordAutonumberingEnabled": "record_autonumbering_enabled",
    "CustomRecordLabel": "custom_record_label",
    "SecondaryUniqueField": "secondary_unique_field",
    "SchedulingEnabled": "scheduling_enabled",
    "SurveysEnabled": "surveys_enabled",
    "RandomizationEnabled": "randomization_enabled",
    "DisplayTodayNowButton": "display_today_now_button",
    "Purpose": "purpose",
    "PurposeOther": "purpose_other",
    "ProjectNotes": "project_notes",
}
WHOLE_NUMBERS = frozenset(
    {
        "record_autonumbering_enabled",
        "scheduling_enabled",
        "surveys_enabled",
        "randomization_enabled",
        "display_today_now_button",
        "purpose",
    }
)
RANGE = {"GE": "text_validation_min", "LE": "text_validation_max"}
GROUP_ITEM = "redcap_data_access_group"
IDENTIFIER_ITEM = "redcap_survey_identifier"
FILE_ITEM = "ItemDataBase64Binary"


def stamp_items(definition: ProjectDefinition) -> dict[str, str]:
    """Name the items that hold a survey's stamp: item → form."""
    fields = {entry["field_name"] for entry in definition.dictionary}
    items = {f"{form}_timestamp": form for form in definition.forms}
    return {item: form for item, form in items.items() if item not in fields}


def times(definition: ProjectDefinition) -> frozenset[str]:
    """Name the fields of a day and a time, which the file parts by a `T`."""
    validation = "text_validation_type_or_show_slider_number"
    return frozenset(
        entry["field_name"]
        for entry in definition.dictionary
        if entry[validation].startswith("datetime")
    )


def boxes(definition: ProjectDefinition) -> frozenset[str]:
    """Name the items that are options of checkboxes: `0` there is no value."""
    return frozenset(c.name for c in columns(definition) if c.kind == "checkbox")
