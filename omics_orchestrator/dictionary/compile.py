"""Rules become Polars expressions: the values, and what became of each cell that was read.

Rules are evaluated in four passes, each over all rules of a part at once, so that nothing is
computed twice: `text:` is a field without white space, `parsed:` what a rule makes of it, `judged:`
what became of the cell, and last the variable, which is what was parsed where the cell conformed.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from operator import and_

import polars as pl

from omics_orchestrator.dictionary import expression, several_fields, single_field, types
from omics_orchestrator.dictionary.checkboxes import checkbox, checkboxes
from omics_orchestrator.dictionary.judging import Context, Step
from omics_orchestrator.dictionary.missing_reasons import OUT_OF_RANGE, WHY
from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.dictionary.rules import (
    AnyOfRule,
    BroadcastRule,
    CheckboxesRule,
    CheckboxRule,
    CoalesceRule,
    ConstantRule,
    DeriveRule,
    FieldRule,
    FormatRule,
    JoinRule,
    NotCollected,
    PatternRule,
    Rule,
)


def compile_rule(rule: Rule, variable: Variable, context: Context) -> Step:
    """Compile one rule for one variable."""
    compiler: Callable[..., Step] = _COMPILERS[type(rule)]
    if isinstance(rule, CheckboxRule | CheckboxesRule) and rule.missing is not None:
        context = replace(context, missing=rule.missing)
    return compiler(rule, variable, context)


def _constant(rule: ConstantRule, variable: Variable, _: Context) -> Step:
    return Step("constant", {variable.variable: pl.lit(rule.constant)}, {}, {})


def _derive(rule: DeriveRule, variable: Variable, _: Context) -> Step:
    derived = expression.compile_expression(rule.derive)
    kind = types.KINDS[variable.type].dtype
    if kind.is_float():
        derived = derived.cast(kind)
        # What is divided by nothing is unknown.
        derived = pl.when(derived.is_finite()).then(derived)
    name, value = variable.variable, derived.cast(kind)
    if variable.minimum is variable.maximum is None:
        return Step("derive", {name: value}, {}, {})
    fits = types.in_range(variable, value)
    why = pl.when(~fits).then(pl.lit(f'"{name}": "{OUT_OF_RANGE}"'))
    return Step("derive", {name: pl.when(fits).then(value), f"{WHY}{name}": why}, {}, {})


def _broadcast(rule: BroadcastRule, variable: Variable, _: Context) -> Step:
    there = reduce(and_, (pl.col(name).cast(pl.String) == at for name, at in rule.at.items()))
    of = variable.model_copy(update={"variable": rule.broadcast})
    pairs = zip(types.columns(variable), types.columns(of), strict=True)
    values = {mine: pl.col(theirs).filter(there).first().over(rule.per) for mine, theirs in pairs}
    return Step("broadcast", values, {}, {})


def _not_collected(_: NotCollected, variable: Variable, __: Context) -> Step:
    nothing = {name: pl.lit(None, dtype) for name, dtype in types.columns(variable).items()}
    return Step("not_collected", nothing, {}, {})


_COMPILERS: Mapping[type, Callable[..., Step]] = {
    FieldRule: single_field.field,
    PatternRule: single_field.pattern,
    CoalesceRule: several_fields.coalesce,
    JoinRule: several_fields.join,
    AnyOfRule: several_fields.any_of,
    FormatRule: several_fields.formatted,
    CheckboxRule: checkbox,
    CheckboxesRule: checkboxes,
    ConstantRule: _constant,
    DeriveRule: _derive,
    BroadcastRule: _broadcast,
    NotCollected: _not_collected,
}
