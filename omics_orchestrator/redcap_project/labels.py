"""Labels as people wrote them, with markup, become plain words and short names."""

import html
import re

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_LONGEST = 80


def plain(label: str) -> str:
    """The words of a label, without HTML tags, entities and surplus white space."""
    return " ".join(html.unescape(_TAG.sub(" ", label)).split())


def quoted(label: str) -> str:
    """The words of a label in quotes, cut where they are long."""
    words = plain(label)
    return f"`{words if len(words) <= _LONGEST else words[: _LONGEST - 1] + '…'}`"


def reason(code: str, label: str) -> str:
    """Name why a value is missing after the label of its missing data code, or after the code."""
    return _snake(plain(label)) or f"missing_code_{_snake(code) or 'unnamed'}"


def _snake(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.lower()).strip("_")
