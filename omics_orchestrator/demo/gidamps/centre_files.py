"""A sequencing centre's delivery under its own names: reads, a manifest and a list of checksums.

Two things are wrong with it, as with real ones: the last pair lacks its second reads, and one
checksum is not that of the file.
"""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.sequence_files import fastq

FOLDER = "sequencing_centre"
MANIFEST, CHECKSUMS = "delivery_manifest.csv", "md5sums.txt"
WITHOUT_MATE, OTHER_CONTENT = "SC0003_R1.fastq.gz", "SC0002_R2.fastq.gz"
SEQUENCED = 3


def write_delivery(folder: Path, sample_ids: Sequence[str], chance: Chance) -> Iterator[Path]:
    """Write the delivery for some samples into `folder`."""
    named: list[tuple[str, Path]] = []
    for order, sample_id in enumerate(sample_ids, start=1):
        for read in (1, 2):
            path = folder / f"SC{order:04}_R{read}.fastq.gz"
            if path.name != WITHOUT_MATE.replace("_R1", "_R2"):
                path.write_bytes(fastq(read, chance))
                named.append((sample_id, path))
    yield from (path for _, path in named)
    yield _manifest(folder / MANIFEST, named)
    yield _checksums(folder / CHECKSUMS, [path for _, path in named])


def _manifest(path: Path, named: Sequence[tuple[str, Path]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("tube", "file", "library"))
        rows.writerows((sample_id, reads.name, "TruSeq") for sample_id, reads in named)
    return path


def _checksums(path: Path, files: Sequence[Path]) -> Path:
    lines = []
    for file in files:
        digest = hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
        listed = digest[::-1] if file.name == OTHER_CONTENT else digest
        lines.append(f"{listed}  {file.name}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path
