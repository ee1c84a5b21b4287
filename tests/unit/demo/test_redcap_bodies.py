"""Bodies are written as real REDCap servers were seen to write them."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.demo.redcap.bodies import Row, encode, error

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\\\x00"), max_size=20)


def body(content: str, style: str, *rows: Row, delimiter: str = "") -> str:
    return "".join(encode(content, style, rows, delimiter))


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("plain", "plain"),
        ("", ""),
        ("two words", '"two words"'),
        ("a,b", '"a,b"'),
        ("a\nb", '"a\nb"'),
        ('say "x"', '"say ""x"""'),
        ("C:\\x", '"C:\\x"'),
        ('\\"', '"\\""'),
    ],
)
def test_csv_is_quoted_as_php_does_it(cell: str, written: str) -> None:
    assert body("record", "csv", {"id": cell}) == f"id\n{written}\n"


def test_a_delimiter_of_choice_is_the_one_that_is_quoted() -> None:
    row = {"id": "1", "a": "x;y", "b": "x,y"}
    assert body("record", "csv", row, delimiter=";") == 'id;a;b\n1;"x;y";x,y\n'
    assert body("record", "csv", row, delimiter="tab") == "id\ta\tb\n1\tx;y\tx,y\n"


def test_labels_of_forms_events_and_arms_are_always_quoted() -> None:
    event: Row = {"event_name": "Visit", "arm_num": 1}
    row = {"instrument_name": "base", "instrument_label": "Base"}
    assert body("instrument", "csv", row).endswith('\nbase,"Base"\n')
    assert body("event", "csv", event).endswith('\n"Visit",1\n')
    assert body("arm", "csv", {"arm_num": 1, "name": "A"}) == 'arm_num,name\n1,"A"'


def test_two_contents_end_without_a_line_end() -> None:
    row: Row = {"arm_num": 1, "unique_event_name": "e_arm_1", "form": "base"}
    assert not body("formEventMapping", "csv", row).endswith("\n")
    assert body("record", "csv", {"id": "1"}).endswith("\n")


def test_json_is_compact_with_slashes_and_letters_escaped() -> None:
    row: Row = {"id": "1/2", "name": "Zoë", "redcap_repeat_instance": 3}
    written = '[{"id":"1\\/2","name":"Zo\\u00eb","redcap_repeat_instance":3}]'
    assert body("record", "json", row) == written


def test_only_metadata_breaks_the_line_between_objects() -> None:
    rows = ({"field_name": "a"}, {"field_name": "b"})
    assert body("metadata", "json", *rows) == '[{"field_name":"a"},\n{"field_name":"b"}]'
    assert body("record", "json", *rows) == '[{"field_name":"a"},{"field_name":"b"}]'


def test_a_project_is_one_object() -> None:
    assert body("project", "json", {"project_id": 1}) == '{"project_id":1}'


def test_no_rows_are_an_empty_list_or_one_line_end() -> None:
    assert body("record", "json") == "[]"
    assert body("record", "csv") == "\n"


def test_xml_wraps_each_cell_so_that_none_can_break_out() -> None:
    assert body("record", "xml", {"id": "1", "note": "a]]>b"}) == (
        '<?xml version="1.0" encoding="UTF-8" ?><records><item><id><![CDATA[1]]></id>'
        "<note><![CDATA[a]]]]><![CDATA[>b]]></note></item></records>"
    )


def test_an_error_is_written_in_the_format_asked_for() -> None:
    assert error("json", 'no "x"') == '{"error":"no \\"x\\""}'
    assert error("csv", "no") == "ERROR: no"
    assert error("xml", "no") == (
        '<?xml version="1.0" encoding="UTF-8" ?><hash><error>no</error></hash>'
    )


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1))
def test_rows_without_backslashes_come_back_from_csv_and_json(cells: list[tuple[str, str]]) -> None:
    rows = [{"id": name, "note": note} for name, note in cells]
    assert json.loads(body("record", "json", *rows)) == rows
    text = io.StringIO(body("record", "csv", *rows), newline="")
    assert list(csv.DictReader(text)) == rows
