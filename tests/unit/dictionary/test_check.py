"""Each mistake that a dictionary can hold is told in one sentence: the place, what, and the cure."""

import copy
from typing import Any

import pytest
from pydantic import ValidationError

from omics_orchestrator.dictionary.check import problems_of, remarks_on, unit_problems
from omics_orchestrator.dictionary.model import Collection, Dictionary, Study, Variable
from omics_orchestrator.dictionary.tables import Combined
from tests.unit.dictionary.clinic import STUDY, VALUE_SETS, VARIABLES

TYPE = "take another rule, or correct the type in variables/*.csv"
README = "see `Expressions` in data_dictionary/README.md"
UCUM = "write it in UCUM, such as mg/L, ug/g or 10*9/L"
MEET = "derive: what meets in it does not go together"
LATER = {"reason": "withdrawn", "rows": "later"}
WHOLE = {"reason": "withdrawn", "rows": "all"}
MORE = [
    {"variable": "sampled_on", "label": "Date", "table": "lab", "type": "date"},
    {"variable": "urea", "label": "Urea", "table": "lab", "type": "number"},
]
MANIFEST = {"file": "runs/*.csv", "sample": "tube", "path": "file"}
LAB = {
    "description": "One row a blood sample.",
    "rows": ["redcap.history"],
    "grain": ["study_id", "sampled_on"],
    "variables": {"study_id": "id", "sampled_on": "sampled", "urea": "urea"},
}
LABORATORY: dict[str, Any] = {"kind": "sql", "url": "LAB_URL", "select": {"tube": {"columns": ["id"], "order_by": "id"}}}  # fmt: skip


def changed() -> Any:
    return copy.deepcopy(STUDY)


def book(study: Any, variables: list[dict[str, Any]] | None = None, **more: Any) -> Dictionary:
    lines = VARIABLES + MORE if variables is None else variables
    return Dictionary(
        variables={line["variable"]: Variable.model_validate(line) for line in lines},
        value_sets=more.pop("value_sets", VALUE_SETS),
        studies={"clinic": Study.model_validate(study)},
        collections=more.pop("collections", {}),
        **more,
    )


def told(study: Any) -> list[str]:
    return problems_of(book(study))


def of_variable(name: str, problem: str) -> str:
    return f"studies/clinic.yaml: tables.visit: variables.{name}: {problem}"


def test_a_study_without_mistakes_has_no_problems() -> None:
    assert told(changed()) == []


