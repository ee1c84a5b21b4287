"""Files of 2 GB and 2,000 small ones: examined, hashed and uploaded to S3, as a look does it.

The server takes bytes and keeps none, so that what is measured is the sender. Peers upload alone,
without hash or validation: aws s3 cp, boto3, s5cmd (what of them is installed), and sha256sum
followed by obstore. The limit is obstore's bare put.
"""

import gzip
import hashlib
import json
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import boto3
import obstore
import polars as pl
from isal import igzip
from obstore.store import S3Store

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue.reconcile import REGISTERED
from omics_orchestrator.dictionary.model import Collection
from omics_orchestrator.formats import formats
from omics_orchestrator.settings import environment
from omics_orchestrator.stores import open_store

LARGE, SMALL_FILES, ROUNDS, GOAL, FASTER = 2 << 30, 2_000, 3, 1.25, 3.0
_OFTEN = (90, 6, 3, 1)
CHECKSUM = "crc64nvme"  # AWS's, by default; the null server stands for it
KEYS = {"access_key_id": "key", "secret_access_key": "secret", "region": "eu-west-2"}
COLLECTION = Collection.model_validate(
    {"collection": "lab", "label": "Lab", "study": "lab", "store": "INBOX", "policy": "copy"}
)
_ANSWER = b'<?xml version="1.0"?><%s>%s</%s>'
EMPTY = _ANSWER % (b"ListBucketResult", b"<IsTruncated>false</IsTruncated>", b"ListBucketResult")
_BEGUN, _ENDED = b"InitiateMultipartUploadResult", b"CompleteMultipartUploadResult"
BEGUN = _ANSWER % (_BEGUN, b"<UploadId>u</UploadId>", _BEGUN)
ENDED = _ANSWER % (_ENDED, b'<ETag>"e"</ETag>', _ENDED)


class Null:
    """A server that speaks enough of S3 to take uploads, and remembers their sizes only.

    As S3 does, it answers what came in one request with its MD5.
    """

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        buffer, held = memoryview(bytearray(1 << 20)), b""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            while True:
                while b"\r\n\r\n" not in held:
                    got = connection.recv(1 << 16)
                    if not got:
                        return
                    held += got
                head, held = held.split(b"\r\n\r\n", 1)
                held = self._answer(connection, head, held, buffer)

    def _answer(
        self, connection: socket.socket, head: bytes, held: bytes, buffer: memoryview
    ) -> bytes:
        method, target, *_ = head.split(b" ", 2)
        length = re.search(rb"(?i)content-length: (\d+)", head)
        size = int(length[1]) if length else 0
        if re.search(rb"(?i)expect: 100-continue", head):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        md5 = hashlib.md5(held[:size], usedforsecurity=False)
        left = size - len(held)
        held = held[size:]
        while left > 0:
            got = connection.recv_into(buffer, min(left, len(buffer)))
            left -= got
            if b"partNumber" not in target:
                md5.update(buffer[:got])
        decoded = re.search(rb"(?i)x-amz-decoded-content-length: (\d+)", head)
        connection.sendall(
            self._told(
                method, target.decode(), int(decoded[1]) if decoded else size, md5.hexdigest()
            )
        )
        return held

    def _told(self, method: bytes, target: str, size: int, md5: str) -> bytes:
        key, _, query = target.partition("?")
        if method == b"PUT":
            before = self.sizes.get(key, 0) if "partNumber" in query else 0
            self.sizes[key] = before + size
            return _response(b"", b'ETag: "%s"\r\n' % md5.encode())
        if method == b"POST":
            return _response(BEGUN if "uploads" in query else ENDED)
        if method == b"HEAD":
            if key not in self.sizes:
                return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
            when = b'Last-Modified: Mon, 23 Nov 2026 00:00:00 GMT\r\nETag: "e"\r\n'
            return b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (when, self.sizes[key])
        return _response(EMPTY)


def _response(body: bytes, more: bytes = b"") -> bytes:
    head = b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n"
    return head % (more, len(body)) + body


@contextmanager
def null_server() -> Iterator[str]:
    """The server in a process of its own."""
    command = [sys.executable, __file__, "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield (server.stdout or sys.stdin).readline().strip()
        finally:
            server.kill()


def ours(folder: Path, url: str) -> None:
    # A place of its own: what an earlier round sent would be found there, and not sent again.
    store = open_store(f"s3://lab/{time.time_ns()}", endpoint=url, checksum=CHECKSUM, **KEYS)
    look = catalogue.Round(COLLECTION, open_store(str(folder)), store, "v1")
    nothing = pl.DataFrame(schema=catalogue.FILE_SCHEMA)
    found = look.differences(nothing.select(REGISTERED.keys()))
    rows = pl.concat(look.parts(found, lambda _: nothing, lambda _: None))
    if rows.height != found.due.height or rows["sha256"].null_count():
        raise SystemExit("a file was not registered")


def bare(folder: Path, url: str, **more: str) -> None:
    store = S3Store("lab", endpoint=url, client_options={"allow_http": True}, **KEYS, **more)

    def put(path: Path) -> None:
        obstore.put(store, f"bare/{path.name}", path)

    files = sorted(folder.iterdir())
    with ThreadPoolExecutor(8 if len(files) > 1 else 1) as pool:
        list(pool.map(put, files))


def bare_as_ours(folder: Path, url: str) -> None:
    """With no body hashed for its signature, as ours goes to AWS; obstore's default hashes each."""
    bare(folder, url, checksum_algorithm=CHECKSUM, unsigned_payload="true")


def hashed_first(folder: Path, url: str) -> None:
    for path in folder.iterdir():
        with path.open("rb") as stream:
            hashlib.file_digest(stream, "sha256")
    bare(folder, url)


def by_boto3(folder: Path, url: str) -> None:
    client = boto3.client(
        "s3", endpoint_url=url, region_name="eu-west-2",
        aws_access_key_id="key", aws_secret_access_key="secret",  # noqa: S106 (the null server's)
    )  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda p: client.upload_file(str(p), "lab", f"b/{p.name}"), folder.iterdir()))


