import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.naming import LAYERS, TableName

letters = st.text(string.ascii_lowercase, min_size=1, max_size=6)
words = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=6)
parts = st.builds(
    lambda first, rest: "_".join([first, *rest]), letters, st.lists(words, max_size=2)
)
names = st.builds(TableName, st.sampled_from(LAYERS), parts, st.none() | parts)


@given(names)
def test_a_name_survives_the_way_to_a_key_and_to_a_relation_and_back(name: TableName) -> None:
    assert TableName.from_key(name.key) == name
    assert TableName.parse(str(name)) == name


@given(names, names)
def test_two_names_never_share_a_relation(one: TableName, other: TableName) -> None:
    assert (str(one) == str(other)) == (one == other)


@pytest.mark.parametrize("part", ["a__b", "A", "a-b", "_a", "a_", "1a", "", "é"])
def test_a_part_that_would_blur_the_rule_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match="lower_snake"):
        TableName("core", part or "__", "study")


def test_a_name_longer_than_postgres_keeps_is_refused() -> None:
    with pytest.raises(ValueError, match="63"):
        TableName("core", "a" * 40, "b" * 40)
