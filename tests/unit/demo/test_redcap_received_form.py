"""A call's body is read as PHP reads it, form-encoded or in parts."""

from urllib.parse import urlencode

import requests
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.demo.redcap.received_form import read_form

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)


def sent(files: dict[str, tuple[str, bytes]], variables: dict[str, str]) -> tuple[str, bytes]:
    """What a client sends: the content type and the body."""
    request = requests.Request("POST", "http://h/", data=variables, files=files).prepare()
    assert isinstance(request.body, bytes)
    return request.headers["content-type"], request.body


def test_variables_keep_their_order_and_their_letters() -> None:
    variables = [("token", "t"), ("records[0]", "ä 1"), ("records[1]", ""), ("a", "x&y=z")]
    form = read_form("application/x-www-form-urlencoded", urlencode(variables).encode())
    assert form.variables == variables
    assert form.upload is None


@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(["token", "field"]), TEXTS))
def test_a_file_comes_byte_for_byte_with_the_variables_beside_it(
    content: bytes, variables: dict[str, str]
) -> None:
    form = read_form(*sent({"file": ("a photo.jpg", content)}, variables))
    assert dict(form.variables) == variables
    assert form.upload
    assert (form.upload.name, form.upload.content) == ("a photo.jpg", content)
