"""Real projects of which both are stored, the project file and the export, and how the two differ.

No cell may differ but those of the named columns, and those only in the named way. Line breaks,
spaces before negative numbers and logical values come from the web page and from R, through which
some exports went; the other differences come from days between the two files.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from redcap_service import TOKEN, Server

from omics_orchestrator.demo.redcap.project import create
from omics_orchestrator.demo.redcap.stored_project import read_project

PROJECTS = "fixtures/redcap/OuhscBbmc__REDCapR/inst/test-data/projects"
WIDE = "fixtures/redcap/OuhscBbmc__REDCapR/inst/test-data/super-wide"
ETL = "fixtures/redcap/IUREDCap__redcap-etl/tests"

Difference = Callable[[str, str], bool]


def flattened(ours: str, stored: str) -> bool:
    """The export went through the web page, which writes two spaces for a line break."""
    return "\n" in ours and "\n" not in stored and ours.split() == stored.split()


def lost_blank_lines(ours: str, stored: str) -> bool:
    """The project file has no blank lines."""
    return "\n\n" not in ours and ours == stored.replace("\n\n", "\n")


def spaced(ours: str, stored: str) -> bool:
    """The web page writes a space before a negative number."""
    return ours.startswith("-") and stored == f" {ours}"


def logical(ours: str, stored: str) -> bool:
    """R wrote the export."""
    return {"0": "FALSE", "1": "TRUE"}[ours] == stored


def placeholder(ours: str, stored: str) -> bool:
    """An old server told of a file, not its name."""
    return bool(ours) and stored == "[document]"


def later_stamp(ours: str, stored: str) -> bool:
    """The surveys were filled in again before the project file was made."""
    stamp = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d")
    return bool(stamp.fullmatch(ours) and stamp.fullmatch(stored) and ours > stored)


def not_yet_calculated(ours: str, stored: str) -> bool:
    """The calculated field was saved for the first time after the export."""
    return bool(ours) and not stored


def no_more_calculated(ours: str, stored: str) -> bool:
    """The value is in the export only: the field was not filled in when the file was made."""
    return not ours and bool(stored)


@dataclass(frozen=True)
class Pair:
    """A project file, and an export of the same project.

    Attributes:
        project: the project file.
        export: the export, CSV or the JSON bundle of another client.
        asked: what the call for it asked for.
        version: of the server that gave it, if it matters.
        differences: column → in which way its cells may differ.
        new_columns: those of fields that are younger than the export.
    """

    project: str
    export: str
    asked: Mapping[str, str] = field(default_factory=dict)
    version: str = "14.9.1"
    differences: Mapping[str, Difference] = field(default_factory=dict)
    new_columns: frozenset[str] = frozenset()


GROUPS = {"exportDataAccessGroups": "true"}
SURVEYS = {"exportSurveyFields": "true"}
WRITTEN_BY_REDCAP = (
    "arm-single-delete",
    "arm-single-longitudinal",
    "clinical-trial-1",
    "decimal-dot",
    "longitudinal",
    "multilevel-model-1",
    "repeating-instruments",
    "repeating-instruments-sparse",
    "validation-types-1",
    "vignette-repeating",
)
FULLY_EQUAL = (
    "arm-single-longitudinal",
    "clinical-trial-1",
    "decimal-comma",
    "decimal-dot",
    "empty-rows",
    "repeating-instruments",
    "repeating-instruments-sparse",
    "single-column",
    "vignette-repeating",
)
SIMPLE = {"sex": logical, "mugshot": placeholder}
PAIRS = (
    *(
        Pair(f"{PROJECTS}/{name}/project.xml", f"{PROJECTS}/{name}/data.csv")
        for name in FULLY_EQUAL
    ),
    *(
        Pair(f"{PROJECTS}/{name}/project.xml", f"{PROJECTS}/{name}/data-old.csv")
        for name in ("arm-multiple-delete", "arm-single-delete")
    ),
    Pair(f"{WIDE}/sw1/super-wide-1/project.xml", f"{WIDE}/sw1/super-wide-1/data.csv"),
    Pair(f"{WIDE}/sw2/super-wide-2/project.xml", f"{WIDE}/sw2/super-wide-2/data.csv"),
    Pair(
        f"{ETL}/projects/BasicDemography.REDCap.xml",
        f"{ETL}/data/projects/basic-demography.json",
    ),
    Pair(
        f"{ETL}/projects/RepeatingEvents.REDCap.xml",
        f"{ETL}/data/projects/repeating-events.json",
        version="9.1.3",
    ),
    Pair(f"{PROJECTS}/dag/project.xml", f"{PROJECTS}/dag/data.csv", GROUPS),
    Pair(f"{PROJECTS}/file-repo/project.xml", f"{PROJECTS}/file-repo/data.csv", SURVEYS),
    Pair(
        f"{PROJECTS}/longitudinal/project.xml",
        f"{PROJECTS}/longitudinal/data.csv",
        differences=dict.fromkeys(("comments", "vob7", "study_comments", "vob14"), flattened),
    ),
    Pair(
        f"{PROJECTS}/metadata-write/project.xml",
        f"{PROJECTS}/metadata-write/data.csv",
        GROUPS,
        differences={"comments": flattened},
    ),
    Pair(
        f"{PROJECTS}/multilevel-model-1/project.xml",
        f"{PROJECTS}/multilevel-model-1/data.csv",
        differences={"slope_factor_1": spaced},
    ),
    Pair(
        f"{PROJECTS}/survey/project.xml",
        f"{PROJECTS}/survey/data.csv",
        SURVEYS,
        differences={"prescreening_survey_timestamp": later_stamp},
    ),
    Pair(
        f"{PROJECTS}/validation-types-1/project.xml",
        f"{PROJECTS}/validation-types-1/data.csv",
        differences={"f_calculated": not_yet_calculated},
    ),
    Pair(
        f"{PROJECTS}/simple/project.xml",
        f"{PROJECTS}/simple/data.csv",
        differences=SIMPLE,
        new_columns=frozenset({"interpreter_needed"}),
    ),
    Pair(
        f"{PROJECTS}/simple/project-old.xml",
        f"{PROJECTS}/simple/data.csv",
        differences={**SIMPLE, "bmi": no_more_calculated, "comments": lost_blank_lines},
        new_columns=frozenset({"interpreter_needed"}),
    ),
)
# Dictionary → (field, key) that is another in the project file. The file has no place for a query,
# a slider's limits or a blank in front; the days between the two explain the others.
RECALCULATED = frozenset({("age", "field_type"), ("age", "select_choices_or_calculations")})
SAME_DICTIONARY = (
    *(
        name
        for name in FULLY_EQUAL
        if name not in {"decimal-comma", "repeating-instruments-sparse"}
    ),
    *("arm-multiple-delete", "arm-single-delete", "dag"),
    *("longitudinal", "multilevel-model-1", "survey"),
)
DICTIONARIES = {
    **{f"{PROJECTS}/{name}": frozenset[tuple[str, str]]() for name in SAME_DICTIONARY},
    f"{WIDE}/sw1/super-wide-1": frozenset(),
    f"{PROJECTS}/file-repo": frozenset({("date", "field_annotation")}),
    f"{PROJECTS}/metadata-write": RECALCULATED,
    f"{PROJECTS}/repeating-instruments-sparse": RECALCULATED,
    f"{PROJECTS}/validation-types-1": frozenset(
        {
            ("f_slider", "text_validation_min"),
            ("f_slider", "text_validation_max"),
            ("f_sql", "select_choices_or_calculations"),
        }
    ),
}


def put_real_project(server: Server, folder: Path) -> list[dict[str, str]]:
    """Put a project on the server from its stored folder; return the rows of its export."""
    definition, rows = read_project(folder)
    create(server.database, TOKEN, definition, rows)
    return rows
