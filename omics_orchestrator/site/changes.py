"""What changed in the dictionary from one version to the next, variable by variable."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.rules import Rule
from omics_orchestrator.errors import ConfigurationError, DictionaryError
from omics_orchestrator.stewardship.revision import Version, dictionary_at, versions
from omics_orchestrator.stewardship.written import written

# Each is read anew, which takes a third of a second.
MOST_VERSIONS = 8
_SHOWN_OF_VARIABLE = (
    "label", "type", "unit", "codes", "minimum", "maximum", "sensitivity", "concept",
    "description",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What changed for one variable, or for a study (`variable` is then blank).

    Attributes:
        variable: the variable.
        study: the study whose rule changed; blank where it is the variable itself.
        what: what changed, in words.
        before: how it was written; blank where it was not there.
        after: how it is written since; blank where it is no longer there.
    """

    variable: str
    study: str
    what: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Release:
    """A version of the dictionary, and what changed since the one before.

    Attributes:
        note: why nothing can be told of it; blank where it can.
    """

    version: Version
    changes: tuple[Change, ...] = ()
    note: str = ""

    def of(self, variable: str) -> list[Change]:
        """What changed for one variable."""
        return [each for each in self.changes if each.variable == variable]


@dataclass(frozen=True)
class History:
    """The versions of a dictionary, the latest first; `note` says why there are none."""

    releases: tuple[Release, ...] = ()
    note: str = ""


def known_versions(folder: Path) -> tuple[list[Version], str]:
    """The versions that git has of a dictionary, or none and the reason."""
    try:
        found = versions(folder, MOST_VERSIONS + 1)
    except ConfigurationError as error:
        return [], error.what
    return found, "" if found else "git has no version of it"


def history(folder: Path, found: Sequence[Version], note: str) -> History:
    """Compare each version with the one before it."""
    read = [_read(folder, version) for version in found]
    releases = [
        _release(version, after, before)
        for (version, after), (_, before) in pairwise(zip(found, read, strict=True))
    ]
    if found and len(found) <= MOST_VERSIONS:
        releases.append(Release(found[-1], note="The first version that git has."))
    return History(tuple(each for each in releases if each.changes or each.note), note)


def _read(folder: Path, version: Version) -> Dictionary | None:
    try:
        return dictionary_at(folder, version.revision)
    except (ConfigurationError, DictionaryError):
        return None


def _release(version: Version, after: Dictionary | None, before: Dictionary | None) -> Release:
    if after is None or before is None:
        return Release(version, note="It, or the one before, cannot be read by this program.")
    return Release(version, tuple(compare(before, after)))


def compare(before: Dictionary, after: Dictionary) -> Iterator[Change]:
    """Tell what changed from one dictionary to another, in the order of the variables."""
    for study in dict.fromkeys([*after.studies, *before.studies]):
        if study not in before.studies:
            yield Change("", study, "a new study")
        if study not in after.studies:
            yield Change("", study, "the study is no longer described")
    was, is_now = _rules(before), _rules(after)
    for name in dict.fromkeys([*after.variables, *before.variables]):
        yield from _of_variable(name, before, after)
        for study in dict.fromkeys([*after.studies, *before.studies]):
            rules = [each.get((name, study), {}) for each in (was, is_now)]
            if rules[0] != rules[1]:
                yield _of_rule(name, study, *rules)


def _of_variable(name: str, before: Dictionary, after: Dictionary) -> Iterator[Change]:
    was, is_now = before.variables.get(name), after.variables.get(name)
    if was is None or is_now is None:
        yield Change(name, "", "no longer kept" if is_now is None else "a new variable")
        return
    for field in _SHOWN_OF_VARIABLE:
        texts = [_plain(getattr(each, field)) for each in (was, is_now)]
        if texts[0] != texts[1]:
            yield Change(name, "", field, *texts)
    codes = [
        each.value_sets.get(variable.codes or "", {})
        for each, variable in ((before, was), (after, is_now))
    ]
    if codes[0] != codes[1] and was.codes == is_now.codes:
        yield Change(name, "", "its codes", *map(_codes, codes))


def _rules(dictionary: Dictionary) -> dict[tuple[str, str], dict[str, Rule]]:
    """By variable and study, the tables that have the variable, each with its rule."""
    found: dict[tuple[str, str], dict[str, Rule]] = {}
    for study in dictionary.studies.values():
        for table in study.tables:
            for variable, rule in rules_of(study, table).items():
                found.setdefault((variable, study.study), {})[table] = rule
    return found


def _of_rule(
    variable: str, study: str, before: Mapping[str, Rule], after: Mapping[str, Rule]
) -> Change:
    texts = [dict.fromkeys(map(written, each.values())) for each in (before, after)]
    if texts[0] == texts[1]:
        return Change(variable, study, "the table", ", ".join(before), ", ".join(after))
    sides = ["; ".join(each) for each in texts]
    if not before or not after:
        return Change(variable, study, "a rule" if after else "no rule any more", *sides)
    return Change(variable, study, "the rule", *sides)


def _plain(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _codes(codes: Mapping[str, str]) -> str:
    return ", ".join(f"{code}: {label}" if label else code for code, label in codes.items())
