"""Reading XML branch by branch: what stands in attributes stays, what is unsafe is refused."""

import io
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.demo.redcap import odm_elements
from omics_orchestrator.demo.redcap.odm_elements import branches
from omics_orchestrator.errors import DictionaryError

ROOT = "urn:x root"


class Dripping(io.BytesIO):
    """A file that gives no more than a few bytes at a time."""

    def __init__(self, content: bytes, bytes_at_a_time: int) -> None:
        super().__init__(content)
        self.bytes_at_a_time = bytes_at_a_time

    def read(self, _size: int | None = -1, /) -> bytes:
        return super().read(self.bytes_at_a_time)


def read(body: str, *names: str, bytes_at_a_time: int = 1 << 20) -> list[Element]:
    text = f'<?xml version="1.0" encoding="UTF-8" ?>\n<root xmlns="urn:x" xmlns:y="urn:y">{body}</root>'
    return list(branches(Dripping(text.encode(), bytes_at_a_time), ROOT, names or ("a",)))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('<a v="1\n2"/>', "1\n2"),
        ('<a v="1\r\n\r\n2"/>', "1\n\n2"),
        ("<a v='1\n\"2'/>", '1\n"2'),
        ('<a\n\tw=""\n\tv="1\t2"\n/>', "1\t2"),
        ('<a v="1 > 2\n&lt;"/>', "1 > 2\n<"),
        ('<a y:v="1"/>', "1"),
        ('<!-- <a v="0\n"/> --><a v="1"/>', "1"),
    ],
)
def test_an_attribute_keeps_its_line_breaks(body: str, value: str) -> None:
    (found,) = read(body)
    assert found.get("v") == value


def test_text_and_unparsed_text_stay_as_they_are() -> None:
    (found,) = read('<a>1\n"2\n"<b><![CDATA[<c v="3\n4">]]></b></a>')
    assert (found.text, found.findtext("b")) == ('1\n"2\n"', '<c v="3\n4">')


def test_only_the_named_outermost_elements_are_given() -> None:
    found = read('<a><a v="1"/></a><b/><c><a v="2"/></c>', "a")
    assert [(element.tag, len(element)) for element in found] == [("a", 1), ("a", 0)]


@given(st.integers(1, 40))
def test_where_a_file_is_cut_into_pieces_does_not_matter(bytes_at_a_time: int) -> None:
    body = '<a v="é\n1">2 > 1<![CDATA[ ]]<x y="\n">]]></a><!-- " --><a v=\'"\n\'/>'
    whole, pieces = read(body), read(body, bytes_at_a_time=bytes_at_a_time)
    assert [(e.get("v"), e.text) for e in pieces] == [(e.get("v"), e.text) for e in whole]
    assert whole[0].get("v") == "é\n1"


def test_a_branch_is_given_before_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odm_elements, "_BYTES_AT_A_TIME", 64)
    file = io.BytesIO(b'<root xmlns="urn:x"><a v="1"/>' + b" " * 10_000 + b"never ended")
    assert next(branches(file, ROOT, ["a"])).get("v") == "1"
    assert file.tell() < 200


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is not XML: no element found"),
        ("record_id,age\n1,42\n", "line 1: it is not XML"),
        ('<root xmlns="urn:x"><a v="secret"></root>', "line 1: it is not XML: mismatched tag"),
        ('<root xmlns="urn:x"><a v="secret', "it is not XML"),
        ('<root xmlns="urn:z"/>', "it is not a REDCap project file"),
        ("<html><body/></html>", "it is not a REDCap project file"),
        ('<!DOCTYPE root [<!ENTITY a "secret">]><root xmlns="urn:x"/>', "declares a document type"),
        ('<!DOCTYPE root SYSTEM "file:///etc/passwd"><root/>', "declares a document type"),
        ('<root xmlns="urn:x"><a v="&secret;"/></root>', "undefined entity"),
    ],
)
def test_what_is_unsafe_or_another_kind_of_file_is_refused(text: str, problem: str) -> None:
    with pytest.raises(DictionaryError, match=problem) as refused:
        list(branches(io.BytesIO(text.encode()), ROOT, ["a"]))
    assert "secret" not in str(refused.value)
