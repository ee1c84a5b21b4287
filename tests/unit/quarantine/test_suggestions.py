"""What mends a field: each suggested line does what it promises, and loses nothing."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.dictionary.rules import CheckboxesRule, PatternRule
from omics_orchestrator.quarantine.mend import Mend
from omics_orchestrator.quarantine.suggestions import nearest, suggestions
from tests.unit.quarantine.held_texts import COLOURS, case, cells_read


def best(type_: str, texts: Sequence[str], reason: str, **more: Any) -> Mend:
    made = case(type_, texts, **more)
    assert made.held
    found = suggestions(made, reason)
    for mend in found:
        if mend.key and "___" not in mend.line():
            assert cells_read(made, mend) == mend.cells
    return found[0]


@pytest.mark.parametrize(
    ("type_", "texts", "line"),
    [
        ("date", ["31/12/2020", "01/02/2020"], 'formats: ["%d/%m/%Y"]'),
        ("date", ["2020-01-02", "31.12.2020"], 'formats: ["%Y-%m-%d", "%d.%m.%Y"]'),
        ("date", ["3 Feb 2021", "31-Dec-20"], 'formats: ["%d %b %Y", "%d-%b-%y"]'),
        ("date", ["20201231"], 'formats: ["%Y%m%d"]'),
        ("date", ["31/12/20"], 'formats: ["%d/%m/%y"]'),
        ("date", ["2020-05", "2019"], "type: partial_date"),
        ("partial_date", ["05/2020", "2019"], 'formats: ["%m/%Y"]'),
        ("number", ["12,5", "3,25"], 'decimal: ","'),
        ("number", ["1 200", "7"], 'thousands: " "'),
        ("number", ["1,234,567"], 'thousands: ","'),
        ("number", ["1.234,5", "1.000.000,0"], 'decimal: ",", thousands: "."'),
        ("number", ["<20", "7.5"], "type: measurement"),
        ("integer", ["7.5", "3"], "type: number"),
        ("number", ["trace", "7.5"], 'words: {"trace": ___}'),
        ("number", ["5 mg/L", "7.5"], "unit_in_text: true"),
        ("number", ["NK", "7.5"], 'missing: {"NK": ___}'),
        ("boolean", ["Y", "N", "1", "-1000"], 'codes: {"1": true, "Y": true, "N": false}'),
    ],
)  # fmt: skip
def test_texts_that_are_no_value_yet(type_: str, texts: list[str], line: str) -> None:
    more = {"unit": "mg/L"} if type_ == "number" else {}
    kinds = {"date": "not_a_date", "partial_date": "not_a_date", "number": "not_a_number",
             "integer": "not_an_integer", "boolean": "not_yes_or_no"}  # fmt: skip
    assert best(type_, texts, kinds[type_], **more).line() == line


@pytest.mark.parametrize(
    ("texts", "more", "line"),
    [
        (["1", "3"], {"rule": {"codes": {"1": "red"}}}, 'codes: {"3": ___}'),
        (
            ["3"],
            {"rule": {"codes": {"1": "red"}}, "labels": {"3": "Green!"}},
            'codes: {"3": green}',
        ),
        (["3"], {"rule": {"codes": "shared"}}, 'shared: {"3": ___}'),
        (["red", "GREEN"], {}, "letters: lower"),
        (["red", "Dark bleu", "-1000"], {}, 'codes: {red: red, "Dark bleu": dark_blue}'),
        (["red", "unknown"], {}, 'missing: {"unknown": ___}'),
    ],
)
def test_codes_that_are_not_known(texts: list[str], more: dict[str, Any], line: str) -> None:
    mend = best("category", texts, "unknown_code", codes="colour", **more)
    assert mend.line() == line
    assert mend.cells == 1
    if "codes" in line:
        assert "one of red, dark_blue, green" in mend.hint


def test_a_code_map_that_rules_share_is_mended_where_it_stands() -> None:
    mend = best("category", ["3"], "unknown_code", codes="colour", rule={"codes": "shared"})
    assert mend.place == "code_maps"


def test_the_unit_in_which_numbers_would_be_in_range_is_suggested() -> None:
    said = {"unit": "g/L", "minimum": 30, "maximum": 250}
    assert best("number", ["13.5", "9.2"], "out_of_range", **said).line() == "unit: g/dL"
    mixed = best("number", ["13.5", "135", "128"], "out_of_range", **said)
    assert (mixed.line(), mixed.place) == ("", "the source")
    assert "in g/dL these would be as the others are" in mixed.hint


def test_a_unit_is_not_suggested_in_which_numbers_would_be_unlike_the_others() -> None:
    said = {"unit": "mg/L", "minimum": 0, "maximum": 600}
    mend = best("number", ["700", "7.5", "12"], "out_of_range", **said)
    assert mend.hint == "the range is 0 to 600: widen it if such values can be"


def test_one_number_out_of_range_never_changes_the_unit_of_all_others() -> None:
    said = {"unit": "g/L", "minimum": 0, "maximum": 250}
    mend = best("number", ["135000", "135", "128"], "out_of_range", **said)
    assert (mend.line(), mend.place) == ("", "the source")


def test_a_range_is_told_and_no_value_of_it() -> None:
    mend = best("number", ["300"], "out_of_range", minimum=0, maximum=200)
    assert mend.place == "variables: v"
    assert mend.hint.startswith("the range is 0 to 200")


def test_a_missing_code_among_numbers_is_declared_before_a_unit_is_guessed() -> None:
    mend = best("number", ["-999", "12"], "out_of_range", minimum=0, maximum=200, unit="g/L")
    assert mend.line() == 'missing: {"-999": ___}'
    assert mend.place == "sources.redcap"


def test_a_rule_with_missing_codes_of_its_own_is_given_another() -> None:
    rule = {"missing": {"-1": "not_recorded"}}
    mend = best("number", ["NK"], "not_a_number", rule=rule)
    assert mend.place == "tables.visit.variables.v"


def test_a_sign_that_would_lose_other_values_is_told_and_not_written() -> None:
    mend = best("number", ["12,5", "13.5"], "not_a_number")
    assert (mend.line(), mend.place) == ("", "the source")
    assert '`decimal: ","` reads these, but 1 other values no longer' in mend.hint


def test_a_unit_that_is_misspelt_is_compared_with_those_that_are_known() -> None:
    rule = {"unit_in_text": True}
    mend = best("number", ["5 mgg/L", "7"], "unknown_unit", rule=rule, unit="mg/L")
    assert mend.line() == 'nearest: {"5 mgg/L": mg/L}'


def test_two_ticked_options_are_put_in_an_order_or_listed() -> None:
    rule = CheckboxesRule(checkboxes="f", codes={"1": "red", "2": "green"})
    made = case("category", [], codes="colour", rule=rule)
    held = {"1": 4}
    found = suggestions(type(made)(**{**vars(made), "held": held}), "several_ticked")
    assert [mend.line() for mend in found] == ["several: [red, green]", "several: list"]


def test_a_shape_is_suggested_as_a_pattern_that_matches_its_texts() -> None:
    rule = PatternRule(pattern="f", codes={"GID-[0-9]+": "red"})
    mend = best("category", ["GID-1", "XY-12-a", "XY-3-b"], "no_pattern_fits", rule=rule)
    assert mend.line() == 'codes: {"[A-Z]+-[0-9]+-[a-z]+": ___}'
    assert mend.cells == 2


def test_day_and_month_that_may_be_the_other_way_round_are_doubted() -> None:
    doubtful = best("date", ["01/02/2020", "03/04/2021"], "not_a_date")
    assert "`%m/%d/%Y` reads them as well" in doubtful.hint
    assert best("date", ["01/02/2020", "31/04/2021", "31/12/2021"], "not_a_date").hint == ""


def test_what_nobody_can_read_is_left_without_a_line() -> None:
    assert all(not mend.key for mend in suggestions(case("date", ["soon"]), "not_a_date"))
    assert suggestions(case("number", ["1x2"]), "not_a_number") == []


FORMATS = ["%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %b %Y", "%d-%b-%y", "%Y%m%d", "%m/%d/%Y"]
DAYS = st.dates(date(1970, 1, 1), date(2029, 12, 31))


@given(st.lists(st.tuples(DAYS, st.sampled_from([*FORMATS, "%Y-%m-%d"])), min_size=1, max_size=8))
def test_every_date_line_reads_the_cells_it_promises_and_loses_none(
    days: list[tuple[date, str]],
) -> None:
    made = case("date", [day.strftime(form) for day, form in days])
    for mend in suggestions(made, "not_a_date") if made.held else ():
        assert cells_read(made, mend) == mend.cells > 0


NUMBERS = st.one_of(
    st.from_regex(r"\A[0-9]{1,3}[.,][0-9]{1,2}\Z"),
    st.from_regex(r"\A[1-9][0-9]{0,2}([., ][0-9]{3}){1,2}\Z"),
    st.from_regex(r"\A[<>][0-9]{1,3}\Z"),
    st.integers(-50, 5000).map(str),
)


@given(st.sampled_from(["number", "integer", "measurement"]), st.lists(NUMBERS, min_size=1))
def test_every_number_line_reads_the_cells_it_promises_and_loses_none(
    type_: str, texts: list[str]
) -> None:
    made = case(type_, texts)
    for mend in suggestions(made, "not_a_number") if made.held else ():
        if mend.key and not mend.entries:
            assert cells_read(made, mend) == mend.cells > 0


@given(st.text(min_size=1), st.text())
def test_a_line_by_hashes_holds_neither_a_value_nor_what_it_may_stand_for(
    text: str, meant: str
) -> None:
    mend = Mend("somewhere", 1, "codes", entries={f"ZZ{text}": f"YY{meant}"})
    line = mend.line(lambda _: "#0123abcd")
    assert line == "codes: {#0123abcd: ___}"


@pytest.mark.parametrize(
    ("text", "code"),
    [("Green!", "green"), ("dark-blue", "dark_blue"), ("7", ""), ("violet", "")],
)
def test_the_nearest_code_is_near(text: str, code: str) -> None:
    assert nearest(text, COLOURS) == code
