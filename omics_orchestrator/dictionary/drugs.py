"""The drugs of the group's studies: their classes, codes and all the names people write."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from omics_orchestrator.dictionary.rules import Name
from omics_orchestrator.dictionary.strict import Strict

NAMES = "drug_names"
"""The code map, known to every study, from the names of drugs to the drugs."""
VALUE_SET = "drug"
"""The value set of the drugs; value_sets.csv may add to it."""


def _listed(names: Any) -> Any:
    if isinstance(names, str):
        return tuple(name.strip() for name in names.split(";") if name.strip())
    return names


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class DrugClass(Strict):
    """Drugs that work alike; courses of one drug `gap_days` apart are one episode."""

    name: Name = Field(alias="class")
    label: str
    gap_days: int = Field(30, ge=0)


class Drug(Strict):
    """One drug, a line of `drugs.csv`.

    Attributes:
        drug: its short name, by which tables call it.
        drug_class: its class, a line of `drug_classes.csv`.
        atc: its code in WHO's classification, or of the group where it stands for several.
        route: how it is usually given, where it is given in one way.
        synonyms: other names, and how they are shortened.
        brands: what it is sold as, biosimilars with it.
        misspellings: as people wrote it.
    """

    drug: Name
    label: str
    drug_class: Name = Field(alias="class")
    atc: str | None = Field(None, pattern=r"^[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?$")
    route: str | None = None
    synonyms: Names = ()
    brands: Names = ()
    misspellings: Names = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that people write for it, folded."""
        written = (self.drug, self.label, *self.synonyms, *self.brands, *self.misspellings)
        return tuple(dict.fromkeys(map(folded, written)))


def folded(text: str) -> str:
    """A name without what does not matter: letter case, and more than one space."""
    return " ".join(text.lower().split())


def names_of(drugs: Iterable[Drug]) -> dict[str, str]:
    """The drug of every name."""
    return {name: each.drug for each in drugs for name in each.names}


def problems_of(drugs: Mapping[str, Drug], classes: Mapping[str, DrugClass]) -> Iterator[str]:
    """List what does not hold between drugs and their classes."""
    owner: dict[str, str] = {}
    for each in drugs.values():
        if each.drug_class not in classes:
            what = f"no class {each.drug_class!r}; add it to drug_classes.csv"
            yield f"drugs.csv: {each.drug}: {what}"
        for name in each.names:
            if (other := owner.setdefault(name, each.drug)) != each.drug:
                yield f"drugs.csv: {each.drug}: {name!r} is a name of {other} too; keep one"
    for name in sorted(set(drugs) & set(classes)):
        yield f"drugs.csv: {name}: a class has this name too; rename one of them"
