"""A REDCap project file, the ODM that REDCap writes and makes new projects from, as a seed."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element

from omics_orchestrator.demo.redcap.definition import DataAccessGroup, ProjectDefinition
from omics_orchestrator.demo.redcap.odm_elements import branches
from omics_orchestrator.demo.redcap.odm_read_study import read_definition
from omics_orchestrator.demo.redcap.odm_read_subjects import read_records
from omics_orchestrator.demo.redcap.odm_terms import ROOT
from omics_orchestrator.demo.redcap.seed import Record, Seed
from omics_orchestrator.errors import DictionaryError

_IN_A_GROUP = re.compile(r"([1-9][0-9]*)-.+")


def read(path: Path) -> Seed:
    """Read a project file; its records stay in the file and are read as they are asked for.

    Raises:
        DictionaryError: it is no project file, or its parts do not fit together.
    """
    with _opened(path) as file:
        variables, study = _head(file)
        definition = read_definition(variables, study)
        if problems := definition.problems():
            raise DictionaryError(problems)
    records = RecordsOfFile(path, definition)
    return Seed(
        replace(definition, groups=_with_ids(definition.groups, records)),
        records,
        roles=tuple(dict(role.attrib) for role in variables.iter("UserRoles")),
        reports=tuple(dict(report.attrib) for report in variables.iter("Reports")),
    )


@dataclass(frozen=True)
class RecordsOfFile:
    """The records of a project file, read anew whenever they are gone through."""

    path: Path
    definition: ProjectDefinition

    def __iter__(self) -> Iterator[Record]:
        with _opened(self.path) as file:
            yield from read_records(file, self.definition)


def _head(file: BinaryIO) -> tuple[Element, Element]:
    found: dict[str, Element] = {}
    names = ("GlobalVariables", "MetaDataVersion")
    for element in branches(file, ROOT, names):
        found[element.tag] = element
        if len(found) == len(names):
            return found["GlobalVariables"], found["MetaDataVersion"]
    raise DictionaryError(["it holds no project"])


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a project file, and name it in what is wrong with it."""
    try:
        with path.open("rb") as file:
            yield file
    except DictionaryError as error:
        problems = [f"{path.name}: {problem}" for problem in error.problems]
        raise DictionaryError(problems) from None


def _with_ids(
    groups: tuple[DataAccessGroup, ...], records: Iterable[Record]
) -> tuple[DataAccessGroup, ...]:
    """Number the groups as their records' names show; a project file does not tell the numbers.

    A user of group 331 names new records `331-1`, `331-2` …
    """
    ids: dict[str, int] = {}
    for record in records if groups else ():
        prefix = _IN_A_GROUP.fullmatch(record.name)
        # A record that moved to another group keeps its name: the first one decides.
        if prefix and record.group not in ids and int(prefix[1]) not in ids.values():
            ids[record.group] = int(prefix[1])
    free = (number for number in count(1) if number not in ids.values())
    return tuple(replace(group, id=ids.get(group.unique_name) or next(free)) for group in groups)
