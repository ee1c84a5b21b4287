"""What breaks while an object is written leaves nothing under its key, and a second try succeeds."""

import base64
import contextlib
import errno
import hashlib
import io
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from omics_orchestrator.errors import ConfigurationError, StoreError, TransientError
from omics_orchestrator.stores import Store, _remote, open_store
from tests.contracts.conftest import AZURITE_KEY
from tests.contracts.spoiling_relay import SpoilingRelay
from tests.contracts.test_stores import new_container

TEXT = os.urandom(300_000)


@pytest.fixture
def relay(moto: str) -> Iterator[SpoilingRelay]:
    cutting = SpoilingRelay(moto)
    yield cutting
    cutting.close()


@pytest.fixture
def store(relay: SpoilingRelay, moto: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setitem(_remote.RETRIES, "max_retries", 1)
    return bucket_at(moto, relay.endpoint)


def bucket_at(moto: str, endpoint: str) -> Store:
    bucket = f"b-{uuid.uuid4()}"
    requests.put(f"{moto}/{bucket}", timeout=10).raise_for_status()
    return opened(f"s3://{bucket}/raw", endpoint)


def opened(url: str, endpoint: str, checksum: str = "") -> Store:
    return open_store(
        url,
        checksum=checksum,
        access_key_id="any",
        secret_access_key="any",
        region="us-east-1",
        endpoint=endpoint,
    )


def content(store: Store, key: str) -> bytes:
    with store.open(key) as stream:
        return stream.read()


@pytest.mark.parametrize("allowed", [0, 500, 100_000, 290_000])
def test_a_connection_that_is_cut_leaves_nothing(
    store: Store, relay: SpoilingRelay, allowed: int
) -> None:
    relay.allowed = allowed
    with pytest.raises(TransientError):
        store.put("reads.fastq.gz", TEXT)
    relay.allowed = None
    assert list(store.list()) == []
    assert store.put("reads.fastq.gz", TEXT) is True
    assert content(store, "reads.fastq.gz") == TEXT


@pytest.mark.parametrize("allowed", [2_000, 6 << 20, 11 << 20])
def test_an_upload_in_parts_that_is_cut_leaves_nothing(
    store: Store, relay: SpoilingRelay, allowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_remote, "_ONE_REQUEST", 1 << 20)
    monkeypatch.setattr(_remote, "_SMALLEST_PART", 5 << 20)
    text = os.urandom(12 << 20)
    relay.allowed = allowed
    with pytest.raises(TransientError):
        store.put("large.bam", io.BytesIO(text))
    relay.allowed = None
    assert list(store.list()) == []
    assert store.put("large.bam", io.BytesIO(text)) is True
    assert content(store, "large.bam") == text
    store.abort_unfinished(timedelta(0))
    assert content(store, "large.bam") == text


WRITING = """
import io, sys
from omics_orchestrator.stores import _remote, open_store
_remote._ONE_REQUEST, _remote._SMALLEST_PART = 1 << 20, 5 << 20
store = open_store(sys.argv[1], access_key_id="any", secret_access_key="any", region="us-east-1",
                   endpoint=sys.argv[2])
store.put("large.bam", io.BytesIO(bytes(12 << 20)))
"""


@pytest.mark.parametrize("allowed", [200, 2_000, 8 << 20])
def test_a_writer_killed_at_a_step_of_an_upload_leaves_nothing(
    store: Store, relay: SpoilingRelay, allowed: int
) -> None:
    [url] = [store.url("x").removesuffix("/x")]
    command = [sys.executable, "-c", WRITING, url, relay.endpoint]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as writer:
        relay.after = writer.kill
        relay.allowed = allowed
        assert writer.wait(60) == -signal.SIGKILL
    relay.allowed = None
    assert list(store.list()) == []
    store.abort_unfinished(timedelta(0))
    assert store.abort_unfinished(timedelta(0)) == 0
    assert store.put("large.bam", b"whole") is True


class Bucket(ThreadingHTTPServer):
    """As much of S3 as a put needs; it checks checksums, and refuses what it was told to refuse."""

    objects: dict[str, bytes]
    refusals: list[tuple[int, str]]
    changed: int


def crc64nvme(content: bytes) -> bytes:
    """The CRC-64 of NVMe's specification, bit by bit."""
    remainder = 2**64 - 1
    for byte in content:
        remainder ^= byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (0x9A6C9329AC4BC9B5 if remainder & 1 else 0)
    return (remainder ^ 2**64 - 1).to_bytes(8, "big")


CHECKSUMS = {"sha256": lambda body: hashlib.sha256(body).digest(), "crc64nvme": crc64nvme}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.changed:
            self.server.changed -= 1
            body = body[:-1] + b"?"
        (sent,) = (name for name in CHECKSUMS if f"x-amz-checksum-{name}" in self.headers)
        digest = base64.b64decode(self.headers[f"x-amz-checksum-{sent}"])
        if self.server.refusals:
            self.refuse(*self.server.refusals.pop(0))
        elif digest != CHECKSUMS[sent](body):
            self.refuse(400, "BadDigest")
        elif self.headers["If-None-Match"] == "*" and self.path in self.server.objects:
            self.refuse(412, "PreconditionFailed")
        else:
            self.server.objects[self.path] = body
            self.answer(200, b"")

    def do_HEAD(self) -> None:
        found = self.server.objects.get(urlsplit(self.path).path)
        self.answer(404 if found is None else 200, found or b"")

    def refuse(self, status: int, code: str) -> None:
        self.answer(status, f"<Error><Code>{code}</Code></Error>".encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", formatdate(usegmt=True))
        self.send_header("ETag", '"tag"')
        self.send_header("Retry-After", "1")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    server = Bucket(("127.0.0.1", 0), Handler)
    server.objects, server.refusals, server.changed = {}, [], 0
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def at(bucket: Bucket, checksum: str = "") -> Store:
    return opened("s3://lab/raw", f"http://127.0.0.1:{bucket.server_port}", checksum)


def test_a_store_that_says_slow_down_is_written_to_later(bucket: Bucket) -> None:
    bucket.refusals = [(503, "SlowDown"), (503, "SlowDown")]
    assert at(bucket).put("a", TEXT) is True
    assert bucket.objects == {"/lab/raw/a": TEXT}


@pytest.mark.parametrize("checksum", ["", *CHECKSUMS])
def test_content_that_arrives_changed_is_refused_and_sent_again(
    bucket: Bucket, checksum: str
) -> None:
    bucket.changed = 1
    with pytest.raises(TransientError, match="arrived changed"):
        at(bucket, checksum).put("a", TEXT)
    assert bucket.objects == {}
    assert at(bucket, checksum).put("a", TEXT) is True
    assert bucket.objects == {"/lab/raw/a": TEXT}


def test_the_checksum_is_the_one_of_the_standard() -> None:
    assert crc64nvme(b"123456789").hex() == "ae8b14860a799888"


def test_a_checksum_that_we_do_not_send_is_refused(bucket: Bucket) -> None:
    with pytest.raises(ConfigurationError, match="sha256 or crc64nvme"):
        at(bucket, "md5")


def test_what_arrives_changed_at_azure_is_removed(azurite: str) -> None:
    direct = new_container(azurite)
    container = re.findall(r"az://([^/]+)/", direct.url("x"))[0]
    relay = SpoilingRelay(azurite)
    relay.changed = (b"unspoilt", b"unspoilT")
    through = open_store(
        f"az://{container}/study/raw",
        account_name="lab",
        account_key=AZURITE_KEY,
        endpoint=f"{relay.endpoint}/lab",
    )
    with contextlib.closing(relay):
        with pytest.raises(TransientError, match="arrived changed"):
            through.put("a", b"an unspoilt text")
        assert list(direct.list()) == []
        relay.changed = None
        assert through.put("a", b"an unspoilt text") is True


def in_child(work: Callable[[], object]) -> int:
    """Run `work` in a copy of this process; give how it ended."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            work()
            os._exit(0)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_writer_killed_at_any_step_in_a_folder_leaves_nothing(tmp_path: Path) -> None:
    def killed_at(step: int, folder: Path) -> int:
        store, seen = open_store(str(folder)), 0

        def count(event: str, _: object) -> None:
            nonlocal seen
            if event.startswith(("open", "os.", "shutil.")):
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        def work() -> None:
            sys.addaudithook(count)
            store.put("folder/reads.fastq.gz", TEXT)

        return in_child(work)

    steps = 0
    for step in range(1, 200):
        folder = tmp_path / str(step)
        folder.mkdir()
        ended = killed_at(step, folder)
        store = open_store(str(folder))
        if ended == 0:
            break
        steps += 1
        assert ended == -signal.SIGKILL
        whole = [found.size for found in store.list()]
        assert whole in ([], [len(TEXT)])
        assert store.put("folder/reads.fastq.gz", TEXT) is (not whole)
        assert content(store, "folder/reads.fastq.gz") == TEXT
        store.abort_unfinished(timedelta(-1))
        assert list((folder / ".omics-unfinished").iterdir()) == []
    assert steps >= 5


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            open_store(str(tmp_path)).put("reads.fastq.gz", TEXT)
        except StoreError as error:
            os._exit(7 if os.strerror(errno.EFBIG) in error.what else 8)

    assert in_child(work) == 7
    store = open_store(str(tmp_path))
    assert list(store.list()) == []
    assert list((tmp_path / ".omics-unfinished").iterdir()) == []
    assert store.put("reads.fastq.gz", TEXT) is True
