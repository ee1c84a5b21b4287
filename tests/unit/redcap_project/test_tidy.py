import datetime as dt
import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.conform import Conformed
from omics_orchestrator.errors import SourceError
from omics_orchestrator.redcap_project.description import EVENT, INSTANCE, Description
from omics_orchestrator.redcap_project.tables import tables
from omics_orchestrator.redcap_project.tidy import Tidied, tidy, together
from tests.unit.redcap_project.projects import Line, described, frame, line

NI = {"NI": "No information", "-99": "Not asked"}
BEHAVIOUR = line(
    "beh", kind="checkbox", choices="0, None | -1, Odd | 2, Two", field_label="Behaviour"
)


moment = dt.datetime.fromisoformat
# A plan of many columns takes longer to compile than a few rows take to conform.
unhurried = settings(deadline=None)


def tidied(
    description: Description, *slices: pl.DataFrame, form: str = "visit", limit: int = 1500
) -> Tidied:
    shaped = tables(description, form, slices[0].columns, limit=limit)
    return together(tidy(shaped, slices, hash_key=b"key"))


def only(description: Description, row: dict[str, str | None]) -> tuple[dict[str, Any], Conformed]:
    made = tidied(description, frame(row)).parts["visit"]
    return made.frame.row(0, named=True), made


def became(made: Conformed, field: str) -> str:
    """What became of a field's one cell: a kind of the account, or the reason for quarantine."""
    account = made.cells.filter(pl.col("field") == field).row(0, named=True)
    (kind,) = [kind for kind in outcome.CELL_COLUMNS[2:] if account[kind]]
    reasons = made.quarantine.filter(pl.col("field") == field)["reason"].to_list()
    assert (kind == "quarantined") == (len(reasons) == 1)
    return reasons[0] if reasons else kind


@pytest.mark.parametrize(
    ("field", "text", "value", "outcome_"),
    [
        (line("f", validation="date_mdy"), "2024-02-29", dt.date(2024, 2, 29), "conformed"),
        (line("f", validation="date_mdy"), "02-29-2024", None, "not_a_date"),
        (line("f", validation="datetime_dmy"), "2024-02-03 10:05", moment("2024-02-03T10:05"), "conformed"),
        (line("f", validation="datetime_seconds_ymd"), "2024-02-03 10:05:09", moment("2024-02-03T10:05:09"), "conformed"),
        (line("f", validation="integer"), "007", 7, "conformed"),
        (line("f", validation="integer"), "7.0", None, "not_an_integer"),
        (line("f", validation="number"), "1.54", 1.54, "conformed"),
        (line("f", validation="number"), "1,54", None, "not_a_number"),
        (line("f", validation="number_2dp_comma_decimal"), "-1,54", -1.54, "conformed"),
        (line("f", validation="number_comma_decimal"), "1.54", None, "not_a_number"),
        (line("f", validation="number_comma_decimal"), "1.000,54", None, "not_a_number"),
        (line("f", validation="number", text_validation_max="3"), "4", 4.0, "conformed"),
        (line("f", kind="calc", choices="[a]"), "22.1", 22.1, "conformed"),
        (line("f", kind="slider"), "73", 73, "conformed"),
        (line("f", kind="yesno"), "1", True, "conformed"),
        (line("f", kind="truefalse"), "0", False, "conformed"),
        (line("f", kind="yesno"), "2", None, "not_yes_or_no"),
        (line("f", kind="radio", choices="1, A | 01, B"), "01", "01", "conformed"),
        (line("f", kind="dropdown", choices="1, A"), "2", None, "unknown_code"),
        (line("f", kind="radio"), "1", None, "unknown_code"),
        (line("f", kind="sql", choices="select 1"), "7", "7", "conformed"),
        (line("f", validation="time"), "09:05", "09:05", "conformed"),
        (line("f", validation="zipcode"), "08001", "08001", "conformed"),
        (line("f", kind="notes"), "two\nlines", "two\nlines", "conformed"),
        (line("f", kind="file"), "scan.jpg", "scan.jpg", "conformed"),
        (line("f", validation="date_ymd"), None, None, "blank"),
        (line("f", validation="date_ymd"), "NI", None, "missing"),
        (line("f", kind="yesno"), "-99", None, "missing"),
        (line("f", kind="radio", choices="1, A"), "NI", None, "missing"),
        (line("f"), "NI", None, "missing"),
        (line("f", validation="integer", field_annotation="@NOMISSING"), "-99", -99, "conformed"),
        (line("f", validation="integer", field_annotation="@NOMISSING"), "NI", None, "not_an_integer"),
    ],
)  # fmt: skip
def test_a_cell_becomes_a_value_of_its_fields_type_or_says_why_not(
    field: Line, text: str | None, value: object, outcome_: str
) -> None:
    row, made = only(described(field, missing_codes=NI), {"record_id": "1", "f": text})

    assert row["f"] == value
    assert became(made, "f") == outcome_


