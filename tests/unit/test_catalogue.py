"""The register of omic files: nothing is opened in vain, nothing faulty goes further."""

import gzip
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue._hashing import HashedStream
from omics_orchestrator.catalogue.links import _folded
from omics_orchestrator.dictionary.model import Collection
from omics_orchestrator.errors import StoreError, TransientError
from omics_orchestrator.stores import Store, StoredObject, open_store

READS = b"@run:1:fc:1:1:1:1 1:N:0:A\nACGT\n+\nIIII\n"
VCF = b"""##fileformat=VCFv4.2
##contig=<ID=1>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS-1\tS-2
1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0
"""
NOTHING_KNOWN = pl.DataFrame(schema=catalogue.FILE_SCHEMA)
PATTERNS = (
    r"(?P<sample>[^/]+)_S\d+(_L\d{3})?_[RI][12]_001\.fastq\.gz$",
    r"(?P<sample>[^/]+)/(outs/)?filtered_feature_bc_matrix/",
    r"(?P<sample>S-\d+)\.",
)


class Watched:
    """A store that counts what is opened and may do something the moment a file is."""

    def __init__(self, store: Store, then: Callable[[str], None] = lambda _key: None) -> None:
        self._store = store
        self._then = then
        self.opened: list[str] = []
        self.read_bytes = 0

    def open(self, key: str) -> BinaryIO:
        self.opened.append(key)
        stream = self._store.open(key)
        self._then(key)
        return io.BufferedReader(_Metered(stream, self))

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        return self._store.list(prefix)

    def stat(self, key: str) -> StoredObject:
        return self._store.stat(key)

    def put(self, key: str, content: bytes | Path | BinaryIO) -> bool:
        return self._store.put(key, content)

    def url(self, key: str) -> str:
        return self._store.url(key)


class _Metered(io.RawIOBase):
    def __init__(self, stream: BinaryIO, meter: Watched) -> None:
        self._stream = stream
        self._meter = meter

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: bytearray) -> int:
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        self._meter.read_bytes += len(block)
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


