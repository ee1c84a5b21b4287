"""A relay between a client and a server on this machine that cuts or changes what is sent."""

import contextlib
import select
import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

LOOK_SECONDS = 0.05


class SpoilingRelay:
    """Passes bytes on until it is told otherwise.

    Attributes:
        endpoint: where it listens.
        allowed: how many bytes more reach the server before every connection is cut; None: all.
        after: called when that happens.
        changed: what is replaced in what is sent, by what; None: nothing.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname, parts.port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.allowed: int | None = None
        self.after: Callable[[], object] = lambda: None
        self.changed: tuple[bytes, bytes] | None = None
        self._open = True
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def close(self) -> None:
        self._open = False
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while self._open:
            if select.select([self._listening], [], [], LOOK_SECONDS)[0]:
                near, _ = self._listening.accept()
                thread = threading.Thread(target=self._relay, args=(near,))
                self._threads.append(thread)
                thread.start()

    def _relay(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._upstream) as far, contextlib.suppress(OSError):
            while self._open:
                ready = select.select([near, far], [], [], LOOK_SECONDS)[0]
                for source in ready:
                    block = source.recv(65_536)
                    if not block or (source is near and self._cuts(block)):
                        return
                    if source is near and self.changed:
                        block = block.replace(*self.changed)
                    (far if source is near else near).sendall(block)

    def _cuts(self, block: bytes) -> bool:
        if self.allowed is None:
            return False
        self.allowed -= len(block)
        if self.allowed < 0:
            self.after()
        return self.allowed < 0
