"""Exports are valid by their own tools, and what is read back is what was written."""

import json
from importlib import resources
from pathlib import Path

import frictionless as frictionless_tool
import jsonschema
import linkml_runtime.linkml_model
import pytest
import yaml
from linkml_runtime.utils.schemaview import SchemaView

from omics_orchestrator.dictionary.load import load
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.rules import DeriveRule, NotCollected
from omics_orchestrator.registry import offers
from omics_orchestrator.stewardship import exports
from omics_orchestrator.stewardship.exports import frictionless, linkml, redcap, rmonize
from tests.unit.stewardship import reimport
from tests.unit.stewardship.small_world import book, dictionary

OURS = load(Path(__file__).parents[3] / "data_dictionary")
SMALL = dictionary(book())
BOTH = pytest.mark.parametrize("known", [OURS, SMALL], ids=["ours", "small"])


def used_sets(known: Dictionary) -> dict[str, dict[str, str]]:
    named = {each.codes for each in known.variables.values() if each.codes}
    return {name: dict(known.value_sets[name]) for name in named}


def text_of(files: dict[str, str]) -> str:
    (text,) = files.values()
    return text


def test_every_format_is_offered() -> None:
    assert set(offers(exports, "files")) == {"frictionless", "linkml", "redcap", "rmonize"}


@BOTH
def test_redcap_reads_back_every_variable_and_code(known: Dictionary) -> None:
    variables, sets = reimport.from_redcap(text_of(redcap.files(known)))
    assert variables == known.variables
    assert sets == used_sets(known)


@BOTH
def test_redcap_gets_the_record_id_first_and_each_form_in_one_piece(known: Dictionary) -> None:
    rows = reimport.rows_of(text_of(redcap.files(known)))
    assert rows[0]["Variable / Field Name"] == "study_id"
    forms = [row["Form Name"] for row in rows]
    runs = [form for number, form in enumerate(forms) if number == 0 or forms[number - 1] != form]
    assert len(runs) == len(set(forms))


def test_what_names_a_person_is_an_identifier_in_redcap() -> None:
    told = book()
    told["variables"]["note"]["sensitivity"] = "direct"
    text = text_of(redcap.files(dictionary(told)))
    assert reimport.identifiers_in(text) == {"note"}


def test_a_bar_in_a_label_begins_no_choice_in_redcap() -> None:
    told = book()
    told["value_sets"]["sex"] = {"male": "Male | man, boy", "female": "Female"}
    _, sets = reimport.from_redcap(text_of(redcap.files(dictionary(told))))
    assert sets["sex"] == {"male": "Male / man, boy", "female": "Female"}


@BOTH
def test_frictionless_finds_every_schema_valid(known: Dictionary) -> None:
    for name, text in frictionless.files(known).items():
        problems = list(frictionless_tool.Schema.metadata_validate(json.loads(text)))
        assert problems == [], name


@BOTH
def test_frictionless_reads_back_every_variable_in_use(known: Dictionary) -> None:
    variables, sets = reimport.from_frictionless(frictionless.files(known))
    used = {
        name
        for study in known.studies.values()
        for table in study.tables
        for name in rules_of(study, table)
    }
    assert variables == {name: known.variables[name] for name in used}
    assert sets == {name: dict.fromkeys(codes, "") for name, codes in used_sets(known).items()}


def test_frictionless_refuses_a_row_that_the_dictionary_would_not_have(tmp_path: Path) -> None:
    schema = frictionless_tool.Schema.from_descriptor(
        json.loads(frictionless.files(SMALL)["core.registry__stay.schema.json"])
    )
    header = ",".join(field.name for field in schema.fields)
    for number, (row, is_sound) in enumerate(
        {
            "a,2020-01-01,male,": True,
            "a,,,": True,
            ",2020-01-01,male,": False,
            "a,01/02/2020,male,": False,
            "a,2020-01-01,m,": False,
        }.items()
    ):
        file = tmp_path / f"{number}.csv"
        file.write_text(f"{header}\n{row}\n")
        resource = frictionless_tool.Resource(
            path=file.name, basepath=str(tmp_path), schema=schema.to_copy()
        )
        assert resource.validate().valid == is_sound, row


@BOTH
def test_linkml_finds_the_schema_valid_by_its_own_metamodel(known: Dictionary) -> None:
    folder = resources.files(linkml_runtime.linkml_model) / "jsonschema"
    metamodel = json.loads((folder / "meta.schema.json").read_text())
    told = yaml.safe_load(text_of(linkml.files(known)))
    validator = jsonschema.validators.validator_for(metamodel)(metamodel)
    assert [error.message for error in validator.iter_errors(told)] == []


@BOTH
def test_linkml_reads_back_every_variable_and_code(known: Dictionary) -> None:
    variables, sets = reimport.from_linkml(text_of(linkml.files(known)))
    assert variables == known.variables
    assert sets == {name: dict(codes) for name, codes in known.value_sets.items()}


