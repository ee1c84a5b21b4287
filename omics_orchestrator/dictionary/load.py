"""Read `data_dictionary/` into checked models, and report every problem at once."""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from omics_orchestrator.dictionary.check import problems_of
from omics_orchestrator.dictionary.model import Collection, Dictionary, Study, Variable
from omics_orchestrator.dictionary.rules import Strict
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.errors import DictionaryError


def load(folder: Path) -> Dictionary:
    """Read the dictionary in `folder`.

    Raises:
        DictionaryError: with every problem found, each naming its file, its line or key, and what
            was expected there.
    """
    dictionary, problems = read(folder)
    if problems:
        raise DictionaryError(problems)
    return dictionary


def read(folder: Path) -> tuple[Dictionary, list[str]]:
    """Read what can be read of the dictionary in `folder`, and list every problem found."""
    reader = _Reader(folder)
    variables, value_sets = reader.variables(), reader.value_sets()
    # Without all variables, every rule of theirs would seem to be wrong.
    is_whole = not reader.problems
    dictionary = Dictionary(
        variables=variables,
        value_sets=value_sets,
        studies=reader.documents("studies", Study, "study"),
        collections=reader.documents("collections", Collection, "collection"),
        datasets=reader.documents("datasets", Combined, "dataset"),
    )
    return dictionary, [*reader.problems, *(problems_of(dictionary) if is_whole else ())]


Model = TypeVar("Model", bound=Strict)


class _Document(yaml.SafeLoader):
    """YAML that refuses a key given twice: plain YAML would silently keep the second."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  # PyYAML's own signature
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem="this key is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Reader:
    """Reads files and gathers problems instead of stopping at the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []

    def variables(self) -> dict[str, Variable]:
        found: dict[str, Variable] = {}
        for path in sorted((self.folder / "variables").glob("*.csv")):
            for line, row in self._rows(path):
                filled = {key: value for key, value in row.items() if value}
                variable = self._validate(Variable, filled, f"{self._name(path)} line {line}")
                if variable is not None:
                    self._add(found, variable.variable, variable, f"{self._name(path)} line {line}")
        return found

    def value_sets(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        path = self.folder / "value_sets.csv"
        for line, row in self._rows(path):
            codes = found.setdefault(row["value_set"], {})
            self._add(codes, row["code"], row["label"], f"{self._name(path)} line {line}")
        return found

    def documents(self, kind: str, model: type[Model], name: str) -> dict[str, Model]:
        found: dict[str, Model] = {}
        for path in sorted((self.folder / kind).glob("*.yaml")):
            try:
                content = _Document(path.read_text(encoding="utf-8")).get_single_data()
            except yaml.YAMLError as error:
                mark = getattr(error, "problem_mark", None)
                line = f" line {mark.line + 1}" if mark else ""
                what = getattr(error, "problem", None) or "this is not readable YAML"
                self.problems.append(f"{self._name(path)}{line}: {what}")
                continue
            document = self._validate(model, content, self._name(path))
            if document is None:
                continue
            if getattr(document, name) != path.stem:
                self.problems.append(
                    f"{self._name(path)}: `{name}` must be {path.stem!r}, as the file"
                )
            found[path.stem] = document
        return found

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _rows(self, path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
        if not path.is_file():
            self.problems.append(f"{self._name(path)}: the file is missing")
            return
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            for row in reader:
                yield reader.line_num, row

    def _add(self, found: dict[str, Any], name: str, value: Any, place: str) -> None:
        if name in found:
            self.problems.append(f"{place}: {name!r} is defined twice; keep one definition")
        found[name] = value

    def _validate(self, model: type[Model], content: object, place: str) -> Model | None:
        try:
            return model.model_validate(content)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                key = ".".join(str(part) for part in problem["loc"])
                self.problems.append(f"{place}: {key or 'the file'}: {_plain(problem['msg'])}")
            return None


def _plain(message: str) -> str:
    """Say pydantic's most common messages in words that a data manager knows."""
    known: Mapping[str, Callable[[], str]] = {
        "Extra inputs are not permitted": lambda: "this key is not known here",
        "Field required": lambda: "this key is missing",
    }
    return known[message]() if message in known else message.removeprefix("Value error, ")
