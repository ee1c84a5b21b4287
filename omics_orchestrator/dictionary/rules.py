"""The ways in which a study's fields become a variable, as a study file writes them."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    field_validator,
)

from omics_orchestrator.dictionary import expression
from omics_orchestrator.dictionary.codes import as_code, as_meaning, kind_of
from omics_orchestrator.dictionary.numbered import Numbered
from omics_orchestrator.dictionary.strict import Strict
from omics_orchestrator.naming import is_part

Code = Annotated[str, BeforeValidator(as_code)]
"""A source's code: YAML reads `1` as a number, sources send text."""

CodeMap = Mapping[Code, Annotated[str | bool, BeforeValidator(as_meaning)]]


def _name(text: str) -> str:
    if not is_part(text):
        raise ValueError("a name has small letters, digits and single underscores")
    return text


Name = Annotated[str, AfterValidator(_name)]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


Codes = Annotated[
    Annotated[str, Tag("name")] | Annotated[CodeMap, Tag("map")],
    Discriminator(
        kind_of,
        custom_error_type="no_codes",
        custom_error_message="write each code with its meaning, such as {1: male, 2: female}, or "
        "the name of one of `code_maps`",
    ),
]


class FieldRule(Strict):
    """One field becomes the variable.

    Attributes:
        field: the field of the source.
        codes: its codes, or the name of a code map of the study.
        labels: take the codes whose label at the source is a label of the variable's value set.
        formats: date formats as strptime writes them; ISO dates need none.
        letters: fold letter case.
        decimal: the sign before a number's decimals.
        thousands: the sign between a number's thousands.
        words: words that stand for a number or measurement: `{trace: "<1"}`.
        unit: the UCUM unit in which the source gives it, where it is not the variable's own.
        unit_field: a field that names each row's unit.
        unit_in_text: a unit may stand behind the number.
        missing: missing codes, in place of those of the source.
    """

    field: str
    codes: Codes | None = None
    labels: bool = False
    formats: tuple[str, ...] = ()
    letters: Literal["upper", "lower"] | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal["", " ", ",", ".", "'"] = ""
    words: Mapping[Code, str] = Field(default_factory=dict)
    unit: str | None = None
    unit_field: str | None = None
    unit_in_text: bool = False
    missing: Mapping[Code, str] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The source fields it reads."""
        return (self.field,) if self.unit_field is None else (self.field, self.unit_field)


def _spell_out(rule: Any) -> Any:
    """`age: age` is short for `age: {field: age}`."""
    return {"field": rule} if isinstance(rule, str) else rule


Fields = tuple[Annotated[FieldRule, BeforeValidator(_spell_out)], ...]


class CoalesceRule(Strict):
    """The first of several fields that says something, in order."""

    coalesce: Fields

    @property
    def fields(self) -> tuple[str, ...]:
        """The source fields it reads."""
        return tuple(field for rule in self.coalesce for field in rule.fields)


class JoinRule(Strict):
    """Several fields put together as one text; those that say nothing are passed over."""

    join: Fields
    separator: str = ", "

    @property
    def fields(self) -> tuple[str, ...]:
        """The source fields it reads."""
        return tuple(field for rule in self.join for field in rule.fields)


class AnyOf(Strict):
    """Some fields, and the codes that are looked for in them; `drug_{1..6}` stands for six."""

    fields: Annotated[tuple[str, ...], Numbered]
    codes: tuple[Code, ...]


class AnyOfRule(Strict):
    """Yes where one of these codes stands in any of these fields, in whatever letter case.

    No where something else stands in one of them; unknown where all are empty or missing.
    """

    any_of: tuple[AnyOf, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The source fields it reads."""
        return tuple(field for group in self.any_of for field in group.fields)


class CheckboxRule(Strict):
    """One option of a checkbox field becomes a boolean; `missing` as in a `FieldRule`."""

    checkbox: str
    option: Code
    missing: Mapping[Code, str] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The source fields it reads."""
        return (checkbox_column(self.checkbox, self.option),)


class CheckboxesRule(Strict):
    """A checkbox field becomes one category, or a list.

    `several` says what two ticked options are: refused (they go to quarantine), a `list` of all
    (parted by `;`), or the first of them in an order of categories.
    """

    checkboxes: str
    codes: CodeMap
    several: Literal["refuse", "list"] | tuple[str, ...] = "refuse"
    missing: Mapping[Code, str] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The source fields it reads."""
        return tuple(checkbox_column(self.checkboxes, option) for option in self.codes)


