"""A suggested change that would take cells out of quarantine, and how it is written in YAML."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import yaml

NameOf = Callable[[str], str]
"""How a held text is named: by itself to who may see it, by its hash to everybody else."""

TO_FILL = "___"
"""Stands for what only a person can know."""

_MOST_ENTRIES = 12


@dataclass(frozen=True)
class Mend:
    """One suggestion.

    Attributes:
        place: where it is written; a key of the study file, or another place in words.
        cells: how many held cells it is about.
        key: the key to write there; blank where no line of a file mends it.
        said: what to write after the key, where that names no held text.
        entries: what to write where it does: held text → what it stands for, blank where only a
            person can know.
        known: entries that must stand beside them, and hold nothing that is held.
        hint: what a person should know before they take it, without a full stop.
    """

    place: str
    cells: int
    key: str = ""
    said: str = ""
    entries: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""

    def line(self, name_of: NameOf | None = None) -> str:
        """Write it as a line of YAML.

        Args:
            name_of: names held texts without showing them; what they stand for is then left out
                too, for it may tell them. Without it they are shown.
        """
        if not self.entries:
            return f"{self.key}: {self.said}" if self.key else ""
        some = list(self.entries.items())[:_MOST_ENTRIES]
        pairs = [f"{plain(code)}: {plain(meant)}" for code, meant in self.known.items()]
        for text, meant in some:
            shown = name_of(text) if name_of else json.dumps(text, ensure_ascii=False)
            pairs.append(f"{shown}: {plain(meant) if meant and not name_of else TO_FILL}")
        rest = len(self.entries) - len(some)
        more = f"  # and {rest} more" if rest else ""
        return f"{self.key or 'nearest'}: {{{', '.join(pairs)}}}{more}"


def plain(text: str) -> str:
    """Text as YAML has it, in quotes where it would be taken for something else without them."""
    if text in ("true", "false"):
        return text
    try:
        same = yaml.safe_load(text) == text
    except yaml.YAMLError:
        same = False
    is_in_a_row = any(sign in text for sign in ",[]{}")
    return text if same and not is_in_a_row else json.dumps(text, ensure_ascii=False)


def listed(texts: list[str]) -> str:
    """A YAML list of texts."""
    return f"[{', '.join(map(plain, texts))}]"
