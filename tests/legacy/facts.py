"""What is written down of a pipeline in use: dropped columns, renames, code maps, output columns."""

import re
from dataclasses import dataclass
from pathlib import Path

from omics_orchestrator.demo.redcap.columns import choices
from omics_orchestrator.demo.redcap.definition import read_dictionary

_SECTION = re.compile(r"^## (\d+) (?:\w+)", re.MULTILINE)
_PAIR = re.compile(r"^\| `(\w+)` \| `(\w+)` \|$", re.MULTILINE)
_LATER = re.compile(r"`(\w+)` ?-> ?`(\w+)`")
_MAP = re.compile(r"^\| (`.+) \| ([^|]+=[^|]+) \|$", re.MULTILINE)
_TARGET = re.compile(r"`(\w+)`(?: \(`\w+`\))?")
_NAME = re.compile(r"`(\w+)`")


@dataclass(frozen=True)
class Facts:
    """One study's page of facts.

    Attributes:
        dropped: the columns that are dropped, in order; a name may come twice.
        renames: source name → published name.
        later: the renames that come after the code maps.
        codes: name → code → label.
        output: frame → its published columns, in order.
        coerced: the columns that are made numbers.
    """

    dropped: tuple[str, ...]
    renames: dict[str, str]
    later: dict[str, str]
    codes: dict[str, dict[str, str]]
    output: dict[str, list[str]]
    coerced: tuple[str, ...]

    def source(self, column: str) -> str:
        """The export column that a column is published from; itself where it keeps its name."""
        named = {target: source for source, target in self.later.items()}.get(column, column)
        return {target: source for source, target in self.renames.items()}.get(named, named)


def music(shared: Path) -> Facts:
    sections = _sections(shared / "studies" / "music.md")
    return Facts(
        dropped=_listed(sections["4"]),
        renames=dict(_PAIR.findall(sections["6"])),
        later=dict(_LATER.findall(sections["6"].rpartition("Later blocks:")[2])),
        codes=_codes(sections["7"]),
        output=_output(
            sections["10"], r"^(cleaned): .*?data: (.+)$|^(demographics): .*?exist\): (.+)$"
        ),
        coerced=(),
    )


def gidamps(shared: Path) -> Facts:
    sections = _sections(shared / "studies" / "gidamps.md")
    numbers = sections["5"].partition("Not coerced")[0]
    return Facts(
        dropped=_listed(sections["3"]),
        renames=dict(_PAIR.findall(sections["4"])),
        later={"study_group_name": "study_group"},
        codes=_codes(sections["6"]),
        output=_output(sections["10"], r"^(cleaned): .*?data: (.+)$|^(sampling): .*?data: (.+)$"),
        coerced=tuple(_NAME.findall(numbers.partition("52 fields:")[2])),
    )


def raw_labels(project: Path, known: Facts) -> dict[str, dict[str, str]]:
    """What raw codes mean, of the columns that are published with them.

    Args:
        project: the project's data dictionary.
        known: the facts of the same study.
    """
    radios = {
        entry["field_name"]: choices(entry["select_choices_or_calculations"])
        for entry in read_dictionary(project)
        if entry["field_type"] == "radio"
    }
    return {
        column: radios[known.source(column)]
        for columns in known.output.values()
        for column in columns
        if column not in known.codes and known.source(column) in radios
    }


def _sections(page: Path) -> dict[str, str]:
    parts = _SECTION.split(page.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _listed(section: str) -> tuple[str, ...]:
    lines = (line.partition("): ")[2] for line in section.splitlines() if line.startswith("- **"))
    return tuple(name for line in lines for name in _NAME.findall(line))


def _codes(section: str) -> dict[str, dict[str, str]]:
    return {
        target: dict(pair.strip().split("=", 1) for pair in pairs.split(";"))
        for targets, pairs in _MAP.findall(section)
        for target in _TARGET.findall(targets)
    }


def _output(section: str, pattern: str) -> dict[str, list[str]]:
    found = (list(filter(None, groups)) for groups in re.findall(pattern, section, re.MULTILINE))
    return {frame: columns.split() for frame, columns in found}
