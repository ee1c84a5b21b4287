"""What is wrong with one expression: its names, the types that meet in it, the codes it names.

Polars itself is the judge of types: the expression is tried on a table without rows.
"""

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from omics_orchestrator.dictionary import expression

_ALIKE = 0.75
_KINDS = {
    pl.Boolean: "yes or no",
    pl.String: "text",
    pl.Date: "a date",
    pl.Datetime: "a date with time",
    pl.Null: "nothing",
}


@dataclass(frozen=True)
class Row:
    """What an expression may read.

    Attributes:
        columns: the columns of the row with their types.
        codes: the codes of each category among them.
    """

    columns: Mapping[str, pl.DataType]
    codes: Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Result:
    """What an expression gives: its type, and the texts in it, as far as they can be told."""

    dtype: pl.DataType
    texts: frozenset[str]


def problems_of(text: str, row: Row) -> list[str]:
    """List what is wrong with an expression over a row."""
    try:
        names = expression.names(text)
    except (ValueError, TypeError) as error:
        # Polars' own word on a list of numbers and texts is about its inside.
        told = error if isinstance(error, ValueError) else "a list holds numbers or texts, not both"
        return [f"{told}; see `Expressions` in data_dictionary/README.md"]
    if absent := [name for name in names if name not in row.columns]:
        return [
            f"the table has no variable {name!r}{meant(name, row.columns)}; map it, or correct "
            "the name"
            for name in absent
        ]
    if _tried(text, row) is None:
        told = listed([f"{name} is {kind_of(row.columns[name])}" for name in names])
        return [f"what meets in it does not go together: {told}; compare and reckon like with like"]
    return [*_comparisons(text, row), *_scores(text, row)]


def result_of(text: str, row: Row) -> Result | None:
    """Tell what a sound expression gives; None when it is not sound."""
    if problems_of(text, row):
        return None
    dtype = _tried(text, row)
    if dtype is None:
        return None
    return Result(dtype, frozenset(_texts(expression.parse(text), row)))


def kind_of(dtype: pl.DataType) -> str:
    """Name a type as people do."""
    return _KINDS.get(dtype.base_type(), "a number")


def meant(name: str, known: Iterable[str]) -> str:
    """Ask whether the known name that is most like an unknown one was meant; "" if none is."""
    near = get_close_matches(name, known, n=1, cutoff=_ALIKE)
    return f" (did you mean {near[0]!r}?)" if near else ""


def listed(words: Iterable[str], last: str = "and") -> str:
    """Write words as a sentence lists them."""
    *before, end = words
    return f"{', '.join(before)} {last} {end}" if before else end


def _tried(text: str, row: Row) -> pl.DataType | None:
    nobody = pl.DataFrame(schema=dict(row.columns))
    try:
        return nobody.select(expression.compile_expression(text).alias("it"))["it"].dtype
    except pl.exceptions.PolarsError:
        return None


def _comparisons(text: str, row: Row) -> Iterator[str]:
    """Codes with which a category is compared, and which it never has."""
    for node in ast.walk(expression.parse(text)):
        if not isinstance(node, ast.Compare):
            continue
        sides = (node.left, *node.comparators)
        names = [side.id for side in sides if isinstance(side, ast.Name)]
        compared = {code for side in sides for code in _constants(side)}
        for name in names:
            for code in sorted(compared - set(row.codes.get(name, compared))):
                yield f"{name} is never {code!r}; name a code of its value set"


def _scores(text: str, row: Row) -> Iterator[str]:
    for name, scored in expression.scored(text).items():
        codes = set(row.codes.get(name, scored))
        if without := sorted(codes - scored):
            yield f"{name} has no score for {listed(without)}; give every code of it one"
        if strange := sorted(scored - codes):
            yield f"{name} is never {listed(strange, 'or')}; score the codes of its value set"


def _constants(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Tuple | ast.List):
        return {code for each in node.elts for code in _constants(each)}
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def _texts(node: ast.expr, row: Row) -> set[str]:
    """The texts that an expression may give, as far as they are written in it."""
    match node:
        case ast.Name(id=name):
            return set(row.codes.get(name, ()))
        case ast.IfExp(body=body, orelse=orelse):
            return _texts(body, row) | _texts(orelse, row)
        case ast.Call(args=args):
            return {text for each in args for text in _texts(each, row)}
        case ast.Subscript(value=ast.Dict(values=values)):
            return {text for each in values for text in _constants(each)}
    return _constants(node)
