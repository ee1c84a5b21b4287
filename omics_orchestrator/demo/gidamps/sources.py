"""Everything the demo reads, written below one folder: samples, laboratory sheets, omic files."""

import filecmp
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from omics_orchestrator.demo.gidamps.codes import Answers
from omics_orchestrator.demo.gidamps.dictionary import DICTIONARY
from omics_orchestrator.demo.gidamps.laboratory_sheets import write_olink, write_qpcr
from omics_orchestrator.demo.gidamps.omic_files import write_omic_files
from omics_orchestrator.demo.gidamps.planted_faults import Planted
from omics_orchestrator.demo.gidamps.samples_database import registered, write_samples
from omics_orchestrator.demo.gidamps.study import generate

_SAMPLES = Path("samples.sqlite")
_OLINK = Path("spreadsheets/olink/gidamps_inflammation_plate_1-2.xlsx")
_QPCR = Path("spreadsheets/qpcr/gidamps_mtdna_2026.csv")
_INBOX = Path("omics_inbox")


@dataclass(frozen=True)
class DemoSources:
    """Where the demo's sources are, and the REDCap rows that the local server is to hold."""

    redcap_rows: tuple[Answers, ...]
    planted: Planted
    dictionary: Path
    samples_url: str
    olink: Path
    qpcr: Path
    omics_inbox: Path


def write_demo_sources(folder: Path, *, participants: int, seed: int) -> DemoSources:
    """Write the demo's sources below `folder`, and touch no file that is already as it should be.

    Each file appears whole, so that a sensor watching the folder never meets half of one. Files of
    another seed or size are not removed: they cannot be told from what people dropped in.
    """
    study = generate(participants, seed)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".writing-") as scratch:
        _write(Path(scratch), study.rows, seed)
        _put_in_place(Path(scratch), folder)
    return DemoSources(
        redcap_rows=study.rows,
        planted=study.planted,
        dictionary=DICTIONARY,
        samples_url=_sqlite_url(folder),
        olink=folder / _OLINK,
        qpcr=folder / _QPCR,
        omics_inbox=folder / _INBOX,
    )


def _sqlite_url(folder: Path) -> str:
    return f"sqlite:///{(folder / _SAMPLES).absolute()}"


def _write(folder: Path, rows: Sequence[Answers], seed: int) -> None:
    samples = tuple(registered(rows, seed))
    for sheet in (_OLINK, _QPCR):
        (folder / sheet.parent).mkdir(parents=True)
    write_samples(_sqlite_url(folder), rows, seed)
    write_olink(folder / _OLINK, samples, seed)
    write_qpcr(folder / _QPCR, samples, seed)
    write_omic_files(folder / _INBOX, samples, seed)


def _put_in_place(written: Path, folder: Path) -> None:
    for path in written.rglob("*"):
        target = folder / path.relative_to(written)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        elif not target.exists() or not filecmp.cmp(path, target, shallow=False):
            path.replace(target)
