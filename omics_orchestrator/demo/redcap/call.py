"""One call to the API with all that its answer depends on, and the reply to it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from omics_orchestrator.demo.redcap.bodies import CONTENT_TYPES, Row, encode, json_text
from omics_orchestrator.demo.redcap.request import Parameters, RefusedError
from omics_orchestrator.demo.redcap.rights import Rights
from omics_orchestrator.demo.redcap.server_settings import ServerSettings
from omics_orchestrator.demo.redcap.store import StoredProject

_NAMES = {
    "api_export": "API Export",
    "api_import": "API Import/Update",
    "data_access_groups": "Data Access Groups",
    "design": "Project Design and Setup",
    "file_repository": "File Repository",
    "logging": "Logging",
    "record_create": "Create Records",
    "record_delete": "Delete Record",
    "record_rename": "Rename Records",
    "survey_participants": "Survey Distribution Tools",
    "user_rights": "User Rights",
}
_NOT_IN_A_HEADER = re.compile(r'["\x00-\x1f\x7f]')
_ALWAYS_WITH_COMMAS = {"metadata", "log"}


@dataclass(frozen=True)
class Upload:
    """A file that came with a call."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """One call, its token already looked up.

    Attributes:
        database: the server's SQLite file.
        project: what the token opens.
        rights: what the token's user may do there.
        parameters: the form that was sent.
        now: the server's local time.
        settings: how the server behaves where real ones differ.
        base_url: the server's address up to and without `api/`.
        upload: the file that was sent, if one was.
    """

    database: Path
    project: StoredProject
    rights: Rights
    parameters: Parameters
    now: datetime
    settings: ServerSettings
    base_url: str = "http://localhost/"
    upload: Upload | None = None

    def require(self, *rights: str) -> None:
        """Refuse the call unless its user has each of these rights (names of `Rights`)."""
        if not all(getattr(self.rights, right) for right in rights):
            named = " privileges and ".join(f"'{_NAMES[right]}'" for right in rights)
            raise RefusedError(self.settings.missing_right.format(right=named))


@dataclass(frozen=True)
class Reply:
    """A good answer: what it is, and its body piece by piece."""

    media_type: str
    pieces: Iterable[str] | Iterable[bytes]

    @classmethod
    def rows(cls, call: Call, rows: Iterable[Row]) -> Self:
        """Answer with rows in the format asked for."""
        style, content = call.parameters.format, call.parameters.text("content")
        site = "," if content in _ALWAYS_WITH_COMMAS else call.settings.csv_delimiter
        delimiter = call.parameters.choice("csvDelimiter", site, ",", "tab", ";", "|", "^")
        return cls(CONTENT_TYPES[style], encode(content, style, rows, delimiter))

    @classmethod
    def count(cls, call: Call, number: int) -> Self:
        """Answer with how many things were imported or deleted."""
        style = call.parameters.error_format
        return cls(CONTENT_TYPES[style], [json_text(number)])

    @classmethod
    def text(cls, text: str) -> Self:
        """Answer with plain text, whatever format was asked for."""
        return cls(CONTENT_TYPES["text"], [text])

    @classmethod
    def file(cls, file: Upload) -> Self:
        """Answer with a file, whose name travels in the content type."""
        media_type, name = (_in_header(text) for text in (file.media_type, file.name))
        return cls(f'{media_type}; name="{name}"; charset=UTF-8', [file.content])

    @classmethod
    def nothing(cls, call: Call) -> Self:
        """Answer that all went well with an empty body."""
        return cls(CONTENT_TYPES[call.parameters.error_format], [""])


Answer = Callable[[Call], Reply]


def _in_header(text: str) -> str:
    """Write a text as PHP puts it into a header: its UTF-8 bytes, read as Latin-1 on the way."""
    return _NOT_IN_A_HEADER.sub("", text).encode(errors="replace").decode("latin-1")