class Bench:
    """An inbox and a main store in folders, and what is registered so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "inbox"
        self.main = folder / "main"
        self.folder.mkdir()
        self.main.mkdir()
        self.inbox = Watched(open_store(str(self.folder)))
        self.store = open_store(str(self.main))
        self.known = NOTHING_KNOWN

    def drop(self, path: str, content: bytes) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(content)

    def register(
        self, policy: str = "copy", inbox: Store | None = None
    ) -> dict[str, dict[str, object]]:
        self.inbox.opened.clear()
        found = catalogue.register(collection(policy), inbox or self.inbox, self.store, self.known)
        self.known = found
        return {row["path"]: row for row in found.to_dicts()}

    def link(self, *samples: tuple[str, str]) -> list[tuple[str, str, str]]:
        known = pl.DataFrame(samples, schema=["sample_id", "study_id"], orient="row")
        links = catalogue.link(collection(), self.known, known)
        return links.select("path", "sample_id", "study_id").rows()

    @property
    def kept(self) -> list[str]:
        return [item.key for item in self.store.list()]


def collection(policy: str = "copy") -> Collection:
    return Collection.model_validate(
        {
            "collection": "lab",
            "label": "Lab",
            "study": "clinic",
            "store": "INBOX",
            "policy": policy,
            "sample_patterns": PATTERNS,
        }
    )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_whole_file_is_described_hashed_and_copied_under_its_content(bench: Bench) -> None:
    content = gzip.compress(READS)
    bench.drop("run/S-1_S1_L001_R1_001.fastq.gz", content)
    row = bench.register()["run/S-1_S1_L001_R1_001.fastq.gz"]
    sha256 = hashlib.sha256(content).hexdigest()
    assert (row["status"], row["format"], row["sha256"]) == ("whole", "fastq", sha256)
    key = f"omics/{sha256[:2]}/{sha256}/S-1_S1_L001_R1_001.fastq.gz"
    assert bench.kept == [key]
    assert row["location"] == bench.store.url(key)
    with bench.store.open(key) as copy:
        assert copy.read() == content


def test_an_unchanged_file_is_not_opened_again(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.drop("note.txt", b"for the archive")
    bench.drop("S-2.vcf", VCF[:-9])
    first = bench.register()
    assert sorted(bench.inbox.opened) == ["S-1.vcf", "S-2.vcf", "note.txt"]
    assert bench.register() == first
    assert bench.inbox.opened == []


def test_only_what_is_new_or_changed_is_opened(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.drop("S-2.vcf", VCF)
    bench.register()
    bench.drop("S-2.vcf", VCF.replace(b"0/1", b"1/1"))
    bench.drop("S-3.vcf", VCF)
    bench.register()
    assert bench.inbox.opened == ["S-2.vcf", "S-3.vcf"]


def test_what_was_not_whole_is_looked_at_again_once_more_formats_are_known(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.drop("note.txt", b"a format of tomorrow")
    bench.register()
    bench.known = bench.known.with_columns(pl.lit("fastq, vcf").alias("compared_with"))
    bench.register()
    assert bench.inbox.opened == ["note.txt"]


def test_a_collection_that_is_only_registered_stays_where_it_is(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    row = bench.register("register")["S-1.vcf"]
    assert row["location"] == bench.inbox.url("S-1.vcf")
    assert bench.kept == []


def test_the_same_content_under_two_folders_is_kept_once(bench: Bench) -> None:
    bench.drop("a/S-1.vcf", VCF)
    bench.drop("b/S-1.vcf", VCF)
    bench.register()
    assert len(bench.kept) == 1


@pytest.mark.parametrize(
    ("path", "content", "verdict", "fault"),
    [
        ("S-1_S1_R1_001.fastq.gz", gzip.compress(READS * 99)[:-9], ("damaged", "fastq"), "ends"),
        ("S-1.vcf", VCF[:-9], ("damaged", "vcf"), "record 1 has more or fewer columns"),
        ("S-1.vcf", b"", ("damaged", "vcf"), "it is empty"),
        ("S-1.vcf", b"<html>404</html>", ("mislabelled", None), "is not one"),
    ],
)
def test_a_faulty_file_is_registered_with_its_fault_and_goes_no_further(
    bench: Bench, path: str, content: bytes, verdict: tuple[str, str | None], fault: str
) -> None:
    bench.drop(path, content)
    row = bench.register()[path]
    assert (row["status"], row["format"]) == verdict
    assert fault in str(row["fault"])
    assert row["location"] == bench.inbox.url(path)
    assert bench.kept == []
    assert bench.link(("S-1", "P-1")) == []


def test_a_good_file_under_a_wrong_name_is_said_to_be_and_used_as_what_it_is(bench: Bench) -> None:
    bench.drop("S-1.fastq.gz", gzip.compress(VCF))
    row = bench.register()["S-1.fastq.gz"]
    assert (row["status"], row["format"]) == ("mislabelled", "vcf")
    assert row["fault"] == "it is named like fastq, and is vcf"
    assert len(bench.kept) == 1
    assert bench.link(("S-1", "P-1"))


def test_a_file_of_no_known_format_is_kept_and_linked_all_the_same(bench: Bench) -> None:
    bench.drop("S-1.raw", b"from an instrument of its own")
    row = bench.register()["S-1.raw"]
    assert (row["status"], row["format"], row["fault"]) == ("unrecognised", None, None)
    assert len(bench.kept) == 1
    assert bench.link(("S-1", "P-1")) == [("S-1.raw", "S-1", "P-1")]


@pytest.mark.parametrize(
    "path", [".DS_Store", "run/._S-1.vcf", "S-1.vcf.part", "S-1.vcf.crdownload", "~$S-1.xlsx"]
)
def test_hidden_and_unfinished_files_are_left_alone(bench: Bench, path: str) -> None:
    bench.drop(path, VCF)
    assert bench.register() == {}
    assert bench.inbox.opened == []
    assert catalogue.left_out(bench.inbox) == 1


@pytest.mark.parametrize("path", ["a.zarr/.zarray", "a.zarr/X/.zattrs", "a.zarr/.zgroup"])
def test_the_hidden_files_of_a_zarr_store_are_registered(bench: Bench, path: str) -> None:
    bench.drop(path, b"{}")
    assert list(bench.register()) == [path]
    assert catalogue.left_out(bench.inbox) == 0


def test_a_file_that_is_gone_is_no_longer_registered(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.drop("S-2.vcf", VCF)
    bench.register()
    (bench.folder / "S-1.vcf").unlink()
    assert list(bench.register()) == ["S-2.vcf"]


def test_a_file_that_goes_while_others_are_read_does_not_stop_them(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.drop("S-2.vcf", VCF)
    inbox = Watched(bench.inbox, lambda key: (bench.folder / key).unlink() if "1" in key else None)
    assert list(bench.register(inbox=inbox)) == ["S-2.vcf"]


def test_a_file_that_may_not_be_read_stops_the_register_with_its_name(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)

    def deny(key: str) -> None:
        raise StoreError("the store denies access", mend="check the rights.", file=key)

    with pytest.raises(StoreError, match=r"file S-1\.vcf: the store denies access"):
        bench.register(inbox=Watched(bench.inbox, deny))


def test_a_file_that_grows_while_it_is_read_is_worth_another_try(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)

    def grow(key: str) -> None:
        with (bench.folder / key).open("ab") as more:
            more.write(b"1\t2\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\n")

    with pytest.raises(TransientError, match=r"S-1\.vcf: the file changed while it was read"):
        bench.register(inbox=Watched(bench.inbox, grow))
    assert bench.kept == []


def test_bytes_that_change_before_they_are_copied_are_never_kept(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    path = bench.folder / "S-1.vcf"
    as_it_was = path.stat()

    class Forgetful(Watched):
        def stat(self, key: str) -> StoredObject:
            found = super().stat(key)
            path.write_bytes(VCF.replace(b"0/1", b"1/1"))
            os.utime(path, ns=(as_it_was.st_atime_ns, as_it_was.st_mtime_ns))
            return found

    with pytest.raises(TransientError, match="the file changed while it was read"):
        bench.register(inbox=Forgetful(open_store(str(bench.folder))))
    assert bench.kept == []


def test_a_file_is_hashed_in_the_pass_that_proves_it_whole(bench: Bench) -> None:
    records = b"".join(b"@r%d\n%s\n+\n%s\n" % (n, b"ACGT" * 50, b"I" * 200) for n in range(20_000))
    bench.drop("S-1_S1_R1_001.fastq.gz", gzip.compress(records, 0))
    size = (bench.folder / "S-1_S1_R1_001.fastq.gz").stat().st_size
    assert bench.register("register")["S-1_S1_R1_001.fastq.gz"]["status"] == "whole"
    # Beside the whole, its head is read to tell what it is; a pass of its own would read it twice.
    assert bench.inbox.read_bytes < size * 1.5


def test_a_path_names_its_sample_whatever_letter_case_and_separators_people_use(
    bench: Bench,
) -> None:
    for path in (
        "run/gid_1-s01.PAX_S7_L001_R1_001.fastq.gz",
        "GID-1-S01-PAX/filtered_feature_bc_matrix/matrix.mtx",
        "GID-1-S01-PAX/outs/filtered_feature_bc_matrix/barcodes.tsv",
    ):
        bench.drop(path, b"some content")
    bench.register("register")
    bench.known = bench.known.with_columns(status=pl.lit("whole"), fault=pl.lit(None, pl.String))
    assert {sample for _, sample, _ in bench.link(("GID-1-S01-PAX", "GID-1"))} == {"GID-1-S01-PAX"}
    assert len(bench.link(("GID-1-S01-PAX", "GID-1"))) == 3


def test_separators_are_never_dropped_as_another_persons_sample_may_begin_alike(
    bench: Bench,
) -> None:
    bench.drop("GID-1361-S01-PAX_S1_R1_001.fastq.gz", gzip.compress(READS))
    bench.register()
    assert bench.link(("GID-136-1-S01-PAX", "GID-136-1")) == []


def test_a_name_that_fits_two_samples_links_to_neither(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF.replace(b"\tS-1\tS-2", b"\tx\ty"))
    bench.register()
    assert bench.link(("S-1", "P-1"), ("s_1", "P-2")) == []
    assert bench.link(("S-1", "P-1")) == [("S-1.vcf", "S-1", "P-1")]


def test_the_samples_of_a_header_are_linked_and_unknown_ones_are_not(bench: Bench) -> None:
    bench.drop("cohort.vcf", VCF)
    bench.register()
    assert bench.link(("S-1", "P-1"), ("S-9", "P-9")) == [("cohort.vcf", "S-1", "P-1")]
    assert bench.link(("S-1", "P-1"), ("S-2", "P-2")) == [
        ("cohort.vcf", "S-1", "P-1"),
        ("cohort.vcf", "S-2", "P-2"),
    ]


def test_a_sample_named_by_path_and_header_is_linked_once_by_its_path(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.register()
    links = catalogue.link(
        collection(), bench.known, pl.DataFrame({"sample_id": ["S-1"], "study_id": ["P-1"]})
    )
    assert links["rule"].to_list() == [rf"path fits {PATTERNS[2]}"]


def test_a_path_and_a_header_that_name_different_people_link_to_nobody(bench: Bench) -> None:
    bench.drop("S-9.vcf", VCF)
    bench.register()
    assert bench.link(("S-9", "P-9"), ("S-1", "P-1")) == []
    # An aliquot of the same person is no contradiction.
    assert {person for *_, person in bench.link(("S-9", "P-1"), ("S-1", "P-1"))} == {"P-1"}


def test_files_of_another_collection_are_not_linked(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.register()
    bench.known = bench.known.with_columns(collection=pl.lit("other"))
    assert bench.link(("S-1", "P-1")) == []


@given(st.integers(0, 99), st.lists(st.tuples(st.integers(0, 99), st.integers(0, 60)), min_size=2))
def test_a_stream_is_hashed_whole_however_a_reader_moves_about(
    size: int, moves: list[tuple[int, int]]
) -> None:
    content = bytes(range(size))
    hashed = HashedStream(io.BytesIO(content))
    for place, length in moves:
        hashed.seek(place)
        assert hashed.read(length) == content[place : place + length]
    assert hashed.sha256() == hashlib.sha256(content).hexdigest()


@given(st.text("GgIiDd12-_. ", max_size=12))
def test_folding_a_name_twice_changes_nothing_more(name: str) -> None:
    assert _folded(_folded(name)) == _folded(name)


@pytest.mark.fixtures
def test_no_real_file_stops_the_register(shared: Path, bench: Bench) -> None:
    inbox = open_store(str(shared / "fixtures" / "omics" / "bad"))
    rows = catalogue.register(collection("register"), inbox, bench.store, NOTHING_KNOWN)
    assert set(rows["status"]) <= {"whole", "damaged", "mislabelled", "unrecognised"}
    assert rows.filter(pl.col("fault").is_null() & (pl.col("status") == "damaged")).is_empty()
    assert "damaged" in set(rows["status"])
