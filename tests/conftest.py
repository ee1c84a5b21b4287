"""What every test may use: the real files of ../shared, or a clear word that they are absent."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long a case takes depends on who else uses the machine.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files beside the project, read only."""
    if SHARED.is_dir():
        return SHARED
    reason = f"real files are not here: {SHARED} is absent"
    if os.environ.get("OMICS_REQUIRE_FIXTURES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def in_chunks(chunks: int) -> pytest.MarkDecorator:
    """Cut very many cases into chunks: one belongs to every run, the others to `make proof`."""
    others = (pytest.param(number, marks=pytest.mark.proof) for number in range(1, chunks))
    return pytest.mark.parametrize("chunk", [0, *others])


def pytest_make_parametrize_id(val: object) -> str | None:
    """Do not name a case by its bytes: packed ones hold the second in which they were made.

    Workers that collect at different seconds would otherwise not agree on what the tests are.
    """
    return "bytes" if isinstance(val, bytes) else None
