"""The values of an import, checked as the project's dictionary wants them."""

import re
from collections.abc import Mapping
from time import strftime, strptime

from omics_orchestrator.demo.redcap.columns import Column, choices, columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.request import RefusedError

_DAY = {"YMD": "%Y-%m-%d", "MDY": "%m/%d/%Y", "DMY": "%d/%m/%Y"}
_TIME = {"date": "", "datetime": " %H:%M", "datetime_seconds": " %H:%M:%S"}
_DATE_VALIDATION = re.compile(r"(date|datetime|datetime_seconds)_(?:dmy|mdy|ymd)")
_SHAPES = {
    "integer": r"[-+]?[0-9]+",
    "number": r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]+)?",
    **{
        f"number_{places}dp{comma}": rf"[-+]?[0-9]*{sign}[0-9]{{{places}}}"
        for places in range(1, 5)
        for comma, sign in (("", r"\."), ("_comma_decimal", ","))
    },
    "number_comma_decimal": r"[-+]?([0-9]+(,[0-9]*)?|,[0-9]+)",
    "alpha_only": r"[a-z]+",
    "time": r"([01]?[0-9]|2[0-3]):[0-5][0-9]",
    "time_hh_mm_ss": r"([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
    "time_mm_ss": r"[0-5]?[0-9]:[0-5][0-9]",
    "email": r"[^@\s]+@[^@\s]+",
}
_CODED = {
    "checkbox": {"0", "1"},
    "yesno": {"0", "1"},
    "truefalse": {"0", "1"},
    "status": {"0", "1", "2"},
}


class ImportChecks:
    """Checks flat rows against a project's choices and validations."""

    def __init__(self, definition: ProjectDefinition, date_format: str) -> None:
        """Take dates as `date_format` (YMD, MDY, DMY) has them; they are stored as YMD."""
        self._definition = definition
        self._format = date_format
        self._columns = {column.name: column for column in columns(definition)}
        self._entries = {entry["field_name"]: entry for entry in definition.dictionary}
        self._codes = {name: self._codes_of(column) for name, column in self._columns.items()}

    def checked(self, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        """Give the rows as they are to be stored.

        Raises:
            RefusedError: a value is none of its field's; every such place is listed.
        """
        problems: list[str] = []
        found = [
            {name: self._stored(name, cell, row, problems) for name, cell in row.items()}
            for row in rows
        ]
        if problems:
            raise RefusedError("\n".join(problems))
        return found

    def _stored(self, name: str, cell: str, row: Mapping[str, str], problems: list[str]) -> str:
        column = self._columns.get(name)
        if not cell or column is None or name == self._definition.record_id:
            return cell
        is_missing = cell in self._definition.missing_data_codes and column.kind != "status"
        if is_missing and column.kind != "checkbox":
            return cell
        stored = self._read(column, cell)
        if stored is None:
            record = row.get(self._definition.record_id, "")
            # REDCap repeats the value here; errors of this project never do.
            problems.append(f'"{record}","{name}","","The value is not valid for the field"')
        return stored or cell

    def _read(self, column: Column, cell: str) -> str | None:
        """Give a cell as it is to be stored, None where the field does not take it."""
        if codes := self._codes[column.name]:
            return cell if cell in codes else None
        entry = self._entries.get(column.field, {})
        validation = entry.get("text_validation_type_or_show_slider_number", "")
        if column.kind != "text" or not validation:
            return cell
        if date := _DATE_VALIDATION.fullmatch(validation):
            return self._date(date[1], cell)
        shape = _SHAPES.get(validation)
        return cell if shape is None or re.fullmatch(shape, cell, re.IGNORECASE) else None

    def _codes_of(self, column: Column) -> set[str]:
        if column.kind in {"radio", "dropdown"}:
            return set(choices(self._entries[column.field]["select_choices_or_calculations"]))
        return _CODED.get(column.kind, set())

    def _date(self, precision: str, cell: str) -> str | None:
        pattern = _DAY[self._format] + _TIME[precision]
        text = cell.replace("/", "-") if self._format == "YMD" else cell.replace("-", "/")
        try:
            return strftime(_DAY["YMD"] + _TIME[precision], strptime(text, pattern))
        except ValueError:
            return None