def unpacked(folder: Path, url: str) -> None:  # noqa: ARG001 - nothing is sent
    """What any validation of packed reads begins with; alone, and without a look at the reads."""
    for path in folder.iterdir():
        with igzip.open(path) as stream:
            while stream.read(1 << 20):
                pass


def by_command(*command: str) -> Callable[[Path, str], None]:
    def upload(folder: Path, url: str) -> None:
        given = {
            **environment(), "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "eu-west-2",
        }  # fmt: skip
        filled = [each.format(folder=folder, url=url) for each in command]
        subprocess.run(filled, env=given, check=True, stdout=subprocess.DEVNULL)

    return upload


WAYS: dict[str, Callable[[Path, str], None]] = {
    "ours": ours, "limit": bare, "limit, sending as ours": bare_as_ours,
    "sha256, then obstore": hashed_first, "boto3": by_boto3,
}  # fmt: skip
UNPACKED = "unpacked by igzip, not sent"
if shutil.which("aws"):
    command = ("aws", "--endpoint-url", "{url}", "s3", "cp", "--recursive", "--quiet")
    WAYS["aws s3 cp"] = by_command(*command, "{folder}", "s3://lab/a/")
if shutil.which("s5cmd"):
    WAYS["s5cmd"] = by_command(
        "s5cmd", "--endpoint-url", "{url}", "cp", "{folder}/*", "s3://lab/s/"
    )


def seconds(way: str, folder: Path, url: str) -> float:
    """A command with its start, a library without: nobody starts it for each upload."""
    if way.startswith(("aws", "s5cmd")):
        began = time.perf_counter()
        WAYS[way](folder, url)
        return time.perf_counter() - began
    command = [sys.executable, __file__, way, str(folder), url]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(told.stdout)


def fill(place: Path) -> list[Path]:
    """One stream of no known format, one of reads, and many small files of reads."""
    folders = [place / name for name in ("stream", "reads", "small")]
    for folder in folders:
        folder.mkdir()
    chance = random.Random(7)
    write(folders[0] / "stream.bin", [chance.randbytes(64 << 20)])
    write(folders[1] / "S1_S1_L001_R1_001.fastq.gz", [reads(chance, 200_000)])
    block = reads(chance, 500)
    for number in range(SMALL_FILES):
        own = gzip.compress(b"@run:1:fc:1:1:1:%d 1:N:0:A\nACGT\n+\nIIII\n" % number)
        (folders[2] / f"S{number}_S1_L001_R1_001.fastq.gz").write_bytes(own + block)
    return folders


def write(path: Path, blocks: list[bytes]) -> None:
    size = sum(map(len, blocks))
    with path.open("wb") as file:
        for _ in range(-(-LARGE // size)):
            file.writelines(blocks)


def reads(chance: random.Random, count: int) -> bytes:
    """A gzip member of reads of 150 bases, with qualities that compress as an instrument's do."""

    def record(number: int) -> bytes:
        bases, qualities = chance.choices(b"ACGT", k=150), chance.choices(b"F:,#", _OFTEN, k=150)
        name = b"@run:1:fc:1:1:1:%d 1:N:0:A" % number
        return b"%s\n%s\n+\n%s\n" % (name, bytes(bases), bytes(qualities))

    return gzip.compress(b"".join(map(record, range(count))), 4)


def main() -> None:
    with tempfile.TemporaryDirectory() as place, null_server() as url:
        folders = fill(Path(place))
        told = {
            folder.name: {
                way: round(statistics.median(seconds(way, folder, url) for _ in range(ROUNDS)), 2)
                for way in WAYS
            }
            for folder in folders
        }
        told["reads"][UNPACKED] = round(seconds(UNPACKED, folders[1], url), 2)
    ratios = {name: round(each["ours"] / each["limit"], 2) for name, each in told.items()}
    peers = {name: round(each["aws s3 cp"] / each["ours"], 1) for name, each in told.items()}
    print(json.dumps({
        "claim": "2 GB of no known format, 2 GB of reads in gzip, 2,000 small files of reads: "
        "examined whole, hashed and uploaded",
        "unit": "s; commands with their start", "seconds": told, "ours / limit": ratios,
        "aws s3 cp / ours": peers, "goal": {"ours / limit": GOAL, "aws s3 cp / ours": FASTER},
        "met": all(each <= GOAL for each in ratios.values())
        and all(each >= FASTER for each in peers.values()),
    }))  # fmt: skip


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            print(Null().url, flush=True)
            threading.Event().wait()
        case [way, folder, url]:
            WAYS[UNPACKED] = unpacked
            formats()
            began = time.perf_counter()
            WAYS[way](Path(folder), url)
            print(time.perf_counter() - began)
        case _:
            main()
