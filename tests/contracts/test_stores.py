"""Every store keeps the promise of `stores.Store`: a folder, S3 (moto, s3rver), Azure (Azurite).

moto takes any key; s3rver knows keys but not the signatures of today; Azurite checks signatures. Who
may do what in S3 is proved in test_store_rights. `rclone serve s3` would check
signatures, but answers ranged reads with the whole object, which obstore refuses, and overwrites in
spite of If-None-Match.
"""

import base64
import hashlib
import hmac
import io
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path
from typing import Any

import boto3
import obstore
import pytest
import requests
from hypothesis import given as given_any
from hypothesis import strategies as st
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from obstore.store import S3Store

from omics_orchestrator.catalogue._passing import Passing
from omics_orchestrator.errors import ConfigurationError, StoreError, TransientError
from omics_orchestrator.stores import Store, _remote, open_store, within
from tests.contracts.conftest import AZURITE_KEY

# s3rver lists by folders, writes in spite of If-None-Match, and cannot list unfinished uploads.
KEEPING_ALL = pytest.mark.parametrize("store", ["local", "s3", "azure"], indirect=True)
KEYS = (
    "plain.txt",
    "folder/plain.txt",
    "folder.txt",
    "Próba ž 1_S1_L001_R1_001.fastq.gz",
    "-rf; echo 'x'.bam",
    "run#1",
    "50%.txt",
    "a%20b",
    "sample 01 (copy).vcf.gz",
    "q?x=1&y=[z]*~+",
)
REFUSED = (
    "",
    "/abs",
    "../up",
    "a/../b",
    "a/./b",
    "a//b",
    "a/",
    "nul\0",
    "new\nline",
    "NUL",
    "com1.txt",
    "\ud800",
)


def new_bucket(endpoint: str, checksum: str = "") -> Store:
    bucket = f"b-{uuid.uuid4()}"
    requests.put(f"{endpoint}/{bucket}", timeout=10).raise_for_status()
    return open_store(
        f"s3://{bucket}/study/raw",
        access_key_id="any",
        secret_access_key="any",
        region="us-east-1",
        endpoint=endpoint,
        checksum=checksum,
    )


def new_container(endpoint: str) -> Store:
    container, date = f"c-{uuid.uuid4()}", formatdate(usegmt=True)
    to_sign = (
        "PUT" + 12 * "\n" + f"x-ms-date:{date}\nx-ms-version:2021-08-06\n"
        f"/lab/lab/{container}\nrestype:container"
    )
    digest = hmac.digest(base64.b64decode(AZURITE_KEY), to_sign.encode(), hashlib.sha256)
    requests.put(
        f"{endpoint}/{container}?restype=container",
        headers={
            "x-ms-date": date,
            "x-ms-version": "2021-08-06",
            "Authorization": f"SharedKey lab:{base64.b64encode(digest).decode()}",
        },
        timeout=10,
    ).raise_for_status()
    return open_store(
        f"az://{container}/study/raw",
        account_name="lab",
        account_key=AZURITE_KEY,
        endpoint=endpoint,
    )


def new_signed_bucket(endpoint: str) -> Store:
    bucket, client = f"b-{uuid.uuid4()}", s3_client(endpoint, "S3RVER")
    client.create_bucket(Bucket=bucket)
    client.close()
    return open_store(
        f"s3://{bucket}/study/raw",
        access_key_id="S3RVER",
        secret_access_key="S3RVER",
        region="us-east-1",
        endpoint=endpoint,
    )


