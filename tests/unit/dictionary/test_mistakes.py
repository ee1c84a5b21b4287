"""Every slip of a person who writes a study file is answered: which line or key, what, the cure."""

from pathlib import Path

import pytest

from omics_orchestrator.dictionary.check import unit_problems
from omics_orchestrator.dictionary.load import read

STUDY = """\
study: clinic
label: Clinic
description: Made up.
owners: [somebody@example.org]
sources:
  redcap:
    kind: redcap
    url: CLINIC_URL
    token: CLINIC_TOKEN
    instruments: [visit, history]
    identifiers: [dob]
    missing: {"-9": refused}
code_maps:
  yes_no: {1: true, 2: false}
tables:
  visit:
    description: One row a participant.
    rows: [redcap.visit]
    grain: [study_id]
    variables:
      study_id: record_id
      sex: {field: gender, codes: {1: male, 2: female}}
      crp: {field: crp, unit: mg/L}
      ifx: {field: had_ifx, codes: yes_no}
      seen_on: {field: seen, formats: ["%d/%m/%Y"]}
      double: {derive: crp_n * 2}
      crp_n: crp
    as_named: [age]
    ignore:
      administrative: [entered_by]
datasets:
  main:
    description: What is read.
    rows: visit
"""
VARIABLES = """\
variable,label,table,type,unit,codes
study_id,Participant,visit,string,,
sex,Sex,visit,category,,sex
crp,CRP,visit,measurement,mg/L,
crp_n,CRP as a number,visit,number,,
ifx,Infliximab,visit,boolean,,
seen_on,Date,visit,date,,
double,Twice,visit,number,,
age,Age,visit,integer,,
"""
VALUE_SETS = "value_set,code,label\nsex,male,Male\nsex,female,Female\n"
SOURCE_KEYS = (
    "kind, url, token, instruments, identifiers, released, missing, project_id, "
    "accepted_dictionary, files, survey_stamps, one_group, full_read_every_days"
)
FIELD_KEYS = (
    "field, codes, labels, formats, letters, decimal, thousands, words, unit, unit_field, "
    "unit_in_text, missing"
)
KINDS = (
    "field, coalesce, join, any_of, checkboxes, checkbox, pattern, format, constant, derive, "
    "broadcast, not_collected"
)
SECRET = "0123456789ABCDEF0123456789ABCDEF"
NAME = "write the name of an environment variable, such as MYSTUDY_REDCAP_TOKEN, and never the value itself"
BELOW = "write keys below it with their values, such as `a: b`"
PLAIN_NAME = "a name has small letters, digits and single underscores"
UNFIT = "it does not fit the lines above; indent it as they are, and close every bracket"


def told(folder: Path, study: str | bytes = STUDY, **files: str | bytes) -> list[str]:
    """What is said of a dictionary, without the name of the study's file."""
    contents = {
        "variables/visit.csv": files.get("variables", VARIABLES),
        "value_sets.csv": files.get("value_sets", VALUE_SETS),
        "studies/clinic.yaml": study,
    }
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found, problems = read(folder)
    return [each.removeprefix("studies/clinic.yaml") for each in problems + unit_problems(found)]


