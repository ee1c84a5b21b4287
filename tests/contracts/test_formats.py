"""Every format keeps the promise of `formats.Format`: on our samples, and on real files."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from omics_orchestrator.errors import TransientError
from omics_orchestrator.formats import (
    DamagedFileError,
    Depth,
    Format,
    formats,
    identify,
    named_like,
    read_head,
)
from omics_orchestrator.stores._ranges import RangedReader
from tests.conftest import SHARED
from tests.contracts.manifest import EXPECTED, UNCHECKED

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SAMPLE_FILES = sorted(p for p in SAMPLES.rglob("*") if p.is_file() and p.parent != SAMPLES)
CHECKED = [path for path in SAMPLE_FILES if not path.name.endswith(UNCHECKED)]

READ_APART = (".h5ad", ".h5mu", ".loom", ".h5", ".biom", ".parquet", ".mp4", ".mkv", ".avi")
MANIFEST = SHARED / "fixtures" / "omics" / "manifest.csv"
MISLABELLED = {
    # Said to hold a sample's name twice, but its #CHROM line names one sample.
    "bad/vcf_dup_sample/cohort.vcf": "valid",
    # The list is whole; that its file has another checksum is for the catalogue to see.
    "bad/checksums/wrong.fastq.gz.md5": "valid",
}


def sample_id(path: Path) -> str:
    return path.relative_to(SAMPLES).as_posix()


def identified(path: Path) -> Format:
    with path.open("rb") as stream:
        found = identify(path.name, stream)
    assert found is not None
    return found


class Failing(io.BytesIO):
    """A stream whose connection breaks at its n-th read."""

    def __init__(self, content: bytes, reads: int) -> None:
        super().__init__(content)
        self._reads = reads

    def _count(self) -> None:
        self._reads -= 1
        if self._reads < 0:
            raise TransientError("the store did not answer", mend="run again later.")

    def read(self, size: int | None = -1, /) -> bytes:
        self._count()
        return super().read(size)

    def readinto(self, buffer: Any, /) -> int:
        self._count()
        return super().readinto(buffer)


def test_every_format_has_a_sample() -> None:
    assert {sample_id(path).partition("/")[0] for path in SAMPLE_FILES} == set(formats())


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=sample_id)
def test_a_sample_is_one_format_and_no_other(path: Path) -> None:
    with path.open("rb") as stream:
        head = read_head(path.name, stream)
    claims = [format_.name for format_ in formats().values() if format_.sniff(head)]
    assert claims == [sample_id(path).partition("/")[0]]
    assert named_like(path.name) is formats()[claims[0]]


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=sample_id)
def test_a_sample_is_whole_and_described_in_json(path: Path) -> None:
    format_ = identified(path)
    with path.open("rb") as stream:
        described = dict(format_.describe(stream))
        finding = format_.validate(stream)
        assert dict(format_.describe(stream)) == described
        assert format_.validate(stream) == finding
    assert finding.fault is None
    assert json.loads(json.dumps(described)) == described
    assert json.loads(json.dumps(dict(finding.facts))) == finding.facts


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=sample_id)
def test_a_sample_is_whole_at_each_depth_and_names_nobody(path: Path) -> None:
    format_ = identified(path)
    with path.open("rb") as stream:
        for depth in Depth:
            finding = format_.validate(stream, depth)
            assert finding.fault is None
            assert json.loads(json.dumps(dict(finding.facts))) == finding.facts
        assert list(format_.personal_fields(stream)) == []


def cuts(path: Path) -> range:
    # A damaged file of these costs the start of a process.
    size, places = path.stat().st_size, 6 if path.suffix in READ_APART else 60
    return range(1, size, max(1, size // places))


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=sample_id)
def test_a_sample_is_the_same_read_from_afar(path: Path) -> None:
    format_, content = identified(path), path.read_bytes()
    afar = RangedReader(lambda start, end: content[start:end], len(content))
    with io.BufferedReader(afar, 512) as remote, path.open("rb") as local:
        assert identify(path.name, remote) is format_
        assert format_.describe(remote) == format_.describe(local)
        assert format_.validate(remote) == format_.validate(local)


@pytest.mark.parametrize("path", CHECKED, ids=sample_id)
def test_a_cut_file_is_never_whole(path: Path) -> None:
    format_, whole = identified(path), path.read_bytes()
    for length in cuts(path):
        finding = format_.validate(io.BytesIO(whole[:length]))
        assert finding.fault, f"whole after {length} of {len(whole)} bytes"
        assert not finding.facts


@pytest.mark.parametrize("path", CHECKED, ids=sample_id)
def test_a_cut_file_is_described_or_called_damaged(path: Path) -> None:
    format_, whole = identified(path), path.read_bytes()
    for length in cuts(path):
        stream = io.BytesIO(whole[:length])
        identify(path.name, stream)
        with suppress(DamagedFileError):
            json.dumps(dict(format_.describe(stream)))


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=sample_id)
@pytest.mark.parametrize("verb", ["identify", "describe", "look_over", "validate"])
def test_a_broken_connection_is_no_damage(path: Path, verb: str) -> None:
    format_, content = identified(path), path.read_bytes()
    use: Callable[[io.BytesIO], object] = {
        "identify": lambda stream: identify(path.name, stream),
        "describe": format_.describe,
        "look_over": lambda stream: format_.validate(stream, Depth.STRUCTURE).fault,
        "validate": lambda stream: format_.validate(stream).fault,
    }[verb]
    expected = use(io.BytesIO(content))
    with pytest.raises(TransientError):
        use(Failing(content, 0))
    for reads in (1, 2, 3, 5, 8, 13, 21, 34, 55):
        try:
            assert use(Failing(content, reads)) == expected
        except TransientError:
            continue


def rows() -> list[Mapping[str, str]]:
    if not MANIFEST.is_file():
        return [{"file": "absent"}]  # the `shared` fixture says what that means
    with MANIFEST.open(newline="", encoding="utf-8") as table:
        # A zarr store is a folder, and no object of a store.
        return [row for row in csv.DictReader(table) if not row["file"].endswith("/")]


ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=[row["file"] for row in ROWS])
def test_a_real_file_is_what_its_manifest_says(row: Mapping[str, str], shared: Path) -> None:
    path = shared / "fixtures" / "omics" / row["file"]
    with path.open("rb") as stream:
        found = identify(path.name, stream)
        status = MISLABELLED.get(row["file"], row["status"])
        expected = EXPECTED.get(row["file"], EXPECTED.get(row["format"]))
        if expected is None:
            assert found is None
        elif not status.startswith("valid"):
            assert_damaged(row, expected.name, found, stream)
        else:
            said = json.loads(row["expected"])
            assert found is formats()[expected.name_for(said)]
            told = {**found.describe(stream), **found.read_through(stream)}
            expected.compare(told, said)
            assert found.personal_fields(stream) or not row["file"].startswith("bad/phi/")


def assert_damaged(
    row: Mapping[str, str], name: str, found: Format | None, stream: io.BufferedReader
) -> None:
    if found is None:
        like = named_like(row["file"])
        assert like is not None
        assert like.name == name
    else:
        assert found.name == name
        misnamed = row["status"] == "wrong_extension" and named_like(row["file"]) is not found
        assert misnamed or found.validate(stream).fault
