"""Raw flat rows as a call wants them written: labels, decimals, joined options, single lines."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Self

from omics_orchestrator.demo.redcap.call import Call
from omics_orchestrator.demo.redcap.columns import Column
from omics_orchestrator.demo.redcap.export import ExportRow
from omics_orchestrator.demo.redcap.labels import Labels, with_decimal

Step = Callable[[ExportRow], ExportRow]
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Style:
    """How values are written.

    Attributes:
        is_labelled: labels stand in place of codes.
        names_options: of labels, a ticked checkbox shows its option's.
        decimal: the decimal character; "" keeps the stored one.
        joins_options: one column holds all ticked options of a checkbox.
    """

    is_labelled: bool
    names_options: bool
    decimal: str
    joins_options: bool

    @classmethod
    def read(cls, call: Call) -> Self:
        """Read it from a call."""
        parameters = call.parameters
        return cls(
            is_labelled=parameters.choice("rawOrLabel", "raw", "label") == "label",
            names_options=parameters.flag("exportCheckboxLabel"),
            decimal=parameters.choice("decimalCharacter", "", ",", "."),
            joins_options=call.settings.since(15, 6) and parameters.flag("combineCheckboxOptions"),
        )


def steps(call: Call, columns: tuple[Column, ...], style: Style) -> list[Step]:
    """List what is to be done with each raw row, in this order; often nothing."""
    labels = Labels(call.project.definition)
    checkboxes = [column.name for column in columns if column.kind == "checkbox"]
    found: list[Step] = []
    if not call.settings.since(12):
        files = [column.name for column in columns if column.kind == "file"]
        found.append(lambda row: row | {name: "[document]" for name in files if row[name]})
    if call.settings.blanks_unticked:
        found.append(_blanks_unticked(columns, checkboxes))
    if style.decimal:
        numbers = [column.name for column in columns if labels.is_decimal(column)]
        found.append(_decimals(numbers, style.decimal))
    if style.joins_options:
        found.append(_joined(columns, labels, style, call.settings.option_separator))
        columns = tuple(column for column in columns if column.kind != "checkbox")
    if style.is_labelled:
        found.append(_labelled(columns, labels, style))
    return found


def on_one_line(row: ExportRow) -> ExportRow:
    """Put two spaces in place of each line break, as reports do."""
    return {
        name: _LINE_BREAK.sub("  ", cell) if isinstance(cell, str) else cell
        for name, cell in row.items()
    }


def _blanks_unticked(columns: tuple[Column, ...], checkboxes: list[str]) -> Step:
    def blank(row: ExportRow) -> ExportRow:
        if any(row[column.name] not in {"", "0"} for column in columns):
            return row
        return row | dict.fromkeys(checkboxes, "")

    return blank


def _decimals(names: list[str], character: str) -> Step:
    return lambda row: row | {name: with_decimal(character, str(row[name])) for name in names}


def _labelled(columns: tuple[Column, ...], labels: Labels, style: Style) -> Step:
    found = {c.name: labels.of_codes(c, names_options=style.names_options) for c in columns}
    codes: dict[str, Mapping[str, str]] = {name: of for name, of in found.items() if of}

    def label(row: ExportRow) -> ExportRow:
        row |= {name: of.get(str(row[name]), row[name]) for name, of in codes.items()}
        if "redcap_event_name" in row:
            event = str(row["redcap_event_name"])
            row["redcap_event_name"] = labels.events.get(event, event)
        return row

    return label


def _joined(columns: tuple[Column, ...], labels: Labels, style: Style, separator: str) -> Step:
    first_of_field = {
        field: list(of_field)
        for (field, kind), of_field in groupby(columns, key=lambda c: (c.field, c.kind))
        if kind == "checkbox"
    }
    names = {column.name: column for of_field in first_of_field.values() for column in of_field}

    def join(row: ExportRow) -> ExportRow:
        joined: ExportRow = {}
        for name, cell in row.items():
            column = names.get(name)
            if column is None:
                joined[name] = cell
            elif column.field not in joined:
                ticked = [c.code for c in first_of_field[column.field] if row[c.name] == "1"]
                joined[column.field] = separator.join(_options(labels, style, column, ticked))
        return joined

    return join


def _options(labels: Labels, style: Style, column: Column, codes: list[str]) -> Iterator[str]:
    options = labels.options(column.field)
    return (options[code] if style.is_labelled else code for code in codes)
