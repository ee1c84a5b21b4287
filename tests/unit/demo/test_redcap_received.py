"""Rows that clients send are read in each format, or refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.demo.redcap.bodies import encode
from omics_orchestrator.demo.redcap.received import rows
from omics_orchestrator.demo.redcap.request import RefusedError

BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    "<r><item><id>&b;</id></item></r>"
)
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=10)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("json", '[{"id": 1, "ok": true, "note": null}]'),
        ("json", '{"id": "1", "ok": "1", "note": ""}'),
        ("csv", "id,ok,note\r\n1,1,\r\n"),
        ("xml", "<records> <item><id>1</id> <ok><![CDATA[1]]></ok><note/></item></records>"),
    ],
)
def test_a_row_is_the_same_in_each_format(style: str, text: str) -> None:
    assert rows(style, text) == [{"id": "1", "ok": "1", "note": ""}]


def test_a_csv_may_have_another_delimiter() -> None:
    assert rows("csv", "id;a\n1;2,3\n", ";") == [{"id": "1", "a": "2,3"}]
    assert rows("csv", "id\ta\n1\t2\n", "tab") == [{"id": "1", "a": "2"}]


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("json", '[{"user": "ada", "forms": {"base": 1}}]'),
        ("xml", "<r><item><user>ada</user><forms><base>1</base></forms></item></r>"),
    ],
)
def test_a_value_holds_values_only_where_that_is_expected(style: str, text: str) -> None:
    assert rows(style, text, nested=True) == [{"user": "ada", "forms": {"base": "1"}}]
    with pytest.raises(RefusedError, match="not formatted correctly"):
        rows(style, text)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("json", ""),
        ("json", "[1, 2]"),
        ("json", '"text"'),
        ("json", '[{"id": '),
        ("xml", ""),
        ("xml", "<records><item>"),
        ("xml", BOMB),
        ("xml", "<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>"),
    ],
)
def test_what_holds_no_rows_is_refused(style: str, text: str) -> None:
    with pytest.raises(RefusedError, match="not formatted correctly"):
        rows(style, text)


@given(st.lists(st.fixed_dictionaries({"id": TEXTS, "a_b": TEXTS}), min_size=1, max_size=4))
def test_what_the_server_writes_it_reads_again(given_rows: list[dict[str, str]]) -> None:
    for style in ("json", "xml"):
        assert rows(style, "".join(encode("record", style, given_rows))) == given_rows


def test_a_document_of_deep_brackets_is_refused_and_not_a_crash() -> None:
    with pytest.raises(RefusedError):
        rows("json", "[" * 100_000 + json.dumps({}) + "]" * 100_000)
