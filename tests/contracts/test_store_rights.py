"""The policies of docs/stores.md allow what a store needs, and no more: asked of moto as IAM.

moto runs in a process of its own here, because its checking of keys, signatures and policies is
switched on for all servers of a process.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from omics_orchestrator.errors import StoreError
from omics_orchestrator.stores import Store, open_store
from tests.contracts.conftest import free_port, wait_for

DOCS = Path(__file__).resolve().parents[2] / "docs" / "stores.md"
ROOT = {"aws_access_key_id": "root", "aws_secret_access_key": "root", "region_name": "us-east-1"}
INBOX, STORE = "s3://lab-omics-inbox/study", "s3://lab-omics/store"


def policies() -> list[dict[str, Any]]:
    blocks = re.findall(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in map(json.loads, blocks) if "Statement" in block]


@pytest.fixture(scope="module")
def guarded() -> Iterator[Callable[..., Store]]:
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    endpoint = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        wait_for(port)
        try:
            keys = [user_with(endpoint, policy) for policy in policies()]
            fill(endpoint)
            requests.post(f"{endpoint}/moto-api/reset-auth", data="0", timeout=10)

            def opened(url: str, user: int, secret: str = "") -> Store:
                return open_store(
                    url,
                    access_key_id=keys[user]["AccessKeyId"],
                    secret_access_key=secret or keys[user]["SecretAccessKey"],
                    region="us-east-1",
                    endpoint=endpoint,
                )

            yield opened
        finally:
            server.terminate()


def user_with(endpoint: str, policy: dict[str, Any]) -> dict[str, str]:
    client = boto3.client("iam", endpoint_url=endpoint, **ROOT)
    name = policy["Statement"][0]["Sid"]
    client.create_user(UserName=name)
    client.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    key: dict[str, str] = client.create_access_key(UserName=name)["AccessKey"]
    client.close()
    return key


def fill(endpoint: str) -> None:
    client = boto3.client("s3", endpoint_url=endpoint, **ROOT)
    for bucket, key in (("lab-omics-inbox", "study/a b.bam"), ("lab-omics", "other/a")):
        client.create_bucket(Bucket=bucket)
        client.put_object(Bucket=bucket, Key=key, Body=b"x")
    client.close()


READER, WRITER = 0, 1


def test_the_reader_reads_the_inbox_and_cannot_write(guarded: Callable[..., Store]) -> None:
    inbox = guarded(INBOX, READER)
    assert [found.key for found in inbox.list()] == ["a b.bam"]
    assert inbox.stat("a b.bam").size == 1
    with inbox.open("a b.bam") as stream:
        assert stream.read() == b"x"
    with pytest.raises(StoreError, match="not there"):
        inbox.stat("absent")
    with pytest.raises(StoreError, match="denies access"):
        inbox.put("b", b"x")
    with pytest.raises(StoreError, match="denies access"):
        list(guarded(STORE, READER).list())


def test_the_writer_does_all_a_store_promises_below_its_folder(
    guarded: Callable[..., Store],
) -> None:
    store = guarded(STORE, WRITER)
    assert store.put("a b", b"x") is True
    assert store.put("a b", b"y") is False
    with store.open("a b") as stream:
        assert stream.read() == b"x"
    assert store.abort_unfinished(timedelta(0)) == 0
    other = guarded("s3://lab-omics/other", WRITER)
    for use in (lambda: other.put("b", b"x"), lambda: other.open("a").read()):
        with pytest.raises(StoreError, match="denies access"):
            use()


def test_a_wrong_secret_is_denied(guarded: Callable[..., Store]) -> None:
    store = guarded(STORE, WRITER, "wrong")
    for use in (
        lambda: list(store.list()),
        lambda: store.put("c", b"x"),
        lambda: store.stat("a b"),
    ):
        with pytest.raises(StoreError, match="denies access"):
            use()
