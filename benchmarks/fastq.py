"""Packed reads checked and counted on one core: ours, seqkit, fastp, FastQC, and the limit.

Two files, 300 MB unpacked each: reads of 150 bases as NovaSeq writes them, and long ones as
Nanopore's. Every reader is a fresh process on the same core, its start included; they take turns,
and medians count. `gzip -t` and `inflate` only unpack, which no reader can do without. What each
checks differs: seqkit overlooks NUL and garbage in what it reads, fastp and FastQC count much more.
"""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from omics_orchestrator.formats import fastq
from omics_orchestrator.formats._packing import Unpacked

UNPACKED_BYTES, ROUNDS = 300_000_000, 3
BASES = np.frombuffer(b"ACGT", np.uint8)
HERE = Path(__file__)


def short_reads(path: Path) -> None:
    random = np.random.default_rng(1)
    genome = random.choice(BASES, 5_000_000)
    together, length = 10_000, 150
    with gzip.open(path, "wb", compresslevel=4) as file:
        for first in range(0, UNPACKED_BYTES // 365, together):
            starts = random.integers(0, len(genome) - length, together)
            bases = genome[starts[:, None] + np.arange(length)]
            marks = np.frombuffer(b"F:,#", np.uint8)
            qualities = random.choice(marks, (together, length), p=(0.92, 0.05, 0.025, 0.005))
            file.write(
                b"".join(
                    b"@A00123:45:HXXXXDSXX:2:%d:%d:%d 1:N:0:ACGTACGT+TTGCAAGC\n%s\n+\n%s\n"
                    % (1101 + first // 3000, start % 30_000, at, read.tobytes(), quality.tobytes())
                    for at, (start, read, quality) in enumerate(
                        zip(starts.tolist(), bases, qualities, strict=True)
                    )
                )
            )


def long_reads(path: Path) -> None:
    random = np.random.default_rng(2)
    written = number = 0
    with gzip.open(path, "wb", compresslevel=4) as file:
        while written < UNPACKED_BYTES:
            length = int(np.clip(random.lognormal(8.8, 0.9), 200, 200_000))
            bases = random.choice(BASES, length).tobytes()
            marks = (np.clip(random.normal(20, 6, length), 1, 50).astype(np.uint8) + 33).tobytes()
            name = b"%08x-0000-4000-8000-%012x runid=97ca62ca ch=%d" % (
                number,
                number,
                number % 512,
            )
            written += file.write(b"@%b\n%b\n+\n%b\n" % (name, bases, marks))
            number += 1


def ours(path: str) -> None:
    with Path(path).open("rb") as stream:
        found = fastq.FORMAT.validate(stream)
    if found.fault:
        raise SystemExit(found.fault)


def inflate(path: str) -> None:
    with Path(path).open("rb") as stream:
        for _ in Unpacked(stream, 256 << 10):
            pass


OWN: Mapping[str, Callable[[str], None]] = {"ours": ours, "inflate": inflate}
PEERS: Mapping[str, tuple[str, ...]] = {
    "seqkit stats": ("seqkit", "stats", "-j", "1", "FILE"),
    "seqkit stats -a": ("seqkit", "stats", "-a", "-j", "1", "FILE"),
    "fastp": ("fastp", "-i", "FILE", "-w", "1", "-AQLG", "-j", "/dev/null", "-h", "/dev/null"),
    "FastQC": ("fastqc", "-q", "-t", "1", "-o", "FOLDER", "FILE"),
    "gzip -t": ("gzip", "-t", "FILE"),
}  # fmt: skip
COMMANDS: Mapping[str, tuple[str, ...]] = {
    **{name: (sys.executable, str(HERE), name, "FILE") for name in OWN},
    **PEERS,
}
LIMITS = ("gzip -t", "inflate")


def measured(command: tuple[str, ...], path: Path) -> dict[str, float]:
    words = [{"FILE": str(path), "FOLDER": str(path.parent)}.get(word, word) for word in command]
    began = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"{command[0]} ended with {child.returncode}")
    return {
        "seconds": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
    }


def compared(path: Path, commands: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, float]]:
    rounds = [
        {name: measured(command, path) for name, command in commands.items()} for _ in range(ROUNDS)
    ]
    return {
        name: {
            key: statistics.median(each[name][key] for each in rounds) for key in rounds[0][name]
        }
        for name in commands
    }


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    commands = {name: words for name, words in COMMANDS.items() if shutil.which(words[0])}
    for name in COMMANDS.keys() - commands.keys():
        print(f"{name} is not installed and not measured")
    with tempfile.TemporaryDirectory() as folder:
        for kind, make in (("short", short_reads), ("long", long_reads)):
            if kind == "long" and "FastQC" in commands:
                del commands["FastQC"]
                print("FastQC did not end on long reads when it was tried: not measured")
            path = Path(folder) / f"{kind}.fastq.gz"
            make(path)
            report(kind, path.stat().st_size, compared(path, commands))


def report(kind: str, packed: int, found: Mapping[str, Mapping[str, float]]) -> None:
    print(f"{kind} reads, {packed / 1e6:.0f} MB packed, one core, medians of {ROUNDS} rounds")
    print(f"{'reader':<18}{'seconds':>9}{'CPU':>8}{'MB/s of unpacked':>18}")
    for name, figures in found.items():
        speed = UNPACKED_BYTES / 1e6 / figures["cpu"]
        print(f"{name:<18}{figures['seconds']:>9.2f}{figures['cpu']:>8.2f}{speed:>18.0f}")
    mine, peer = found["ours"], found.get("seqkit stats")
    print(
        json.dumps(
            {
                "claim": f"{kind} reads in gzip checked and counted no slower than seqkit stats",
                "unit": "CPU seconds",
                "ours": mine["cpu"],
                "limit": min(found[name]["cpu"] for name in LIMITS if name in found),
                "peers": {
                    name: figures["cpu"]
                    for name, figures in found.items()
                    if name not in ("ours", *LIMITS)
                },
                "goal": "CPU seconds <= seqkit stats on one core",
                "met": peer is not None and mine["cpu"] <= peer["cpu"],
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        OWN[sys.argv[1]](sys.argv[2])
    else:
        main()