def test_a_missing_data_code_leaves_its_label_as_the_reason() -> None:
    project = described(line("a"), line("b", validation="date_ymd"), missing_codes=NI)

    row, _ = only(project, {"record_id": "1", "a": "NI", "b": "-99"})

    assert json.loads(row["missing_reasons"]) == {"a": "no_information", "b": "not_asked"}


def test_a_record_may_be_called_like_a_missing_data_code() -> None:
    row, _ = only(described(line("a"), missing_codes=NI), {"record_id": "NI", "a": "x"})

    assert row["record_id"] == "NI"


def test_zero_and_negative_options_are_booleans_of_their_own() -> None:
    boxes = {"beh___0": "1", "beh____1": "0", "beh___2": None}

    row, made = only(described(BEHAVIOUR), {"record_id": "1", **boxes})

    assert {name: row[name] for name in boxes} == {
        "beh___0": True,
        "beh____1": False,
        "beh___2": None,
    }
    assert [became(made, name) for name in boxes] == ["conformed", "conformed", "blank"]


def test_a_ticked_missing_data_code_speaks_for_all_options_and_is_none_itself() -> None:
    boxes = {"beh___0": "0", "beh____1": "1", "beh___2": "0", "beh___ni": "0", "beh____99": "1"}
    project = described(BEHAVIOUR, missing_codes=NI)

    whole = tidied(project, frame({"record_id": "1", **boxes}))

    row = whole.parts["visit"].frame.row(0, named=True)
    assert json.loads(row.pop("missing_reasons")) == dict.fromkeys(
        ["beh___0", "beh____1", "beh___2"], "not_asked"
    )
    assert row == {"record_id": "1", "beh___0": None, "beh____1": None, "beh___2": None}
    assert {became(whole.parts["visit"], name) for name in boxes} == {"missing"}
    assert whole.ticked.is_empty()


def test_each_ticked_option_is_a_row_with_its_code() -> None:
    project = described(
        BEHAVIOUR,
        events=("e1_arm_1",),
        designations=(("e1_arm_1", "visit"),),
        repeating=(("e1_arm_1", "visit"),),
    )
    place = {EVENT: "e1_arm_1", INSTANCE: "2"}

    whole = tidied(
        project, frame({"record_id": "1", **place, "beh___0": "1", "beh____1": "1", "beh___2": "0"})
    )

    assert whole.ticked.rows() == [
        ("visit", "1", "e1_arm_1", 2, "beh", "0"),
        ("visit", "1", "e1_arm_1", 2, "beh", "-1"),
    ]


def test_two_options_of_one_column_are_left_out_and_listed() -> None:
    twin = line("twin", kind="checkbox", choices="A, One | a, Another")

    row, made = only(described(twin), {"record_id": "1", "twin___a": "1"})

    assert "twin___a" not in row
    assert made.unclassified == ("twin___a",)
    assert became(made, "twin___a") == "left_out"


