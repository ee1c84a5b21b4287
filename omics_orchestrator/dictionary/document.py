"""A YAML file as people write it: keys are text, none is overwritten, and each has its line."""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

Path = tuple[str | int, ...]
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_DATE = "tag:yaml.org,2002:timestamp"
_SIGN = "text begins with a sign that means something else; put it into quotes"
# By how PyYAML's own words begin.
_IN_PLAIN_WORDS = {
    "mapping values are not allowed here": "a second colon in one entry; begin each key on a line "
    "of its own, and put text with a colon into quotes",
    "sequence entries are not allowed here": "a list begins within a line; begin it on the next",
    "found character '\\t'": "a tab; indent with spaces",
    "found character": _SIGN,
    "expected a comment or a line break": _SIGN,
    "expected <block end>": "it does not fit the lines above; indent it as they are, and close "
    "every bracket",
    "expected '<document start>'": "it does not fit the lines above; begin at the left edge",
    "expected ',' or": "a bracket that opens here is not closed; close it",
    "found unexpected end of stream": "a quote that opens here is not closed; close it",
    "could not find expected ':'": "a key has no colon; write `key: value`",
    "but found another document": "a second document begins; keep one, without `---`",
    "found undefined alias": _SIGN,
    "expected alphabetic or numeric": _SIGN,
    "found unhashable key": "a bracket stands where a key is expected; put it into quotes",
}
_NOT_CLOSED = ("expected ',' or", "found unexpected end of stream")


class DocumentError(Exception):
    """The text is no YAML; `line` is where, counted from 1, and None where nobody knows."""

    def __init__(self, what: str, line: int | None) -> None:
        self.line = line
        super().__init__(what)


class _Loader(yaml.CSafeLoader):
    """Leaves dates as they are written: a rule reads them, and some do not exist."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # PyYAML's own attribute
        sign: [(tag, pattern) for tag, pattern in several if tag != _DATE]
        for sign, several in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _node(text: str) -> tuple[_Loader, yaml.Node | None]:
    loader = _Loader(text)
    try:
        return loader, loader.get_single_node()
    except yaml.YAMLError:
        # The fast parser says less of what is wrong, and where.
        yaml.compose(text, Loader=yaml.SafeLoader)
        raise


class Document:
    """A file's content.

    Attributes:
        content: what it says. Every key is text as it stands in the file: YAML by itself reads
            `01` as 1 and `no` as false, and the codes of a source are neither.
        repeated: keys that are given twice, the second hiding the first, each with its line.
    """

    def __init__(self, text: str) -> None:
        """Read the text; DocumentError when it is no YAML."""
        try:
            loader, self._root = _node(text)
            self.repeated = list(_repeated(self._root, set()))
            self.content: Any = (
                None if self._root is None else loader.construct_document(self._root)
            )
        except yaml.YAMLError as error:
            raise DocumentError(_in_plain_words(error), _line(error, text)) from None

    def place(self, told: Sequence[str | int], *, is_missing: bool) -> tuple[Path, int]:
        """Find the place that a checker tells, which names its own alternatives within it.

        Args:
            told: keys and numbers, and among them what is neither.
            is_missing: the last is a key that is not there.

        Returns:
            The keys as the file has them, and the line of the last one that is there.
        """
        above = tuple(told[:-1] if is_missing else told)
        _, way, line = _followed(self._root, above, inside=is_missing)
        return (*way, *(told[-1:] if is_missing else ())), line


def _followed(
    node: yaml.Node | None, told: Path, *, inside: bool, line: int = 1
) -> tuple[tuple[bool, int], Path, int]:
    """The best way along `told`: one that reaches its end, and passes over as little as it can.

    With `inside`, an end is only where keys stand below.
    """
    if not told:
        return (not inside or isinstance(node, yaml.MappingNode), 0), (), line
    over = _followed(node, told[1:], inside=inside, line=line)
    best = ((over[0][0] and len(told) > 1, over[0][1]), over[1], over[2])
    for below, where in _below(node, told[0]):
        (ends, used), way, at = _followed(below, told[1:], inside=inside, line=where)
        best = max(best, ((ends, used + 1), (told[0], *way), at), key=lambda each: each[0])
    return best


def _below(node: yaml.Node | None, part: str | int) -> Iterator[tuple[yaml.Node, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                yield value, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        yield node.value[part], node.value[part].start_mark.line + 1


def _repeated(node: yaml.Node | None, seen: set[int]) -> Iterator[tuple[str, int]]:
    """Make the keys below a node text, and give those that are repeated."""
    if node is None or id(node) in seen or isinstance(node, yaml.ScalarNode):
        return
    seen.add(id(node))
    names: set[str] = set()
    for each in node.value:
        key, below = each if isinstance(node, yaml.MappingNode) else (None, each)
        if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
            key.tag = _TEXT
            if key.value in names:
                yield key.value, key.start_mark.line + 1
            names.add(key.value)
        yield from _repeated(below, seen)


def _in_plain_words(error: yaml.YAMLError) -> str:
    said = _said(error)
    plain = (words for start, words in _IN_PLAIN_WORDS.items() if said.startswith(start))
    return next(plain, said or "a character that no text has; take it out")


def _said(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or "")


def _line(error: yaml.YAMLError, text: str) -> int | None:
    mark, position = (getattr(error, name, None) for name in ("problem_mark", "position"))
    if _said(error).startswith(_NOT_CLOSED):
        mark = getattr(error, "context_mark", None) or mark
    if mark is not None:
        return int(mark.line) + 1
    return text.count("\n", 0, position) + 1 if position is not None else None
