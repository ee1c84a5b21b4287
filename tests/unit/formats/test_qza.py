"""QIIME 2's artifacts: every member is what its CRC and its MD5 say."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.formats import Depth, formats, identify

WHOLE = (Path(__file__).resolve().parents[2] / "samples" / "qza" / "table.qza").read_bytes()
UUID = "0f6b2f2e-6f6c-4c1e-9d1a-6f4b1a2c3d4e"
QZA = formats()["qza"]


def changed(**members: str) -> bytes:
    """The sample with other members, named with __ for /."""
    others = {name.replace("__", "/").replace("_", "."): text for name, text in members.items()}
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as old, zipfile.ZipFile(file, "w") as new:
        names = [name.removeprefix(f"{UUID}/") for name in old.namelist()]
        for name in dict.fromkeys([*names, *others]):
            content = others.get(name)
            new.writestr(
                f"{UUID}/{name}", old.read(f"{UUID}/{name}") if content is None else content
            )
    return file.getvalue()


def fault(content: bytes, depth: Depth = Depth.FULL) -> str | None:
    return QZA.validate(io.BytesIO(content), depth).fault


@given(st.integers(0, len(WHOLE) - 1))
def test_a_flipped_byte_is_found_or_says_nothing(place: int) -> None:
    content = bytearray(WHOLE)
    content[place] ^= 0xFF
    finding = QZA.validate(io.BytesIO(bytes(content)))
    # Dates, rights and versions of the zip list mean nothing to the data.
    assert finding.fault or finding.facts == QZA.validate(io.BytesIO(WHOLE)).facts


@given(st.integers(1, len(WHOLE) - 1))
def test_a_cut_archive_is_found_without_reading_its_members(length: int) -> None:
    assert fault(WHOLE[:length], Depth.HEADER)


@pytest.mark.parametrize("behind", [b"\0" * 512, b"PK", b"something else", WHOLE[:100]])
def test_what_follows_the_archive_is_found(behind: bytes) -> None:
    assert fault(WHOLE + behind, Depth.STRUCTURE)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (changed(data__table_tsv="x"), None),  # an added file is not listed
        (
            changed(VERSION="QIIME 2\narchive: 5\nframework: 9\n"),
            "a member is absent or not what its checksum says",
        ),
        (changed(metadata_yaml="uuid: x\n"), "a member is absent or not what its checksum says"),
    ],
)
def test_each_fault_is_named(content: bytes, said: str | None) -> None:
    found = fault(content)
    assert found == said


@pytest.mark.parametrize("metadata", ["uuid: x\n", "- [\n", "", "!!python/name:os.system x"])
def test_metadata_that_does_not_say_the_type_cannot_be_described(metadata: str) -> None:
    found = fault(changed(metadata_yaml=metadata), Depth.HEADER)
    assert found == "it does not say its type and version as QIIME 2 does"


VERSION = "QIIME 2\narchive: 7\nframework: 2026.4.0\n"


@pytest.mark.parametrize(
    ("digest", "expected"),
    [
        (hashlib.sha512(VERSION.encode()).hexdigest(), None),
        ("0" * 128, "a member is absent or not what its checksum says"),
    ],
)
def test_checksums_of_newer_archives_are_sha512(digest: str, expected: str | None) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{UUID}/VERSION", VERSION)
        archive.writestr(f"{UUID}/metadata.yaml", "type: X\n")
        archive.writestr(f"{UUID}/checksums.sha512", f"{digest}  VERSION\n")
    assert fault(file.getvalue()) == expected


def test_an_archive_older_than_checksums_is_read_by_its_crcs() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{UUID}/VERSION", "QIIME 2\narchive: 0\nframework: 2.0.6\n")
        archive.writestr(
            f"{UUID}/metadata.yaml", f"uuid: {UUID}\ntype: Visualization\nformat: null\n"
        )
        archive.writestr(f"{UUID}/data/index.html", "<html></html>")
    stream = io.BytesIO(file.getvalue())
    assert identify("x.qzv", stream) is QZA
    described = QZA.describe(stream)
    assert (described["type"], described["format"]) == ("Visualization", None)
    assert QZA.validate(stream).facts == {
        "members": 3,
        "unpacked_bytes": 125,
        "checksums_compared": 0,
    }


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"provenance__action__metadata_tsv": "sample-id\tpatient_name\tbody_site\nS1\tAnna\tgut\n"},
         ["provenance metadata column patient_name"]),
        ({"provenance__action__metadata_tsv": "sample-id\tsample_name\ndonor_id\tx\n"}, []),
        ({"provenance__action__action_yaml": "action:\n    source: C:/Users/aexample/run\n"}, []),
    ],
)  # fmt: skip
def test_what_names_a_person_in_the_provenance_is_named(
    members: dict[str, str], expected: list[str]
) -> None:
    assert list(QZA.personal_fields(io.BytesIO(changed(**members)))) == expected


def test_another_zip_archive_is_none() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data/table.csv", "a,b\n")
    assert identify("x.qza", io.BytesIO(file.getvalue())) is None