@pytest.mark.parametrize(
    ("name", "rule", "problem"),
    [
        ("colour", "colour", "no such variable; define it in variables/*.csv"),
        ("age", "dob", "dob is listed under `identifiers`, and never asked for; take it out of one of the two"),
        ("sex", {"field": "sex", "codes": {1: "man"}}, "codes: 'man' is not in value set 'sex' (male, female); add it to value_sets.csv, or correct it"),
        ("ifx", {"field": "ifx", "codes": "yes_no"}, "codes: no code map 'yes_no'; define it in `code_maps`"),
        ("ifx", {"field": "ifx", "codes": {1: "maybe"}}, "codes: 'maybe' is no boolean; write it as one"),
        ("age", {"field": "age", "codes": {1: "old"}}, "codes: 'old' is no integer; write it as one"),
        ("sex", {"field": "sex", "codes": {1: "male", 9: "male"}, "missing": {9: "unknown"}}, "missing: 9 has a meaning in `codes` too; keep one"),
        ("sex", {"field": "sex", "codes": {"M": "male"}, "letters": "lower"}, "codes: M never comes, since letters are folded to lower case; write the codes so"),
        ("crp", {"field": "crp", "codes": {1: "<5"}, "words": {"trace": "<1"}}, "words: codes are given, so no word is looked up; move the words into `codes`"),
        ("crp", {"field": "crp", "words": {"trace": "little"}}, "words: 'little' is no measurement; write it as one"),
        ("age", {"field": "age", "formats": ["%d/%m/%Y"]}, "formats: it is for date or partial_date, and the variable's type is integer; leave it out"),
        ("seen_on", {"field": "seen", "formats": ["%m/%Y"]}, "formats: '%m/%Y' names no whole date; write it as %d/%m/%Y"),
        ("seen_on", {"field": "seen", "decimal": ","}, "decimal: it is for integer, number or measurement, and the variable's type is date; leave it out"),
        ("sex", {"field": "sex", "thousands": ","}, "thousands: it is for integer, number or measurement, and the variable's type is category; leave it out"),
        ("age", {"field": "age", "labels": True}, "labels: it is for category, and the variable's type is integer; leave it out"),
        ("weight", {"field": "weight", "unit": "kg"}, "unit: the variable has no unit to convert to; give it one in variables/*.csv"),
        ("crp", {"coalesce": []}, "coalesce: it names no field; list those it is made of"),
        ("crp", {"coalesce": ["crp", {"field": "crp_2", "labels": True}]}, "coalesce 2: labels: it is for category, and the variable's type is measurement; leave it out"),
        ("age", {"join": ["a", "b"]}, f"this rule gives text, and the variable's type is integer; {TYPE}"),
        ("age", {"format": "{id}-1"}, f"this rule gives text, and the variable's type is integer; {TYPE}"),
        ("age", {"constant": "5"}, f"this rule gives text, and the variable's type is integer; {TYPE}"),
        ("sex", {"constant": "man"}, "constant: 'man' is not in value set 'sex' (male, female); add it to value_sets.csv, or correct it"),
        ("age", {"any_of": [{"fields": ["a"], "codes": [1]}]}, f"this rule gives a boolean, and the variable's type is integer; {TYPE}"),
        ("ifx", {"any_of": [{"fields": [], "codes": [1]}]}, "any_of: it names no field; name those to look in"),
        ("age", {"checkbox": "x", "option": 1}, f"this rule gives a boolean, and the variable's type is integer; {TYPE}"),
        ("age", {"checkboxes": "x", "codes": {1: "B1"}}, f"this rule gives a category, and the variable's type is integer; {TYPE}"),
        ("sex", {"checkboxes": "x", "codes": {1: "male"}, "several": "list"}, f"this rule gives a list, and the variable's type is category; {TYPE}"),
        ("behaviour", {"checkboxes": "beh", "codes": {0: "B1", 1: "B4"}}, "codes: 'B4' is not in value set 'behaviour' (B1, B2, B3); add it to value_sets.csv, or correct it"),
        ("behaviour", {"checkboxes": "beh", "codes": {0: "B1", 1: "B2"}, "several": ["B2"]}, "several: the order and `codes` differ in B1; name each category in both"),
        ("behaviour", {"checkboxes": "beh", "codes": {"A": "B1", "a": "B2"}}, "codes: 2 options share the column beh___a; rename one in REDCap"),
        ("age", {"pattern": "id", "codes": {"91-.+": "1"}}, f"this rule gives a category, and the variable's type is integer; {TYPE}"),
        ("centre", {"pattern": "id", "codes": {"91-.+": "paris"}}, "codes: 'paris' is not in value set 'centre' (glasgow, edinburgh); add it to value_sets.csv, or correct it"),
        ("centre", {"pattern": "id", "codes": {"91-(": "glasgow"}}, "pattern '91-(' cannot be read; correct it, and use no look-around"),
        ("centre", {"pattern": "id", "codes": {"91-(?!1)": "glasgow"}}, "pattern '91-(?!1)' cannot be read; correct it, and use no look-around"),
        ("anti_tnf", {"derive": "ifx or golim"}, "derive: the table has no variable 'golim'; map it, or correct the name"),
        ("anti_tnf", {"derive": "open('x')"}, f"derive: the language of derived variables has no Call; {README}"),
        ("anti_tnf", {"derive": "ifx or"}, f"derive: the expression cannot be read; {README}"),
        ("anti_tnf", {"derive": "ifx or age"}, f"{MEET}: ifx is yes or no and age is a number; compare and reckon like with like"),
        ("weight", {"derive": "days(seen_on, age)"}, f"{MEET}: seen_on is a date and age is a number; compare and reckon like with like"),
        ("anti_tnf", {"derive": "age + 1"}, "derive: it gives a number, and the variable's type is boolean; change one of them"),
        ("weight", {"derive": "sex"}, "derive: it gives text, and the variable's type is number; change one of them"),
        ("anti_tnf", {"derive": "sex == 'man'"}, "derive: sex is never 'man'; name a code of its value set"),
        ("anti_tnf", {"derive": "sex in ('male', 'man')"}, "derive: sex is never 'man'; name a code of its value set"),
        ("weight", {"derive": '{"male": 1}[sex]'}, "derive: sex has no score for female; give every code of it one"),
        ("weight", {"derive": '{"male": 1, "female": 2, "man": 3}[sex]'}, "derive: sex is never man; score the codes of its value set"),
        ("sex", {"derive": '"male" if ifx else "man"'}, "derive: it may give 'man', which is not in the variable's value set; add or change it"),
        ("crp", {"derive": "weight"}, "derive: a measurement has columns that no expression gives; make it another type"),
        ("weight", {"broadcast": "mass", "at": {"sex": "male"}}, "broadcast: the table has no variable 'mass'; map it, or correct the name"),
        ("weight", {"broadcast": "crp", "at": {"sex": "male"}}, "broadcast: crp has another type, unit or value set; make them the same"),
        ("ifx", {"broadcast": "ada", "at": {"sex": "man"}}, "broadcast: at: sex is never 'man'; name a code of its value set"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_told_with_its_variable(name: str, rule: object, problem: str) -> None:
    study = changed()
    study["tables"]["visit"]["variables"][name] = rule

    assert told(study) == [of_variable(name, problem)]


@pytest.mark.parametrize(
    "rule",
    [
        {"derive": "ifx + ada + 1"},
        {"derive": 'age / 2 if known(age) else first(weight, {"male": 70, "female": 60}[sex])'},
        {"derive": "max(age, weight)"},
    ],
)
def test_what_goes_together_is_no_problem(rule: object) -> None:
    study = changed()
    study["tables"]["visit"]["variables"]["urea"] = rule

    assert told(study) == []


def slots(fields: dict[str, list[str]], number: str = "slot") -> dict[str, Any]:
    return {"table": "redcap.visit", "slots": {"number": number, "fields": fields}}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"as_named": ["age"]}, "variables.age: also in `as_named`; keep one"),
        ({"rows": []}, "rows: there are none; name a raw table as `source.table`"),
        ({"rows": ["redcap.visits"]}, "rows: no raw table 'redcap.visits' (did you mean 'redcap.visit'?); write one of a source, as `source.table`"),
        ({"rows": ["redcap.visit", {"table": "laboratory.tube", "instance": "first"}]}, "rows: laboratory.tube has no events or repeats; leave `at` and `instance` out"),
        ({"rows": ["laboratory.tube"], "variables": {"study_id": "ident"}}, "variables.study_id: no column 'ident' is read from the source; name it there, or correct it"),
        ({"grain": []}, "grain: it is empty; name the variables that say which row is which"),
        ({"grain": ["visit_id"]}, "grain: 'visit_id' has no rule; map it in `variables`"),
        ({"grain": ["anti_tnf"]}, "grain: 'anti_tnf' is not read from a field; put one that is into the grain"),
        ({"refers_to": {"study_id": "patient"}}, "refers_to: no table 'patient'; name one of the study"),
        ({"refers_to": {"age": "visit"}}, "refers_to: a row of visit is not known by 'age' alone; leave it out"),
        ({"rows": [slots({"drug": ["drug_{1..2}"]})]}, "grain: it does not tell the slots of redcap.visit apart; map 'slot' to a variable, and put that into the grain"),
        ({"rows": [slots({"id": ["id_1", "id_1"]})]}, "rows: id_1 stands in 2 slots of redcap.visit; each has its own"),
        ({"rows": [slots({"id": ["id_1"]}, number="id")]}, "rows: 'id' is the number and a field; rename one"),
        ({"rows": [slots({}, number="id")]}, "rows: the slots of redcap.visit have no fields; name those of each slot in order"),
        ({"exclude": [{"when": "withdrawn", "reason": "x"}]}, "exclude 1: when: the table has no variable 'withdrawn'; map it, or correct the name"),
        ({"exclude": [{"when": "age", "reason": "x"}]}, "exclude 1: when: it gives a number; write what is yes or no, such as a == 1"),
        ({"exclude": [{"when": "ifx", **WHOLE, "per": "person"}]}, "exclude 1: per: the table has no variable 'person'; map it, or correct the name"),
        ({"exclude": [{"when": "ifx", **WHOLE, "order": "age"}]}, "exclude 1: order: only `rows: later` has one; leave it out"),
        ({"exclude": [{"when": "ifx", **LATER, "order": "day"}]}, "exclude 1: order: the table has no variable 'day'; map it, or correct the name"),
        ({"exclude": [{"when": "ifx", **WHOLE, "of": "visits"}]}, "exclude 1: of: no table 'visits'; name one of the study"),
        ({"exclude": [{"when": "anti_tnf", **WHOLE, "of": "visit"}]}, "exclude 1: when: anti_tnf is derived in visit; name variables it reads from fields"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_told_with_its_key(change: dict[str, Any], problem: str) -> None:
    study = changed()
    study["sources"]["laboratory"] = LABORATORY
    study["tables"]["visit"] |= change

    assert told(study) == [f"studies/clinic.yaml: tables.visit: {problem}"]


def test_derived_variables_in_a_circle_are_told_in_their_order() -> None:
    study = changed()
    study["tables"]["visit"]["variables"] |= {"ifx": {"derive": "ada"}, "ada": {"derive": "ifx"}}

    (problem,) = told(study)

    circles = ["ifx → ada → ifx", "ada → ifx → ada"]
    end = "are made of one another in a circle; break it at one of them"
    assert problem in [
        f"studies/clinic.yaml: tables.visit: variables: {circle} {end}" for circle in circles
    ]


def test_a_broadcast_must_name_one_row() -> None:
    study = changed()
    study["tables"]["visit"]["grain"] = ["study_id", "age"]
    study["tables"]["visit"]["variables"]["ifx"] = {"broadcast": "ada", "at": {"sex": "male"}}

    assert told(study) == [
        of_variable(
            "ifx", "broadcast: at: there may be several rows, as the grain has age; say at which"
        )
    ]


def test_two_rules_never_write_one_column() -> None:
    study = changed()
    study["tables"]["visit"]["variables"]["crp_comparator"] = "sign"
    sign = {"variable": "crp_comparator", "label": "Sign", "table": "visit", "type": "string"}

    assert problems_of(book(study, [*VARIABLES, sign])) == [
        of_variable(
            "crp_comparator", "crp writes the column crp_comparator too; rename the variable"
        )
    ]


@pytest.mark.parametrize(
    ("dataset", "problem"),
    [
        ({"rows": "visits"}, "no table 'visits' (did you mean 'visit'?); name one of the study"),
        ({"rows": "visit", "beside": ["visit"]}, "visit stands in it 2 times; name it once"),
        ({"rows": "visit", "where": "crp"}, "where: it gives a number; write what is yes or no, such as a == 1"),
        ({"rows": "visit", "where": "age > limit"}, "where: the table has no variable 'limit'; map it, or correct the name"),
        ({"rows": "visit", "leave_out": ["colour"]}, "leave_out: there is no variable 'colour'; take it off the list"),
        ({"rows": "visit", "leave_out": ["study_id"]}, "leave_out: study_id is of the grain, and must stay; take it off the list"),
        ({"rows": "visit", "beside": ["lab"]}, "beside lab: its rows are known by sampled_on too, which the dataset does not have; say which of them with `dated`, or make a table of one row each"),
        ({"rows": "visit", "beside": [{"table": "lab", "dated": {"seen": "sampled_on"}}]}, "beside lab: dated: no variable 'seen'; name the date of each table"),
        ({"rows": "visit", "beside": [{"table": "lab", "dated": {"seen_on": "urea"}}]}, "beside lab: dated: urea is a number; name a date"),
        ({"rows": "lab", "beside": [{"table": "visit", "within_days": 3}]}, "beside visit: within_days: it says how far dates may be apart; name them in `dated`"),
        ({"rows": "visit", "beside": ["other"]}, "both visit and other have a column age; give one of them a variable of its own, or say with `only` what is wanted of it"),
        ({"rows": "visit", "beside": [{"table": "other", "only": ["colour"]}]}, "beside other: only: there is no variable 'colour'; take it off the list"),
        ({"long": "visit", "keep": ["colour"]}, "keep: visit has no column 'colour'; take it off the list"),
    ],
)  # fmt: skip
def test_a_wrong_dataset_is_told_with_its_name(dataset: dict[str, Any], problem: str) -> None:
    study = changed()
    study["tables"]["lab"] = LAB
    study["tables"]["other"] = {
        **LAB,
        "grain": ["study_id"],
        "variables": {"study_id": "id", "age": "age_then"},
    }
    study["datasets"] = {"read": {"description": "What is read.", **dataset}}

    assert told(study) == [f"studies/clinic.yaml: datasets.read: {problem}"]


def test_a_table_stands_beside_another_by_its_nearest_date() -> None:
    study = changed()
    study["tables"]["lab"] = LAB
    beside = {"table": "lab", "dated": {"seen_on": "sampled_on"}, "within_days": 7}
    study["datasets"] = {"read": {"description": "x", "rows": "visit", "beside": [beside]}}

    assert told(study) == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "rows: there are none; name a dataset of each study as `study.dataset`"),
        (["clinic.visits"], "rows: no dataset 'clinic.visits'; name one as `study.dataset`"),
        (["ward.visit"], "rows: no dataset 'ward.visit'; name one as `study.dataset`"),
        (["clinic.visit", "clinic.visit"], "rows: clinic.visit is named 2 times; name it once"),
    ],
)
def test_a_wrong_dataset_of_several_studies_is_told(rows: list[str], problem: str) -> None:
    combined = Combined(dataset="all", description="All.", owners=(), rows=tuple(rows))

    found = problems_of(book(changed(), datasets={"all": combined}))

    assert found == [f"datasets/all.yaml: {problem}"]


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("sex", {"codes": "gender"}, "codes: no value set 'gender'; define it in value_sets.csv"),
        ("sex", {"codes": None}, "codes: a category needs a value set; name one of value_sets.csv"),
        ("crp", {"codes": "sex"}, "codes: only category, string or text has codes, and the type is measurement; change one"),
        ("age", {"minimum": 120}, "minimum: it is above the maximum; exchange them"),
        ("seen_on", {"maximum": 5}, "minimum, maximum: only a number has a range, and the type is date; leave them out"),
        ("seen_on", {"unit": "d"}, "unit: only a number has a unit, and the type is date; leave it out"),
        ("crp", {"concept": "1988-5"}, "concept: it is not a CURIE; write it as LOINC:718-7"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_told_with_its_name(
    name: str, change: dict[str, Any], problem: str
) -> None:
    lines = [{**line, **(change if line["variable"] == name else {})} for line in VARIABLES]

    assert problems_of(book(changed(), lines)) == [f"variables/*.csv: {name}: {problem}"]


def test_every_column_fits_postgres_that_of_a_comparator_too() -> None:
    long = "c" * 53
    line = {"variable": long, "label": "Long", "table": "visit", "type": "measurement"}

    assert problems_of(book(changed(), [*VARIABLES, line])) == [
        f"variables/*.csv: {long}: the column {long}_comparator has a name longer than 63 bytes; shorten it"
    ]


def test_a_table_whose_name_postgres_would_cut_is_told() -> None:
    study, long = changed(), "t" * 58
    study["tables"][long] = study["tables"].pop("visit")
    study["datasets"] = {}

    assert told(study) == [
        f"studies/clinic.yaml: tables: {long!r} and the study's name are longer than 61 bytes; shorten one"
    ]


@pytest.mark.parametrize(
    ("unit", "rule", "problem"),
    [
        ("mg/L", {"field": "crp", "unit": "µg/L"}, of_variable("crp", "unit: 'µg/L' is not a UCUM unit; write ug/L")),
        ("mg/q", "crp", f"variables/*.csv: crp: unit: 'mg/q' is not a UCUM unit; {UCUM}"),
        ("mg/L", {"field": "crp", "unit": "mmol/L"}, of_variable("crp", "unit: 'mmol/L' does not convert to 'mg/L'; read it into a variable of its own unit, and derive this one from that")),
        ("mg/L", {"coalesce": ["crp", {"field": "crp_2", "unit": "mgs"}]}, of_variable("crp", f"unit: 'mgs' is not a UCUM unit; {UCUM}")),
    ],
)  # fmt: skip
def test_a_unit_that_does_not_convert_is_told(unit: str, rule: object, problem: str) -> None:
    study = changed()
    study["tables"]["visit"]["variables"]["crp"] = rule
    lines = [{**x, "unit": unit} if x["variable"] == "crp" else x for x in VARIABLES]

    assert unit_problems(book(study, lines)) == [problem]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"study": "ward"}, "study: 'ward' has no sound file in studies/; correct one of them"),
        ({"sample_table": "tube"}, "sample_table: the study has no table 'tube'; name one it has"),
        ({"sample_patterns": ["(.+)"]}, "sample_patterns: '(.+)' has no group named `sample`; put the sample's id in (?P<sample>…)"),
        ({"sample_patterns": ["(?P<sample>"]}, "sample_patterns: '(?P<sample>' has no group named `sample`; put the sample's id in (?P<sample>…)"),
        ({"sample_patterns": ["(?P<sample>.+)(?=_)"]}, "sample_patterns: '(?P<sample>.+)(?=_)' looks ahead or behind, or back at a group; write it without (?=…), (?!…), (?<=…), (?<!…) and \\1"),
        ({"normalise": [{"strip": "_rep("}]}, "normalise: '_rep(' is no pattern that can be used; correct it"),
        ({"normalise": ["upper", {"strip": ".*"}]}, "normalise: '.*' strips a whole name; end it with $, and say how what it strips begins"),
        ({"manifests": [MANIFEST, MANIFEST]}, "manifests: 'runs/*.csv' is described 2 times; describe it once"),
        ({"manifests": [{**MANIFEST, "path": "tube"}]}, "manifests: 'runs/*.csv': `sample` and `path` name the same column; name the column of the sample and that of the file"),
        ({"manifests": [{**MANIFEST, "derived_from": "file"}]}, "manifests: 'runs/*.csv': `derived_from` names the column of the sample or the file; name the one with the files that it was made from"),
        ({"derived": [{"source": "bam", "made": "bam"}]}, "derived: 'bam' is made from itself; name two formats"),
        ({"manifests": [{**MANIFEST, "file": "../m.csv"}]}, "manifests: '../m.csv' is outside the inbox; write it from the inbox's folder, such as runs/*/manifest.csv"),
        ({"formats": ["vcf", "bam", "vcf"]}, "formats: 'vcf' stands 2 times; write it once"),
        ({"formats": ["vcf"], "companions": {"read_pairs": "required"}}, "companions: read_pairs is required, and `formats` has no fastq; add it there, or take the companion out"),
    ],
)  # fmt: skip
def test_a_wrong_collection_is_told(change: dict[str, Any], problem: str) -> None:
    sound = {
        "collection": "files",
        "label": "Files",
        "study": "clinic",
        "store": "FILES_URL",
        "policy": "copy",
        "sample_patterns": ["(?P<sample>.+)"],
        "sample_table": "visit",
    }
    collection = Collection.model_validate({**sound, **change})

    found = problems_of(book(changed(), collections={"files": collection}))

    assert found == [f"collections/files.yaml: {problem}"]


