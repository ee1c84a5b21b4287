"""How all pages look: one style sheet, one frame, one way to write numbers and words."""

from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

_NEXT_UNIT, _DIGITS = 1000, 100


def stylesheet(own: str = "") -> str:
    """The style sheet that all pages share, with what a package adds to it."""
    return (files(__package__) / "look.css").read_text(encoding="utf-8") + own


def _bytes(size: int) -> str:
    """A size as people read it, in powers of 1,000."""
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < _NEXT_UNIT:
            break
        amount, unit = amount / _NEXT_UNIT, larger
    digits = 0 if unit == "B" or amount >= _DIGITS else 1
    return f"{amount:.{digits}f}\N{NO-BREAK SPACE}{unit}"


def templates(package: str) -> Environment:
    """The templates of a package; `frame.html`, which they extend, is here."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(__package__)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "count": "{:,}".format,
        "bytes": _bytes,
        "moment": "{:%Y-%m-%d %H:%M}".format,
        "words": lambda name: name.replace("_", " "),
        "plain": lambda text: text.replace("`", ""),
        "sentence": lambda text: f"{text[:1].upper()}{text[1:]}.".replace("`", ""),
    }
    return made
