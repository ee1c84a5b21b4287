"""mzTab: each section's rows have the columns of its own header."""

import io
from pathlib import Path

import pytest

from omics_orchestrator.formats import formats, identify

TEXT = (Path(__file__).resolve().parents[2] / "samples" / "mztab" / "results.mztab").read_text()
MZTAB = formats()["mztab"]


def fault(text: str) -> str | None:
    return MZTAB.validate(io.BytesIO(text.encode())).fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT.replace("\t12.5", ""), "line 10 has 3 cells where its header has 4"),
        (TEXT.replace("PRH\t", "COM\t"), "line 10 is a row of a section that has no header"),
        (TEXT + "XYZ\t1\n", "line 12 is of no section"),
        (TEXT + "PSM\t1\n", "line 12 is a row of a section that has no header"),
        (TEXT.replace("\tSummary", ""), "line 3 is metadata without a value"),
        (TEXT[:-3], "line 11 has 3 cells where its header has 4"),
        (TEXT + "\0" * 100, "it holds zero bytes, so it is no text"),
        (
            TEXT.replace("mzTab-version", "version"),
            "its metadata does not say the version of mzTab",
        ),
    ],
)
def test_each_fault_is_named(text: str, said: str) -> None:
    assert fault(text) == said


@pytest.mark.parametrize(
    "change", [str, lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text]
)
def test_each_spelling_is_read(change: type[str]) -> None:
    content = change(TEXT).encode()
    assert identify("x", io.BytesIO(content)) is MZTAB
    finding = MZTAB.validate(io.BytesIO(content))
    assert finding.fault is None
    assert finding.facts["sections"] == {"PRT": 2, "PEP": 0, "PSM": 0, "SML": 0}


def test_metabolites_have_sections_of_their_own() -> None:
    text = "MTD\tmzTab-version\t2.0.0-M\nMTD\tassay[1]\tQC1\nSMH\tSML_ID\tx\nSML\t1\t2\nSFH\ta\nSMF\tb\n"
    described = MZTAB.describe(io.BytesIO(text.encode()))
    assert (described["mode"], described["samples"]) == ("M", ["QC1"])
    finding = MZTAB.validate(io.BytesIO(text.encode()))
    assert finding.facts["sections"] == {"SML": 1, "SMF": 1, "SME": 0}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("contact[1]-name\tAnna Example", ["contact[1]-name"]),
        ("contact[1]-email\ta@example.org", ["contact[1]-email"]),
        ("contact[1]-affiliation\tA university", []),
        ("contact[1]-name\tnull", []),
        ("ms_run[2]-location\tfile:///data/Example_Anna/a.raw", ["ms_run location"]),
        ("sample[1]-custom[1]\t[, , patient name, Anna]", ["sample[1]-custom[1]"]),
        ("sample[1]-custom[1]\t[MS, MS:1, sample name, S1]", []),
    ],
)
def test_what_names_a_person_is_named(line: str, expected: list[str]) -> None:
    text = TEXT.replace("MTD\tmzTab-mode", f"MTD\t{line}\nMTD\tmzTab-mode")
    text = text.replace("MTD\tcontact[1]-name\tnull\n", "")
    assert list(MZTAB.personal_fields(io.BytesIO(text.encode()))) == expected
