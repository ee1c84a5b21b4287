"""drugs.csv, and what a study file says of drugs: what is right, and what is told of what is not."""

import re
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from omics_orchestrator.dictionary import check_drugs
from omics_orchestrator.dictionary.drug_records import Asked, Courses
from omics_orchestrator.dictionary.drugs import (
    NAMES,
    Drug,
    DrugClass,
    folded,
    names_of,
    problems_of,
)
from omics_orchestrator.dictionary.load import load, read
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.settings import REPOSITORY
from tests.unit.exposure.ward import RECORDS, dictionary, study

DATA_DICTIONARY = REPOSITORY / "data_dictionary"


@pytest.fixture(scope="module")
def book() -> Dictionary:
    return load(DATA_DICTIONARY)


@pytest.mark.parametrize(
    ("written", "drug"),
    [
        ("5-ASA", "asa"),
        ("Pentasa", "asa"),
        ("Prednisolone", "prednisolone"),
        ("6-MP", "mp"),
        ("methotrexate", "mtx"),
        ("Inflectra", "ifx"),
        ("amgevita", "ada"),
        ("Entyvio", "vedo"),
        ("Stelara", "uste"),
        ("Uzpruvo", "uste"),
        ("Risankisumab", "risa"),
        ("Rinvoq", "upa"),
        ("cyclosporine", "ciclosporin"),
        ("Metronidazole", "metronidazole"),
        ("Modulen  IBD", "een"),
    ],
)
def test_what_people_write_for_a_drug_is_known(written: str, drug: str, book: Dictionary) -> None:
    assert names_of(book.drugs.values())[folded(written)] == drug


def test_every_drug_that_is_one_substance_has_its_own_code(book: Dictionary) -> None:
    codes = [each.atc for each in book.drugs.values() if each.atc and len(each.atc) == 7]
    shared = {code for code in codes if codes.count(code) > 1}
    assert shared == {"A07EC02"}  # mesalazine as enema and as suppositories
    assert [name for name, each in book.drugs.items() if each.atc is None] == ["een"]


def test_the_drugs_are_the_value_set_and_the_code_map_of_their_names(book: Dictionary) -> None:
    assert set(book.value_sets["drug"]) == {*book.drugs, "other"}
    for each in book.studies.values():
        assert each.code_maps[NAMES]["risankisumab"] == "risa"


def test_a_dictionary_may_do_without_drugs(tmp_path: Path) -> None:
    shutil.copytree(DATA_DICTIONARY / "variables", tmp_path / "variables")
    shutil.copy(DATA_DICTIONARY / "value_sets.csv", tmp_path)
    found, _ = read(tmp_path)
    assert found.drugs == {}


def test_a_line_that_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    shutil.copytree(DATA_DICTIONARY, tmp_path / "dictionary")
    drugs = tmp_path / "dictionary" / "drugs.csv"
    drugs.write_text(drugs.read_text().replace("L04AB02", "L04AB2"))
    _, problems = read(tmp_path / "dictionary")
    assert any(re.match(r"drugs\.csv line \d+: atc: ", each) for each in problems)


def test_a_name_of_two_drugs_and_a_class_that_is_not_there_are_told() -> None:
    drugs = {
        "one": Drug.model_validate(
            {"drug": "one", "label": "One", "class": "known", "brands": "Same"}
        ),
        "two": Drug.model_validate(
            {"drug": "two", "label": "Two", "class": "lost", "synonyms": " same "}
        ),
        "known": Drug.model_validate({"drug": "known", "label": "Known", "class": "known"}),
    }
    classes = {"known": DrugClass.model_validate({"class": "known", "label": "Known"})}
    told = list(problems_of(drugs, classes))
    assert told == [
        "drugs.csv: two: no class 'lost'; add it to drug_classes.csv",
        "drugs.csv: two: 'same' is a name of one too; keep one",
        "drugs.csv: known: a class has this name too; rename one of them",
    ]


def test_a_pattern_stands_for_a_flag_of_each_drug() -> None:
    asked = Asked.model_validate(
        {
            "table": "visit",
            "date": "visit.seen",
            "now": {"on_{}": ["ifx", "ada"], "on_tnf": "anti_tnf"},
        }
    )
    assert dict(asked.now) == {"on_ifx": ("ifx",), "on_ada": ("ada",), "on_tnf": ("anti_tnf",)}
    assert (asked.date.table, asked.date.date) == ("visit", "seen")


def problems(**changes: Any) -> list[str]:
    """What is told of the made-up study after a change of its second courses, or of its visits."""
    records = deepcopy(RECORDS)
    target = records["asked"][0] if changes.keys() <= Asked.model_fields.keys() - {"table"} and (
        "now" in changes or "date" in changes
    ) else records["courses"][1]  # fmt: skip
    target |= changes
    ward = study(records)
    return list(check_drugs.of_records(dictionary(ward), ward, set(ward.tables)))


def test_a_sound_study_has_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"table": "lost"}, r"no table 'lost'"),
        (
            {"start": "begun"},
            r"courses 2: start: the table has no variable 'begun' \(did you mean 'began'\?\)",
        ),
        ({"start": "dose"}, r"courses 2: start: dose is a number; name a date"),
        ({"ongoing": "why"}, r"courses 2: ongoing: why is text; name yes or no"),
        ({"dose": "why"}, r"courses 2: dose: why is text"),
        (
            {"dose_text": "why"},
            r"courses 2: name the doses in `dose` with `unit`, or in `dose_text`",
        ),
        (
            {"dose": None, "unit": None, "dose_text": "still"},
            r"courses 2: dose_text: still is yes or no",
        ),
        ({"ever": {"infliximab": "still"}}, r"courses 2: name the drugs in `drug` or in `ever`"),
        ({"drug": [], "ever": {"ifxx": "still"}}, r"ever: no drug 'ifxx' \(did you mean 'ifx'\?\)"),
        ({"as_of": "visit.visit"}, r"as_of: visit is text; name a date"),
        (
            {"as_of": {"table": "visit", "date": "seen", "where": "visit"}},
            r"as_of: where: it gives text",
        ),
        ({"now": {"on_ifx": "anti_tnff"}}, r"asked 1: now: on_ifx: no drug or class 'anti_tnff'"),
        ({"now": {"on_nothing": "ifx"}}, r"asked 1: now: no variable 'on_nothing'"),
        ({"now": {"visit": "ifx"}}, r"asked 1: now: visit is text; name yes or no"),
        ({"date": "visit"}, r"asked 1: date: visit is text; name a date"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: dict[str, Any], told: str) -> None:
    found = problems(**change)
    assert any(re.search(told, each) for each in found), found


def test_a_table_in_which_something_is_wrong_is_told_of_alone() -> None:
    ward = study()
    assert list(check_drugs.of_records(dictionary(ward), ward, {"visit"})) == []


def test_a_participant_that_is_not_there_is_told() -> None:
    ward = study({**RECORDS, "participant": "person"})
    found = list(check_drugs.of_records(dictionary(ward), ward, set(ward.tables)))
    assert len(found) == 3
    assert found[0] == "participant: participant has no person; name its participant so"


def test_a_course_may_be_told_by_its_table_alone() -> None:
    assert Courses.model_validate({"table": "drugs", "drug": "name"}).tells == "rows"
