"""From a study's tables to the status at its visits, and to its flags."""

import json

import polars as pl

from omics_orchestrator.exposure.asked import statuses
from omics_orchestrator.exposure.courses import records_of
from omics_orchestrator.exposure.flags import contradictions, flags
from omics_orchestrator.exposure.tables import TABLES
from tests.unit.exposure.ward import day, dictionary, study, ward_tables

JOINED = day("2020-06-01")


def said(
    exposure: str, row_key: str = "A/one", **tables: tuple[dict[str, object], ...]
) -> dict[str, object]:
    """What the status table says of one drug or class at one row."""
    book, ward = dictionary(), study()
    frames = ward_tables(**tables)
    found = statuses(book, ward, frames, records_of(book, ward, frames))
    return found.filter(exposure=exposure, row_key=row_key).row(0, named=True)


def flag(variable: str, **tables: tuple[dict[str, object], ...]) -> dict[str, object]:
    """What the flag table says of one variable."""
    frames = ward_tables(**tables)
    return (
        TABLES["flag"]
        .make(dictionary(), study(), frames)
        .filter(variable=variable)
        .row(0, named=True)
    )


def person(**told: object) -> tuple[dict[str, object], ...]:
    return ({"study_id": "A", "joined": JOINED, **told},)


def visit(seen: str, **told: object) -> tuple[dict[str, object], ...]:
    return ({"study_id": "A", "visit": "one", "seen": day(seen), **told},)


ON_SINCE_MARCH = person(ifx=True, ifx_start=day("2020-03-01"))


def test_a_course_without_a_stop_is_known_until_the_day_it_was_told_and_no_longer() -> None:
    assert said("ifx", participants=ON_SINCE_MARCH, visits=visit("2020-06-01"))["status"] == "on"
    assert (
        said("ifx", participants=ON_SINCE_MARCH, visits=visit("2020-06-02"))["status"] == "unknown"
    )


def test_a_stop_that_was_declared_missing_does_not_make_a_course_go_on() -> None:
    missing = person(
        ifx=True, ifx_start=day("2020-03-01"), missing_reasons='"ifx_stop": "not_recorded"'
    )
    assert said("ifx", participants=missing, visits=visit("2020-05-01"))["status"] == "unknown"


STARTED = {"ifx": True, "ifx_start": day("2020-03-01")}


def held(*columns: str) -> dict[str, object]:
    """What conforming says of columns whose cells wait in quarantine."""
    return {"missing_reasons": json.dumps(dict.fromkeys(columns, "quarantined"))}


def test_a_stop_that_cannot_be_read_is_unknown_and_named_and_never_a_course_that_goes_on() -> None:
    waiting = person(**STARTED, **held("ifx_stop"))
    told = said("ifx", participants=waiting, visits=visit("2020-05-01"))
    assert (told["status"], told["quarantined"]) == ("unknown", "stop")
    assert said("ifx", participants=ON_SINCE_MARCH, visits=visit("2020-05-01"))["status"] == "on"
    of_class = said("anti_tnf", participants=waiting, visits=visit("2020-05-01"))
    assert (of_class["status"], of_class["quarantined"]) == ("unknown", "stop")


def test_a_start_that_cannot_be_read_leaves_the_days_before_the_telling_unknown() -> None:
    waiting = person(ifx=True, **held("ifx_start"))
    before = said("ifx", participants=waiting, visits=visit("2020-05-01"))
    assert (before["status"], before["quarantined"]) == ("unknown", "start")
    on_the_day = said("ifx", participants=waiting, visits=visit("2020-06-01"))
    assert (on_the_day["status"], on_the_day["quarantined"]) == ("on", None)


def test_an_answer_that_cannot_be_read_is_no_never_and_stands_among_the_courses() -> None:
    frames = ward_tables(participants=person(**held("ada")), visits=visit("2020-05-01"))
    found = TABLES["status"].make(dictionary(), study(), frames)
    assert found.filter(exposure="ada").is_empty()
    courses = TABLES["drug_course"].make(dictionary(), study(), frames)
    assert courses.select("drug", "problem").rows() == [("ada", "answer_quarantined")]


def test_what_waits_of_a_course_is_named_beside_it() -> None:
    course = {**LISTED, "listed": "aza", **held("ended", "dose", "still")}
    courses = TABLES["drug_course"].make(
        dictionary(), study(), ward_tables(visits=visit("2020-06-01"), drug_list=(course,))
    )
    assert courses.select("ongoing", "dose", "quarantined").rows() == [
        (None, None, "stop, ongoing, dose"),
    ]  # fmt: skip


