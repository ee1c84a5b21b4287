"""Every way the three files of a 10x matrix can be wrong."""

import gzip
import io

import pytest

from omics_orchestrator.formats import DamagedFileError, Finding, formats

HEADER = "%%MatrixMarket matrix coordinate integer general\n%\n3 2 2\n"
FORMAT = "tenx_matrix"


def validated(text: str | bytes) -> Finding:
    content = text.encode() if isinstance(text, str) else text
    return formats()[FORMAT].validate(io.BytesIO(content))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEADER + "1 1 5\n", "it holds 1 entries where its header says 2"),
        (HEADER + "1 1 5\n2 2 1\n3 2 1\n", "it holds 3 entries where its header says 2"),
        (HEADER + "1 1 5\n4 2 1\n", "an entry is cut or lies outside the matrix"),
        (HEADER + "1 1 5\n3 0 1\n", "an entry is cut or lies outside the matrix"),
        (HEADER + "1 1 5\n3 2\n", "an entry is cut or lies outside the matrix"),
        (HEADER + "1 1 5\n3 x 1\n", "an entry is not numbers parted by blanks"),
        (HEADER + "1 1 5\n3 2 1 9\n", "an entry is not numbers parted by blanks"),
        (HEADER.replace("3 2 2", "3 2"), "its first lines do not give"),
        (HEADER.replace("general", "sideways"), "its first lines do not give"),
        ("AAACCTGAGAAACCAT-1\nAAACCTGAGAAACCAT-1\n", "an identifier stands twice"),
        ("AAACCTGAGAAACCAT-1\nIBD-001\n", "a row is no barcode"),
        ("ENSG1\tA\nENSG1\tB\n", "an identifier stands twice"),
        ("ENSG1\tA\tGene Expression\nENSG2\tB\n", "a row is empty or lacks a column"),
        ("ENSG1\tA\nENSG2\tB\tC\n", "its rows do not have the same columns"),
        ("", "its rows do not have the same columns"),
        (gzip.compress(gzip.compress(b"AAACCTGAGAAACCAT-1\n" * 9)), "its content is not text"),
    ],
)
def test_each_fault_is_named(text: str | bytes, fault: str) -> None:
    assert (validated(text).fault or "").startswith(fault)


def test_entries_are_counted_over_many_blocks() -> None:
    entries = 1_500_000
    text = f"%%MatrixMarket matrix coordinate real general\n9 9 {entries}\n" + "9 9 1.5\n" * entries
    assert validated(text).facts["entries"] == entries


@pytest.mark.parametrize("kind", ["integer", "real", "pattern"])
def test_each_kind_of_number_is_read(kind: str) -> None:
    values = {"integer": " 7", "real": " 1.5e-3", "pattern": ""}[kind]
    text = HEADER.replace("integer", kind) + f"1 1{values}\n3 2{values}"
    assert validated(text) == Finding(None, {"container": "plain", "part": "matrix", "entries": 2})


@pytest.mark.parametrize(
    "text",
    [
        "%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n1 1  7.5e+02\n3 1 -7.1e+00\n",
        "%%MatrixMarket matrix coordinate real general\n%\n\n  3  2  2\n  1  1  5\n  3  2 -1 \n",
        "%%MatrixMarket matrix coordinate complex hermitian\n3 3 2\n1 1 0 1\n3 2 2 1.5\n",
        (HEADER + "1 1 5\n3 2 1\n").replace("\n", "\r\n"),
    ],
)
def test_matrices_of_other_programs_are_whole(text: str) -> None:
    assert validated(text).fault is None


def test_features_are_counted_by_their_type() -> None:
    text = "E1\tCD3E\tGene Expression\nE2\tCD8A\tGene Expression\nA1\tCD3\tAntibody Capture\n"
    assert validated(text).facts["feature_types"] == {"Gene Expression": 2, "Antibody Capture": 1}


def test_a_matrix_without_its_size_cannot_be_described() -> None:
    with pytest.raises(DamagedFileError):
        formats()[FORMAT].describe(io.BytesIO(HEADER[:-8].encode()))
