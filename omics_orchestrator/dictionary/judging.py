"""What a compiled rule is, and how it says what became of each cell it read."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Any, Literal

import polars as pl

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.rules import CodeMap, FieldRule, checkbox_column

Missing = Mapping[str, str]
Expressions = Mapping[str, pl.Expr]
Column = Callable[[str], pl.Expr]
Cells = Callable[[Column], pl.Expr]
"""An expression of whichever cells of its columns it is given."""
Refusals = Sequence[tuple[Cells, str]]
Letters = Literal["upper", "lower"] | None


@dataclass(frozen=True)
class Judged:
    """What one rule finds for the cells of one field, over `text:` and `parsed:`.

    Most cells conform or are blank, so only the others are told one by one. A cell of which nothing
    is said is missing from the accounts, which then do not balance.

    Attributes:
        field: the field.
        fits: which cells conform; never null.
        blank: which are blank; never null.
        missing: the codes by which one of the other cells says that it is missing.
        letters: how its letters are folded before it is looked up.
        outcome: what became of those that say no such thing: of each, in their order, or of all.
    """

    field: str
    fits: pl.Expr
    blank: pl.Expr
    missing: frozenset[str]
    letters: Letters
    outcome: pl.Expr | int | None


@dataclass(frozen=True)
class Reason:
    """Why cells were declared missing: by which code each of them said so.

    Attributes:
        judged: the judged field whose cells were, see `judged_name`.
        meanings: code → reason.
        letters: how the text's letters are folded before it is looked up.
    """

    judged: str
    meanings: Missing
    letters: Letters = None


@dataclass(frozen=True)
class Step:
    """One rule, compiled.

    Attributes:
        kind: the rule's name, as quarantine and reports show it.
        values: the columns it gives, over `text:`, `parsed:` and `fits:`.
        parsed: what it makes of the text, named `parsed:<column>`, over `text:`.
        judged: what became of the cells it read, by `judged_name`.
        reasons: why the value was declared missing, where it was; the first that holds counts.
        refuses_space: `parsed` is null for text with white space around it, so that text need not
            be stripped before it is parsed.
    """

    kind: str
    values: Expressions
    parsed: Expressions
    judged: Mapping[str, Judged]
    reasons: tuple[Reason, ...] = ()
    refuses_space: bool = False


@dataclass(frozen=True)
class Context:
    """What a rule needs to know beside itself: codes, value sets, missing codes, columns there."""

    code_maps: Mapping[str, CodeMap]
    value_sets: Mapping[str, Mapping[str, str]]
    missing: Missing
    columns: frozenset[str]

    @classmethod
    def of(
        cls, dictionary: Dictionary, study: Study, missing: Missing, columns: frozenset[str]
    ) -> "Context":
        """Gather the context of a study's table whose source columns are `columns`."""
        return cls(study.code_maps, dictionary.value_sets, missing, columns)

    def codes(self, rule: FieldRule) -> dict[str, str] | None:
        """The rule's codes as text, with a named code map looked up; None when it has none."""
        if rule.codes is None:
            return None
        codes = self.code_maps[rule.codes] if isinstance(rule.codes, str) else rule.codes
        return {code: str(value) for code, value in codes.items()}

    def missing_options(self, field: str) -> dict[str, str]:
        """The export columns that say "missing" for a checkbox field, each with its reason."""
        columns = {checkbox_column(field, code): why for code, why in self.missing.items()}
        return {column: why for column, why in columns.items() if column in self.columns}


# Made once: a wide table's rules name each of them thousands of times.
_NOTHING = pl.lit("")
# So many comparisons cost less than one look-up.
_FEW_CODES = 4
_CODES = [pl.lit(each, pl.UInt8) for each in range(outcome.QUARANTINED + len(outcome.REASONS))]


def text_of(field: str, column: Column = pl.col) -> pl.Expr:
    """A source field without the white space around it, as the first pass names it."""
    return column(f"text:{field}")


