"""A remote object read through ranges is the same file, in few requests."""

import io

from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.stores._ranges import RangedReader

TEXT = bytes(range(256)) * 4096


class Counted:
    """An object of 1 MiB that remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def __call__(self, start: int, end: int) -> bytes:
        self.asked.append((start, end))
        return TEXT[start:end]


@given(
    st.lists(
        st.tuples(st.integers(0, len(TEXT) + 10), st.integers(0, 400_000)), min_size=1, max_size=12
    ),
    st.integers(1, 300_000),
)
def test_any_sequence_of_seeks_and_reads_gives_the_same_bytes(
    moves: list[tuple[int, int]], buffer: int
) -> None:
    remote = io.BufferedReader(RangedReader(Counted(), len(TEXT)), buffer)
    local = io.BytesIO(TEXT)
    for place, length in moves:
        assert remote.seek(place) == local.seek(place)
        assert remote.read(length) == local.read(length)
        assert remote.tell() == local.tell()


def test_a_header_is_one_request_and_a_file_is_few() -> None:
    fetch = Counted()
    stream = io.BufferedReader(RangedReader(fetch, len(TEXT)), 128 << 10)
    stream.read(100)
    assert len(fetch.asked) == 1
    while stream.read(10_000):
        pass
    assert len(fetch.asked) == 3
    assert sum(end - start for start, end in fetch.asked) == len(TEXT)


def test_a_place_beyond_the_end_asks_for_nothing() -> None:
    fetch = Counted()
    stream = io.BufferedReader(RangedReader(fetch, len(TEXT)))
    stream.seek(len(TEXT) + 1)
    assert stream.read() == b""
    assert fetch.asked == []
