"""The small, safe language of derived variables, compiled to Polars expressions.

Names of variables, numbers, quoted text, `+ - * /`, comparisons, `a in ("x", "y")`, `and`, `or`,
`not`, `a if b else c`, scores of categories `{"none": 0, "mild": 1}[pain]`, and the functions
`days(later, earlier)`, `first(a, b)`, `known(a)`, `min(a, b)`, `max(a, b)`. Logic is three-valued:
`ifx or ada` is true when one is true, false when both are false, and otherwise unknown. There is no
today: a value never depends on the day of a run.
"""

import ast
import operator
from collections.abc import Callable
from functools import reduce

import polars as pl

_ARITHMETIC: dict[type, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISON: dict[type, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}

_FUNCTIONS: dict[str, Callable[..., pl.Expr]] = {
    "days": lambda later, earlier: (later - earlier).dt.total_days(),
    "first": lambda *values: pl.coalesce(values),
    "known": lambda value: value.is_not_null(),
    "min": lambda *values: _unless_unknown(values, pl.min_horizontal(values)),
    "max": lambda *values: _unless_unknown(values, pl.max_horizontal(values)),
}
_ARGUMENTS = {"days": (2, 2), "known": (1, 1)}
_FROM_TWO = (2, 100)


def _unless_unknown(values: tuple[pl.Expr, ...], found: pl.Expr) -> pl.Expr:
    """Polars passes over what is null; the smallest of something unknown is unknown."""
    return pl.when(pl.all_horizontal(value.is_not_null() for value in values)).then(found)


def parse(text: str) -> ast.expr:
    """Read an expression; ValueError says what the language does not have."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise ValueError("the expression cannot be read") from None
    compile_tree(tree)
    return tree


def names(text: str) -> tuple[str, ...]:
    """List the variables an expression reads, in order of appearance."""
    found = (node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name))
    return tuple(name for name in dict.fromkeys(found) if name not in _FUNCTIONS)


def compile_expression(text: str) -> pl.Expr:
    """Turn an expression into one over columns named like the variables."""
    return compile_tree(parse(text))


def compile_tree(node: ast.expr) -> pl.Expr:
    """Turn a parsed expression into a Polars expression; ValueError for what is not allowed."""
    match node:
        case ast.Name(id=name):
            return pl.col(name)
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return pl.lit(value)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _ARITHMETIC[type(op)](compile_tree(left), compile_tree(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISON:
            return _COMPARISON[type(op)](compile_tree(left), compile_tree(right))
        case _:
            return _compile_logic(node)


def _compile_logic(node: ast.expr) -> pl.Expr:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return reduce(operator.and_, map(compile_tree, values))
        case ast.BoolOp(op=ast.Or(), values=values):
            return reduce(operator.or_, map(compile_tree, values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ~compile_tree(operand)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -compile_tree(operand)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return (
                pl.when(compile_tree(test)).then(compile_tree(body)).otherwise(compile_tree(orelse))
            )
        case _:
            return _compile_call(node)


def _compile_call(node: ast.expr) -> pl.Expr:
    match node:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[among]):
            value = compile_tree(left)
            # One by one, and not by Polars' `is_in`, which takes whole numbers for no fractions.
            found = pl.any_horizontal(value == pl.lit(each) for each in _constants(among))
            return found if isinstance(op, ast.In) else ~found
        case ast.Subscript(value=ast.Dict(keys=keys, values=scores), slice=of):
            codes = [_constant(key) for key in keys]
            return compile_tree(of).replace_strict(
                codes, [_constant(score) for score in scores], default=None
            )
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            least, most = _ARGUMENTS.get(name, _FROM_TWO)
            if not least <= len(args) <= most:
                raise ValueError(f"`{name}` does not take {len(args)} value(s)")
            return _FUNCTIONS[name](*map(compile_tree, args))
    raise ValueError(f"the language of derived variables has no {type(node).__name__}")


def _constants(node: ast.expr) -> list[object]:
    if isinstance(node, ast.Tuple | ast.List) and node.elts:
        return [_constant(each) for each in node.elts]
    raise ValueError('`in` needs a list in brackets, such as ("a", "b")')


def _constant(node: ast.expr | None) -> object:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    raise ValueError("a list or a score holds numbers and quoted text only")


def scored(text: str) -> dict[str, set[str]]:
    """The codes that each scored variable is given a score for."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(parse(text)):
        match node:
            case ast.Subscript(value=ast.Dict(keys=keys), slice=ast.Name(id=name)):
                found.setdefault(name, set()).update(str(_constant(key)) for key in keys)
    return found
