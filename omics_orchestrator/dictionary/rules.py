"""The ways in which a study's fields become a variable, as a study file writes them."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Tag

from omics_orchestrator.dictionary import expression

Code = Annotated[str, BeforeValidator(str)]
"""A source's code: YAML reads `1` as a number, sources send text."""

CodeMap = Mapping[Code, str | bool]


class Strict(BaseModel):
    """A frozen model that forbids unknown keys and never shows its input in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class FieldRule(Strict):
    """One field becomes the variable; `codes` maps its codes, or names a code map of the study.

    `formats` are date formats as strptime writes them; ISO dates need none. `decimal` is the sign
    before a number's decimals. `missing` stands in place of the missing codes of the source.
    """

    field: str
    codes: str | CodeMap | None = None
    formats: tuple[str, ...] = ()
    letters: Literal["upper", "lower"] | None = None
    decimal: Literal[".", ","] = "."
    missing: Mapping[Code, str] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The source fields it reads."""
        return (self.field,)


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
    """A checkbox field becomes one category; two ticked options are quarantined, never chosen."""

    checkboxes: str
    codes: CodeMap

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


class NotCollected(Strict):
    """The study did not collect this variable, and why: different from a gap."""

    not_collected: str
    fields: ClassVar[tuple[str, ...]] = ()


_KINDS = ("field", "checkboxes", "checkbox", "pattern", "constant", "derive", "not_collected")


def _kind(rule: object) -> str | None:
    """Name the kind by the key that only it has, so that an error speaks of one kind alone."""
    held = rule if isinstance(rule, Mapping) else vars(rule)
    return next((kind for kind in _KINDS if kind in held), None)


def _spell_out(rule: Any) -> Any:
    """`age: age` is short for `age: {field: age}`."""
    return {"field": rule} if isinstance(rule, str) else rule


Rule = Annotated[
    Annotated[FieldRule, Tag("field")]
    | Annotated[CheckboxRule, Tag("checkbox")]
    | Annotated[CheckboxesRule, Tag("checkboxes")]
    | Annotated[PatternRule, Tag("pattern")]
    | Annotated[ConstantRule, Tag("constant")]
    | Annotated[DeriveRule, Tag("derive")]
    | Annotated[NotCollected, Tag("not_collected")],
    Discriminator(
        _kind,
        custom_error_type="unknown_rule",
        custom_error_message=f"a rule has one of the keys {', '.join(_KINDS)}",
    ),
    BeforeValidator(_spell_out),
]


def checkbox_column(field: str, option: str) -> str:
    """Name the export column of a checkbox option, as REDCap does (`-99` of `f` is `f____99`)."""
    return f"{field}___" + "".join(
        character if character.isascii() and (character.isalnum() or character == "_") else "_"
        for character in option.lower()
    )
