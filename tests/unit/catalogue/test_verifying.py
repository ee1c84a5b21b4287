"""Kept files read again: those first that waited longest, and nothing lost or rotten passes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.catalogue.verifying import VERIFIED_SCHEMA, due, verify
from omics_orchestrator.errors import StoreError
from omics_orchestrator.stores import Store
from tests.unit.catalogue.bench import Bench, Watched

DAY, LATER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def states(bench: Bench, store: Store | None = None) -> list[object]:
    files = due(bench.known, pl.DataFrame(schema=VERIFIED_SCHEMA), 10**9, LATER).files
    door = store or bench.store
    prefix = bench.store.url("x").removesuffix("x")
    found = verify(files, lambda _c, _p, location: (door, location.removeprefix(prefix)))
    return [each["state"] for each in found]


def test_a_file_that_is_as_it_was_is_sound(bench: Bench) -> None:
    bench.drop("a.raw", b"as it was")
    bench.drop("b.raw", b"as it was")
    bench.register()
    assert states(bench) == ["sound"]


def test_one_flipped_bit_and_a_deletion_are_found(bench: Bench) -> None:
    for name in ("a", "b", "c"):
        bench.drop(f"{name}.raw", name.encode() * 9)
    bench.register()
    rotten, lost, _ = (bench.main / key for key in bench.kept)
    rotten.write_bytes(bytes([rotten.read_bytes()[0] ^ 1]) + rotten.read_bytes()[1:])
    lost.unlink()
    assert sorted(map(str, states(bench))) == ["changed", "sound", "vanished"]


def test_a_file_that_may_not_be_read_is_no_loss(bench: Bench) -> None:
    bench.drop("a.raw", b"as it was")
    bench.register()

    def deny(key: str) -> None:
        raise StoreError("the store denies access", mend="check the rights.", file=key)

    with pytest.raises(StoreError, match="denies access"):
        states(bench, Watched(bench.store, deny))


def test_a_file_that_was_just_read_again_has_time(bench: Bench) -> None:
    bench.drop("a.raw", b"as it was")
    bench.register()
    verified = bench.known.select("location", "sha256", "size_bytes").with_columns(
        state=pl.lit("sound"), verified_at=pl.lit(DAY)
    )
    assert due(bench.known, verified, 10**9, DAY).files.is_empty()
    assert due(bench.known, verified, 10**9, DAY + timedelta(hours=1)).files.height == 1


sizes = st.lists(st.integers(0, 50), min_size=1, max_size=8)


@given(sizes, st.integers(0, 100))
def test_every_file_has_its_turn_and_the_budget_holds(sizes: list[int], budget: int) -> None:
    registered = pl.DataFrame(
        {
            "collection": ["lab"] * len(sizes),
            "path": [f"{n}" for n in range(len(sizes))],
            "location": [f"file:///{n}" for n in range(len(sizes))],
            "sha256": ["x"] * len(sizes),
            "size_bytes": sizes,
            "status": ["whole"] * len(sizes),
        }
    )
    verified, seen = pl.DataFrame(schema=VERIFIED_SCHEMA), list[str]()
    for look in range(len(sizes)):
        chosen = due(registered, verified, budget, LATER)
        files = chosen.files
        assert files.height + chosen.waiting == len(sizes)
        # One file more may begin within the budget and end beyond it.
        assert sum(files["size_bytes"][:-1]) <= max(1, budget)
        seen += files["location"].to_list()
        rows = files.select("location", "sha256", "size_bytes").with_columns(
            state=pl.lit("sound"), verified_at=pl.lit(DAY + timedelta(days=look))
        )
        others = verified.join(rows, on="location", how="anti")
        verified = pl.concat([others, rows.cast(VERIFIED_SCHEMA)])  # type: ignore[arg-type]  # polars' stub
    assert set(seen) == set(registered["location"])