def test_no_two_sources_give_one_raw_table() -> None:
    study = changed()
    tube = LABORATORY["select"]["tube"]
    study["sources"]["laboratory"] = {**LABORATORY, "select": {"visit": tube}}
    study["sources"]["redcap"]["instruments"].append("redcap_record")

    assert told(study) == [
        f"studies/clinic.yaml: sources: 2 raw tables would be named {name!r}; rename a source or "
        "table"
        for name in ("visit", "redcap_record")
    ]


def test_what_nothing_uses_is_remarked_and_is_no_problem() -> None:
    unused = {**MORE[1]}
    found = book(changed(), [*VARIABLES, unused], value_sets={**VALUE_SETS, "old": {"a": "A"}})

    assert problems_of(found) == []
    assert remarks_on(found) == [
        "variables/*.csv: urea: no study uses it; map it, or take its line out",
        "value_sets.csv: old: no variable uses it; name it in `codes`, or take it out",
    ]


def places(held: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(held, dict | list):
        return [place]
    inner = held.items() if isinstance(held, dict) else enumerate(held)
    return [place, *(each for key, value in inner for each in places(value, (*place, key)))]


@pytest.mark.parametrize("slip", [None, "sex", "ifx or ada", "{id}", "lab", "redcap.lab"])
def test_no_slip_of_the_pen_makes_the_check_itself_fail(slip: str | None) -> None:
    seen = 0
    for *above, key in places(STUDY["tables"])[1:]:
        study = changed()
        held = study["tables"]
        for each in above:
            held = held[each]
        if slip is None:
            del held[key]
        else:
            held[key] = slip
        try:
            Study.model_validate(study)
        except ValidationError:
            continue
        seen += any(told(study))

    assert seen > 0
