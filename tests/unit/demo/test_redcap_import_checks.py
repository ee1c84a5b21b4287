"""What an import brings is checked against choices and validations, and dates are put in order."""

import pytest
from redcap_rows import Row, entry

from omics_orchestrator.demo.redcap.import_checks import ImportChecks
from omics_orchestrator.demo.redcap.project import ProjectDefinition
from omics_orchestrator.demo.redcap.request import RefusedError

VALIDATIONS = (
    "date_dmy",
    "datetime_mdy",
    "datetime_seconds_ymd",
    "integer",
    "number",
    "time",
    "email",
    "zipcode",
    "number_1dp",
    "number_2dp_comma_decimal",
    "number_comma_decimal",
    "alpha_only",
)
DEFINITION = ProjectDefinition(
    "checks",
    (
        entry("id", "base"),
        entry("sex", "base", "radio", "f, Female | m, Male"),
        entry("agrees", "base", "yesno"),
        entry("why", "base", "checkbox", "1, One"),
        entry("query", "base", "sql", "select 1"),
        *(
            {**entry(name, "base"), "text_validation_type_or_show_slider_number": name}
            for name in VALIDATIONS
        ),
    ),
    missing_data_codes={"NI": "No information"},
)


def checked(date_format: str = "YMD", **row: str) -> Row:
    (found,) = ImportChecks(DEFINITION, date_format).checked([{"id": "7", **row}])
    return found


@pytest.mark.parametrize(
    ("date_format", "row", "stored"),
    [
        ("YMD", {"date_dmy": "2024-05-01"}, {"date_dmy": "2024-05-01"}),
        ("YMD", {"date_dmy": "2024/5/1"}, {"date_dmy": "2024-05-01"}),
        ("DMY", {"date_dmy": "01/05/2024"}, {"date_dmy": "2024-05-01"}),
        ("MDY", {"date_dmy": "05-01-2024"}, {"date_dmy": "2024-05-01"}),
        ("DMY", {"datetime_mdy": "31/12/2024 23:59"}, {"datetime_mdy": "2024-12-31 23:59"}),
        (
            "MDY",
            {"datetime_seconds_ymd": "12/31/2024 23:59:01"},
            {"datetime_seconds_ymd": "2024-12-31 23:59:01"},
        ),
    ],
)
def test_dates_are_stored_year_first_whatever_their_format(
    date_format: str, row: Row, stored: Row
) -> None:
    assert checked(date_format, **row) == {"id": "7", **stored}


@pytest.mark.parametrize(
    "row",
    [
        {"sex": "f", "agrees": "0", "why___1": "1", "base_complete": "2"},
        {"sex": "NI", "date_dmy": "NI", "integer": "NI", "why___ni": "1"},
        {"integer": "-3", "number": "1.5e-3", "time": "07:30", "email": "a@b.org"},
        {"number_1dp": "-0.5", "number_2dp_comma_decimal": "1,25", "number_comma_decimal": "3"},
        {"alpha_only": "Ab"},
        {"zipcode": "anything", "query": "7", "unknown": "stays for others to refuse"},
        {"sex": "", "date_dmy": "", "base_complete": ""},
    ],
)
def test_a_value_of_its_field_is_taken_as_it_is(row: Row) -> None:
    assert checked(**row) == {"id": "7", **row}


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("sex", "x"),
        ("agrees", "yes"),
        ("why___1", "2"),
        ("why___1", "NI"),
        ("base_complete", "3"),
        ("base_complete", "NI"),
        ("date_dmy", "01/05/2024"),
        ("date_dmy", "2024-02-30"),
        ("datetime_mdy", "2024-05-01"),
        ("integer", "1.5"),
        ("number", "1,5"),
        ("time", "24:00"),
        ("email", "nobody"),
        ("number_1dp", "0.55"),
        ("number_1dp", "5"),
        ("number_2dp_comma_decimal", "1.25"),
        ("number_comma_decimal", "1.5"),
        ("alpha_only", "a1"),
    ],
)
def test_a_value_that_is_none_of_its_field_is_refused_without_repeating_it(
    name: str, cell: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        checked(**{name: cell})
    assert f'"7","{name}"' in refused.value.what
    assert cell not in refused.value.what.replace("7", "").replace(name, "")


def test_every_bad_place_is_listed() -> None:
    with pytest.raises(RefusedError) as refused:
        checked(sex="x", integer="y")
    assert len(refused.value.what.splitlines()) == 2