def judged_name(variable: str, field: str) -> str:
    """Name what one rule makes of one field's cells."""
    return f"{variable}:{field}"


def variable_of(name: str) -> str:
    """The variable of a judgement, by its `judged_name`; `crp#1` is a part of the rule of `crp`."""
    return name.partition(":")[0].partition("#")[0]


def fits(variable: str, field: str) -> pl.Expr:
    """Tell which cells of a field conform to a variable's rule."""
    return pl.col(f"fits:{judged_name(variable, field)}")


def kept(variable: str, field: str, value: pl.Expr) -> pl.Expr:
    """A value where the rule found the cell to conform, null elsewhere."""
    return pl.when(fits(variable, field)).then(value)


def judge(
    variable: str,
    field: str,
    missing: Missing,
    refusals: Refusals = (),
    *,
    letters: Letters = None,
    unanswered: Cells | None = None,
    conforms: pl.Expr | None = None,
) -> dict[str, Judged]:
    """Judge a field's cells: blank, declared missing, the first refusal that holds, or conformed.

    Args:
        variable: the variable whose rule it is.
        field: the field.
        missing: the codes that mean missing.
        refusals: which cells are refused and why; true or false for all text that is not blank.
        letters: how the text's letters are folded before it is looked up.
        unanswered: where the whole field is declared missing, whatever the cell holds.
        conforms: which cells conform, where that can be said in fewer words than: not blank, not
            missing, not refused.
    """
    name = judged_name(variable, field)

    def said(column: Column) -> pl.Expr:
        return folded(text_of(field, column), letters)

    def doubtful(column: str) -> pl.Expr:
        return pl.col(column).filter(pl.col(f"doubtful:{name}"))

    text = text_of(field)
    blank = text.is_null() | (text == _NOTHING)
    found = _verdict(refusals, doubtful)
    if conforms is None:
        conforms = text.is_not_null() & ~is_any(said(pl.col), ["", *missing])
        for refused, _ in refusals:
            conforms = conforms & ~refused(pl.col)
    if unanswered is not None:
        conforms, blank = conforms & ~unanswered(pl.col), blank & ~unanswered(pl.col)
        other = _CODES[found] if isinstance(found, int) else found
        found = pl.when(unanswered(doubtful)).then(_CODES[outcome.MISSING]).otherwise(other)
    return {name: Judged(field, conforms, blank, frozenset(missing), letters, found)}


def _verdict(refusals: Refusals, doubtful: Column) -> pl.Expr | int | None:
    """Which refusal it is: where there is but one, nothing needs to be looked at."""
    if len(refusals) == 1:
        ((_, reason),) = refusals
        return outcome.quarantined(reason)
    verdict: Any = pl
    for refused, reason in refusals:
        verdict = verdict.when(refused(doubtful)).then(_CODES[outcome.quarantined(reason)])
    found: pl.Expr | None = verdict.otherwise(None) if refusals else None
    return found


def is_any(text: pl.Expr, codes: Collection[str]) -> pl.Expr:
    """Tell whether a text is one of some codes."""
    if 0 < len(codes) <= _FEW_CODES:
        return reduce(or_, (text == _literal(code) for code in codes))
    return text.is_in(_listed(*codes))


@cache
def _literal(code: str) -> pl.Expr:
    return pl.lit(code)


@cache
def _listed(*codes: str) -> pl.Series:
    return pl.Series(codes, dtype=pl.String).implode()


def folded(text: pl.Expr, letters: Letters) -> pl.Expr:
    """Text with its letters folded, where a rule says so."""
    if letters is None:
        return text
    return text.str.to_uppercase() if letters == "upper" else text.str.to_lowercase()


def reasons_of(
    variable: str, fields: Iterable[str], missing: Missing, letters: Letters = None
) -> tuple[Reason, ...]:
    """Why the cells of fields are declared missing, by the codes that a rule takes for that."""
    if not missing:
        return ()
    return tuple(Reason(judged_name(variable, each), missing, letters) for each in fields)
