"""How all pages look: one style sheet, one frame, one way to write numbers and words."""

from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def stylesheet(own: str = "") -> str:
    """The style sheet that all pages share, with what a package adds to it."""
    return (files(__package__) / "look.css").read_text(encoding="utf-8") + own


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
        "moment": "{:%Y-%m-%d %H:%M}".format,
        "words": lambda name: name.replace("_", " "),
        "plain": lambda text: text.replace("`", ""),
        "sentence": lambda text: f"{text[:1].upper()}{text[1:]}.".replace("`", ""),
    }
    return made