def test_the_study_that_is_spoilt_below_is_sound(tmp_path: Path) -> None:
    assert told(tmp_path) == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        # Keys
        ("label:", "lable:", " line 2: lable: this key is not known here; did you mean `label`?"),
        ("    identifiers:", "    forms:", f" line 11: sources.redcap.forms: this key is not known here; there are {SOURCE_KEYS}"),
        ("unit: mg/L", "units: mg/L", " line 23: tables.visit.variables.crp.units: this key is not known here; did you mean `unit`?"),
        ("unit: mg/L", "constant: 3", f" line 23: tables.visit.variables.crp.constant: this key is not known here; there are {FIELD_KEYS}"),
        ("{derive:", "{derived:", f" line 26: tables.visit.variables.double: a rule has one of the keys {KINDS}"),
        ("    rows: visit\n", "    row: visit\n", " line 34: datasets.main.row: this key is not known here; did you mean `rows`?"),
        ("    token: CLINIC_TOKEN\n", "", " line 6: sources.redcap.token: this key is missing"),
        ("{1: true, 2: false}", "{1: true, 2: false}\nlabel: Again", " line 15: the key 'label' is given twice; keep one"),
        ("crp: {f", "sex: gender\n      crp: {f", " line 23: the key 'sex' is given twice; keep one"),
        ("{1: male, 2: female}", "{1: male, 1: female}", " line 22: the key '1' is given twice; keep one"),
        ("{1: male, 2: female}", "{1: male, '1': female}", " line 22: the key '1' is given twice; keep one"),
        ("  visit:\n    desc", "  Visit:\n    desc", f" line 16: tables.Visit: {PLAIN_NAME}"),
        ("      sex:", "      patient-sex:", f" line 22: tables.visit.variables.patient-sex: {PLAIN_NAME}"),
        ("study: clinic", "study: Clinic", f" line 1: study: {PLAIN_NAME}"),
        ("study: clinic", "study: ward", ": `study` must be 'clinic', as the file"),
        # Values of another kind
        ("[redcap.visit]", "redcap.visit", " line 18: tables.visit.rows: write a list, such as [a, b]"),
        ('["%d/%m/%Y"]', '"%d/%m/%Y"', " line 25: tables.visit.variables.seen_on.formats: write a list, such as [a, b]"),
        ("label: Clinic", "label: 12", " line 2: label: write text; a number, yes or no goes into quotes"),
        ('{"-9": refused}', "[-9]", f" line 12: sources.redcap.missing: {BELOW}"),
        ("    ignore:\n      administrative: [entered_by]", "    ignore: [entered_by]", f" line 29: tables.visit.ignore: {BELOW}"),
        ("{1: male, 2: female}", "[male, female]", " line 22: tables.visit.variables.sex.codes: write each code with its meaning, such as {1: male, 2: female}, or the name of one of `code_maps`"),
        ("{1: male, 2: female}", "{1: male, 2: 5}", " line 22: tables.visit.variables.sex.codes.2: write what the code means: a code of ours, true or false"),
        ("{field: gender,", "{any_of: [{fields: [a], codes: [no]}]}\n      x: {field: gender,", " line 22: tables.visit.variables.sex.any_of.0.codes.0: put the code into quotes; YAML reads yes, no, on, off and null as something else"),
        ("kind: redcap", "kind: redcp", " line 6: sources.redcap: kind: write one of 'redcap', 'sql', 'excel', 'delimited'"),
        ("    kind: redcap\n", "", " line 6: sources.redcap: kind: this key is missing"),
        ("unit: mg/L", "letters: big", " line 23: tables.visit.variables.crp.letters: write 'upper' or 'lower'"),
        ("CLINIC_TOKEN", "clinic_token", f" line 9: sources.redcap.token: {NAME}"),
        ("CLINIC_TOKEN", SECRET, f" line 9: sources.redcap.token: {NAME}"),
        # What is no YAML
        ("One row a", "One row: a", " line 17: a second colon in one entry; begin each key on a line of its own, and put text with a colon into quotes"),
        ("2: female}}", "2: female}", " line 22: a bracket that opens here is not closed; close it"),
        ("2: female}}", "2: female}}}", f" line 22: {UNFIT}"),
        ("      crp: {f", "     crp: {f", f" line 23: {UNFIT}"),
        ("      crp: {f", "\tcrp: {f", " line 23: a tab; indent with spaces"),
        ("label: Clinic", "label: 'Clinic", " line 2: a quote that opens here is not closed; close it",
        ),
        ("rows: visit\n", 'rows: "visit\n', " line 34: a quote that opens here is not closed; close it"),
        ("label: Clinic", "label: %", " line 2: text begins with a sign that means something else; put it into quotes"),
        ("label: Clinic", "label: >5 mg", " line 2: text begins with a sign that means something else; put it into quotes"),
        ("label: Clinic", "label: *", " line 2: text begins with a sign that means something else; put it into quotes"),
        ("datasets:", "---\ndatasets:", " line 31: a second document begins; keep one, without `---`"),
        ("label: Clinic", "label: Cli\x07nic", " line 2: a character that no text has; take it out"),
        # What does not fit together
        ("      sex:", "      sexe:", ": tables.visit: variables.sexe: no such variable (did you mean 'sex'?); define it in variables/*.csv"),
        ("[redcap.visit]", "[redcap.visits]", ": tables.visit: rows: no raw table 'redcap.visits' (did you mean 'redcap.visit'?); write one of a source, as `source.table`"),
        ("    rows: visit", "    rows: visits", ": datasets.main: no table 'visits' (did you mean 'visit'?); name one of the study"),
        ("crp_n * 2", "crpn * 2", ": tables.visit: variables.double: derive: the table has no variable 'crpn' (did you mean 'crp_n'?); map it, or correct the name"),
        ("crp_n: crp", "crp_n: {derive: double / 2}", None),
        ("{1: male, 2: female}", "{1: M, 2: female}", ": tables.visit: variables.sex: codes: 'M' is not in value set 'sex' (male, female); add it to value_sets.csv, or correct it"),
        ("field: gender", "field: dob", ": tables.visit: variables.sex: dob is listed under `identifiers`, and never asked for; take it out of one of the two"),
        ("unit: mg/L", "unit: mmol/L", ": tables.visit: variables.crp: unit: 'mmol/L' does not convert to 'mg/L'; read it into a variable of its own unit, and derive this one from that"),
        ("%d/%m/%Y", "DD/MM/YYYY", ": tables.visit: variables.seen_on: formats: 'DD/MM/YYYY' names no whole date; write it as %d/%m/%Y"),
        ("grain: [study_id]", "grain: [study_no]", ": tables.visit: grain: 'study_no' has no rule; map it in `variables`"),
        ("as_named: [age]", "as_named: [age, sex]", ": tables.visit: variables.sex: also in `as_named`; keep one"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_place_and_cure(
    tmp_path: Path, before: str, after: str, problem: str | None
) -> None:
    assert STUDY.count(before) == 1
    found = told(tmp_path, STUDY.replace(before, after))

    assert problem in found if problem else len(found) == 1
    assert SECRET not in str(found)


@pytest.mark.parametrize(
    ("study", "problem"),
    [
        ("", f" line 1: the file: {BELOW}"),
        ("- a\n- b\n", f" line 1: the file: {BELOW}"),
        (STUDY.replace("Made up", "Älter").encode("latin-1"), " line 3: a letter that is no UTF-8; save the file as UTF-8"),
        (STUDY.replace("  visit:\n    description: One", "  visit: none\n  other:\n    description: One"), f" line 16: tables.visit: {BELOW}"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_study_is_told(tmp_path: Path, study: str | bytes, problem: str) -> None:
    assert told(tmp_path, study) == [problem]


def test_several_slips_are_told_at_once(tmp_path: Path) -> None:
    spoilt = STUDY.replace("label:", "lable:").replace("unit:", "units:")
    doubled = spoilt.replace("    as_named: [age]", "    as_named: [age]\n    as_named: []")

    assert told(tmp_path, doubled) == [
        " line 29: the key 'as_named' is given twice; keep one",
        " line 1: label: this key is missing",
        " line 2: lable: this key is not known here; did you mean `label`?",
        " line 23: tables.visit.variables.crp.units: this key is not known here; did you mean `unit`?",
    ]


def test_codes_are_what_is_written_and_nothing_that_yaml_makes_of_them(tmp_path: Path) -> None:
    codes = "{01: male, no: female, 1_0: male, 1.0: male, ~: male, 2020-02-30: male}"
    assert told(tmp_path, STUDY.replace("{1: male, 2: female}", codes)) == []

    found, _ = read(tmp_path)
    rule = found.studies["clinic"].tables["visit"].variables["sex"]

    assert set(rule.codes) == {"01", "no", "1_0", "1.0", "~", "2020-02-30"}


def test_a_file_may_begin_with_the_mark_of_windows_and_end_its_lines_so(tmp_path: Path) -> None:
    assert told(tmp_path, ("\ufeff" + STUDY.replace("\n", "\r\n")).encode()) == []


def test_a_study_may_do_without_datasets(tmp_path: Path) -> None:
    assert told(tmp_path, STUDY.partition("datasets:")[0]) == []


def test_what_a_study_repeats_may_be_written_once(tmp_path: Path) -> None:
    shared = STUDY.replace("sex: {f", "sex: &sex {f").replace(
        "crp_n: crp\n", "crp_n: crp\n  again:\n    <<: *table\n    description: Again.\n"
    )
    assert (
        told(
            tmp_path,
            shared.replace("  visit:\n    desc", "  visit: &table\n    desc").replace(
                "    as_named: [age]\n    ignore:\n      administrative: [entered_by]\n", ""
            ),
        )
        == []
    )


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"variables": VARIABLES.replace("integer", "integral")}, "variables/visit.csv line 9: type: write 'string', 'text', 'integer', 'number', 'measurement', 'boolean', 'category', 'date', 'partial_date' or 'datetime'"),
        ({"variables": VARIABLES.replace("label,", "lable,")}, "variables/visit.csv line 2: lable: this key is not known here; did you mean `label`?"),
        ({"variables": VARIABLES.replace("Sex,", "Sex, or gender,")}, "variables/visit.csv line 3: more cells than the first line has; put text with a comma into quotes"),
        ({"variables": VARIABLES.replace("Sex,", "Sex ü,").encode("latin-1")}, "variables/visit.csv line 3: a letter that is no UTF-8; save the file as UTF-8"),
        ({"variables": VARIABLES + "sex,Sex,visit,category,,sex\n"}, "variables/visit.csv line 10: 'sex' is defined twice; keep one definition"),
        ({"value_sets": VALUE_SETS.replace("code,", "kode,")}, "value_sets.csv line 2: code: this is missing"),
        ({"value_sets": VALUE_SETS + "sex,male,Man\n"}, "value_sets.csv line 4: 'male' is defined twice; keep one definition"),
    ],
)  # fmt: skip
def test_a_slip_in_a_table_of_the_dictionary_is_told_with_its_line(
    tmp_path: Path, files: dict[str, str | bytes], problem: str
) -> None:
    assert problem in told(tmp_path, **files)
