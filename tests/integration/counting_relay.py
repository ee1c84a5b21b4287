"""A relay before a server that counts the bytes which the server sends through it."""

import socket
import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock, Thread
from urllib.parse import urlsplit, urlunsplit

_PIECE = 1 << 16


@dataclass
class Relay:
    """What came through: `url` is the relay's own, `sent` counts the server's bytes."""

    url: str
    sent: int = 0


@contextmanager
def relay(url: str) -> Iterator[Relay]:
    """Stand before the server at `url` on a free port."""
    server = urlsplit(url)
    counted, lock = Relay(""), Lock()

    def count(size: int) -> None:
        with lock:
            counted.sent += size

    class Between(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((server.hostname or "", server.port or 0)) as upstream:
                asking = Thread(target=_pour, args=(self.request, upstream))
                asking.start()
                _pour(upstream, self.request, count)
                asking.join()

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Listener(("127.0.0.1", 0), Between) as listener:
        thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        address = f"127.0.0.1:{listener.server_address[1]}"
        counted.url = urlunsplit(server._replace(netloc=address))
        try:
            yield counted
        finally:
            listener.shutdown()
            thread.join()


def _pour(
    source: socket.socket, target: socket.socket, count: Callable[[int], None] = lambda _size: None
) -> None:
    # A side that hangs up early ends the pouring, as it ends a connection.
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            # Counted before it goes on: who has read it all finds all of it counted.
            count(len(piece))
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
