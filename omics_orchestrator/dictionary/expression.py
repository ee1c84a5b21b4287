"""The small, safe language of derived variables, compiled to Polars expressions.

Names of variables, numbers, quoted text, `+ - * /`, comparisons, `and`, `or`, `not`,
`a if b else c` and `days(later, earlier)`. Logic is three-valued: `ifx or ada` is true when one is
true, false when both are false, and otherwise unknown. There is no today: a value never depends on
the day of a run.
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
    return tuple(name for name in dict.fromkeys(found) if name != "days")


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
        case ast.Call(func=ast.Name(id="days"), args=[later, earlier], keywords=[]):
            return (compile_tree(later) - compile_tree(earlier)).dt.total_days()
    raise ValueError(f"the language of derived variables has no {type(node).__name__}")