def test_survey_stamp_group_and_status_are_columns() -> None:
    project = described(line("a"), missing_codes=NI)
    rows = [
        {"visit_timestamp": stamp, "redcap_data_access_group": "NI", "visit_complete": "2"}
        for stamp in ("2018-03-06 15:52:43", "[not completed]")
    ]

    made = tidied(
        project, frame(*({"record_id": str(n), **row, "a": "x"} for n, row in enumerate(rows)))
    ).parts["visit"]

    stamps = made.frame["visit_timestamp"].to_list()
    assert stamps == [moment("2018-03-06T15:52:43"), None]
    assert made.frame["missing_reasons"][1] == '{"visit_timestamp": "not_completed"}'
    assert made.frame["redcap_data_access_group"].to_list() == ["NI", "NI"]
    assert made.frame["visit_complete"].to_list() == ["2", "2"]


def test_a_row_that_does_not_repeat_is_instance_0_beside_those_that_do() -> None:
    project = described(line("a"), repeating=(("", "visit"),))
    rows = [{"record_id": "1", INSTANCE: number, "a": "x"} for number in (None, "1", "2")]

    made = tidied(project, frame(*rows)).parts["visit"]

    assert made.frame.select("record_id", INSTANCE).rows() == [("1", 0), ("1", 1), ("1", 2)]


def test_a_row_of_an_event_that_the_form_does_not_belong_to_is_quarantined() -> None:
    project = described(
        line("a"),
        events=("e1_arm_1", "e2_arm_1"),
        designations=(("e1_arm_1", "visit"), ("e2_arm_1", "another")),
    )
    rows = [{"record_id": "1", EVENT: event, "a": "x"} for event in ("e1_arm_1", "e2_arm_1")]

    made = tidied(project, frame(*rows)).parts["visit"]

    assert made.frame[EVENT].to_list() == ["e1_arm_1"]
    assert made.quarantine["reason"].to_list() == ["no_key"]
    assert outcome.is_balanced(made.cells)


def test_a_key_that_stands_in_two_slices_is_refused_in_both() -> None:
    project = described(line("a"))
    slices = [
        frame({"record_id": "1", "a": "x"}, {"record_id": "2", "a": "x"}),
        frame({"record_id": " 1", "a": "y"}, {"record_id": "3", "a": "y"}),
    ]

    made = tidied(project, *slices).parts["visit"]

    assert made.frame["record_id"].to_list() == ["2", "3"]
    assert made.rows.row(-1, named=True) == {
        "step": "redcap.visit: one row a grain",
        "rows_in": 4,
        "rows_out": 2,
        "excluded": 0,
        "quarantined": 2,
        "reason": "duplicate_key",
    }


def test_a_generator_of_slices_is_refused_as_it_cannot_be_read_twice() -> None:
    rows = frame({"record_id": "1", "a": "x"})
    shaped = tables(described(line("a")), "visit", rows.columns)

    with pytest.raises(TypeError, match="twice"):
        next(tidy(shaped, iter([rows]), hash_key=b"key"))


@pytest.mark.parametrize(
    "columns", [{"record_id": "1"}, {"record_id": "1", "a": "x", "b": "y"}, {"a": "x"}]
)
def test_a_slice_with_other_columns_than_arrived_stops_and_names_them(columns: Line) -> None:
    shaped = tables(described(line("a")), "visit", ["record_id", "a"])

    with pytest.raises(SourceError, match=r"1 column\(s\) differ.*such as (a|b|record_id)[.]"):
        list(tidy(shaped, [frame(columns)], hash_key=b"key"))


def test_quarantine_holds_hashes_and_no_value() -> None:
    _, made = only(described(line("f", validation="number")), {"record_id": "P-1", "f": "Jane"})

    assert made.quarantine.height == 1
    assert "Jane" not in made.quarantine.write_csv()
    assert "P-1" not in made.quarantine.write_csv()


