"""Reads XML of the size of a project: one branch in memory at a time, and no entity of its own.

It stands on expat and not on ElementTree's own reader: there a document type, the door to bombs of
entities and to other files, could not be refused before it is read.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache, partial
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from omics_orchestrator.errors import DictionaryError

_BYTES_AT_A_TIME = 1 << 20
_TOKEN = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->"
    rb"|(?P<tag><[^!<>\"'][^<>\"']*(?:\"[^\"]*\"[^<>\"']*|'[^']*'[^<>\"']*)*>)"
    rb"|[^<]+|(?P<unfinished><.*)",
    re.DOTALL,
)
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")


def branches(file: BinaryIO, root: str, names: Collection[str]) -> Iterator[Element]:
    """Yield each outermost element of one of these names, whole, as soon as it has ended.

    Namespaces are left off the names of elements and attributes.

    Args:
        file: XML in UTF-8.
        root: `namespace name` that the outermost element must have.
        names: names of the elements to yield.

    Raises:
        DictionaryError: it is not XML, its outermost element is another, or it declares a
            document type.
    """
    found: list[Element] = []
    parser = _parser(_Branches(root, names, found))
    chunks = iter(partial(file.read, _BYTES_AT_A_TIME), b"")
    try:
        for text in _with_line_breaks(chunks):
            parser.Parse(text)
            yield from found
            found.clear()
        is_last = True
        parser.Parse(b"", is_last)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        raise DictionaryError([f"line {error.lineno}: it is not XML: {what}"]) from None


class _Branches:
    """Gathers the wanted elements from what the parser tells."""

    def __init__(self, root: str, names: Collection[str], found: list[Element]) -> None:
        self._root = root
        self._names = names
        self._found = found
        self._builder: TreeBuilder | None = None
        self._depth = 0
        self._is_first = True

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._is_first and name != self._root:
            raise DictionaryError([f"it is not a REDCap project file: it is no {self._root}"])
        self._is_first = False
        local = _local(name)
        if self._builder is None and local in self._names:
            self._builder = TreeBuilder()
        if self._builder is not None:
            self._depth += 1
            self._builder.start(local, {_local(key): text for key, text in attributes.items()})

    def text(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)

    def end(self, name: str) -> None:
        if self._builder is None:
            return
        self._builder.end(_local(name))
        self._depth -= 1
        if not self._depth:
            self._found.append(self._builder.close())
            self._builder = None


def _parser(branches: _Branches) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = branches.start
    parser.CharacterDataHandler = branches.text
    parser.EndElementHandler = branches.end
    return parser


def _refuse_doctype(*_declaration: object) -> None:
    raise DictionaryError(["it declares a document type, which a REDCap project file never does"])


@lru_cache(maxsize=1024)
def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _with_line_breaks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Write the line breaks inside attributes as references.

    REDCap writes a value's line breaks plainly into an attribute, where XML reads each as a blank.
    """
    rest = b""
    for chunk in chunks:
        whole: list[bytes] = []
        tokens = _TOKEN.finditer(rest + chunk)
        rest = b""
        for token in tokens:
            rest = token["unfinished"] or b""
            whole.append(b"" if rest else _tag(token[0]) if token["tag"] else token[0])
        yield b"".join(whole)
    yield rest


def _tag(text: bytes) -> bytes:
    if b"\n" not in text and b"\t" not in text:
        return text
    return _QUOTED.sub(_referenced, text)


def _referenced(quoted: re.Match[bytes]) -> bytes:
    text = quoted[0].replace(b"\r\n", b"\n")
    return text.replace(b"\n", b"&#10;").replace(b"\t", b"&#9;")
