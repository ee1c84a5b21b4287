"""The register of omic files: nothing is opened in vain, nothing faulty goes further."""

import gzip
import hashlib
import io
import os
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.catalogue import keeping, key_of
from omics_orchestrator.catalogue._hashing import HashedStream
from omics_orchestrator.errors import StoreError
from omics_orchestrator.stores import StoredObject, open_store
from tests.unit.catalogue.bench import Bench, Watched

READS = b"@run:1:fc:1:1:1:1 1:N:0:A\nACGT\n+\nIIII\n"
VCF = b"""##fileformat=VCFv4.2
##contig=<ID=1>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS-1\tS-2
1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0
"""


@pytest.fixture(params=[8 << 20, 0], ids=["held", "in passing"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Small files are held while they are examined; none is, when no file is small."""
    monkeypatch.setattr(keeping, "_SMALL_BYTES", request.param)
    return Bench(tmp_path)


def test_a_whole_file_is_described_hashed_and_copied(bench: Bench) -> None:
    content = gzip.compress(READS)
    bench.drop("run/S-1_S1_L001_R1_001.fastq.gz", content)
    row = bench.register()["run/S-1_S1_L001_R1_001.fastq.gz"]
    sha256 = hashlib.sha256(content).hexdigest()
    assert (row["status"], row["format"], row["sha256"]) == ("whole", "fastq", sha256)
    (key,) = bench.kept
    assert re.fullmatch(r"omics/(..)/\1[0-9a-f]{62}/S-1_S1_L001_R1_001\.fastq\.gz", key)
    assert row["location"] == bench.store.url(key)
    with bench.store.open(key) as copy:
        assert copy.read() == content


@pytest.mark.parametrize(
    ("checksum", "beside", "is_hashed"),
    [
        ("optional", None, False),
        ("optional", "run/MD5SUMS", True),
        ("optional", "all.md5", True),
        ("optional", "Samplesheet.csv", True),
        ("required", None, True),
        ("ignored", "all.md5", False),
    ],
)
def test_md5_is_taken_where_a_list_may_ask_for_it(
    bench: Bench, checksum: str, beside: str | None, is_hashed: bool
) -> None:
    bench.drop("S-1.vcf", VCF)
    if beside:
        bench.drop(beside, b"nothing yet")
    md5 = hashlib.md5(VCF, usedforsecurity=False).hexdigest()
    row = bench.register(checksum=checksum)["S-1.vcf"]
    assert row["md5"] == (md5 if is_hashed else None)


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
    fewer = pl.when(pl.col("status") != "whole").then(pl.lit("v1 fewer")).otherwise("examined_by")
    bench.known = bench.known.with_columns(examined_by=fewer)
    bench.register()
    assert bench.inbox.opened == ["note.txt"]


def test_what_other_rules_registered_is_looked_at_again(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    first = bench.register()["S-1.vcf"]
    again = bench.register("register", mark="v2")["S-1.vcf"]
    assert bench.inbox.opened == ["S-1.vcf"]
    assert (again["version"], again["sha256"]) == (1, first["sha256"])
    assert again["location"] == bench.inbox.url("S-1.vcf")


def test_another_content_under_an_old_name_is_another_version(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.register()
    bench.drop("S-1.vcf", VCF.replace(b"0/1", b"1/1"))
    assert bench.register()["S-1.vcf"]["version"] == 2
    assert len(bench.kept) == 2


def test_a_file_that_is_only_written_again_is_the_same_version(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.register()
    os.utime(bench.folder / "S-1.vcf", (1, 1))
    assert bench.register()["S-1.vcf"]["version"] == 1
    assert bench.inbox.opened == ["S-1.vcf"]


def test_a_collection_that_is_only_registered_stays_where_it_is(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    row = bench.register("register")["S-1.vcf"]
    assert row["location"] == bench.inbox.url("S-1.vcf")
    assert bench.kept == []


def test_the_same_content_is_kept_once_under_whatever_names_it_comes(bench: Bench) -> None:
    bench.drop("a/S-1.vcf", VCF)
    bench.drop("b/S-1.vcf", VCF)
    bench.drop("again.vcf", VCF)
    rows = bench.register()
    assert len(bench.kept) == 1
    assert {row["location"] for row in rows.values()} == {bench.store.url(bench.kept[0])}


@pytest.mark.parametrize(
    ("path", "content", "verdict", "fault"),
    [
        ("S-1_S1_R1_001.fastq.gz", gzip.compress(READS * 99)[:-9], ("damaged", "fastq"), "ends"),
        ("S-1.vcf", VCF[:-9], ("damaged", "vcf"), "record 1 has more or fewer columns"),
        ("S-1.vcf", b"", ("damaged", "vcf"), "it is empty"),
        ("S-1.vcf", b"of another kind", ("mislabelled", None), "is not one"),
        ("S-1.vcf", b"<html>404</html>", ("mislabelled", None), "it is a web page"),
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


def test_a_good_file_under_a_wrong_name_is_said_to_be_and_used_as_what_it_is(bench: Bench) -> None:
    bench.drop("S-1.fastq.gz", gzip.compress(VCF))
    row = bench.register()["S-1.fastq.gz"]
    assert (row["status"], row["format"]) == ("mislabelled", "vcf")
    assert row["fault"] == "it is named like fastq, and is vcf"
    assert len(bench.kept) == 1


def test_a_file_of_no_known_format_is_kept_and_linked_all_the_same(bench: Bench) -> None:
    bench.drop("S-1.raw", b"from an instrument of its own")
    row = bench.register()["S-1.raw"]
    assert (row["status"], row["format"], row["fault"]) == ("unrecognised", None, None)
    assert len(bench.kept) == 1


@pytest.mark.parametrize(
    "path", [".DS_Store", "run/._S-1.vcf", "S-1.vcf.part", "S-1.vcf.crdownload", "~$S-1.xlsx"]
)
def test_hidden_and_unfinished_files_are_left_alone(bench: Bench, path: str) -> None:
    bench.drop(path, VCF)
    assert bench.register() == {}
    assert bench.inbox.opened == []
    assert bench.look.left_out == 1


@pytest.mark.parametrize("name", ["S 1.vcf", "S#1%.vcf", "Štefan 1.vcf", "a%20b.vcf"])
def test_a_copy_is_found_again_whatever_its_name(bench: Bench, name: str) -> None:
    bench.drop(name, VCF)
    bench.drop("zz.vcf", VCF)
    rows = bench.register("move")
    assert list(bench.inbox.list()) == []
    assert len({row["location"] for row in rows.values()}) == len(bench.kept) == 1
    assert key_of(bench.store, str(rows[name]["location"])) == bench.kept[0]
    assert key_of(bench.store, bench.inbox.url(name)) is None


def test_a_moved_file_leaves_the_inbox_once_its_copy_is_whole(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.drop("cut.vcf", VCF[:-9])
    rows = bench.register("move")
    assert [each.key for each in bench.inbox.list()] == ["cut.vcf"]
    assert (rows["S-1.vcf"]["status"], rows["S-1.vcf"]["is_present"]) == ("whole", False)
    assert rows["cut.vcf"]["is_present"]
    assert bench.kept
    assert bench.register("move") == rows
    # The same file, sent once more, is the same version.
    bench.drop("S-1.vcf", VCF)
    assert bench.register("move")["S-1.vcf"]["version"] == 1
    assert [each.key for each in bench.inbox.list()] == ["cut.vcf"]


def test_an_original_is_kept_when_the_copy_of_its_content_has_rotted(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.register()
    copy = bench.main / bench.kept[0]
    copy.write_bytes(VCF.replace(b"0/1", b"1/1"))
    bench.drop("again.vcf", VCF)
    rows = bench.register("move")
    assert rows["again.vcf"]["is_present"]
    assert "again.vcf" in {each.key for each in bench.inbox.list()}


def test_a_copied_file_stays_registered_when_its_inbox_is_cleared(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.drop("S-2.vcf", VCF[:-9])
    bench.register()
    for path in ("S-1.vcf", "S-2.vcf"):
        (bench.folder / path).unlink()
    kept, lost = bench.register().values()
    assert (kept["is_present"], kept["status"]) == (False, "whole")
    # What was never copied is nowhere now.
    assert (lost["is_present"], lost["status"]) == (False, "vanished")


def test_a_file_that_was_left_where_it_was_vanishes_and_may_come_back(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.register("register")
    path = bench.folder / "S-1.vcf"
    path.rename(bench.folder.parent / "away")
    row = bench.register("register")["S-1.vcf"]
    assert (row["status"], row["fault"]) == ("vanished", "it is no longer where it was registered")
    (bench.folder.parent / "away").rename(path)
    row = bench.register("register")["S-1.vcf"]
    assert (row["status"], row["fault"], row["is_present"]) == ("whole", None, True)


@pytest.mark.parametrize(
    ("path", "content", "places"),
    [
        ("S-1.vcf", VCF, ""),
        ("Doe_Jane_19610203.vcf", VCF, "the file's name"),
        ("S-1.raw", b"an instrument's own", ""),
    ],
)
def test_a_name_that_says_who_a_person_is_is_told(
    bench: Bench, path: str, content: bytes, places: str
) -> None:
    bench.drop(path, content)
    assert bench.register()[path]["personal_fields"] == places


def test_what_lies_in_place_of_a_file_is_named(bench: Bench) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
    bench.drop("S-1.vcf", pointer)
    row = bench.register()["S-1.vcf"]
    assert (row["status"], row["fault"]) == (
        "mislabelled",
        "it is a git LFS pointer, not the file itself",
    )
    assert bench.kept == []


def test_a_run_is_told_from_the_first_read(bench: Bench) -> None:
    bench.drop("S-1_S1_R1_001.fastq.gz", gzip.compress(READS))
    row = bench.register()["S-1_S1_R1_001.fastq.gz"]
    told = [row[name] for name in ("instrument", "run", "flowcell", "lane")]
    assert told == ["run", "1", "fc", "1"]


def test_a_file_that_goes_while_others_are_read_does_not_stop_them(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.drop("S-2.vcf", VCF)
    inbox = Watched(bench.inbox, lambda key: (bench.folder / key).unlink() if "1" in key else None)
    assert list(bench.register(inbox=inbox)) == ["S-2.vcf"]
    assert bench.look.changing == 1


def test_a_file_that_may_not_be_read_stops_the_register_with_its_name(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)

    def deny(key: str) -> None:
        raise StoreError("the store denies access", mend="check the rights.", file=key)

    with pytest.raises(StoreError, match=r"file S-1\.vcf: the store denies access"):
        bench.register(inbox=Watched(bench.inbox, deny))


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_look(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)

    def grow(key: str) -> None:
        with (bench.folder / key).open("ab") as more:
            more.write(b"1\t2\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\n")

    assert bench.register(inbox=Watched(bench.inbox, grow)) == {}
    assert bench.look.changing == 1
    assert bench.kept == []
    assert bench.register()["S-1.vcf"]["status"] == "whole"


def test_the_bytes_that_are_kept_are_those_that_were_examined(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    path = bench.folder / "S-1.vcf"
    as_it_was = path.stat()

    class Forgetful(Watched):
        def stat(self, key: str) -> StoredObject:
            found = super().stat(key)
            path.write_bytes(VCF.replace(b"0/1", b"1/1"))
            os.utime(path, ns=(as_it_was.st_atime_ns, as_it_was.st_mtime_ns))
            return found

    row = bench.register(inbox=Forgetful(open_store(str(bench.folder))))["S-1.vcf"]
    with bench.store.open(bench.kept[0]) as copy:
        assert copy.read() == VCF
    assert row["sha256"] == hashlib.sha256(VCF).hexdigest()


def test_a_version_that_is_kept_is_not_sent_again_when_it_is_examined_again(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    first = bench.register()["S-1.vcf"]
    sent = Watched(bench.store)
    bench.store = sent
    again = bench.register(mark="v2")["S-1.vcf"]
    assert again["location"] == first["location"]
    assert sent.put_keys == []
    # But it is when the copy is gone.
    (bench.main / bench.kept[0]).unlink()
    assert bench.register(mark="v3")["S-1.vcf"]["location"] == bench.store.url(bench.kept[0])
    assert len(sent.put_keys) == 1


def test_a_spoilt_copy_that_nobody_registered_is_replaced(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    bench.register()
    nothing_known, copy = bench.known.clear(), bench.main / bench.kept[0]
    copy.write_bytes(VCF[:-9])
    bench.known = nothing_known
    # A large one is left to the next look, since its bytes have passed.
    rows = bench.register() or bench.register()
    assert copy.read_bytes() == VCF
    assert rows["S-1.vcf"]["location"] == bench.store.url(bench.kept[0])


def test_bytes_that_changed_unseen_are_another_version(bench: Bench) -> None:
    bench.drop("S-1.vcf", VCF)
    first = bench.register()["S-1.vcf"]
    path = bench.folder / "S-1.vcf"
    as_it_was = path.stat()
    with path.open("r+b") as same_file:
        same_file.write(VCF.replace(b"0/1", b"1/1"))
    os.utime(path, ns=(as_it_was.st_atime_ns, as_it_was.st_mtime_ns))
    row = bench.register(mark="v2")["S-1.vcf"]
    assert row["etag"] == first["etag"]
    assert (row["version"], len(bench.kept)) == (2, 2)


def test_a_file_is_hashed_in_the_pass_that_proves_it_whole(bench: Bench) -> None:
    records = b"".join(b"@r%d\n%s\n+\n%s\n" % (n, b"ACGT" * 50, b"I" * 200) for n in range(20_000))
    bench.drop("S-1_S1_R1_001.fastq.gz", gzip.compress(records, 0))
    size = (bench.folder / "S-1_S1_R1_001.fastq.gz").stat().st_size
    assert bench.register("register")["S-1_S1_R1_001.fastq.gz"]["status"] == "whole"
    # Beside the whole, its head is read to tell what it is; a pass of its own would read it twice.
    assert bench.inbox.read_bytes < size * 1.5


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


@pytest.mark.fixtures
def test_no_real_file_stops_the_register(shared: Path, bench: Bench) -> None:
    inbox = open_store(str(shared / "fixtures" / "omics" / "bad"))
    bench.register("register", inbox)
    rows = bench.known
    assert set(rows["status"]) <= {"whole", "damaged", "mislabelled", "unrecognised"}
    assert rows.filter(pl.col("fault").is_null() & (pl.col("status") == "damaged")).is_empty()
    assert "damaged" in set(rows["status"])
