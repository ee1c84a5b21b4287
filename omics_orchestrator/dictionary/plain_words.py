"""What a model's checker found, in words that a data manager knows."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_KEYS = "write keys below it with their values, such as `a: b`"
_PLAIN: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "this key is missing",
    "tuple_type": lambda _: "write a list, such as [a, b]",
    "dict_type": lambda _: _KEYS,
    "mapping_type": lambda _: _KEYS,
    "model_type": lambda _: _KEYS,
    "string_type": lambda _: "write text; a number, yes or no goes into quotes",
    "bool_type": lambda _: "write true or false",
    "bool_parsing": lambda _: "write true or false",
    "int_type": lambda _: "write a whole number",
    "int_parsing": lambda _: "write a whole number",
    "float_type": lambda _: "write a number",
    "float_parsing": lambda _: "write a number",
    "literal_error": lambda given: f"write {given['expected']}",
    "greater_than_equal": lambda given: f"write {given['ge']} or more",
    "union_tag_invalid": lambda given: f"{_bare(given)}: write one of {given['expected_tags']}",
    "union_tag_not_found": lambda given: f"{_bare(given)}: this key is missing",
}


def problems(error: ValidationError) -> list[ErrorDetails]:
    """The problems found, without what was given: it may be a secret."""
    return error.errors(include_url=False, include_input=False)


def told(problem: ErrorDetails) -> str:
    """Say what is wrong."""
    plain = _PLAIN.get(problem["type"])
    if plain is None:
        return problem["msg"].removeprefix("Value error, ")
    return plain(problem.get("ctx", {}))


def is_missing(problem: ErrorDetails) -> bool:
    """Tell whether the place is that of a key which is not there."""
    return problem["type"] == "missing"


def _bare(given: Mapping[str, Any]) -> str:
    return str(given["discriminator"]).strip("'")
