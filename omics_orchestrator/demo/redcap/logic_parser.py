"""Reads REDCap's logic into nested functions, from the loosest binding down to the tightest."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from omics_orchestrator.demo.redcap.logic_dates import moment_text
from omics_orchestrator.demo.redcap.logic_functions import FUNCTIONS
from omics_orchestrator.demo.redcap.logic_values import (
    SMART_VARIABLES,
    Scope,
    Term,
    Value,
    compared,
    is_true,
)
from omics_orchestrator.demo.redcap.request import RefusedError

_TOKEN = re.compile(
    r"""(?P<space>\s+|(?m:^)\s*(?:\#|//)[^\n]*)
      | (?P<field>(?:\[[^\[\]]+\])+)
      | (?P<number>\d+(?:\.\d*)?|\.\d+)
      | (?P<text>"[^"]*"|'[^']*')
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign><=|>=|<>|!=|==|&&|\|\||[-+*/^%(),=<>!])""",
    re.VERBOSE,
)
_FIELD = re.compile(r"([a-z][a-z0-9_]*)(?:\(([^()]+)\))?(?::(?:value|checked))?")
_INSTANCE = "current-instance"
_OWN_EVENT = "event-name"
_SAME = {"==": "=", "!=": "<>", "&&": "and", "||": "or", "!": "not"}
_COMPARISONS = {"=", "<>", "<", ">", "<=", ">="}
_PARTS_OF_IF = 3
_BAD = "The logic cannot be read"


class _Token(NamedTuple):
    kind: str
    text: str


_END = _Token("end", "")


@lru_cache(maxsize=4096)
def parse(logic: str) -> Term:
    """Read a logic; what comes back computes its value in a scope.

    Raises:
        RefusedError: it is not a logic.
    """
    try:
        return _Parser(_tokens(logic)).whole()
    except RecursionError:
        raise RefusedError(_BAD) from None


def _tokens(logic: str) -> list[_Token]:
    found, place = [], 0
    while place < len(logic):
        match = _TOKEN.match(logic, place)
        if match is None or match.lastgroup is None:
            raise RefusedError(_BAD)
        place = match.end()
        if match.lastgroup != "space":
            word = match[0].lower() if match.lastgroup == "name" else match[0]
            kind = "sign" if word in {"and", "or", "not"} else match.lastgroup
            found.append(_Token(kind, _SAME.get(word, word)))
    return [*found, _END]


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = iter(tokens)
        self._next = next(self._tokens)

    def whole(self) -> Term:
        term = self._either()
        self._expect("end")
        return term

    def _take(self) -> _Token:
        taken, self._next = self._next, next(self._tokens, _END)
        return taken

    def _takes(self, *signs: str) -> str:
        """Take the next sign if it is one of these."""
        is_there = self._next.kind == "sign" and self._next.text in signs
        return self._take().text if is_there else ""

    def _expect(self, *signs: str) -> None:
        if self._next != _END if signs == ("end",) else not self._takes(*signs):
            raise RefusedError(_BAD)

    def _either(self) -> Term:
        term = self._both()
        while self._takes("or"):
            term = _or(term, self._both())
        return term

    def _both(self) -> Term:
        term = self._negated()
        while self._takes("and"):
            term = _and(term, self._negated())
        return term

    def _negated(self) -> Term:
        return _not(self._negated()) if self._takes("not") else self._comparison()

    def _comparison(self) -> Term:
        term = self._total()
        while sign := self._takes(*_COMPARISONS):
            term = _comparison(sign, term, self._total())
        return term

    def _total(self) -> Term:
        term = self._product()
        while sign := self._takes("+", "-"):
            term = _arithmetic(sign, term, self._product())
        return term

    def _product(self) -> Term:
        term = self._power()
        while sign := self._takes("*", "/", "%"):
            term = _arithmetic(sign, term, self._power())
        return term

    def _power(self) -> Term:
        term = self._signed()
        return _arithmetic("^", term, self._power()) if self._takes("^") else term

    def _signed(self) -> Term:
        if self._takes("-"):
            return _arithmetic("-", _constant(0.0), self._signed())
        return self._signed() if self._takes("+") else self._atom()

    def _atom(self) -> Term:
        if self._takes("("):
            term = self._either()
            self._expect(")")
            return term
        kind, text = self._take()
        match kind:
            case "field":
                return _field(text)
            case "number":
                return _constant(float(text))
            case "text":
                return _constant(text[1:-1])
            case "name":
                return self._named(text)
        raise RefusedError(_BAD)

    def _named(self, name: str) -> Term:
        if name in {"today", "now"} and self._next.text != "(":
            return lambda scope: moment_text(scope, name)
        if name in {"true", "false"}:
            return _constant(float(name == "true"))
        self._expect("(")
        if self._takes(")"):
            return _called(name, [])
        arguments = [self._either()]
        while self._takes(","):
            arguments.append(self._either())
        self._expect(")")
        return _called(name, arguments)


def _constant(value: Value) -> Term:
    return lambda _scope: value


def _or(left: Term, right: Term) -> Term:
    return lambda scope: is_true(left(scope)) or is_true(right(scope))


def _and(left: Term, right: Term) -> Term:
    return lambda scope: is_true(left(scope)) and is_true(right(scope))


def _not(term: Term) -> Term:
    return lambda scope: not is_true(term(scope))


def _comparison(sign: str, left: Term, right: Term) -> Term:
    return lambda scope: compared(scope, sign, left(scope), right(scope))


def _arithmetic(sign: str, left: Term, right: Term) -> Term:
    compute = _ARITHMETIC[sign]

    def term(scope: Scope) -> Value:
        first, second = scope.number(left(scope)), scope.number(right(scope))
        if first is None or second is None:
            return ""
        try:
            result = compute(first, second)
        except (ZeroDivisionError, OverflowError):
            return ""
        return "" if isinstance(result, complex) else result

    return term


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": lambda left, right: left % right,
    "^": lambda left, right: left**right,
}


def _field(text: str) -> Term:
    parts = text[1:-1].split("][")
    if parts in [[name] for name in SMART_VARIABLES]:
        return lambda scope: scope.lookup(parts[0], "", "")
    if parts[-1] == _INSTANCE:
        parts.pop()
    *events, name = parts or [""]
    named = _FIELD.fullmatch(name)
    if named is None or len(events) > 1:
        raise RefusedError(_BAD)
    event = "" if events in ([], [_OWN_EVENT]) else events[0]
    field, code = named[1], named[2] or ""
    return lambda scope: scope.lookup(field, event, code)


def _called(name: str, arguments: list[Term]) -> Term:
    if name == "if" and len(arguments) == _PARTS_OF_IF:
        test, then, otherwise = arguments
        # Only the branch that is taken is computed, whatever the other would do.
        return lambda scope: then(scope) if is_true(test(scope)) else otherwise(scope)
    function = FUNCTIONS.get(name)
    if function is None or not function.fewest <= len(arguments) <= function.most:
        raise RefusedError(_BAD)
    return lambda scope: function.compute(scope, [term(scope) for term in arguments])