def test_never_taken_is_off_until_the_day_it_was_told_and_nothing_is_said_after() -> None:
    never = person(ada=False)
    before = said("ada", participants=never, visits=visit("2020-06-01"))
    assert (before["status"], before["ever"]) == ("off", False)
    after = ward_tables(participants=never, visits=visit("2020-06-02"))
    found = TABLES["status"].make(dictionary(), study(), after)
    assert found.filter(exposure="ada", table="visit").is_empty()


def test_a_drug_of_which_nothing_was_answered_is_not_off() -> None:
    frames = ward_tables(participants=person(), visits=visit("2020-05-01"))
    book, ward = dictionary(), study()
    found = statuses(book, ward, frames, records_of(book, ward, frames))
    assert found.filter(exposure="ifx").is_empty()


def test_never_taken_but_with_dates_says_neither_and_is_told() -> None:
    odd = person(ada=False, ada_start=day("2020-01-01"), ada_stop=day("2020-12-01"))
    frames = ward_tables(participants=odd, visits=visit("2020-05-01"))
    courses = TABLES["drug_course"].make(dictionary(), study(), frames)
    assert courses.select("drug", "problem").rows() == [("ada", "never_taken_but_dated")]
    found = TABLES["status"].make(dictionary(), study(), frames)
    assert found.filter(exposure="ada").is_empty()


def test_a_partial_stop_is_the_interval_it_allows() -> None:
    year = person(
        ifx=True,
        ifx_start=day("2018-03-01"),
        ifx_stop="2019",
        ifx_stop_earliest=day("2019-01-01"),
        ifx_stop_latest=day("2019-12-31"),
    )
    told = {
        seen: said("ifx", participants=year, visits=visit(seen))
        for seen in ("2019-01-01", "2019-07-01", "2020-01-01")
    }
    assert [each["status"] for each in told.values()] == ["on", "unknown", "off"]
    last = told["2020-01-01"]
    assert (last["days_since_dose_least"], last["days_since_dose_most"]) == (1, 365)
    assert last["source_rows"] == ["participant/A/ifx"]


def test_a_recorded_flag_decides_its_day_where_the_courses_do_not() -> None:
    later = said("ifx", participants=ON_SINCE_MARCH, visits=visit("2021-01-01", on_ifx=False))
    assert (later["status"], later["by_courses"], later["recorded"]) == ("off", "unknown", "off")
    assert later["is_contradicted"] is False


def test_a_flag_that_contradicts_the_courses_makes_the_status_unknown_and_is_told() -> None:
    wrong = visit("2020-04-01", on_ifx=False)
    told = said("ifx", participants=ON_SINCE_MARCH, visits=wrong)
    assert (told["status"], told["is_contradicted"]) == ("unknown", True)
    of_flag = flag("on_ifx", participants=ON_SINCE_MARCH, visits=wrong)
    assert (of_flag["recorded"], of_flag["by_courses"], of_flag["value"]) == (False, True, None)


def test_a_class_is_on_when_one_of_its_drugs_is_and_off_only_when_all_are() -> None:
    one = person(ifx=True, ifx_start=day("2020-03-01"), ada=None)
    assert said("anti_tnf", participants=one, visits=visit("2020-05-01"))["status"] == "on"
    both = person(ifx=False, ada=False)
    assert said("anti_tnf", participants=both, visits=visit("2020-05-01"))["status"] == "off"
    half = person(ifx=False, ada=None)
    told = flag("on_tnf", participants=half, visits=visit("2020-05-01"))
    assert (told["by_courses"], told["value"]) == (None, None)


def test_a_no_to_a_class_is_a_no_to_each_of_its_drugs_and_a_yes_to_none_in_particular() -> None:
    book, ward = dictionary(), study()
    frames = ward_tables(participants=person(), visits=visit("2020-05-01", on_tnf=False))
    no = statuses(book, ward, frames, records_of(book, ward, frames)).filter(table="visit")
    assert {row[0]: row[1] for row in no.select("exposure", "status").rows()} == {
        "anti_tnf": "off", "ifx": "off", "ada": "off",
    }  # fmt: skip
    frames = ward_tables(participants=person(), visits=visit("2020-05-01", on_tnf=True))
    yes = statuses(book, ward, frames, records_of(book, ward, frames)).filter(table="visit")
    assert yes.select("exposure", "status").rows() == [("anti_tnf", "on")]


