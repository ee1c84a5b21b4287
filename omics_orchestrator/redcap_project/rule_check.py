"""Whether a rule can read what its fields send.

Their codes, and an example of their kind, go through the rule itself, so that the check and the run
can never disagree.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from omics_orchestrator.dictionary import doubts, outcome
from omics_orchestrator.dictionary.check_expressions import listed
from omics_orchestrator.dictionary.compile import compile_rule
from omics_orchestrator.dictionary.judging import Context
from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.dictionary.rules import AnyOfRule, Rule, single
from omics_orchestrator.redcap_project.fields import Field
from omics_orchestrator.redcap_project.labels import quoted

# As the server sends them; of a date, a time and a number it never depends on how people see them.
_SENT = {
    "date": "2001-02-03",
    "datetime": "2001-02-03 04:05",
    "datetime_seconds": "2001-02-03 04:05:06",
    "time": "04:05",
    "integer": "7",
    "number": "7",
}
_COUNTED = ("slider", "calc")
_NO_VALUE = ("descriptive", "file")


@dataclass(frozen=True)
class Trial:
    """A rule that is tried on texts.

    Attributes:
        rule: a rule of fields, none of them an option of a checkbox.
        variable: the variable it gives.
        context: codes, value sets and missing codes, as the run has them.
    """

    rule: Rule
    variable: Variable
    context: Context

    def problems(self, names: Mapping[str, Sequence[Field]]) -> Iterator[str]:
        """List what the rule cannot read of the fields that stand under each name it uses."""
        for name in dict.fromkeys(self.rule.fields):
            for field in names[name]:
                if field.kind in _NO_VALUE:
                    yield f"{field.name} is {field.kind} and has no value; take the rule out"
                elif field.choices is not None and field.kind != "checkbox":
                    yield from self._codes(name, field)
                elif (sent := _sent(field)) is not None and self._without_range.refused(
                    name, [sent]
                ):
                    yield (
                        f"{field.name} is {_described(field)}, which REDCap sends as {sent}, and "
                        f"the rule cannot read that as {self.variable.type}; correct the type, or "
                        "the rule's options"
                    )

    def refused(self, name: str, texts: Sequence[str]) -> list[str]:
        """The texts in a field that the rule would put into quarantine."""
        step, fields = compile_rule(self.rule, self.variable, self.context), self.rule.fields
        cells = {each: texts if each == name else [None] * len(texts) for each in fields}
        arrived = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
        prepared = arrived.with_columns(pl.all().name.prefix("text:")).with_columns(
            expr.alias(column) for column, expr in step.parsed.items()
        )
        found = doubts.collect(step.judged, doubts.told_apart(step.judged, prepared))
        judged = [n for n, each in enumerate(step.judged.values()) if each.field == name]
        refused = found.filter(
            (pl.col("outcome") >= outcome.QUARANTINED) & pl.col("judged").is_in(judged)
        )
        return [texts[row] for row in refused["row"].unique().sort()]

    @property
    def _without_range(self) -> "Trial":
        """The same, for any example may lie outside the range."""
        boundless = self.variable.model_copy(update={"minimum": None, "maximum": None})
        return replace(self, variable=boundless)

    def _codes(self, name: str, field: Field) -> Iterator[str]:
        labels = {**(field.missing_codes or {}), **(field.choices or {})}
        if strange := self.refused(name, list(labels)):
            told = listed(
                f"{code} {quoted(labels[code])}" if labels[code] != code else code
                for code in strange
            )
            yield f"{told} of {field.name} would be refused; {_mended(self.rule, name)}"
        if isinstance(self.rule, AnyOfRule):
            yield from _sought(self.rule, name, field, {*labels, *self.context.missing})


def _sought(rule: AnyOfRule, name: str, field: Field, codes: Collection[str]) -> Iterator[str]:
    sought = {code for group in rule.any_of if name in group.fields for code in group.codes}
    known = {code.lower() for code in codes}
    if never := sorted(code for code in sought if code.lower() not in known):
        yield f"any_of: {field.name} is never {listed(never, 'or')}; name codes that it has"


def _mended(rule: Rule, name: str) -> str:
    if any(each.unit_field == name for each in single(rule)):
        return "a unit must be spelled out, so read it from a field of text"
    return "map them in `codes`, or give each its reason in `missing`"


def _described(field: Field) -> str:
    return f"{field.kind} ({field.validation})" if field.validation else field.kind


def _sent(field: Field) -> str | None:
    """What a field of this kind may send; None where it may be any text."""
    if field.kind in _COUNTED:
        return _SENT["integer"]
    if field.kind != "text":
        return None
    kind = re.sub(r"_(dmy|mdy|ymd)$", "", field.validation)
    if kind.startswith("number_"):
        return "7,5" if kind.endswith("comma_decimal") else "7.5"
    return _SENT.get(kind)
