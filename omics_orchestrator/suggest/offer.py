"""What a source gives that may become a variable: a field, or one option of a checkbox field."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as by
from typing import Literal

from omics_orchestrator.dictionary.rules import checkbox_column

Kind = Literal[
    "date", "datetime", "integer", "number", "boolean", "coded", "checkbox", "option", "text",
    "notes",
]  # fmt: skip
"""How a cell is written: `coded` is one of its choices, `notes` is free text for certain."""


@dataclass(frozen=True)
class Offer:
    """A field of a source, as the source describes it; never a value of a cell.

    Attributes:
        field: its name.
        table: the raw table it stands in, for REDCap its form.
        kind: how its cells are written.
        label: what people read beside it.
        section: the header above it.
        unit: its unit in UCUM, None where none is known.
        choices: code → label, without markup.
        missing: the codes among its choices that mean a missing value, with the reason.
        option: the option of a checkbox field that this is about; None for the field as a whole.
        position: its place in the source.
        formats: how its dates are written, where that is not ISO.
        decimal: the sign before its decimals.
        has_comparators: numbers with a comparator stand in it.
        samples: the different texts in it, where they are few; to judge by, and never shown unless
            one is a label or code of ours.
    """

    field: str
    table: str
    kind: Kind
    label: str = ""
    section: str = ""
    unit: str | None = None
    choices: Mapping[str, str] = by(default_factory=dict)
    missing: Mapping[str, str] = by(default_factory=dict)
    option: str | None = None
    position: int = 0
    formats: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."
    has_comparators: bool = False
    samples: frozenset[str] = by(default=frozenset(), repr=False)

    @property
    def column(self) -> str:
        """Its column in what the source sends."""
        return self.field if self.option is None else checkbox_column(self.field, self.option)

    @property
    def words(self) -> str:
        """Its label, with the option's behind it."""
        return f"{self.label}: {self.chosen}" if self.chosen else self.label

    @property
    def chosen(self) -> str:
        """The label of the option; "" for the field as a whole."""
        return "" if self.option is None else self.choices[self.option]


@dataclass(frozen=True)
class RawTable:
    """A raw table of a source, and what one of its rows is.

    Attributes:
        name: the table, for REDCap the form.
        events: the events at which the form is filled in; none in a classic project.
        repeats: a record may have several rows of it, each with a number.
        key: the columns that tell its rows apart, as far as the source says so.
    """

    name: str
    events: tuple[str, ...] = ()
    repeats: bool = False
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outline:
    """A source as it describes itself.

    Attributes:
        source: how the study file describes it: the keys below its name.
        tables: its raw tables.
        offers: what may become variables, in any order.
        identifiers: fields that tell who somebody is, each with why; they are never offered.
        record_id: the field that names the participant; "" where the source does not say.
    """

    source: Mapping[str, object]
    tables: tuple[RawTable, ...]
    offers: tuple[Offer, ...]
    identifiers: Mapping[str, str]
    record_id: str = ""
