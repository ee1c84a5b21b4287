"""What lies in place of a file: a pointer to it, a page that refused it, or room never filled.

Such content is whole in itself, so no check of a format finds it; said in these words it is clear
what to ask for.
"""

import re
from collections.abc import Callable

_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SMALL = 4 << 10
_LFS = b"version https://git-lfs.github.com/spec/v1"
_ANNEX = re.compile(rb"(?:/annex/objects/|(?:\.\./)*\.git/annex/objects/)\S+\s*")
_HTML = re.compile(
    rb"(?is)(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b"
)
_LOG_IN = re.compile(rb"(?i)log[ -]?in|sign[ -]?in|password|shibboleth|saml|captcha")
_STORE_ERROR = re.compile(
    rb"(?s)(?:<\?xml[^>]*>\s*)?<Error(?:\s[^>]*)?>.{0,200}?<(?:Code|Message)>"
)
_JSON_ERROR = re.compile(
    rb"(?is)\{.{0,2000}?\"(?:error|errors|error_code|errorcode|error_message|fault|"
    rb"detail|exception|message)\"\s*:"
)
_TEXT_ERROR = re.compile(
    rb"(?i)(?:(?:http/\d\S* )?(?:400|401|403|404|410|429|500|502|503|504)\b[ :-].{0,200}"
    rb"|(?:not found|forbidden|unauthori[sz]ed|access denied|bad gateway|service unavailable"
    rb"|internal server error|request has expired)\b.{0,200})\s*"
)
_APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00"
_DVC = re.compile(rb"outs:\s*\n- (?:md5|etag|hash|size|path):")
_SHORTCUT = (b"[InternetShortcut]", b"L\0\0\0\x01\x14\x02\0", b"[Desktop Entry]")
_LINK = re.compile(rb"(?:IntxLNK\x01|!<symlink>|XSym\n)")
_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)

_SIGNS: tuple[tuple[str, Callable[[bytes], object]], ...] = (
    ("it is a git LFS pointer, not the file itself", lambda raw: raw.startswith(_LFS)),
    ("it is a git-annex pointer, not the file itself", _ANNEX.fullmatch),
    ("it is a DVC pointer, not the file itself", _DVC.match),
    ("it is a shortcut or link, not the file itself",
     lambda raw: raw.startswith(_SHORTCUT) or _LINK.match(raw)),
    ("it is what macOS keeps beside a file (._), not the file itself",
     lambda raw: raw.startswith(_APPLE_DOUBLE)),
    ("it is the error of an object store, not the file", _STORE_ERROR.match),
    ("it is an error in JSON, not the file",
     lambda raw: len(raw) < _SMALL and _JSON_ERROR.match(raw)),
    ("it is the text of an error, not the file", _TEXT_ERROR.fullmatch),
    ("it is an archive without anything in it", lambda raw: raw == _EMPTY_ZIP),
)  # fmt: skip


def stand_in(raw: bytes) -> str | None:
    """Say what a file's first 64 KiB show it to be in place of what its name says; None if nothing.

    Asked of a file that is none of our formats: a JSON table or a web page may be what was meant,
    when its own name says so. Nothing of the content is in the answer.

    Args:
        raw: the first 64 KiB, or all of a shorter file.
    """
    if not raw:
        return "it is empty"
    if not raw.strip(b"\0"):
        return "it holds nothing but zero bytes: room was made and never filled"
    if not raw.strip():
        return "it holds nothing but blanks"
    text = _as_utf8(raw).lstrip()
    if _HTML.match(text):
        page = "a page to log in" if _LOG_IN.search(text) else "a web page"
        return f"it is {page}, not the file"
    return next((said for said, shows in _SIGNS if shows(raw) or shows(text)), None)


def _as_utf8(raw: bytes) -> bytes:
    if raw.startswith(_BYTE_ORDER_MARKS[1:]):
        return raw[: len(raw) // 2 * 2].decode("utf-16", "replace").encode()
    return raw.removeprefix(_BYTE_ORDER_MARKS[0])