class PatternRule(Strict):
    """The first pattern that matches the whole field gives the code: `{"GID-136-[0-9]+": glasgow}`.

    Patterns are anchored at both ends, so `91-.*` never matches `191-4`.
    """

    pattern: str
    codes: CodeMap

    @property
    def fields(self) -> tuple[str, ...]:
        """The source fields it reads."""
        return (self.pattern,)


class FormatRule(Strict):
    """A text with fields in it: `MID-{study_id}`; null where one of them says nothing."""

    format: str
    letters: Literal["upper", "lower"] | None = None

    @field_validator("format")
    @classmethod
    def _has_a_field(cls, text: str) -> str:
        if not _PLACEHOLDER.findall(text) or "{" in _PLACEHOLDER.sub("", text):
            raise ValueError("name at least one field in braces, such as `MID-{study_id}`")
        return text

    @property
    def fields(self) -> tuple[str, ...]:
        """The source fields it reads."""
        return tuple(dict.fromkeys(_PLACEHOLDER.findall(self.format)))


class ConstantRule(Strict):
    """Every row has this value."""

    constant: str
    fields: ClassVar[tuple[str, ...]] = ()


class DeriveRule(Strict):
    """An expression over conformed variables of the same row (see `expression`)."""

    derive: str
    fields: ClassVar[tuple[str, ...]] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables the expression reads."""
        return expression.names(self.derive)


class BroadcastRule(Strict):
    """The value that a variable has in another row of the participant, for all of their rows.

    `at` says which row: `{timepoint: timepoint_1}`; together with `per` it is one row.
    """

    broadcast: str
    at: Mapping[str, str]
    per: str = "study_id"
    fields: ClassVar[tuple[str, ...]] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables it reads."""
        return (self.broadcast, self.per, *self.at)


class NotCollected(Strict):
    """The study did not collect this variable, and why: different from a gap."""

    not_collected: str
    fields: ClassVar[tuple[str, ...]] = ()


_KINDS = (
    "field", "coalesce", "join", "any_of", "checkboxes", "checkbox", "pattern", "format",
    "constant", "derive", "broadcast", "not_collected",
)  # fmt: skip


def _kind(rule: object) -> str | None:
    """Name the kind by the key that only it has, so that an error speaks of one kind alone."""
    held = rule if isinstance(rule, Mapping) else getattr(rule, "__dict__", {})
    return next((kind for kind in _KINDS if kind in held), None)


Rule = Annotated[
    Annotated[FieldRule, Tag("field")]
    | Annotated[CoalesceRule, Tag("coalesce")]
    | Annotated[JoinRule, Tag("join")]
    | Annotated[AnyOfRule, Tag("any_of")]
    | Annotated[CheckboxRule, Tag("checkbox")]
    | Annotated[CheckboxesRule, Tag("checkboxes")]
    | Annotated[PatternRule, Tag("pattern")]
    | Annotated[FormatRule, Tag("format")]
    | Annotated[ConstantRule, Tag("constant")]
    | Annotated[DeriveRule, Tag("derive")]
    | Annotated[BroadcastRule, Tag("broadcast")]
    | Annotated[NotCollected, Tag("not_collected")],
    Discriminator(
        _kind,
        custom_error_type="unknown_rule",
        custom_error_message=f"a rule has one of the keys {', '.join(_KINDS)}",
    ),
    BeforeValidator(_spell_out),
]


def single(rule: Rule) -> Fields:
    """The rules of single fields that a rule is made of; none where it is of another kind."""
    match rule:
        case FieldRule():
            return (rule,)
        case CoalesceRule():
            return rule.coalesce
        case JoinRule():
            return rule.join
    return ()


def checkbox_column(field: str, option: str) -> str:
    """Name the export column of a checkbox option, as REDCap does (`-99` of `f` is `f____99`)."""
    return f"{field}___" + "".join(
        character if character.isascii() and (character.isalnum() or character == "_") else "_"
        for character in option.lower()
    )
