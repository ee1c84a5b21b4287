"""What each answer of a remote store means, asked of a real server on this machine."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from omics_orchestrator.errors import ConfigurationError, OmicsError, StoreError, TransientError
from omics_orchestrator.stores import Store, _remote, open_store, s3

Answer = tuple[int, str]
SECRET = "a-secret-that-must-not-be-told"


class Answering(ThreadingHTTPServer):
    """Gives the queued answers in turn, the last one for ever; counts the requests."""

    answers: list[Answer]
    asked = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Answering

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server = self.server
        status, code = server.answers[min(server.asked, len(server.answers) - 1)]
        server.asked += 1
        body = f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Mon, 23 Nov 2026 03:00:00 GMT")
        self.send_header("ETag", '"tag"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_HEAD = answer  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Answering]:
    answering = Answering(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=answering.serve_forever, args=(0.01,))
    thread.start()
    yield answering
    answering.shutdown()
    thread.join()
    answering.server_close()


@pytest.fixture
def store(server: Answering, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setitem(_remote.RETRIES, "max_retries", 2)
    return opened(f"http://127.0.0.1:{server.server_port}")


def opened(endpoint: str) -> Store:
    return open_store(
        "s3://lab/raw",
        access_key_id="id",
        secret_access_key=SECRET,
        region="us-east-1",
        endpoint=endpoint,
    )


def look(store: Store) -> object:
    return store.stat("reads.fastq.gz")


def listing(store: Store) -> object:
    return list(store.list())


def write(store: Store) -> object:
    return store.put("reads.fastq.gz", b"@x")


def read(store: Store) -> object:
    return store.open("reads.fastq.gz").read()


@pytest.mark.parametrize(
    ("answers", "use", "told"),
    [
        ([(503, "SlowDown")], listing, (TransientError, "503 SlowDown")),
        ([(500, "InternalError")], look, (TransientError, "500")),
        ([(404, "NoSuchKey"), (503, "SlowDown")], write, (TransientError, "503 SlowDown")),
        ([(400, "RequestTimeout")], listing, (TransientError, "400 RequestTimeout")),
        ([(429, "TooManyRequests")], listing, (TransientError, "429")),
        ([(404, "NoSuchKey"), (409, "ConditionalRequestConflict"), (404, "")], write,
         (TransientError, "another writer")),
        ([(200, ""), (412, "PreconditionFailed")], read, (TransientError, "replaced")),
        ([(403, "AccessDenied")], listing, (StoreError, "denies access (403 AccessDenied)")),
        ([(403, "RequestTimeTooSkewed")], listing, (StoreError, "403 RequestTimeTooSkewed")),
        ([(403, "")], look, (StoreError, "denies access (403)")),
        ([(404, "NoSuchKey"), (403, "SignatureDoesNotMatch")], write, (StoreError, "denies access")),
        ([(401, "Unauthenticated")], listing, (StoreError, "denies access")),
        ([(404, "NoSuchBucket")], listing, (StoreError, "not there (404 NoSuchBucket)")),
        ([(404, "NoSuchKey"), (404, "NoSuchBucket")], write, (StoreError, "not there")),
        ([(301, "PermanentRedirect")], listing, (StoreError, "another region")),
        ([(400, "ExpiredToken")], listing, (StoreError, "refused (400 ExpiredToken)")),
        ([(200, ""), (200, "")], read, (StoreError, "does not answer ranged reads")),
    ],
)  # fmt: skip
def test_every_answer_is_transient_or_for_a_person(
    server: Answering,
    store: Store,
    answers: list[Answer],
    use: Callable[[Store], object],
    told: tuple[type[OmicsError], str],
) -> None:
    server.answers = answers
    error, said = told
    with pytest.raises(error) as caught:
        use(store)
    assert said in str(caught.value)
    assert SECRET not in repr(caught.value) + str(caught.value.__cause__)
    assert "s3://lab/raw" in str(caught.value)


def test_a_store_that_is_busy_for_a_moment_is_waited_for(server: Answering, store: Store) -> None:
    server.answers = [(503, "SlowDown"), (503, "SlowDown"), (200, "")]
    with store.open("reads.fastq.gz"):
        assert server.asked == 3


def test_a_store_that_nobody_answers_for_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_remote.RETRIES, "max_retries", 1)
    with pytest.raises(TransientError, match="no connection"):
        list(opened("http://127.0.0.1:9").list())


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        ("ftp://lab/raw", {}),
        ("s3://", {}),
        ("s3://id:key@lab/raw", {}),
        ("s3://lab/raw?versionId=1", {}),
        ("s3://lab/../raw", {}),
        ("s3://[lab", {}),
        ("s3://lab", {"endpoint": "lab.example"}),
        ("s3://lab", {"acces_key_id": SECRET}),
        ("az://lab", {"account_name": "lab", "account_key": f"{SECRET} is no base64"}),
        ("az://lab", {"access_key_id": SECRET}),
        ("file://lab/raw", {}),
        ("file:///raw#1", {}),
        ("", {}),
        ("/raw", {"account_key": SECRET}),
    ],
)
def test_a_wrong_address_or_credential_is_named_without_its_secret(
    url: str, credentials: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(url, **credentials)
    assert SECRET not in str(caught.value)
    assert "id:key" not in str(caught.value)


def test_blank_credentials_are_ambient() -> None:
    store = open_store("s3://lab", access_key_id="", secret_access_key="", region="", endpoint="")
    assert store.url("raw/a") == "s3://lab/raw/a"


@pytest.mark.parametrize(
    ("endpoint", "asked", "sent"),
    [
        ("", "", "crc64nvme"),
        ("", "sha256", "sha256"),
        ("https://s3.example.org", "", "sha256"),
        ("https://s3.example.org", "crc64nvme", "crc64nvme"),
    ],
)
def test_every_server_is_sent_a_checksum_that_it_checks(
    endpoint: str, asked: str, sent: str
) -> None:
    store = s3.connect("s3://lab", region="eu-west-2", endpoint=endpoint, checksum=asked)
    config = dict(store._store.config)
    assert config["checksum_algorithm"] == sent
    assert config.get("unsigned_payload", "false") == ("true" if sent == "crc64nvme" else "false")


def test_without_the_account_key_only_plain_names_are_signed() -> None:
    store = open_store("az://raw", account_name="lab")
    with pytest.raises(StoreError, match="cannot be signed"):
        store.presigned("sample 1.bam", 60)
