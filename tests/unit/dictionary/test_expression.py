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
    ],
)
def test_what_is_not_of_the_language_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expression|language"):
        expression.parse(text)


def test_the_names_read_are_listed_once_each() -> None:
    assert expression.names("days(later, earlier) > a or a") == ("a", "later", "earlier")
