"""The demo's folder: complete, and left alone when it is already as it should be."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from omics_orchestrator.demo.gidamps.samples_database import TABLE
from omics_orchestrator.demo.gidamps.sources import DemoSources, write_demo_sources

_PARTICIPANTS, _SEED = 30, 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "not yet there"


@pytest.fixture(scope="module")
def sources(folder: Path) -> DemoSources:
    return _write(folder)


def _write(folder: Path) -> DemoSources:
    return write_demo_sources(folder, participants=_PARTICIPANTS, seed=_SEED)


def _state(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_is_promised_is_there(folder: Path, sources: DemoSources) -> None:
    people = {row["study_id"] for row in sources.redcap_rows}
    assert len(people) == _PARTICIPANTS
    assert sources.planted
    assert sources.dictionary.is_file()
    assert sources.olink == folder / "spreadsheets/olink" / sources.olink.name
    assert sources.olink.suffix == ".xlsx"
    assert sources.qpcr == folder / "spreadsheets/qpcr" / sources.qpcr.name
    assert sources.qpcr.is_file()
    assert any(sources.omics_inbox.rglob("*.fastq.gz"))
    engine = create_engine(sources.samples_url)
    with engine.connect() as connection:
        assert connection.execute(select(TABLE)).first()
    engine.dispose()


def test_nothing_of_the_writing_is_left_behind(folder: Path, sources: DemoSources) -> None:
    assert sources.omics_inbox.is_dir()
    assert {path.name for path in folder.iterdir()} == {
        "samples.sqlite",
        "spreadsheets",
        "omics_inbox",
    }


def test_writing_again_changes_no_byte_and_no_time(folder: Path, sources: DemoSources) -> None:
    before = _state(folder)
    assert _write(folder) == sources
    assert _state(folder) == before


def test_another_folder_gets_the_same_bytes(
    folder: Path, sources: DemoSources, tmp_path: Path
) -> None:
    assert _write(tmp_path).planted == sources.planted
    ours = {path.relative_to(folder): content for path, (content, _) in _state(folder).items()}
    theirs = {
        path.relative_to(tmp_path): content for path, (content, _) in _state(tmp_path).items()
    }
    assert ours == theirs


def test_a_lost_or_damaged_file_is_mended_and_a_strangers_is_left_alone(tmp_path: Path) -> None:
    sources = _write(tmp_path)
    whole = _state(tmp_path)
    sources.qpcr.write_bytes(b"damaged")
    next(sources.omics_inbox.rglob("*.png")).unlink()
    stranger = sources.omics_inbox / "mine.txt"
    stranger.write_text("mine")
    _write(tmp_path)
    assert stranger.read_text() == "mine"
    stranger.unlink()
    assert {path: content for path, (content, _) in _state(tmp_path).items()} == {
        path: content for path, (content, _) in whole.items()
    }
