"""Names of drugs as people write them."""

import polars as pl
import pytest

from omics_orchestrator.dictionary.drugs import names_of
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.exposure.spellings import suggestions, unknown
from omics_orchestrator.settings import REPOSITORY


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    return names_of(load(REPOSITORY / "data_dictionary").drugs.values())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Risankizumab (Skyrizi)", "risa"),
        ("inflixamib", "ifx"),
        ("humirra", "ada"),
        ("prednislone 40mg", "prednisolone"),
        ("azathioprine50", "aza"),
    ],
)
def test_a_misspelling_finds_its_drug(written: str, meant: str, names: dict[str, str]) -> None:
    assert suggestions(written, names)[0] == meant


def test_what_is_like_no_drug_gets_no_suggestion(names: dict[str, str]) -> None:
    assert suggestions("vitamin D", names) == []


def test_known_names_are_not_listed_and_unknown_ones_come_most_frequent_first(
    names: dict[str, str],
) -> None:
    typed = pl.Series(["HUMIRA ", "Risankisumab", "new one", "another", "new one", "", None])
    assert unknown(typed, names).rows() == [("new one", 2), ("another", 1)]


def test_the_spellings_that_the_code_in_use_missed_are_known(names: dict[str, str]) -> None:
    for written in ("Risankisumab", "Risankizumab", "risankizumab", "Filgotinib", "Upadacitinib"):
        assert written.lower() in names
