"""Object servers on this machine: moto for S3, and Azurite for Azure Blob where it is installed.

Azurite comes through npm only (186 MB, 20 s), so a fresh machine does not have it and its tests say
so: `npm install --global azurite`.
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
def azurite() -> Iterator[str]:
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("Azurite is not installed: npm install --global azurite")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("Azurite did not start within 20 s")
