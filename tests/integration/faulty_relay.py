"""A relay before an object server that lets one request go wrong, or all from that one on."""

import base64
import contextlib
import hashlib
import http.client
import itertools
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FAULTS = ("slow down", "reset", "answer lost", "spoilt")
_SLOW_DOWN = b"<Error><Code>SlowDown</Code></Error>"
_OURS = {"transfer-encoding", "connection", "date", "server", "content-length"}


class FaultyRelay(ThreadingHTTPServer):
    """Passes requests on, counts them, and spoils those that it is told to.

    Attributes:
        upstream: host and port of the server.
        fault: one of `FAULTS`, or blank.
        at: the first request that it befalls, counted from 1.
        lasts: for how many requests.
        count: how many requests came since it was told.
    """

    daemon_threads = True
    upstream: str
    fault: str = ""
    at: int = 0
    lasts: int = 1
    count: int = 0

    def tell(self, fault: str, at: int = 0, lasts: int = 1) -> None:
        self.fault, self.at, self.lasts = fault, at, lasts
        self._numbers, self.count = itertools.count(1), 0

    def next_fault(self) -> str:
        self.count = next(self._numbers)
        return self.fault if self.at <= self.count < self.at + self.lasts else ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyRelay

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.next_fault()
        if fault == "slow down":
            self._answer(503, {"Retry-After": "0"}, _SLOW_DOWN)
            return
        if fault == "reset":
            self._reset()
            return
        if fault == "spoilt" and body and self.command == "PUT":
            body = bytes([body[0] ^ 1]) + body[1:]
        if not self._is_as_its_checksum_says(body):
            self._answer(400, {}, b"<Error><Code>BadDigest</Code></Error>")
            return
        status, headers, answer = self._upstream(body)
        if fault == "answer lost":
            self._reset()
            return
        self._answer(status, headers, answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815 - the server's names

    def _is_as_its_checksum_says(self, body: bytes) -> bool:
        # As S3 does; the servers on this machine do not look.
        said = self.headers.get("x-amz-checksum-sha256")
        return said is None or base64.b64decode(said) == hashlib.sha256(body).digest()

    def _upstream(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.server.upstream, timeout=60)
        with contextlib.closing(connection):
            connection.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        lengths = [value for name, value in headers.items() if name.lower() == "content-length"]
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _OURS:
                self.send_header(name, value)
        head = self.command == "HEAD" and lengths
        self.send_header("Content-Length", lengths[0] if head else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def relayed(upstream: str) -> Iterator[tuple[FaultyRelay, str]]:
    """A relay before a server, and the endpoint under which it answers."""
    parts = urlsplit(upstream)
    relay = FaultyRelay(("127.0.0.1", 0), _Handler)
    relay.upstream = parts.netloc
    relay.tell("")
    thread = threading.Thread(target=relay.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield relay, f"http://127.0.0.1:{relay.server_port}{parts.path}"
    finally:
        relay.shutdown()
        thread.join()
        relay.server_close()
