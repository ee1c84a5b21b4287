"""The variables and the file of a call's body, form-encoded or in parts."""

from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from typing import NamedTuple
from urllib.parse import parse_qsl

from omics_orchestrator.demo.redcap.call import Upload

_PARTS = "multipart/form-data"


class ReceivedForm(NamedTuple):
    """What a body holds: its variables in their order, and the file if one came."""

    variables: list[tuple[str, str]]
    upload: Upload | None = None


def read_form(content_type: str, body: bytes) -> ReceivedForm:
    """Read the body of a call."""
    if not content_type.startswith(_PARTS):
        text = body.decode(errors="replace")
        return ReceivedForm(parse_qsl(text, keep_blank_values=True))
    header = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(header + body)
    variables, upload = [], None
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        payload = content if isinstance(content, bytes) else b""
        file_name = part.get_filename()
        if file_name is None:
            variables.append((_name(part), payload.decode(errors="replace")))
        else:
            upload = Upload(file_name, part.get_content_type(), payload)
    return ReceivedForm(variables, upload)


def _name(part: MIMEPart) -> str:
    return str(part.get_param("name", "", header="content-disposition"))
