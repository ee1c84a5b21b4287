"""Elements of XML as REDCap writes them into its project files."""

import re
from collections.abc import Iterable, Mapping

_MARKUP = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&#039;",
        # A plain one would be read as the half of a line's end.
        "\r": "&#13;",
    }
)
_HTML_TAG = re.compile(r"</?[a-zA-Z][^>]*>")


def escaped(text: str) -> str:
    """Write a text so that it stands for itself; its line breaks stay plain, as REDCap's do."""
    return text.translate(_MARKUP)


def without_html(text: str) -> str:
    """Leave the HTML tags of a label out."""
    return _HTML_TAG.sub("", text)


def empty(name: str, attributes: Mapping[str, str]) -> str:
    """Write an element without content."""
    return f"<{name}{_attributes(attributes)}/>\n"


def text(name: str, content: str) -> str:
    """Write an element that holds a text."""
    return f"<{name}>{escaped(content)}</{name}>"


def element(name: str, attributes: Mapping[str, str], children: Iterable[str]) -> str:
    """Write an element around others."""
    return f"<{name}{_attributes(attributes)}>\n{''.join(children)}</{name}>\n"


def _attributes(attributes: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escaped(value)}"' for name, value in attributes.items())
