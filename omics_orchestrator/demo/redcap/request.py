"""What a call to the API asks for, read from its form, and how it is refused."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from omics_orchestrator.errors import PermanentError

_ARRAY_ITEM = re.compile(r"(\w+)\[\w*\]")


class RefusedError(PermanentError):
    """The server refuses a call, with REDCap's own sentence as far as it is known."""

    def __init__(self, what: str, status: int = 400) -> None:
        self.status = status
        super().__init__(what, mend="correct the call by the help page of the API.")


def refuse_unknown(parameter: str, unknown: list[str]) -> None:
    """Refuse a call that names what the project does not have; no unknown, no refusal."""
    if unknown:
        names = ", ".join(f"'{name}'" for name in unknown)
        raise RefusedError(
            f'The following values in the parameter "{parameter}" are not valid: {names}'
        )


@dataclass(frozen=True)
class Parameters:
    """The form of one call: single texts, and arrays sent as `name[0]`, `name[1]` and so on.

    Attributes:
        texts: name → single value.
        arrays: name → values.
        splits_commas: a plain text is an array too, its values between commas, as on old servers.
    """

    texts: Mapping[str, str]
    arrays: Mapping[str, list[str]]
    splits_commas: bool = False

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], *, splits_commas: bool = False) -> Self:
        """Sort the variables of a form."""
        texts: dict[str, str] = {}
        arrays: dict[str, list[str]] = {}
        for name, value in pairs:
            if item := _ARRAY_ITEM.fullmatch(name):
                arrays.setdefault(item[1], []).append(value)
            else:
                texts[name] = value
        return cls(texts, arrays, splits_commas)

    def text(self, name: str) -> str:
        """A single value, "" when it was not sent."""
        return self.texts.get(name, "")

    def choice(self, name: str, *offered: str) -> str:
        """A single value out of those offered, the first one when it was not sent."""
        value = self.text(name) or offered[0]
        if value not in offered:
            raise RefusedError(f'The value of the parameter "{name}" is not valid')
        return value

    def flag(self, name: str) -> bool:
        """A switch: `1`, `true` and `True` (which PyCap posts) are on."""
        return self.text(name).lower() in {"1", "true"}

    def array(self, name: str) -> list[str]:
        """The values of an array, [] when it was not sent."""
        if self.text(name) and self.splits_commas:
            return [value.strip() for value in self.text(name).split(",")]
        if self.text(name):
            raise RefusedError(
                f'The "{name}" parameter has been provided with a value, but the value is not an'
                f' array. The "{name}" parameter must be provided as an array of one or more'
                " values."
            )
        return self.arrays.get(name, [])

    @property
    def format(self) -> str:
        """How rows are written, in an answer or in the data of an import: XML unless said."""
        return self.choice("format", "xml", "json", "csv")

    @property
    def error_format(self) -> str:
        """How errors and receipts are written: as `returnFormat`, else as `format`, else XML."""
        for name in ("returnFormat", "format"):
            if self.text(name) in {"json", "csv", "xml"}:
                return self.text(name)
        return "xml"
