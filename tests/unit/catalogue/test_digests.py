"""Lists by other checksums than the register's: read once, proved, and judged as their tools do."""

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from omics_orchestrator.catalogue.digest_columns import DIGEST_SCHEMA
from omics_orchestrator.catalogue.digests import Wanted, chosen, found, listed_without
from omics_orchestrator.catalogue.linking import tie
from omics_orchestrator.errors import StoreError, TransientError
from omics_orchestrator.stores import Store, open_store
from tests.unit.catalogue.bench import Watched
from tests.unit.catalogue.registered import collection, file, people, register

NONE = pl.DataFrame(schema=DIGEST_SCHEMA)
CONTENTS = {"a.raw": b"first", "d/b c.raw": b"second", "*é (1) = x.raw": b"the third"}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Shelf:
    """Files in a folder, and the register of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store: Store = open_store(str(folder))
        for name, content in CONTENTS.items():
            self.put(name, content)

    def put(self, name: str, content: bytes) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_bytes(content)

    @property
    def files(self) -> pl.DataFrame:
        rows = []
        for path in sorted(each for each in self.folder.rglob("*") if each.is_file()):
            content, name = path.read_bytes(), path.relative_to(self.folder).as_posix()
            is_list = name.startswith("list")
            rows.append(
                file(
                    name,
                    format="checksums" if is_list else "raw",
                    sha256=sha256(content),
                    md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
                    size_bytes=len(content),
                    location=self.store.url(name),
                )
            )
        return register(*rows)

    def texts(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.glob("list*")}

    def wanted(self, known: pl.DataFrame = NONE, budget: int = 10**9) -> Wanted:
        return chosen([listed_without(self.files, self.texts(), known)], budget)

    def read(self, wanted: Wanted, store: Store | None = None) -> pl.DataFrame:
        opened = store or self.store
        rows = found(wanted.contents, lambda _collection, path, _location: (opened, path))
        return pl.DataFrame([row for row in rows if row], schema=DIGEST_SCHEMA)

    def verdicts(self) -> dict[str, str]:
        digests = self.read(self.wanted())
        made = tie(collection(), self.files, people(), self.texts(), digests)
        return dict(made.verdicts.select("path", "verdict").iter_rows())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


TOOLS = (
    ["md5sum"], ["sha1sum", "-b"], ["sha1sum", "--tag"], ["sha224sum"], ["sha256sum"],
    ["sha384sum"], ["sha512sum", "--tag"], ["b2sum"], ["b2sum", "-l", "256", "--tag"],
    ["shasum", "-a", "512"], ["cksum", "-a", "sha384"], ["cksum", "-a", "blake2b"],
    ["openssl", "dgst", "-sha1"], ["openssl", "dgst", "-sha512", "-r"],
    ["openssl", "dgst", "-sha3-256"],
)  # fmt: skip


def judged_by_itself(shelf: Shelf, tool: Sequence[str]) -> dict[str, str]:
    """What `--check` says; openssl and Perl's old shasum are asked through coreutils."""
    program = "cksum" if tool[0] == "openssl" else tool[0]
    if "-sha3-256" in tool:
        return {name: "differs" if name == "a.raw" else "agrees" for name in CONTENTS}
    algorithm = ["-a", "sha512"] if "-r" in tool else []
    command = [program, *algorithm, "--check", "list.txt"]
    told = subprocess.run(
        command, cwd=shelf.folder, capture_output=True, check=False, env={"LC_ALL": "C"}
    ).stdout.decode()
    words = {"OK": "agrees", "FAILED": "differs", "FAILED open or read": "absent"}
    lines = (line.removeprefix("\\").rpartition(": ") for line in told.splitlines())
    return {name: words[said] for name, _, said in lines}


@pytest.mark.parametrize("tool", TOOLS, ids=" ".join)
def test_a_list_is_judged_as_its_own_tool_judges_it(shelf: Shelf, tool: list[str]) -> None:
    names = list(CONTENTS) if tool[0] != "openssl" else ["a.raw", "d/b c.raw"]
    command = [*tool, *names]
    text = subprocess.run(command, cwd=shelf.folder, capture_output=True, check=True).stdout
    # As the tools' own names for their lists, which tell BLAKE2 from SHA-512.
    name = f"list.{tool[0]}" if tool[0] == "b2sum" else "list.txt"
    shelf.put(name, text)
    whole = shelf.verdicts()
    assert set(whole.values()) == {"agrees"}
    shelf.put("a.raw", b"damaged on its way")
    if tool[0] != "openssl":
        (shelf.folder / "d/b c.raw").unlink()
    ours = shelf.verdicts()
    (shelf.folder / name).rename(shelf.folder / "list.txt")
    theirs = judged_by_itself(shelf, tool)
    assert ours == {name: said for name, said in theirs.items() if name in names}


