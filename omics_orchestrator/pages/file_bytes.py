"""What is handed out of the platform's own store: a file's bytes, or its picture."""

from collections.abc import Iterator
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from omics_orchestrator.catalogue.browsing import Row
from omics_orchestrator.stores import Store

_BLOCK = 1 << 20
_KINDS = {"jpg": "image/jpeg", "svg": "image/svg+xml"}


def streamed(store: Store, key: str, row: Row) -> Response:
    """A file, piece by piece, to be saved under its own name."""
    name = quote(str(row["path"]).rpartition("/")[2])
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Length": str(row["size_bytes"]),
    }
    return StreamingResponse(
        _blocks(store, key), headers=headers, media_type="application/octet-stream"
    )


def picture(store: Store, key: str) -> Response:
    """A picture, which is small."""
    with store.open(key) as stream:
        return Response(stream.read(), media_type=_KINDS[key.rpartition(".")[2]])


def _blocks(store: Store, key: str) -> Iterator[bytes]:
    with store.open(key) as stream:
        while block := stream.read(_BLOCK):
            yield block
