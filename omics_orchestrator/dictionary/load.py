"""Read `data_dictionary/` into checked models, and report every problem at once."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from omics_orchestrator.dictionary import plain_words
from omics_orchestrator.dictionary.check import problems_of
from omics_orchestrator.dictionary.document import Document, DocumentError
from omics_orchestrator.dictionary.drugs import NAMES, VALUE_SET, Drug, DrugClass, names_of
from omics_orchestrator.dictionary.model import Collection, Dictionary, Study, Variable
from omics_orchestrator.dictionary.strict import Strict
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
    drugs = reader.lines("drugs.csv", Drug, "drug")
    if drugs:
        labels = {name: each.label for name, each in drugs.items()}
        value_sets[VALUE_SET] = labels | value_sets.get(VALUE_SET, {})
    classes = reader.lines("drug_classes.csv", DrugClass, "class")
    # Without all variables, every rule of theirs would seem to be wrong.
    is_whole = not reader.problems
    dictionary = Dictionary(
        variables=variables,
        value_sets=value_sets,
        studies={
            name: _knowing_drugs(study, drugs)
            for name, study in reader.documents("studies", Study, "study").items()
        },
        collections=reader.documents("collections", Collection, "collection"),
        datasets=reader.documents("datasets", Combined, "dataset"),
        drugs=drugs,
        drug_classes=classes,
    )
    return dictionary, [*reader.problems, *(problems_of(dictionary) if is_whole else ())]


def _knowing_drugs(study: Study, drugs: Mapping[str, Drug]) -> Study:
    """The study, whose rules may look the names of drugs up."""
    if not drugs:
        return study
    return study.model_copy(
        update={"code_maps": {**study.code_maps, NAMES: names_of(drugs.values())}}
    )


Model = TypeVar("Model", bound=Strict)


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
        for line, row in self._rows(path, ("value_set", "code")):
            codes = found.setdefault(row["value_set"], {})
            self._add(codes, row["code"], row.get("label", ""), f"{self._name(path)} line {line}")
        return found

    def lines(self, file: str, model: type[Model], name: str) -> dict[str, Model]:
        """A table of which each line is a model; a dictionary may do without it."""
        path, found = self.folder / file, dict[str, Model]()
        for line, row in self._rows(path) if path.is_file() else ():
            place = f"{file} line {line}"
            each = self._validate(model, {key: value for key, value in row.items() if value}, place)
            if each is not None:
                self._add(found, row[name], each, place)
        return found

    def documents(self, kind: str, model: type[Model], name: str) -> dict[str, Model]:
        found: dict[str, Model] = {}
        for path in sorted((self.folder / kind).glob("*.yaml")):
            document = self._document(path, model)
            if document is None:
                continue
            if getattr(document, name) != path.stem:
                self.problems.append(
                    f"{self._name(path)}: `{name}` must be {path.stem!r}, as the file"
                )
            found[path.stem] = document
        return found

    def _document(self, path: Path, model: type[Model]) -> Model | None:
        place = self._name(path)
        text = self._text(path)
        if text is None:
            return None
        try:
            document = Document(text)
        except DocumentError as error:
            where = place if error.line is None else f"{place} line {error.line}"
            self.problems.append(f"{where}: {error}")
            return None
        for key, line in document.repeated:
            self.problems.append(f"{place} line {line}: the key {key!r} is given twice; keep one")
        try:
            return model.model_validate(document.content)
        except ValidationError as error:
            told = set()
            for problem in plain_words.problems(error):
                missing = plain_words.is_missing(problem)
                way, line = document.place(problem["loc"], is_missing=missing)
                key = ".".join(map(str, way)) or "the file"
                told.add((line, f"{key}: {plain_words.told(problem)}"))
            self.problems += [f"{place} line {line}: {said}" for line, said in sorted(told)]
            return None

    def _text(self, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            what = "a letter that is no UTF-8; save the file as UTF-8"
            self.problems.append(f"{self._name(path)} line {line}: {what}")
            return None

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _rows(
        self, path: Path, needed: Sequence[str] = ()
    ) -> Iterator[tuple[int, Mapping[str, str]]]:
        """The lines of a table; `needed` names columns without which a line says nothing."""
        if not path.is_file():
            self.problems.append(f"{self._name(path)}: the file is missing")
            return
        reader = csv.DictReader(StringIO(self._text(path) or "", newline=""), restval="")
        for row in reader:
            place = f"{self._name(path)} line {reader.line_num}"
            absent = [name for name in needed if not row.get(name)]
            if None in row:
                what = "more cells than the first line has; put text with a comma into quotes"
                self.problems.append(f"{place}: {what}")
            elif absent:
                self.problems.append(f"{place}: {', '.join(absent)}: this is missing")
            else:
                yield reader.line_num, row

    def _add(self, found: dict[str, Any], name: str, value: Any, place: str) -> None:
        if name in found:
            self.problems.append(f"{place}: {name!r} is defined twice; keep one definition")
        found[name] = value

    def _validate(self, model: type[Model], content: object, place: str) -> Model | None:
        try:
            return model.model_validate(content)
        except ValidationError as error:
            for problem in plain_words.problems(error):
                key = ".".join(map(str, problem["loc"])) or "the file"
                self.problems.append(f"{place}: {key}: {plain_words.told(problem)}")
            return None