def test_only_what_lists_name_is_read_and_each_content_once(shelf: Shelf) -> None:
    shelf.put("same.raw", CONTENTS["a.raw"])
    sums = [hashlib.new(name, CONTENTS["a.raw"]).hexdigest() for name in ("sha1", "sha512")]
    shelf.put("list.sha1", f"{sums[0]}  a.raw\n{sums[0]}  same.raw\n".encode())
    shelf.put("list.sha512", f"{sums[1]}  a.raw\n{'0' * 128}  gone.raw\n".encode())
    watched = Watched(shelf.store)
    digests = shelf.read(shelf.wanted(), watched)
    assert watched.opened == ["a.raw"]
    assert sorted(digests.select("algorithm", "digest").rows()) == [
        ("sha1", sums[0]),
        ("sha512", sums[1]),
    ]
    assert shelf.wanted(digests).contents.is_empty()


def test_what_the_register_knows_is_not_read_again(shelf: Shelf) -> None:
    content = CONTENTS["a.raw"]
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    shelf.put("list.txt", f"{md5}  a.raw\n{sha256(content)}  a.raw\n".encode())
    assert shelf.wanted().contents.is_empty()
    unknown = shelf.files.with_columns(md5=pl.lit(None, pl.String()))
    left = listed_without(unknown, shelf.texts(), NONE)
    assert left.select("path", "algorithm").rows() == [("a.raw", "md5")]


def test_a_budget_leaves_the_largest_for_the_next_run(shelf: Shelf) -> None:
    for name, content in CONTENTS.items():
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        shelf.put(f"list{len(content)}.txt", f"SHA1 ({name}) = {digest}\n".encode())
    now = shelf.wanted(budget=1)
    assert (now.contents["path"].to_list(), now.waiting) == (["a.raw"], 2)
    rest = shelf.wanted(shelf.read(now))
    assert (rest.contents.height, rest.waiting) == (2, 0)


def test_another_content_than_was_registered_proves_nothing(shelf: Shelf) -> None:
    shelf.put("list.sha1", f"{'0' * 40}  a.raw\n".encode())
    wanted = shelf.wanted()
    shelf.put("a.raw", b"written over meanwhile")
    assert shelf.read(wanted).is_empty()
    (shelf.folder / "a.raw").unlink()
    assert shelf.read(wanted).is_empty()


@pytest.mark.parametrize("error", [StoreError, TransientError])
def test_a_file_that_cannot_be_read_is_left_and_a_store_that_is_away_stops(
    shelf: Shelf, error: type[StoreError] | type[TransientError]
) -> None:
    shelf.put("list.sha1", f"{'0' * 40}  a.raw\n".encode())

    def fail(key: str) -> None:
        raise error("no", mend="wait.", file=key)

    if error is StoreError:
        assert shelf.read(shelf.wanted(), Watched(shelf.store, fail)).is_empty()
    else:
        with pytest.raises(TransientError):
            shelf.read(shelf.wanted(), Watched(shelf.store, fail))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{'0' * 40}  a.raw", "it was not read for it yet, or cannot be read"),
        (f"RIPEMD-160(a.raw)= {'0' * 40}", "ripemd160 is not computed here"),
        (f"{'0' * 40} Ua.raw", "sha1 of text or bits is not computed here"),
    ],
)
def test_what_is_not_compared_has_a_reason(shelf: Shelf, line: str, why: str) -> None:
    shelf.put("list.txt", line.encode())
    made = tie(collection(), shelf.files, people(), shelf.texts())
    assert made.verdicts.select("path", "verdict", "reason").rows() == [
        ("a.raw", "not compared", why)
    ]


def test_checksums_in_a_sample_sheet_are_compared() -> None:
    md5 = "0123456789abcdef" * 2
    text = f"sample,fastq_1,fastq_2,md5_1,md5_2\nS-1,a_1.fq,a_2.fq,{md5},{md5}\n"
    columns = ["sample", "fastq_1", "fastq_2", "md5_1", "md5_2"]
    files = register(
        file("a_1.fq", md5=md5), file("a_2.fq", md5=md5[::-1]),
        file("Sheet.csv", {"columns": columns}),
    )  # fmt: skip
    made = tie(collection(), files, people(), {"Sheet.csv": text.encode()})
    assert dict(made.verdicts.select("path", "verdict").iter_rows()) == {
        "a_1.fq": "agrees",
        "a_2.fq": "differs",
    }
