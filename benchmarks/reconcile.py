"""1,000,000 objects listed, 0.1 % changed: what is due is found and registered again.

Ours reads what is registered of each object from Postgres, compares it with the listing column by
column, and puts the changed rows in place. Peers: the same comparison by an ORM's objects in a
dictionary, and row by row (a part, scaled up). The limit is the comparison alone, both sides being
in memory. Time and memory are those beyond the listing itself, which every way needs.
"""

import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import psycopg
from load import server
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from omics_orchestrator.catalogue.reconcile import LISTED, REGISTERED, differences
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.amend import amend
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.read import of_keys, some_columns
from omics_orchestrator.warehouse.schema import prepare

OBJECTS, EVERY, SECONDS, MEGABYTES = 1_000_000, 1_000, 4.0, 700
BY_ROW = 2_000
MARK = "0123456789abcdef"
AT = datetime(2026, 11, 1, tzinfo=UTC)


def registered(rows: int) -> pl.DataFrame:
    """A register of so many fastq files, one row each, with `FILE_COLUMNS`."""
    number = pl.int_range(rows)
    text = number.cast(pl.String)
    told = {
        "collection": pl.lit("lab"),
        "path": pl.format("run_{}/IBD-{}_S1_L001_R1_001.fastq.gz", number // 5_000, number),
        "version": pl.lit(1, pl.Int64),
        "study": pl.lit("gidamps"),
        "format": pl.lit("fastq"),
        "modality": pl.lit("sequencing"),
        "stage": pl.lit("raw"),
        "status": pl.lit("whole"),
        "size_bytes": number * 37 % 10**9,
        "sha256": pl.format("{}{}", text.hash(1), text.hash(3)).str.zfill(64),
        "location": pl.format("s3://lab/omics/{}", number),
        "is_present": pl.lit(value=True),
        "description": pl.concat_str(pl.lit('{"reads": '), number, pl.lit("}")),
        "modified_at": pl.lit(AT).dt.offset_by(pl.format("{}s", number)),
        "etag": text.hash(2).cast(pl.String).str.zfill(32),
        "examined_by": pl.lit(MARK),
    }
    return pl.select(
        told.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in FILES.schema.items()
    )


def listed(rows: int) -> pl.DataFrame:
    """What lies there now: one object of a thousand has been written anew."""
    anew = pl.int_range(pl.len()) % EVERY == 0
    return (
        registered(rows)
        .select(LISTED.keys())
        .with_columns(size_bytes=pl.col("size_bytes") + anew.cast(pl.Int64))
    )


def ours(connection: psycopg.Connection, found: pl.DataFrame) -> int:
    known = some_columns(connection, FILES, REGISTERED, {"collection": "lab"})
    due = differences(found, known, {MARK}).due
    keys = due.select(pl.lit("lab").alias("collection"), "path")
    fresh = (
        of_keys(connection, FILES, keys)
        .drop("size_bytes")
        .join(due.select("path", "size_bytes"), on="path")
    )
    none = fresh.clear().select(FILES.key)
    load = Load(f"run-{time.time()}", "v1", {}, fresh.height)
    return amend(connection, FILES, fresh.select(FILES.schema.keys()), none, load).updated


class Base(DeclarativeBase):
    pass


class File(Base):
    """The register's row as an ORM sees it; Postgres' own columns are not asked for."""

    __tablename__ = "file"
    __table_args__ = ({"schema": "omics"},)
    collection: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int]
    modified_at: Mapped[datetime]
    etag: Mapped[str]
    valid_to: Mapped[datetime | None] = mapped_column("_valid_to")


PRESENT = select(File).where(File.valid_to.is_(None))


def orm(url: str, found: pl.DataFrame) -> int:
    with Session(create_engine(url)) as session:
        known = {each.path: each for each in session.scalars(PRESENT)}
        return sum(
            (each := known.get(path)) is None
            or (each.size_bytes, each.modified_at, each.etag) != (size, modified, etag)
            for path, size, modified, etag in found.iter_rows()
        )


def row_by_row(url: str, found: pl.DataFrame) -> int:
    with Session(create_engine(url)) as session:
        return sum(
            session.scalars(PRESENT.where(File.path == path)).one().size_bytes != size
            for path, size, *_ in found.iter_rows()
        )


def run(way: str, url: str) -> None:
    """Do it once in this process, and print seconds and megabytes beyond the listing."""
    found = listed(OBJECTS)
    psycopg_url = url.replace("postgresql://", "postgresql+psycopg://")
    with connect(url) as connection:
        known = registered(OBJECTS).select(REGISTERED.keys()) if way == "limit" else None
        part = found.head(BY_ROW)
        ways: dict[str, Callable[[], int]] = {
            "ours": lambda: ours(connection, found),
            "orm": lambda: orm(psycopg_url, found),
            "row by row": lambda: row_by_row(psycopg_url, part),
            "limit": lambda: differences(found, known, {MARK}).due.height,
        }
        # From here on the most that is held at once is counted anew.
        Path("/proc/self/clear_refs").write_text("5")
        before = held()
        began = time.perf_counter()
        count = ways[way]()
        took = time.perf_counter() - began
    expected = (BY_ROW if way == "row by row" else OBJECTS) // EVERY
    # Ours has put what it found in place, so a second time nothing is due.
    if count not in ((expected, 0) if way != "limit" else (expected,)):
        raise SystemExit(f"{way} found {count} changed objects and not {expected}")
    scale = OBJECTS / BY_ROW if way == "row by row" else 1
    print(json.dumps([took * scale, (held() - before) / 1024]))


def held() -> int:
    """The most memory held at once since it was last counted anew, in kB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise SystemExit("this system does not tell the peak of a process")
    return int(found[1])


def measured(way: str, url: str, times: int = 1) -> tuple[float, float]:
    runs = []
    for _ in range(times):
        with connect(url) as connection:
            fill(connection)
        told = subprocess.run(
            [sys.executable, __file__, way, url], check=True, stdout=subprocess.PIPE
        ).stdout
        runs.append(json.loads(told))
    seconds, megabytes = (statistics.median(each) for each in zip(*runs, strict=True))
    print(f"{way:12} {seconds:8.1f} s {megabytes:8.0f} MB")
    return seconds, megabytes


def fill(connection: psycopg.Connection) -> None:
    prepare(connection)
    load = Load(f"fill-{time.time()}", "v1", {}, OBJECTS)
    merge(connection, FILES, registered(OBJECTS), load, allow_shrink=1)
    connection.execute("vacuum analyze omics.file")


def main() -> None:
    with server() as url:
        took, held = measured("ours", url, 3)
        limit, _ = measured("limit", url, 3)
        peers = {way: round(measured(way, url)[0], 1) for way in ("orm", "row by row")}
    print(json.dumps({
        "claim": f"{OBJECTS:,} objects compared with the register, {OBJECTS // EVERY:,} amended",
        "unit": "s beyond the listing", "ours": round(took, 2), "peers": peers,
        "limit": round(limit, 2), "goal": SECONDS, "megabytes": round(held),
        "goal_megabytes": MEGABYTES, "met": took <= SECONDS and held <= MEGABYTES,
    }))  # fmt: skip


if __name__ == "__main__":
    run(*sys.argv[1:]) if sys.argv[1:] else main()
