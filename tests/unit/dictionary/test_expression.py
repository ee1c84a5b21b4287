import polars as pl
import pytest

from omics_orchestrator.dictionary import expression

ROW = pl.DataFrame({"a": [3], "b": [2.0], "yes": [True], "unknown": [None], "word": ["x"]}).with_columns(
    pl.col("unknown").cast(pl.Boolean), pl.date(2024, 3, 1).alias("later"), pl.date(2024, 2, 1).alias("earlier")
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + b * 2", 7.0),
        ("-a", -3),
        ("a > 2 and yes", True),
        ("not yes", False),
        ("unknown or yes", True),
        ("unknown and yes", None),
        ("a if yes else b", 3),
        ("word == 'x'", True),
        ("days(later, earlier)", 29),
        ("first(unknown, yes)", True),
        ("known(unknown)", False),
        ("min(a, b)", 2.0),
        ("max(a, unknown)", None),
        ("word in ('x', 'y')", True),
        ("b in (1, 2)", True),
        ("a in (1.5, 3)", True),
        ("word not in ('x', 'y')", False),
        ("{'x': 3, 'y': 1}[word]", 3),
        ("{'y': 1}[word]", None),
        ("{'x': -1}[word] + a", 2),
    ],
)
def test_the_language_computes(text: str, value: object) -> None:
    assert ROW.select(expression.compile_expression(text)).item() == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a.b",
        "[a]",
        "a[0]",
        "lambda: a",
        "today()",
        "a = 1",
        "f'{a}'",
        "a < b < c",
        "known(a, b)",
        "days(a)",
        "word in known",
        "{a: 1}[word]",
        "open('x')",
    ],
)
def test_what_is_not_of_the_language_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expression|language|take|list"):
        expression.parse(text)


def test_the_names_read_are_listed_once_each() -> None:
    assert expression.names("days(later, earlier) > a or a") == ("a", "later", "earlier")


def test_the_codes_that_have_a_score_are_told() -> None:
    assert expression.scored("{'none': 0, 'mild': 1}[pain] + {0: 1}[stool]") == {
        "pain": {"none", "mild"},
        "stool": {"0"},
    }
