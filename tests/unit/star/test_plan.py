"""What the star takes from a dictionary: participants, visits, samples, sites, and which numbers."""

from collections.abc import Mapping
from typing import Any

import pytest

from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.star.measured import Measured, measured
from omics_orchestrator.star.study_tables import StudyTables, Visits, studies_of
from omics_orchestrator.star.view import View
from omics_orchestrator.star.views import views
from tests.unit.star.small_dictionary import TABLES, dictionary


def told(known: Dictionary, study: str = "clinic") -> StudyTables:
    return StudyTables(known, known.studies[study])


def with_table(name: str, **spec: Any) -> Dictionary:
    """The dictionary, with one more table of the study `clinic`."""
    known = dictionary()
    study = known.studies["clinic"].model_dump()
    study["tables"] |= {name: {"description": "Made up.", "rows": ["redcap.form"], **spec}}
    clinic = Study.model_validate(study)
    return known.model_copy(update={"studies": {**known.studies, "clinic": clinic}})


def view(known: Dictionary, name: str) -> View:
    return next(each for each in views(known) if each.table.name.table == name)


def test_a_study_is_seen_as_its_file_says_it() -> None:
    clinic = told(dictionary())
    assert (clinic.who, clinic.participants, clinic.samples) == (
        "study_id",
        "participant",
        "sample",
    )
    assert clinic.visits == Visits("visit", "visit", "visit_date")
    assert clinic.sites == {"edinburgh": "Edinburgh", "glasgow": "Glasgow"}


def test_a_study_that_says_next_to_nothing_has_no_visits_samples_or_sites() -> None:
    ward = told(dictionary(), "ward")
    assert (ward.who, ward.participants, ward.samples) == ("study_id", None, None)
    assert (ward.visits, ward.site, dict(ward.sites), measured(ward)) == (None, None, {}, [])


def test_numbers_of_visits_and_dates_are_facts_and_each_counts_once() -> None:
    assert measured(told(dictionary())) == [
        Measured("visit", "weight", ("visit_date",)),
        Measured("report", "crp", ()),
        Measured("report", "calprotectin", ("calprotectin_date",)),
        Measured("questionnaire", "score", ("score_date",)),
    ]


def test_the_same_variable_of_another_field_is_another_fact() -> None:
    other = {"grain": ["study_id", "visit"],
             "variables": {**TABLES["visit"]["variables"], "weight": "weight_told"}}  # fmt: skip
    found = [each.table for each in measured(told(with_table("told", **other)))
             if each.variable == "weight"]  # fmt: skip
    assert found == ["visit", "told"]


@pytest.mark.parametrize(
    "rule",
    [
        "redcap_repeat_instance",
        {"broadcast": "weight", "at": {"visit": "1"}},
        {"not_collected": "nobody asked"},
    ],
)
def test_a_number_that_measures_nothing_of_its_row_is_no_fact(rule: Mapping[str, Any]) -> None:
    table = {"grain": ["study_id", "visit"],
             "variables": {"study_id": "id", "visit": "n", "score": rule}}  # fmt: skip
    found = {(each.table, each.variable) for each in measured(told(with_table("more", **table)))}
    assert ("more", "score") not in found


def test_attributes_of_participants_are_those_of_two_studies_or_of_the_only_one() -> None:
    alone = view(dictionary(), "dim_participant").table.columns
    known = dictionary()
    people = {"participant": {"description": "Made up.", "rows": ["redcap.form"],
                              "grain": ["study_id"], "variables": {"study_id": "id", "sex": "s"}}}  # fmt: skip
    ward = Study.model_validate(known.studies["ward"].model_dump() | {"tables": people})
    both = known.model_copy(update={"studies": {**known.studies, "ward": ward}})
    of_both = view(both, "dim_participant").table.columns
    assert {"sex", "age", "centre"} <= alone.keys()
    assert "sex" in of_both
    assert {"age", "centre"} & of_both.keys() == set()


def test_the_same_dictionary_makes_the_same_views() -> None:
    first, second = views(dictionary()), views(dictionary())
    assert [each.version for each in first] == [each.version for each in second]


def test_an_edit_changes_the_views_that_show_it_and_no_other() -> None:
    before = {each.table.name.table: each.version for each in views(dictionary())}
    edited = dictionary(score={"type": "integer", "concept": "LOINC:1"})
    after = {each.table.name.table: each.version for each in views(edited)}
    assert {name for name in after if after[name] != before[name]} == {"dim_variable"}


def test_every_key_leads_to_a_dimension_that_has_it() -> None:
    described = {each.table.name.table: each.table for each in views(dictionary())}
    for each in views(dictionary()):
        for dimension in each.members.values():
            assert described[dimension].key == (f"{dimension.removeprefix('dim_')}_key",)


def test_where_no_file_is_registered_none_is_read() -> None:
    known = dictionary().model_copy(update={"collections": {}})
    assert view(known, "fact_file").reads == ()
    assert {name.layer for each in views(known) for name in each.reads} == {"core", "exposure"}


def test_a_dictionary_without_a_study_has_no_star() -> None:
    known = dictionary().model_copy(update={"studies": {}})
    assert (studies_of(known), views(known)) == ([], [])
