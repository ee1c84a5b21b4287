"""A study file beside its REDCap project: what does not fit is told before any data move."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from omics_orchestrator.dictionary.load import load
from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.errors import DictionaryError
from omics_orchestrator.redcap_project import project_files
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import KEYS
from omics_orchestrator.redcap_project.label_codes import with_label_codes
from omics_orchestrator.redcap_project.study_check import problems, remarks
from tests.unit.redcap_project.projects import described, line, read_lines

REPOSITORY = Path(__file__).parents[3]
EVENTS = {
    "events": ("first_arm_1", "second_arm_1"),
    "designations": (("first_arm_1", "visit"), ("second_arm_1", "visit"), ("first_arm_1", "blood")),
}
ARMS = {
    "events": ("first_arm_1", "first_arm_2b"),
    "designations": (("first_arm_1", "visit"), ("first_arm_2b", "visit")),
}
LINES = (
    line("sex", kind="radio", choices="1, Male | 2, Female"),
    line("seen", validation="date_dmy"),
    line("pain", kind="dropdown", choices="0, None | 1, Mild"),
    line("ifx", kind="yesno"),
    line("score", kind="calc"),
    line("beh", kind="checkbox", choices="0, Inflammatory | 1, Stricturing | 2, Perianal"),
    line("comment", kind="notes"),
    line("born", validation="date_ymd", identifier="y"),
    line("letter", kind="file"),
    line("crp", form="blood", validation="number"),
    line("crp_unit", form="blood", kind="radio", choices="1, mg/L | 2, mg/dL"),
)
TYPES = {
    "study_id": {"type": "string"},
    "instance": {"type": "integer"},
    "event": {"type": "string"},
    "sex": {"type": "category", "codes": "sex"},
    "seen_on": {"type": "date"},
    "born_on": {"type": "date"},
    "pain": {"type": "integer", "maximum": 3},
    "ifx": {"type": "boolean"},
    "total": {"type": "integer"},
    "behaviour": {"type": "category", "codes": "behaviour"},
    "perianal": {"type": "boolean"},
    "crp": {"type": "number", "unit": "mg/L"},
    "note": {"type": "text"},
}
VALUE_SETS = {
    "sex": {"male": "Male", "female": "Female"},
    "behaviour": {"B1": "Inflammatory", "B2": "Stricturing"},
}
RULES = {
    "study_id": "record_id",
    "sex": {"field": "sex", "codes": {1: "male", 2: "female"}},
    "seen_on": "seen",
    "pain": "pain",
    "ifx": "ifx",
    "total": "score",
    "behaviour": {"checkboxes": "beh", "codes": {0: "B1", 1: "B2"}},
    "perianal": {"checkbox": "beh", "option": 2},
}


def clinic(*, source: dict[str, Any] | None = None, **table: Any) -> Study:
    """A study of one table, which differs from a sound one in what is given."""
    redcap = {
        "kind": "redcap",
        "url": "CLINIC_URL",
        "token": "CLINIC_TOKEN",
        "instruments": ["visit", "blood"],
    }
    rules = {**RULES, **table.pop("variables", {})}
    visit = {
        "description": "One row a participant.",
        "rows": ["redcap.visit"],
        "grain": ["study_id"],
        "variables": {name: rule for name, rule in rules.items() if rule is not None},
        "ignore": {"free text": ["comment"]},
    }
    return Study.model_validate(
        {
            "study": "clinic",
            "label": "Clinic",
            "description": "Made up.",
            "owners": [],
            "sources": {"redcap": {**redcap, **(source or {})}},
            "tables": {"visit": {**visit, **table}},
            "datasets": {},
        }
    )


def book(study: Study) -> Dictionary:
    variables = {
        name: Variable.model_validate({"variable": name, "label": name, "table": "visit", **more})
        for name, more in TYPES.items()
    }
    return Dictionary(
        variables=variables,
        value_sets=VALUE_SETS,
        studies={study.study: study},
        collections={},
    )


def told(study: Study, project: Description | None = None) -> list[str]:
    found = problems(book(study), study, "redcap", project or described(*LINES))
    return [each.removeprefix("studies/clinic.yaml: ") for each in found]


def test_a_study_that_fits_its_project_has_no_problems() -> None:
    assert told(clinic()) == []


@pytest.mark.parametrize(
    ("name", "rule", "problem"),
    [
        ("note", "coment", "the project has no field 'coment'; did you mean 'comment'?"),
        ("note", "diary", "the project has no field 'diary'; correct it, or take it out"),
        ("crp", "crp", "crp stands on the form blood, which is not in `rows`; add it there"),
        ("note", "beh", "beh is a checkbox; read it with `checkbox` or `checkboxes`"),
        ("ifx", {"checkbox": "sex", "option": 1}, "sex is radio and no checkbox; read it with `field`"),
        ("ifx", {"checkbox": "beh", "option": 9}, "beh has no option of the column beh___9; name one that the project has"),
        ("born_on", "born", "born is flagged as an identifier in the project, and never asked for; take the rule out, or have the flag taken away"),
        ("note", "letter", "letter is file and has no value; take the rule out"),
        ("sex", {"field": "sex", "codes": {1: "male"}}, "2 `Female` of sex would be refused; map them in `codes`, or give each its reason in `missing`"),
        ("sex", "sex", "1 `Male` and 2 `Female` of sex would be refused; map them in `codes`, or give each its reason in `missing`"),
        ("ifx", {"field": "pain", "codes": {0: False}}, "1 `Mild` of pain would be refused; map them in `codes`, or give each its reason in `missing`"),
        ("ifx", {"any_of": [{"fields": ["pain"], "codes": [1, 7]}]}, "any_of: pain is never 7; name codes that it has"),
        ("seen_on", {"field": "seen", "formats": ["%d/%m/%Y"]}, "seen is text (date_dmy), which REDCap sends as 2001-02-03, and the rule cannot read that as date; correct the type, or the rule's options"),
        ("total", "seen", "seen is text (date_dmy), which REDCap sends as 2001-02-03, and the rule cannot read that as integer; correct the type, or the rule's options"),
        ("seen_on", "score", "score is calc, which REDCap sends as 7, and the rule cannot read that as date; correct the type, or the rule's options"),
    ],
)  # fmt: skip
def test_a_rule_that_does_not_fit_its_field_is_told(name: str, rule: object, problem: str) -> None:
    assert told(clinic(variables={name: rule})) == [f"tables.visit: variables.{name}: {problem}"]


def test_rules_that_read_several_forms_are_one_problem() -> None:
    both = {"coalesce": ["score", "crp"]}
    study = clinic(rows=["redcap.visit", "redcap.blood"], variables={"total": both, "note": both})

    assert told(study) == [
        "tables.visit: variables.total: a rule reads one form, and this one reads score (visit) and crp (blood); so do note; make a variable of each field and derive one from them, or make a table of each form"
    ]


def test_fields_that_nothing_mentions_are_told_form_by_form() -> None:
    ours = clinic(source={"identifiers": ["crp_unit"]}, ignore={})

    assert remarks(ours, "redcap", described(*LINES)) == [
        "studies/clinic.yaml: visit: no rule and no `ignore` mentions comment; map them, or list them under `ignore` with the reason",
        "studies/clinic.yaml: blood: no rule and no `ignore` mentions crp; map them, or list them under `ignore` with the reason",
    ]


def test_a_unit_must_be_words_and_no_codes() -> None:
    rule = {"field": "crp", "unit_field": "crp_unit"}

    assert told(clinic(rows=["redcap.visit", "redcap.blood"], variables={"crp": rule})) == [
        "tables.visit: variables.crp: 1 `mg/L` and 2 `mg/dL` of crp_unit would be refused; a unit must be spelled out, so read it from a field of text"
    ]


def test_a_missing_data_code_of_the_project_needs_no_rule() -> None:
    project = described(*LINES, missing_codes={"-1000": "Not recorded"})

    assert told(clinic(), project) == []


def test_missing_codes_of_a_rule_stand_in_place_of_those_of_the_project() -> None:
    project = described(*LINES, missing_codes={"-1000": "Not recorded"})
    rule = {"field": "sex", "codes": {1: "male"}, "missing": {2: "declined"}}

    assert told(clinic(variables={"sex": rule}), project) == [
        "tables.visit: variables.sex: -1000 `Not recorded` of sex would be refused; map them in `codes`, or give each its reason in `missing`"
    ]


def test_codes_outside_a_range_are_told_and_examples_are_not() -> None:
    far = line("pain", kind="dropdown", choices="0, None | 9, Worst")
    lines = [far if each["field_name"] == "pain" else each for each in LINES]

    assert told(clinic(), described(*lines)) == [
        "tables.visit: variables.pain: 9 `Worst` of pain would be refused; map them in `codes`, or give each its reason in `missing`"
    ]
    assert told(clinic(variables={"pain": "score"})) == []


@pytest.mark.parametrize(
    ("ignore", "expected"),
    [
        ({}, ["tables.visit: beh is read without its option(s) 2 `Perianal`; give each a rule, or put beh___2 into `ignore`"]),
        ({"one option": ["beh___2"]}, []),
        ({"the rest": ["beh"]}, []),
    ],
)  # fmt: skip
def test_an_option_is_mapped_or_left_out_by_name(
    ignore: dict[str, list[str]], expected: list[str]
) -> None:
    assert told(clinic(variables={"perianal": None}, ignore=ignore)) == expected


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ({"instruments": ["visits"]}, "instruments: the project has no form 'visits'; did you mean 'visit'?"),
        ({"identifiers": ["postcode"]}, "identifiers: the project has no field 'postcode'; correct it, or take it out"),
        ({"released": ["comments"]}, "released: the project has no field 'comments'; did you mean 'comment'?"),
        ({"files": ["comment"]}, "files: comment is notes, no document; take it off the list"),
        ({"identifiers": ["record_id"]}, "the record id record_id is an identifier; give records study numbers as names, and take its flag away"),
    ],
)  # fmt: skip
def test_a_source_names_what_its_project_has(source: dict[str, Any], problem: str) -> None:
    assert told(clinic(source=source)) == [f"sources.redcap: {problem}"]


REPEATS = {"repeating": (("", "visit"),)}
AT_FIRST = {"table": "redcap.visit", "at": ["first_arm_1"]}
BY_EVENT = {"grain": ["study_id", "event"], "variables": {"event": "redcap_event_name"}}


@pytest.mark.parametrize(
    ("project", "table", "problem"),
    [
        (REPEATS, {}, "rows: redcap.visit: the form repeats, and the grain does not tell its repeats apart; say `instance: first` (or last), or put a variable of redcap_repeat_instance into the grain"),
        ({}, {"rows": [{"table": "redcap.visit", "instance": "first"}]}, "rows: redcap.visit: instance: the form does not repeat; leave `instance` out"),
        (EVENTS, {}, "rows: redcap.visit: the form is filled in at several events, and the grain does not tell them apart; name one in `at`, or put a variable of redcap_event_name into the grain"),
        (EVENTS, {"rows": [{**AT_FIRST, "at": ["first_arm_1", "third_arm_1"]}]}, "rows: redcap.visit: at: the project has no event 'third_arm_1'; name one of its unique event names"),
        (EVENTS, {**BY_EVENT, "rows": [AT_FIRST, {"table": "redcap.blood", "at": ["second_arm_1"]}]}, "rows: redcap.blood: at: blood is not filled in at second_arm_1; take it off the list"),
        ({}, BY_EVENT, "rows: redcap.visit: it has no redcap_event_name, which the grain is read from; map what every part has"),
        ({}, {"ignore": {"free text": ["comments"]}}, "ignore: no form of `rows` has a field 'comments'; take it off the list"),
    ],
)  # fmt: skip
def test_rows_are_read_as_the_project_gives_them(
    project: dict[str, Any], table: dict[str, Any], problem: str
) -> None:
    found = told(clinic(**copy.deepcopy(table)), described(*LINES, **project))

    assert f"tables.visit: {problem}" in found
    assert [each for each in found if "redcap_event_name" not in each and problem not in each] == []


@pytest.mark.parametrize(
    ("project", "table"),
    [
        (REPEATS, {"rows": [{"table": "redcap.visit", "instance": "last"}]}),
        (REPEATS, {"grain": ["study_id", "instance"], "variables": {"instance": "redcap_repeat_instance"}}),
        (EVENTS, {"rows": [AT_FIRST]}),
        (EVENTS, BY_EVENT),
        (ARMS, {}),
        ({**EVENTS, "repeating": (("second_arm_1", ""),)}, {"rows": [AT_FIRST]}),
    ],
)  # fmt: skip
def test_rows_that_are_told_apart_are_no_problem(
    project: dict[str, Any], table: dict[str, Any]
) -> None:
    assert told(clinic(**copy.deepcopy(table)), described(*LINES, **project)) == []


def test_an_event_without_a_code_is_told() -> None:
    codes = {"field": "redcap_event_name", "codes": {"first_arm_1": "first"}}
    study = clinic(grain=["study_id", "event"], variables={"event": codes})

    assert told(study, described(*LINES, **EVENTS)) == [
        "tables.visit: variables.event: second_arm_1 of redcap_event_name would be refused; map them in `codes`, or give each its reason in `missing`"
    ]


def slots(**fields: list[str]) -> dict[str, Any]:
    """A table of two drugs a row, and nothing else of the visit."""
    part = {"table": "redcap.visit", "slots": {"number": "slot", "fields": fields}}
    nothing = dict.fromkeys(RULES)
    rules = {**nothing, "study_id": "record_id", "instance": "slot"}
    return {"rows": [part], "grain": ["study_id", "instance"], "variables": rules}


def drugs(*choices: str) -> Description:
    named = [line(f"drug_{n}", kind="radio", choices=each) for n, each in enumerate(choices, 1)]
    return described(*LINES, *named)


def test_each_slot_is_looked_at() -> None:
    table = slots(drug=["drug_{1..2}"])
    table["variables"]["sex"] = {"field": "drug", "codes": {1: "male"}}

    assert told(clinic(**table), drugs("1, A", "1, A | 2, B")) == [
        "tables.visit: variables.sex: 2 `B` of drug_2 would be refused; map them in `codes`, or give each its reason in `missing`"
    ]


def test_a_project_of_another_kind_is_not_compared() -> None:
    source = {"kind": "sql", "url": "LAB_URL", "select": {}}
    study = clinic().model_copy(update={"sources": Study.model_validate(
        {**clinic().model_dump(), "tables": {}, "sources": {"redcap": source}}).sources})  # fmt: skip

    with pytest.raises(TypeError, match="only a REDCap source"):
        problems(book(study), study, "redcap", described())


def labelled(choices: dict[str, dict[str, str]], rule: object, **table: Any) -> Any:
    variables = {**table.pop("variables", {}), "sex": rule}
    study = clinic(variables=variables, **table)
    found = with_label_codes(book(study), study, "visit", "redcap", choices)
    return found.tables["visit"].variables["sex"]


@pytest.mark.parametrize(
    ("labels", "codes"),
    [
        ({"1": "Male", "2": "Female"}, {"1": "male", "2": "female"}),
        ({"1": " MALE", "2": "<b>fe</b>male &nbsp;"}, {"1": "male"}),
        ({"1": "male", "3": "Other"}, {"1": "male"}),
        ({}, {}),
    ],
)
def test_codes_follow_from_labels_of_the_value_set(
    labels: dict[str, str], codes: dict[str, str]
) -> None:
    rule = labelled({"sex": labels}, {"field": "sex", "labels": True})

    assert (rule.codes, rule.labels) == (codes, False)


def test_codes_of_the_file_outweigh_labels() -> None:
    rule = {"field": "sex", "labels": True, "codes": {2: "male"}}

    assert labelled({"sex": {"1": "Male", "2": "Female"}}, rule).codes == {"1": "male", "2": "male"}


def test_a_rule_without_labels_and_a_field_without_choices_stay() -> None:
    for rule in ({"field": "sex", "codes": {1: "male"}}, {"field": "other", "labels": True}):
        stays = clinic(variables={"sex": rule}).tables["visit"].variables["sex"]
        assert labelled({"sex": {"1": "Male"}}, rule) == stays


def test_a_code_that_means_different_things_in_two_slots_is_not_taken() -> None:
    choices = {"drug_1": {"1": "Male", "2": "Female"}, "drug_2": {"1": "Male", "2": "Male"}}

    rule = labelled(choices, {"field": "drug", "labels": True}, **slots(drug=["drug_{1..2}"]))

    assert rule.codes == {"1": "male"}


def test_labels_that_say_nothing_we_know_are_told() -> None:
    other = line("sex", kind="radio", choices="1, Male | 2, Woman")
    study = clinic(variables={"sex": {"field": "sex", "labels": True}})

    assert told(study) == []
    assert told(study, described(other, *LINES[1:])) == [
        "tables.visit: variables.sex: 2 `Woman` of sex would be refused; map them in `codes`, or give each its reason in `missing`"
    ]


HEADER = ",".join(KEYS)


def test_a_project_is_described_by_its_files() -> None:
    settings = {
        "events": {"first_arm_1": ["visit"], "second_arm_1": ["visit", "blood"]},
        "repeating": [{"form": "visit"}, {"form": "blood", "event": "second_arm_1"}],
        "missing_data_codes": {"-1000": "Not recorded"},
    }
    rows = [f"record_id,visit,,text{',' * 14}", f"crp,blood,,text{',' * 14}"]

    found = project_files.describe("x", "\n".join([HEADER, *rows]), json.dumps(settings))

    assert found.is_longitudinal
    assert found.record_id == "record_id"
    assert found.forms == ("visit", "blood")
    assert found.designations == (
        ("first_arm_1", "visit"),
        ("second_arm_1", "visit"),
        ("second_arm_1", "blood"),
    )
    assert found.repeating == (
        ("first_arm_1", "visit"),
        ("second_arm_1", "visit"),
        ("second_arm_1", "blood"),
    )
    assert found.missing_codes == {"-1000": "Not recorded"}


def test_the_settings_that_the_manual_shows_can_be_read() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", (REPOSITORY / "data_dictionary/README.md").read_text(), re.DOTALL)  # fmt: skip
    rows = [f"{form},{form},,text{',' * 14}" for form in ("base", "visit", "blood")]

    found = project_files.describe("x", "\n".join([HEADER, *rows]), shown)

    assert found.repeating == (
        ("baseline_arm_1", "visit"),
        ("month_6_arm_1", "visit"),
        ("baseline_arm_1", "base"),
        ("flare_arm_1", ""),
    )


def test_without_settings_a_project_is_classic_and_nothing_repeats() -> None:
    found = project_files.describe("x", f"{HEADER}\nrecord_id,visit,,text{',' * 14}\n", None)

    assert (found.is_longitudinal, found.repeating, found.missing_codes) == (False, (), {})


@pytest.mark.parametrize(
    ("dictionary", "settings", "problem"),
    [
        ("", None, "projects/x.csv: it is no data dictionary of 18 columns; download it again in REDCap's Data Dictionary"),
        (f"{HEADER}\nrecord_id,visit\n", None, "projects/x.csv: it is no data dictionary of 18 columns; download it again in REDCap's Data Dictionary"),
        (f"{HEADER}\na,visit,,text{',' * 14}", '{"repeating": [{"form": "blood"}]}', "projects/x.json: x.csv has no form blood; download both files anew"),
        (f"{HEADER}\na,visit,,text{',' * 14}", '{"event": {}}', "projects/x.json: event: this key is not known here; did you mean `events`?; see data_dictionary/README.md"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_are_told(
    dictionary: str, settings: str | None, problem: str
) -> None:
    with pytest.raises(DictionaryError) as caught:
        project_files.describe("x", dictionary, settings)

    assert caught.value.problems == (problem,)


def test_a_project_without_files_is_not_described(tmp_path: Path) -> None:
    assert project_files.find(tmp_path, "clinic__redcap") is None


@pytest.mark.parametrize("name", ["gidamps", "music"])
def test_the_shipped_studies_fit_their_real_projects(shared: Path, name: str) -> None:
    told_of = json.loads((shared / "studies/redcap_project_settings.json").read_text())[name]
    lines = read_lines(shared / f"studies/{name}_redcap_dictionary.csv")
    forms = list(dict.fromkeys(each["form_name"] for each in lines))
    events, once = told_of.get("events", []), told_of.get("once_forms", [])
    designated = [
        (event, form)
        for event in events
        for form in forms
        if form not in once or event == told_of["once_at"]
    ]
    project = Description(
        project_id="1",
        title=name,
        version="",
        is_longitudinal=told_of["longitudinal"],
        dictionary=lines,
        events=tuple(events),
        designations=tuple(designated),
        repeating=tuple(
            (event, each["form"])
            for each in told_of["repeating"]
            for event in (events or [""])
            if each.get("events", "all") == "all" or event in each["events"]
        ),
        missing_codes=told_of["missing_data_codes"],
    )
    found = load(REPOSITORY / "data_dictionary")

    assert problems(found, found.studies[name], "redcap", project) == []
    assert remarks(found.studies[name], "redcap", project) == []