@pytest.fixture(params=["local", "s3", "s3rver", "azure"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "s3":
        return new_bucket(request.getfixturevalue("moto"))
    if request.param == "s3rver":
        return new_signed_bucket(request.getfixturevalue("s3rver"))
    if request.param == "azure":
        return new_container(request.getfixturevalue("azurite"))
    return open_store(tmp_path.as_uri())


@pytest.fixture(params=["s3", "s3rver", "azure"])
def remote(request: pytest.FixtureRequest) -> Store:
    if request.param == "s3":
        return new_bucket(request.getfixturevalue("moto"))
    if request.param == "s3rver":
        return new_signed_bucket(request.getfixturevalue("s3rver"))
    return new_container(request.getfixturevalue("azurite"))


def content(store: Store, key: str) -> bytes:
    with store.open(key) as stream:
        return stream.read()


@pytest.mark.parametrize("key", KEYS)
def test_what_was_put_comes_back_under_its_own_name(store: Store, key: str) -> None:
    assert store.put(key, b"\0content\n") is True
    assert content(store, key) == b"\0content\n"
    assert [found.key for found in store.list()] == [key]


def test_a_second_put_changes_nothing(store: Store) -> None:
    store.put("once", b"first")
    before = store.stat("once")
    assert store.put("once", b"second") is False
    assert content(store, "once") == b"first"
    assert store.stat("once") == before


def test_bytes_files_and_streams_are_stored_alike(store: Store, tmp_path: Path) -> None:
    text = os.urandom(300_000)
    file = tmp_path.with_name(f"{tmp_path.name}.source")
    file.write_bytes(text)
    stream = io.BytesIO(b"skipped" + text)
    stream.seek(7)
    for key, given in (("bytes", text), ("file", file), ("stream", stream)):
        assert store.put(key, given) is True
        assert content(store, key) == text


def test_an_empty_object_is_an_object(store: Store) -> None:
    store.put("folder/nothing", b"")
    assert content(store, "folder/nothing") == b""
    assert [(found.key, found.size) for found in store.list()] == [("folder/nothing", 0)]


@KEEPING_ALL
def test_a_listing_is_ordered_by_key(store: Store) -> None:
    keys = ["b/a", "b.txt", "b", "a/z", "a-b", "ž", "Z"]
    for key in [key for key in keys if key != "b"]:
        store.put(key, b"x")
    listed = [found.key for found in store.list()]
    assert listed == sorted(listed)
    assert set(listed) == set(keys) - {"b"}


def test_a_prefix_is_a_folder_not_the_start_of_a_name(store: Store) -> None:
    for key in ("ibd/1", "ibd/2/3", "ibd2/1", "ibd.txt"):
        store.put(key, b"x")
    assert [found.key for found in store.list("ibd")] == ["ibd/1", "ibd/2/3"]
    assert [found.key for found in store.list("ibd/")] == ["ibd/1", "ibd/2/3"]
    assert list(store.list("absent")) == []


def test_a_listing_and_a_single_look_agree(store: Store) -> None:
    store.put("one", b"12345")
    [listed] = store.list()
    assert store.stat("one") == listed
    assert listed.size == 5
    assert listed.etag
    assert abs(datetime.now(UTC) - listed.modified) < timedelta(minutes=1)


@pytest.mark.parametrize("look", [Store.stat, Store.open], ids=["stat", "open"])
def test_an_absent_object_is_named(store: Store, look: Callable[[Store, str], object]) -> None:
    store.put("folder/there", b"x")
    for absent in ("missing.vcf", "folder"):
        with pytest.raises(StoreError, match="not there") as caught:
            getattr(store, look.__name__)(absent)
        assert absent in str(caught.value)


@pytest.mark.parametrize("key", REFUSED)
def test_a_key_that_could_leave_the_store_is_refused(store: Store, key: str) -> None:
    for use in (store.stat, store.open, store.url, lambda key: store.put(key, b"x")):
        with pytest.raises(StoreError, match="key"):
            use(key)
    assert list(store.list()) == []


def test_a_stream_is_read_from_any_place(store: Store) -> None:
    text = os.urandom(1_500_000)
    store.put("big", text)
    with store.open("big") as stream:
        assert stream.seekable()
        for place, length in (
            (0, 10),
            (1_400_000, 200_000),
            (5, 400_000),
            (1_499_999, 9),
            (10**9, 1),
        ):
            stream.seek(place)
            assert stream.read(length) == text[place : place + length]
        assert stream.seek(-3, io.SEEK_END) == len(text) - 3
        assert stream.read() == text[-3:]
        stream.seek(0)
        assert stream.read() == text


@KEEPING_ALL
def test_a_listing_goes_on_where_it_was_broken_off(store: Store) -> None:
    keys = sorted(["a/1", "a/2", "a-b", "a.txt", "b/x/1", "b/x/2", "c"])
    for key in keys:
        store.put(key, b"x")
    for place, last in enumerate(keys):
        assert [found.key for found in store.list(start_after=last)] == keys[place + 1 :]
    assert [found.key for found in store.list("b", start_after="b/x/1")] == ["b/x/2"]
    part = within(store, "b")
    assert [found.key for found in part.list(start_after="x/1")] == ["x/2"]


def test_a_listing_has_more_than_one_page(moto: str) -> None:
    store = new_bucket(moto)
    bucket, _, path = store.url("many").removeprefix("s3://").partition("/")
    names = [f"{number:04}" for number in range(2_050)]
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for name in names:
        backend.put_object(bucket, f"{path}/{name}", b"x")
    assert [found.key for found in store.list("many")] == [f"many/{name}" for name in names]
    after = store.list("many", start_after="many/1999")
    assert [found.key for found in after] == [f"many/{name}" for name in names[2_000:]]


@pytest.mark.parametrize("key", ["plain.txt", "Próba ž 1 + (copy)&x=1#%.gz"])
def test_a_signed_address_reads_and_writes_without_credentials(remote: Store, key: str) -> None:
    remote.put(key, b"0123456789")
    address = remote.presigned(key, 60)
    assert requests.get(address, timeout=10).content == b"0123456789"
    part = requests.get(address, headers={"Range": "bytes=2-4"}, timeout=10)
    assert (part.status_code, part.content) == (206, b"234")
    answer = requests.put(
        remote.presigned(f"new/{key}", 60, write=True),
        data=b"written",
        headers={"x-ms-blob-type": "BlockBlob"},
        timeout=10,
    )
    assert answer.ok
    assert content(remote, f"new/{key}") == b"written"
    assert AZURITE_KEY not in address


@pytest.mark.parametrize("remote", ["s3rver", "azure"], indirect=True)
def test_a_signed_address_lasts_until_it_expires(remote: Store) -> None:
    remote.put("a", b"x")
    reading = remote.presigned("a", 2)
    assert requests.get(reading, timeout=10).ok
    time.sleep(3)
    assert requests.get(reading, timeout=10).status_code == 403


def test_a_signed_address_allows_no_more_than_it_says(azurite: str) -> None:
    store = new_container(azurite)
    store.put("a", b"x")
    store.put("b", b"x")
    reading, header = store.presigned("a", 60), {"x-ms-blob-type": "BlockBlob"}
    assert requests.put(reading, data=b"y", headers=header, timeout=10).status_code == 403
    assert requests.get(reading.replace("/a?", "/b?"), timeout=10).status_code == 403


def test_a_key_that_nobody_was_given_is_denied(s3rver: str) -> None:
    store = open_store(
        new_signed_bucket(s3rver).url("x").removesuffix("/x"),
        access_key_id="nobody",
        secret_access_key="S3RVER",
        region="us-east-1",
        endpoint=s3rver,
    )
    for use in (lambda: list(store.list()), lambda: store.put("a", b"x"), lambda: store.stat("a")):
        with pytest.raises(StoreError, match="denies access"):
            use()


@pytest.mark.parametrize("seconds", [0, -1, 7 * 24 * 3600 + 1])
def test_a_signed_address_lasts_seven_days_at_most(remote: Store, seconds: int) -> None:
    with pytest.raises(StoreError, match="seven days"):
        remote.presigned("a", seconds)


def test_a_folder_has_no_signed_address(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no address"):
        open_store(str(tmp_path)).presigned("a", 60)


@KEEPING_ALL
def test_nothing_is_left_of_uploads_that_were_finished(store: Store) -> None:
    store.put("whole", b"x")
    assert store.abort_unfinished(timedelta(0)) == 0
    assert content(store, "whole") == b"x"


@KEEPING_ALL
def test_racing_writers_leave_one_whole_object(store: Store) -> None:
    texts = [bytes([n]) * 100_000 for n in range(6)]

    def write(text: bytes) -> bool | str:
        try:
            return store.put("contested", text)
        except TransientError:
            return "busy"

    with ThreadPoolExecutor(len(texts)) as pool:
        wrote = list(pool.map(write, texts))
    assert wrote.count(True) == 1
    assert content(store, "contested") == texts[wrote.index(True)]


def test_an_address_holds_the_key_and_no_credential(store: Store) -> None:
    store.put("a/b.txt", b"x")
    assert store.url("a/b.txt").endswith("/a/b.txt")
    assert AZURITE_KEY not in store.url("a/b.txt")


def overwrite(endpoint: str, url: str, content: bytes) -> None:
    bucket, _, path = url.removeprefix("s3://").partition("/")
    other = S3Store(
        bucket,
        access_key_id="any",
        secret_access_key="any",
        region="us-east-1",
        endpoint=endpoint,
        client_options={"allow_http": True},
    )
    obstore.put(other, path, content)


def test_an_object_replaced_while_it_is_read_is_no_mixture(moto: str) -> None:
    store = new_bucket(moto)
    store.put("growing", b"a" * 2_000_000)
    with store.open("growing") as stream:
        stream.read(10)
        overwrite(moto, store.url("growing"), b"b" * 2_000_000)
        with pytest.raises(TransientError, match="replaced"):
            stream.read()


def test_the_folders_that_consoles_write_are_no_objects(moto: str) -> None:
    store = new_bucket(moto)
    store.put("folder/inside", b"x")
    for marker in ("folder/", ""):
        bucket = store.url("x").removeprefix("s3://").removesuffix("x")
        requests.put(f"{moto}/{bucket}{marker}", data=b"", timeout=10).raise_for_status()
    assert [found.key for found in store.list()] == ["folder/inside"]


def test_a_bucket_that_is_not_there_is_a_mistake_a_person_mends(moto: str) -> None:
    store = open_store(
        "s3://nowhere", access_key_id="a", secret_access_key="b", region="x", endpoint=moto
    )
    for use in (lambda: list(store.list()), lambda: store.put("a", b"x"), lambda: store.open("a")):
        with pytest.raises(StoreError, match="not there"):
            use()


def test_a_killed_writer_leaves_nothing_under_its_key(tmp_path: Path) -> None:
    script = (
        "import io, sys, time\n"
        "from omics_orchestrator.stores import open_store\n"
        "class Slow(io.RawIOBase):\n"
        "    def readable(self): return True\n"
        "    def readinto(self, buffer):\n"
        "        print('writing', flush=True); time.sleep(0.05)\n"
        "        buffer[:] = bytes(len(buffer)); return len(buffer)\n"
        "open_store(sys.argv[1]).put('half', Slow())\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    with writer:
        assert writer.stdout is not None
        for _ in range(3):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
    store = open_store(str(tmp_path))
    assert list(store.list()) == []
    assert store.put("half", b"whole") is True
    assert content(store, "half") == b"whole"


@pytest.mark.parametrize("checksum", ["sha256", "crc64nvme"])
def test_a_large_object_goes_in_parts_and_still_only_once(
    moto: str, checksum: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_remote, "_ONE_REQUEST", 1 << 20)
    store = new_bucket(moto, checksum)
    text = os.urandom(11 << 20)
    assert store.put("large", io.BytesIO(text)) is True
    assert content(store, "large") == text
    assert store.put("large", b"x" * (2 << 20)) is False


@pytest.mark.parametrize("one_request", [1 << 20, 256 << 20], ids=["in parts", "at once"])
def test_a_stream_that_breaks_off_just_before_its_end_leaves_nothing(
    store: Store, one_request: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_remote, "_ONE_REQUEST", one_request)
    # As many bytes as a part has: no reader may take the end for granted.
    text = os.urandom(_remote.part_bytes(0))
    with Passing(store, "kept", len(text)) as kept, Passing(store, "not", len(text)) as other:
        for passing in (kept, other):
            passing.take(text)
        other.turn_back()
        assert kept.arrive()
    assert [each.key for each in store.list()] == ["kept"]
    assert content(store, "kept") == text


def s3_client(endpoint: str, key: str = "any") -> Any:
    keys = {"aws_access_key_id": key, "aws_secret_access_key": key}
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)


def test_an_archived_object_is_told_and_must_be_restored(moto: str) -> None:
    store, client = new_bucket(moto), s3_client(moto)
    bucket, _, path = store.url("cold").removeprefix("s3://").partition("/")
    for key, kind in ((path, "GLACIER"), (f"{path}er", "STANDARD_IA")):
        client.put_object(Bucket=bucket, Key=key, Body=b"x", StorageClass=kind)
    cold, cooler = store.stat("cold"), store.stat("colder")
    assert (cold.storage_class, cold.archived) == ("GLACIER", True)
    assert (cooler.storage_class, cooler.archived) == ("STANDARD_IA", False)
    with store.open("cold") as stream, pytest.raises(StoreError, match="archived") as caught:
        stream.read()
    assert "restore" in caught.value.mend
    client.restore_object(Bucket=bucket, Key=path, RestoreRequest={"Days": 1})
    assert store.stat("cold").archived is False
    assert content(store, "cold") == b"x"


def test_an_archived_blob_is_told(azurite: str) -> None:
    store = new_container(azurite)
    store.put("cold", b"x")
    answer = requests.put(
        store.presigned("cold", 60, write=True) + "&comp=tier",
        headers={"x-ms-access-tier": "Archive", "x-ms-version": "2021-08-06"},
        timeout=10,
    )
    assert answer.ok
    found = store.stat("cold")
    assert (found.storage_class, found.archived) == ("Archive", True)
    with store.open("cold") as stream, pytest.raises(StoreError, match="archived"):
        stream.read()


def test_what_a_killed_upload_left_is_aborted(moto: str) -> None:
    store, client = new_bucket(moto), s3_client(moto)
    bucket, _, path = store.url("half").removeprefix("s3://").partition("/")
    for key in (path, "other/half"):
        upload = client.create_multipart_upload(Bucket=bucket, Key=key)
        client.upload_part(
            Bucket=bucket, Key=key, PartNumber=1, UploadId=upload["UploadId"], Body=b"x"
        )
    assert list(store.list()) == []
    assert store.abort_unfinished(timedelta(days=40_000)) == 0
    assert store.abort_unfinished(timedelta(0)) == 1
    [left] = client.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert left["Key"] == "other/half"
    assert store.put("half", b"whole") is True


@given_any(size=st.integers(0, 5 << 40))
def test_an_upload_never_has_more_than_ten_thousand_parts(size: int) -> None:
    part = _remote.part_bytes(size)
    assert -(-size // part) <= 10_000
    assert 5 << 20 <= part <= 5 << 30


def test_stores_are_imported_without_their_clients() -> None:
    script = "import sys, omics_orchestrator.stores; sys.exit('obstore' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("key", ["plain.txt", "folder/Próba ž 1.vcf"])
def test_an_object_is_removed_as_long_as_it_is_the_version_that_was_meant(
    store: Store, key: str
) -> None:
    store.put(key, b"one")
    store.put("beside.txt", b"two")
    assert not store.remove(key, "another")
    assert store.remove(key, store.stat(key).etag)
    assert [each.key for each in store.list()] == ["beside.txt"]
    assert not store.remove(key, "another")
