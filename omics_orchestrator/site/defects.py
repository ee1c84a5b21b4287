"""Known defects of what people used before, by variable: `known_defects.csv` of the dictionary."""

import csv
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.errors import DictionaryError

FILE = "known_defects.csv"
_COLUMNS = ("defect", "study", "variables", "before", "now")


@dataclass(frozen=True)
class Defect:
    """Something that was wrong with variables.

    Attributes:
        defect: its number or name.
        study: the study it is of; blank for all.
        variables: the variables it touches.
        before: what was wrong, and is in data that were made then.
        now: how it is here.
    """

    defect: str
    study: str
    variables: frozenset[str]
    before: str
    now: str


def defects(folder: Path, dictionary: Dictionary) -> list[Defect]:
    """Read the known defects; those of studies that the dictionary does not have are passed over.

    Raises:
        DictionaryError: a line names variables that the dictionary does not have.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise DictionaryError([f"{FILE}: its columns are {', '.join(_COLUMNS)}"])
        rows = [(reader.line_num, row) for row in reader]
    problems: list[str] = []
    found = [
        _defect(line, row, dictionary, problems)
        for line, row in rows
        if not row["study"] or row["study"] in dictionary.studies
    ]
    if problems:
        raise DictionaryError(problems)
    return found


def _defect(line: int, row: dict[str, str], dictionary: Dictionary, problems: list[str]) -> Defect:
    touched: set[str] = set()
    for pattern in row["variables"].split():
        fitting = {name for name in dictionary.variables if fnmatchcase(name, pattern)}
        if not fitting:
            problems.append(f"{FILE} line {line}: no variable is called {pattern!r}")
        touched |= fitting
    return Defect(row["defect"], row["study"], frozenset(touched), row["before"], row["now"])
