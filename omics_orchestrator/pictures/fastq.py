"""Plots of reads: their mean quality by position, and how long they are."""

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from omics_orchestrator.formats._packing import Unpacked, lines
from omics_orchestrator.pictures import Drawer
from omics_orchestrator.pictures._answer import Drawn, NotDrawnError, answers
from omics_orchestrator.pictures._plot import Chart, draw

_MOST_READS, _MOST_BYTES = 10_000, 64 << 20
_LINES, _QUALITY_LINE = 4, 3
_BARS = 60
# Before 2011 Illumina counted from 64; qualities from 33 never begin as high as this.
_OFFSET, _OLD_OFFSET, _OLD_LOWEST = 33, 64, 59
_HIGHEST = 126
Numbers = npt.NDArray[np.int64]


@answers
def qualities_of(stream: BinaryIO) -> Drawn:
    """Draw the first reads."""
    reads, is_all = _qualities(stream)
    if not reads:
        raise NotDrawnError("it has no reads")
    lengths = np.array([len(read) for read in reads], np.int64)
    which = f"all {len(reads):,} reads" if is_all else f"the first {len(reads):,} reads"
    charts = [_by_position(reads, lengths), _by_length(lengths)]
    shows = f"mean quality by position, and lengths, of {which}"
    return Drawn(draw(shows, charts), shows)


def _qualities(stream: BinaryIO) -> tuple[list[bytes], bool]:
    """The qualities of the first reads, and whether there are no others."""
    found: list[bytes] = []
    held = 0
    for record in _records(stream):
        if len(found) == _MOST_READS or held > _MOST_BYTES:
            return found, False
        found.append(record)
        held += len(record)
    return found, True


def _records(stream: BinaryIO) -> Iterator[bytes]:
    of_file = lines(Unpacked(stream, 1 << 20))
    while len(record := list(islice(of_file, _LINES))) == _LINES:
        yield record[_QUALITY_LINE].rstrip(b"\r")


def _by_position(reads: list[bytes], lengths: Numbers) -> Chart:
    longest = int(lengths.max())
    bars = min(_BARS, max(longest, 1))
    sums, counts = np.zeros(bars), np.zeros(bars)
    lowest = _HIGHEST
    for read in reads:
        scores = np.frombuffer(read, np.uint8)
        places = np.arange(len(scores)) * bars // longest if longest else scores
        sums += np.bincount(places, scores, bars)
        counts += np.bincount(places, minlength=bars)
        lowest = min(lowest, int(scores.min(initial=_HIGHEST)))
    offset = _OLD_OFFSET if lowest >= _OLD_LOWEST else _OFFSET
    means = np.maximum(sums / np.maximum(counts, 1) - offset, 0)
    top = f"highest {means.max():.0f}, lowest {means.min():.0f}"
    return Chart("mean quality by position", means.tolist(), "1", f"{longest:,}", top)


def _by_length(lengths: Numbers) -> Chart:
    shortest, longest = int(lengths.min()), int(lengths.max())
    counts = np.histogram(lengths, min(_BARS, longest - shortest + 1))[0]
    top = f"at most {counts.max():,} reads"
    return Chart("lengths of reads", counts.tolist(), f"{shortest:,}", f"{longest:,}", top)


DRAWER = Drawer(formats=("fastq",), kind="plot", suffix="svg", version=1, draw=qualities_of)
