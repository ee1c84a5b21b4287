"""What may stand as a code of a source, as its meaning, and as a map of both."""

from collections.abc import Mapping


def as_code(given: object) -> str:
    """A code as the source sends it: text; ValueError for what YAML has made of a word."""
    if isinstance(given, bool) or given is None:
        # No TypeError: the checker would not gather it with the other problems.
        raise ValueError(
            "put the code into quotes; YAML reads yes, no, on, off and null as something else"
        )
    return str(given)


def as_meaning(given: object) -> str | bool:
    """What a code means; ValueError when it is neither a code of ours nor yes or no."""
    if not isinstance(given, str | bool):
        raise ValueError("write what the code means: a code of ours, true or false")  # noqa: TRY004  # as above
    return given


def kind_of(given: object) -> str | None:
    """Tell a map of codes from the name of one."""
    if isinstance(given, Mapping):
        return "map"
    return "name" if isinstance(given, str) else None
