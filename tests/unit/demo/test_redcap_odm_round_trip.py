"""What is written into a project file is read out of it again."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from redcap_odm_samples import seeds
from redcap_rows import TOKEN

from omics_orchestrator.demo.redcap import odm_read, project, store
from omics_orchestrator.demo.redcap.odm_write import write
from omics_orchestrator.demo.redcap.seed import Record, Seed
from omics_orchestrator.demo.redcap.stored_seed import stored_seed

AT = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)


def written(seed: Seed, path: Path) -> Path:
    path.write_bytes("".join(write(seed, version="14.9.1", at=AT)).encode())
    return path


def same(records: Iterable[Record]) -> list[Record]:
    """Records without the order that nothing depends on."""
    return [
        replace(
            record,
            files=tuple(sorted(record.files, key=str)),
            stamps=tuple(sorted(record.stamps, key=str)),
        )
        for record in sorted(records, key=lambda record: record.name)
    ]


@given(seeds())
@settings(max_examples=150, deadline=None)
def test_a_project_file_gives_back_the_seed_it_was_written_from(seed: Seed) -> None:
    with TemporaryDirectory() as folder:
        path = written(seed, Path(folder) / "project.xml")
        again = odm_read.read(path)
        assert again.definition == seed.definition
        assert same(again.records) == same(seed.records)
        assert (again.roles, again.reports) == (seed.roles, seed.reports)


@given(seeds())
@settings(max_examples=60, deadline=None)
def test_the_server_gives_back_the_seed_that_was_put_on_it(seed: Seed) -> None:
    with TemporaryDirectory() as folder:
        database = Path(folder) / "redcap.db"
        project.seed(database, TOKEN, replace(seed, roles=(), reports=()))
        with store.connect(database) as connection:
            stored = store.find_project(connection, TOKEN)
            assert stored
            again = stored_seed(connection, stored)
            assert again.definition == seed.definition
            assert same(again.records) == same(seed.records)
