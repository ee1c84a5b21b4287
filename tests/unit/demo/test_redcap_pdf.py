"""A PDF written by hand keeps the format's own book-keeping."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.demo.redcap.pdf import document


@given(st.lists(st.lists(st.text(max_size=20), max_size=4), max_size=5))
def test_each_object_is_where_the_table_says(pages: list[list[str]]) -> None:
    content = document(pages)
    table = int(re.findall(rb"startxref\n(\d+)", content)[-1])
    assert content[table:].startswith(b"xref\n")
    places = re.findall(rb"(\d{10}) 00000 n ", content[table:])
    for number, place in enumerate(places, 1):
        assert content[int(place) :].startswith(b"%d 0 obj" % number)
    assert b"/Count %d " % max(len(pages), 1) in content
    assert f"/Size {len(places) + 1} ".encode() in content


@given(st.lists(st.text(max_size=20), max_size=4))
def test_a_stream_is_as_long_as_it_says(lines: list[str]) -> None:
    content = document([lines])
    (length,) = re.findall(rb"/Length (\d+) >>\nstream\n", content)
    start = content.index(b"stream\n") + len(b"stream\n")
    assert content[start + int(length) :].startswith(b"\nendstream")


@pytest.mark.parametrize(
    ("line", "written"),
    [("a (b)", rb"(a \(b\)) Tj"), ("a\\b", rb"(a\\b) Tj"), ("Ünï 漢", b"(\xdcn\xef ?) Tj")],
)
def test_a_line_is_escaped_and_of_western_letters(line: str, written: bytes) -> None:
    assert written in document([[line]])