@BOTH
def test_linkml_has_a_class_for_each_conformed_table_with_its_key(known: Dictionary) -> None:
    view = SchemaView(text_of(linkml.files(known)))
    keys = {
        tuple(key.unique_key_slots)
        for each in view.all_classes().values()
        for key in each.unique_keys.values()
    }
    tables = [table for study in known.studies.values() for table in study.tables.values()]
    assert len(view.all_classes()) == len(tables)
    assert keys == {table.grain for table in tables}


@BOTH
def test_rmonize_gets_its_columns_and_no_variable_twice(known: Dictionary) -> None:
    files = {name: reimport.rows_of(text) for name, text in rmonize.files(known).items()}
    variables, categories, elements = (
        files[f"{name}.csv"]
        for name in ("dataschema_variables", "dataschema_categories", "data_processing_elements")
    )
    needed = {"dataschema_variable", "input_dataset", "input_variables"}
    needed |= {"Mlstr_harmo::rule_category", "Mlstr_harmo::algorithm"}
    assert needed <= elements[0].keys()
    assert {each["name"] for each in variables} == known.variables.keys()
    assert variables[0]["name"] == "study_id"
    assert {each["variable"] for each in categories} <= known.variables.keys()
    places = [(each["input_dataset"], each["dataschema_variable"]) for each in elements]
    assert len(places) == len(set(places))
    assert all(each["Mlstr_harmo::algorithm"] and each["input_variables"] for each in elements)


@BOTH
def test_rmonize_gets_an_identifier_first_for_each_input_dataset(known: Dictionary) -> None:
    elements = reimport.rows_of(rmonize.files(known)["data_processing_elements.csv"])
    first: dict[str, str] = {}
    for each in elements:
        first.setdefault(each["input_dataset"], each["Mlstr_harmo::rule_category"])
    assert set(first.values()) == {"id_creation"}


@BOTH
def test_rmonize_is_told_the_status_that_the_study_file_says(known: Dictionary) -> None:
    elements = reimport.rows_of(rmonize.files(known)["data_processing_elements.csv"])
    told = {
        (each["input_dataset"], each["dataschema_variable"]): each["Mlstr_harmo::status"]
        for each in elements
    }
    for study in known.studies.values():
        every: set[str] = set()
        for table in study.tables:
            for name, rule in rules_of(study, table).items():
                every.add(name)
                status = "impossible" if isinstance(rule, NotCollected) else "complete"
                assert told[f"{study.study}__{table}", name] == status
        first = f"{study.study}__{next(iter(study.tables))}"
        unsaid = known.variables.keys() - every
        assert {told[first, name] for name in unsaid} <= {"undetermined"}


def elements_of(known: Dictionary) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (each["input_dataset"], each["dataschema_variable"]): (
            each["Mlstr_harmo::rule_category"],
            each["Mlstr_harmo::algorithm"],
        )
        for each in reimport.rows_of(rmonize.files(known)["data_processing_elements.csv"])
    }


@pytest.mark.parametrize(
    ("table", "variable", "category", "algorithm"),
    [
        ("registry__entry", "sex", "recode", 'recode("m" = "male" ; "f" = "female" ; ELSE = NA)'),
        ("clinic__visit", "perianal", "recode", 'recode("1" = TRUE ; "0" = FALSE ; ELSE = NA)'),
        ("clinic__visit", "label_id", "operation", 'paste0("C-", id)'),
        ("clinic__visit", "kind", "paste", '"clinic"'),
        (
            "registry__entry",
            "albumin",
            "operation",
            'ifelse(alb %in% c("-9"), NA, alb) * 10.0 + 0.0',
        ),
        (
            "registry__entry",
            "age",
            "operation",
            (
                'dplyr::coalesce(ifelse(age_1 %in% c("-9"), NA, age_1), '
                'ifelse(age_2 %in% c("-9"), NA, age_2))'
            ),
        ),
        (
            "clinic__visit",
            "centre",
            "case_when",
            (
                'case_when(grepl("^(?:9[0-9])$", id, perl = TRUE) ~ "glasgow" ; '
                'grepl("^(?:[0-9]+)$", id, perl = TRUE) ~ "edinburgh" ; '
                'grepl("^(?:p.*)$", id, perl = TRUE) ~ "other" ; ELSE ~ NA)'
            ),
        ),
    ],
)
def test_a_rule_is_said_in_the_code_of_r(
    table: str, variable: str, category: str, algorithm: str
) -> None:
    assert elements_of(SMALL)[table, variable] == (category, algorithm)


def test_a_missing_code_is_no_number_in_rmonize() -> None:
    category, algorithm = elements_of(SMALL)["clinic__visit", "age"]
    assert (category, algorithm) == ("operation", 'ifelse(age %in% c("-1000", "NI"), NA, age)')


def test_what_r_cannot_say_stops_there_and_gives_no_empty_column() -> None:
    derived = {
        (f"{study.study}__{table}", name)
        for study in OURS.studies.values()
        for table in study.tables
        for name, rule in rules_of(study, table).items()
        if isinstance(rule, DeriveRule)
    }
    found = elements_of(OURS)
    assert derived
    assert all(found[place][0] == "other" for place in derived)
    assert all(found[place][1].startswith('stop("omics-orchestrator: ') for place in derived)
