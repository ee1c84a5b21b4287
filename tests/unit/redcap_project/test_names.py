import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.naming import TableName
from omics_orchestrator.redcap_project.labels import plain, quoted, reason
from omics_orchestrator.redcap_project.lookups import choices_table
from omics_orchestrator.redcap_project.names import column_name, table_name
from tests.unit.redcap_project.projects import described, line

forms = st.text("ab_1ñ", max_size=60) | st.from_regex(r"[ab]{1,34}_part_[23]", fullmatch=True)


@pytest.mark.parametrize("form", ["visit", "visit_2", "a" * 40])
def test_a_form_keeps_its_name_where_it_can(form: str) -> None:
    assert table_name(form) == form


@given(forms, forms, st.integers(1, 99), st.integers(1, 99))
def test_no_two_tables_share_a_name_and_each_is_a_name(
    one: str, other: str, first: int, second: int
) -> None:
    names = table_name(one, first), table_name(other, second)

    assert (names[0] == names[1]) == ((one, first) == (other, second))
    assert all(TableName("tidy", name) and len(name) <= 40 for name in names)


@pytest.mark.parametrize("column", ["sex", "beh____99", "a" * 63])
def test_a_column_keeps_its_name_where_it_can(column: str) -> None:
    assert column_name(column) == column


def test_a_column_that_postgres_could_not_keep_gets_a_name_of_its_own() -> None:
    long = ["x" * 63 + "a", "x" * 63 + "b", "ñ" * 40, "xmin", "missing_reasons"]

    names = [column_name(column) for column in long]

    assert len({*names, *long}) == 10
    assert all(len(name.encode()) <= 63 for name in names)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("<p>Is <b>it</b> &lt; 5&nbsp;?</p>", "Is it < 5 ?"),
        ("age < 5 and weight > 3", "age < 5 and weight > 3"),
        ("two\n\n lines", "two lines"),
        ("a<!-- unseen -->b", "a b"),
    ],
)
def test_markup_is_no_part_of_a_label(label: str, words: str) -> None:
    assert plain(label) == words


def test_a_long_label_is_quoted_cut() -> None:
    assert quoted("x" * 200) == f"`{'x' * 79}…`"


@pytest.mark.parametrize(
    ("code", "label", "name"),
    [
        ("NI", "No information / unknown", "no_information_unknown"),
        ("NA", "Não aplicável", "não_aplicável"),
        ("-99", "", "missing_code_99"),
        ("?", "—", "missing_code_unnamed"),
        ("X", 'say "no"', "say_no"),
    ],
)
def test_a_reason_is_named_after_its_label(code: str, label: str, name: str) -> None:
    assert reason(code, label) == name


def test_the_codes_of_all_fields_can_be_looked_up() -> None:
    project = described(
        line("sex", kind="radio", choices="1, <i>Male</i> | 2, Female"),
        line("beh", kind="checkbox", choices="-1, Odd", field_annotation="@NOMISSING"),
        line("sure", kind="yesno"),
        line("comment"),
        missing_codes={"NI": "No information"},
    )

    found = choices_table(project)

    assert found.rows() == [
        ("visit", "sex", "1", "Male", "sex", False),
        ("visit", "sex", "2", "Female", "sex", False),
        ("visit", "sex", "NI", "No information", "sex", True),
        ("visit", "beh", "-1", "Odd", "beh____1", False),
        ("visit", "sure", "1", "Yes", "sure", False),
        ("visit", "sure", "0", "No", "sure", False),
        ("visit", "sure", "NI", "No information", "sure", True),
        ("visit", "visit_complete", "0", "Incomplete", "visit_complete", False),
        ("visit", "visit_complete", "1", "Unverified", "visit_complete", False),
        ("visit", "visit_complete", "2", "Complete", "visit_complete", False),
    ]
