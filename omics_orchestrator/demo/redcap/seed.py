"""A whole project, as it is put on the server and taken from it again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from omics_orchestrator.demo.redcap.definition import ProjectDefinition


class Place(NamedTuple):
    """Where in a record something stands; all blank in the base row of a classic project."""

    event: str = ""
    instrument: str = ""
    instance: int = 0


@dataclass(frozen=True)
class StoredFile:
    """A file that was uploaded into a file field."""

    place: Place
    field: str
    name: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class SurveyStamp:
    """When a survey was completed (`YYYY-MM-DD HH:MM:SS`), or `[not completed]`."""

    place: Place
    form: str
    stamp: str


@dataclass(frozen=True)
class Record:
    """One record with all it holds.

    Attributes:
        name: the value of the record id field.
        group: unique name of its data access group, "" outside all groups.
        rows: place → the columns of the flat export that hold a value there; the record id
            and unticked boxes are none.
        files: the files of its file fields, whose names stand in the rows too.
        stamps: the stamps of its surveys.
    """

    name: str
    group: str
    rows: Mapping[Place, Mapping[str, str]]
    files: tuple[StoredFile, ...] = ()
    stamps: tuple[SurveyStamp, ...] = ()


@dataclass(frozen=True)
class Seed:
    """A project with its records.

    Attributes:
        definition: what the project is.
        records: read anew, one at a time, whenever they are gone through.
        roles: user roles, as the project file writes them.
        reports: reports, as the project file writes them.
    """

    definition: ProjectDefinition
    records: Iterable[Record]
    roles: tuple[Mapping[str, str], ...] = ()
    reports: tuple[Mapping[str, str], ...] = ()
