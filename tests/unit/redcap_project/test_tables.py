import pytest

from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.tables import TidyTable, columns, tables
from tests.unit.redcap_project.projects import Line, described, line


def exported(project: Description) -> list[str]:
    return [column for field in project.fields for column in field.columns] + ["visit_complete"]


def shaped(*lines: Line, limit: int = 1500) -> list[TidyTable]:
    project = described(*lines)
    return tables(project, "visit", exported(project), limit=limit)


def test_columns_carry_the_fields_words_without_markup() -> None:
    project = described(
        line("sex", kind="radio", choices="1, M", field_label="<b>Sex</b> at&nbsp;birth"),
        line("beh", kind="checkbox", choices="0, None", field_label="Behaviour"),
    )

    found = columns(project, "visit", exported(project))

    assert {name: column.comment for name, column in found.items()} == {
        "record_id": "",
        "sex": "Sex at birth",
        "beh___0": "Behaviour: None",
        "visit_complete": "Status of the form",
        "missing_reasons": "JSON: column → why its value is missing",
    }


def test_a_field_hidden_by_rights_has_no_column() -> None:
    project = described(line("seen"), line("hidden"))

    assert list(columns(project, "visit", ["record_id", "seen"])) == [
        "record_id",
        "seen",
        "missing_reasons",
    ]


def test_a_wide_instrument_has_several_tables_each_with_the_key() -> None:
    made = shaped(*(line(f"f{n}", kind="yesno") for n in range(100)), limit=40)

    assert [table.name for table in made] == ["visit", "visit_part_2", "visit_part_3"]
    # Group and survey stamp have their places in the first, though they did not arrive.
    assert [len(table.columns) for table in made] == [38, 40, 29]
    assert {table.key for table in made} == {("record_id",)}
    fields = [name for table in made for name in table.columns if name.startswith("f")]
    assert fields == [f"f{n}" for n in range(100)]


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        (line("f", kind="yesno"), 1),
        (line("f", validation="date_ymd"), 1),
        (line("f", kind="radio", choices="1, A | 12, B"), 1),
        (line("f", validation="number"), 2),
        (line("f", validation="datetime_ymd"), 2),
        (line("f"), 4),
    ],
)
def test_a_full_row_of_a_thousand_fields_is_split_where_a_page_of_postgres_ends(
    each: Line, expected: int
) -> None:
    made = shaped(*({**each, "field_name": f"f{n}"} for n in range(1000)))

    assert len(made) == expected


def test_a_right_that_is_taken_moves_no_column_to_another_table() -> None:
    project = described(*(line(f"f{n}", kind="yesno") for n in range(9)))
    all_there = tables(project, "visit", exported(project), limit=5)
    some_there = tables(project, "visit", ["record_id", "f1", "f8"], limit=5)

    assert {"f1", "f8"} <= {
        name
        for before in all_there
        for after in some_there
        if before.name == after.name
        for name in before.readings.keys() & after.readings.keys()
    }
    assert [table.name for table in some_there] == ["visit", "visit_part_2", "visit_part_4"]


def test_what_nobody_knows_falls_to_the_first_table() -> None:
    project = described(*(line(f"f{n}") for n in range(9)))

    first, *others = tables(project, "visit", [*exported(project), "strange"], limit=5)

    assert "strange" in first.sources
    assert not any("strange" in table.sources for table in others)


def test_options_of_one_field_in_two_tables_both_know_its_missing_code() -> None:
    box = line("box", kind="checkbox", choices=" | ".join(f"{n}, L" for n in range(5)))
    project = described(box, missing_codes={"NI": "No information"})

    made = tables(project, "visit", exported(project), limit=5)

    assert [["box___ni" in table.sources] for table in made] == [[True]] * 3
    assert all("box___ni" not in table.columns for table in made)