def test_a_flag_that_the_study_did_not_record_is_taken_from_the_courses() -> None:
    told = flag("had_tnf", participants=ON_SINCE_MARCH)
    assert (told["recorded"], told["value"]) == (None, True)


def test_contradictions_are_counted_by_flag() -> None:
    frames = ward_tables(
        participants=ON_SINCE_MARCH, visits=visit("2020-04-01", on_ifx=False, on_tnf=True)
    )
    found = contradictions(TABLES["flag"].make(dictionary(), study(), frames))
    counted = {
        row["variable"]: (row["both"], row["contradicted"]) for row in found.iter_rows(named=True)
    }
    assert counted["on_ifx"] == (1, 1)
    assert counted["on_tnf"] == (1, 0)


LISTED = {"study_id": "A", "slot": "1", "began": day("2020-01-10")}


def test_a_name_with_capitals_or_a_brand_is_the_drug_and_one_that_nobody_knows_is_told() -> None:
    drugs = (
        {**LISTED, "typed": " Remicade "},
        {**LISTED, "slot": "2", "typed": "something new", "listed": "ada"},
        {**LISTED, "slot": "3", "typed": "something new"},
    )
    courses = TABLES["drug_course"].make(
        dictionary(), study(), ward_tables(visits=visit("2020-06-01"), drug_list=drugs)
    )
    assert courses.select("drug", "problem").rows() == [
        ("ifx", None), ("ada", None), (None, "drug_not_known"),
    ]  # fmt: skip


def test_a_course_is_told_on_the_day_of_the_visit_that_is_named() -> None:
    visits = (*visit("2020-06-01"), {"study_id": "A", "visit": "two", "seen": day("2019-01-01")})
    courses = TABLES["drug_course"].make(
        dictionary(), study(), ward_tables(visits=visits, drug_list=({**LISTED, "listed": "aza"},))
    )
    assert courses["known_on"].to_list() == [JOINED]


def test_a_list_that_tells_all_makes_other_drugs_off_unless_a_name_in_it_is_not_known() -> None:
    records = study().model_dump(mode="json")["drugs"]
    records["courses"][1]["tells"] = "all"
    ward, book = study(records), dictionary(study(records))
    for typed, expected in (("aza", {"aza", "ifx", "ada"}), ("something new", set())):
        frames = ward_tables(visits=visit("2020-01-01"), drug_list=({**LISTED, "typed": typed},))
        found = TABLES["status"].make(book, ward, frames).filter(status="off")
        drugs = set(found["exposure"]) & {"ifx", "ada", "aza"}
        assert drugs == expected


def test_dose_and_frequency_become_a_daily_dose_and_reasons_a_response() -> None:
    course = {
        **LISTED,
        "listed": "prednisolone",
        "ended": day("2020-02-10"),
        "dose": 20.0,
        "often": "bd",
    }
    more = {
        **course,
        "slot": "2",
        "dose": 5.0,
        "often": "alternate_days",
        "why": "primary_non_response",
    }
    frames = ward_tables(visits=visit("2020-06-01"), drug_list=(course, more))
    episode = TABLES["drug_episode"].make(dictionary(), study(), frames).row(0, named=True)
    assert (episode["daily_dose_lowest"], episode["daily_dose_highest"]) == (2.5, 40.0)
    assert (episode["dose_unit"], episode["response"]) == ("mg", "none")
    assert episode["source_rows"] == ["drug_list/A/1", "drug_list/A/2"]


def test_every_table_has_the_columns_and_the_key_it_says_even_without_a_row() -> None:
    for frames in (
        ward_tables(),
        ward_tables(participants=ON_SINCE_MARCH, visits=visit("2020-04-01")),
    ):
        for name, table in TABLES.items():
            made = table.make(dictionary(), study(), frames)
            assert dict(made.schema) == dict(table.columns), name
            assert made.select(table.key).n_unique() == made.height
            assert made.select(pl.col(table.key).is_null().any()).row(0) == (False,) * len(
                table.key
            )


def test_a_study_that_tells_of_no_drugs_has_empty_tables() -> None:
    silent = study().model_copy(update={"drugs": None})
    frames = ward_tables()
    assert records_of(dictionary(), silent, frames).courses.is_empty()
    assert flags(silent, frames, TABLES["status"].make(dictionary(), silent, frames)).is_empty()
