"""Which addresses and tokens a REDCap project is opened with."""

import pytest

from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.sources import redcap

TOKEN = "0123456789ABCDEF0123456789abcdef"


def connect(url: str = "https://redcap.example.org/api/", token: str = TOKEN) -> str:
    found: str = redcap.connect(url, token, study="clinic", source="lab").project.token
    return found


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://redcap.example.org/", "not one of an API"),
        ("https://redcap.example.org/api", "not one of an API"),
        ("redcap.example.org/api/", "not one of an API"),
        ("file:///api/", "not one of an API"),
        ("http://redcap.example.org/api/", "not encrypted"),
        ("http://localhost.example.org/api/", "not encrypted"),
    ],
)
def test_an_address_that_is_none_or_not_encrypted_is_refused(url: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"study clinic, source lab: .*{said}"):
        connect(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/api/", "http://localhost/api/"])
def test_this_machine_itself_needs_no_encryption(url: str) -> None:
    assert connect(url) == TOKEN


@pytest.mark.parametrize(
    "token", ["", "short", TOKEN * 2, TOKEN[:-1] + "g", f"{TOKEN[:16]} {TOKEN[16:]}"]
)
def test_a_token_that_cannot_be_one_is_refused_and_not_told(token: str) -> None:
    with pytest.raises(ConfigurationError, match="32 hexadecimal digits") as refused:
        connect(token=token)
    assert not token or token not in str(refused.value)


def test_the_line_end_of_a_secret_file_is_no_part_of_the_token() -> None:
    assert connect(token=f" {TOKEN}\n") == TOKEN
