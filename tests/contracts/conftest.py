"""Object servers on this machine: moto and s3rver for S3, and Azurite for Azure Blob.

Azurite (186 MB, 20 s) and s3rver (14 MB) come through npm only, so a fresh machine does not have
them and their tests say so: `npm install --global azurite s3rver`. moto keeps S3's newer promises
(conditional writes, archives, checksums) but takes any key; s3rver takes those it knows.
"""

import base64
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

AZURITE_KEY = base64.b64encode(
    b"a key of our own for tests only, 64 bytes long: 0123456789abcdef"
).decode()


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def s3rver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("s3rver")
    if program is None:
        pytest.skip("s3rver is not installed: npm install --global s3rver")
    port = free_port()
    folder = tmp_path_factory.mktemp("s3rver")
    server = subprocess.Popen(
        [program, "-d", str(folder), "-a", "127.0.0.1", "-p", str(port), "--silent"]
    )
    wait_for(port)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def azurite() -> Iterator[str]:
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("Azurite is not installed: npm install --global azurite")
    port = free_port()
    server = subprocess.Popen(
        [
            program,
            "--silent",
            "--skipApiVersionCheck",
            "--inMemoryPersistence",
            "--disableTelemetry",
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            str(port),
        ],
        env={**os.environ, "AZURITE_ACCOUNTS": f"lab:{AZURITE_KEY}"},
    )
    endpoint = f"http://127.0.0.1:{port}/lab"
    wait_for(port)
    yield endpoint
    server.terminate()
    server.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the object server did not start within 20 s")