FIELDS = [
    line("sex", kind="radio", choices="1, Male | 2, Female"),
    BEHAVIOUR,
    line("seen", validation="date_dmy"),
    line("height", validation="number_comma_decimal"),
    line("age", validation="integer", field_annotation="@NOMISSING"),
    line("sure", kind="yesno"),
    line("comment", kind="notes"),
]
cells = st.sampled_from(
    [None, "", " ", "0", "1", "2", "9", "-99", "NI", "1,5", "1.5", "2024-01-02", "[not completed]"]
)


@st.composite
def projects(draw: st.DrawFn) -> Description:
    chosen = draw(st.lists(st.sampled_from(FIELDS), unique_by=lambda each: each["field_name"]))
    return described(
        *chosen,
        line("last"),
        missing_codes=draw(st.sampled_from([{}, NI])),
        events=(events := draw(st.sampled_from([(), ("e1_arm_1", "e2_arm_1")]))),
        designations=tuple((event, "visit") for event in events[:1]),
        repeating=draw(st.sampled_from([(), tuple((e, "visit") for e in (events[:1] or ("",)))])),
    )


@st.composite
def exports(draw: st.DrawFn) -> tuple[Description, pl.DataFrame]:
    project = draw(projects())
    values = [column for each in project.fields[1:] for column in each.columns]
    arrived = [name for name in values if draw(st.booleans())] + ["visit_complete", "strange"]
    keys = {
        "record_id": st.sampled_from(["1", "2", " 1", "", None]),
        EVENT: st.sampled_from(["e1_arm_1", "e2_arm_1"]),
        INSTANCE: st.sampled_from([None, "1", "2"]),
    }
    shown = [name for name in project.key if name in keys]
    row = st.fixed_dictionaries(
        {name: keys[name] for name in shown} | dict.fromkeys(arrived, cells)
    )
    rows = draw(st.lists(row, max_size=5))
    return project, pl.DataFrame(rows, schema=dict.fromkeys((*shown, *arrived), pl.String))


@unhurried
@given(exports(), st.integers(5, 12))
def test_every_cell_and_row_is_accounted_for_whatever_arrives(
    export: tuple[Description, pl.DataFrame], limit: int
) -> None:
    project, rows = export
    parts = tidied(project, rows, limit=limit).parts

    fields = {name for part in parts.values() for name in part.cells["field"]}
    assert fields == set(rows.columns)
    for part in parts.values():
        assert outcome.is_balanced(part.cells)
        assert set(part.cells["cells"]) == {rows.height}
        taken = part.rows.select(
            pl.col("rows_in") - pl.sum_horizontal("rows_out", "excluded", "quarantined")
        )
        assert taken.to_series().eq(0).all()


@unhurried
@given(exports(), st.integers(5, 12))
def test_the_columns_follow_from_the_project_and_never_from_the_cells(
    export: tuple[Description, pl.DataFrame], limit: int
) -> None:
    project, rows = export
    shaped = tables(project, "visit", rows.columns, limit=limit)
    parts = tidied(project, rows, limit=limit).parts

    assert [table.name for table in shaped] == list(parts)
    for table in shaped:
        told = {name: column.dtype for name, column in table.columns.items()}
        assert dict(parts[table.name].frame.schema) == told
        assert len(told) <= limit
        assert parts[table.name].frame.select(pl.col(table.key).null_count()).row(0) == (0,) * len(
            table.key
        )


@unhurried
@given(exports(), st.integers(1, 3))
def test_slices_give_what_the_whole_gives(
    export: tuple[Description, pl.DataFrame], size: int
) -> None:
    project, rows = export
    whole = tidied(project, rows)
    slices = [rows[at : at + size] for at in range(0, max(rows.height, 1), size)]
    sliced = tidied(project, *slices)

    def told(made: Tidied) -> list[list[tuple[Any, ...]]]:
        part = made.parts["visit"]
        frames = (part.frame, part.cells, part.rows, part.quarantine, made.ticked)
        return [sorted(frame.rows(), key=repr) for frame in frames]

    assert told(sliced) == told(whole)
