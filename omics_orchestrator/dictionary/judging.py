"""What a compiled rule is, and how it says what became of each cell it read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.rules import CodeMap, FieldRule, checkbox_column

Missing = Mapping[str, str]
Expressions = Mapping[str, pl.Expr]


@dataclass(frozen=True)
class Judged:
    """The outcome that one rule finds for the cells of one field, over `text:` and `parsed:`."""

    field: str
    outcome: pl.Expr


@dataclass(frozen=True)
class Reason:
    """Why cells were declared missing: by which code each of them said so.

    Attributes:
        judged: the column that says which cells were.
        field: the field whose text is the code.
        meanings: code → reason.
        letters: how the text's letters are folded before it is looked up.
    """

    judged: str
    field: str
    meanings: Missing
    letters: Literal["upper", "lower"] | None = None


@dataclass(frozen=True)
class Step:
    """One rule, compiled.

    Attributes:
        kind: the rule's name, as quarantine and reports show it.
        values: the columns it gives, over `parsed:` and `judged:`.
        parsed: what it makes of the text, named `parsed:<column>`, over `text:`.
        judged: what became of the cells it read, by the name of the column that says so.
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
_CODES = [pl.lit(each, pl.UInt8) for each in range(outcome.QUARANTINED + len(outcome.REASONS))]


def text_of(field: str) -> pl.Expr:
    """A source field without the white space around it, as the first pass names it."""
    return pl.col(f"text:{field}")


def judged_name(variable: str, field: str) -> str:
    """Name the column that says what one rule made of one field's cells."""
    return f"judged:{variable}:{field}"


def judge(text: pl.Expr, missing: Missing, refusals: list[tuple[pl.Expr, str]]) -> pl.Expr:
    """The outcome of a cell: blank, missing, the first refusal that holds, or conformed."""
    judged: Any = pl.when(text.is_null() | (text == _NOTHING)).then(code(outcome.BLANK))
    if missing:
        judged = judged.when(text.is_in(list(missing))).then(code(outcome.MISSING))
    for refused, reason in refusals:
        judged = judged.when(refused).then(code(outcome.quarantined(reason)))
    verdict: pl.Expr = judged.otherwise(code(outcome.CONFORMED))
    return verdict


def code(value: int) -> pl.Expr:
    """An outcome as a column holds it."""
    return _CODES[value]


def kept(variable: str, field: str, value: pl.Expr) -> pl.Expr:
    """A value where the rule found the cell to conform, null elsewhere."""
    return pl.when(pl.col(judged_name(variable, field)) == code(outcome.CONFORMED)).then(value)


def judged_by(variable: str, judged: Expressions) -> dict[str, Judged]:
    """Name the outcomes that a variable's rule finds for its fields."""
    return {judged_name(variable, field): Judged(field, each) for field, each in judged.items()}


def folded(text: pl.Expr, letters: Literal["upper", "lower"] | None) -> pl.Expr:
    """Text with its letters folded, where a rule says so."""
    if letters is None:
        return text
    return text.str.to_uppercase() if letters == "upper" else text.str.to_lowercase()


def reasons_of(
    variable: str,
    fields: Iterable[str],
    missing: Missing,
    letters: Literal["upper", "lower"] | None = None,
) -> tuple[Reason, ...]:
    """Why the cells of fields are declared missing, by the codes that a rule takes for that."""
    if not missing:
        return ()
    return tuple(Reason(judged_name(variable, each), each, missing, letters) for each in fields)
