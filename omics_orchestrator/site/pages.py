"""The pages as text: one of each variable, one of each study, and those about all of them."""

from collections.abc import Iterator, Mapping
from importlib.resources import files

from omics_orchestrator import look
from omics_orchestrator.dictionary.model import RedcapSource, SheetSource, Source
from omics_orchestrator.site import search
from omics_orchestrator.site.contents import Contents, InTable
from omics_orchestrator.site.disclosure import Range, Shown
from omics_orchestrator.site.drawing import TRACK, WIDTH, plot
from omics_orchestrator.stewardship.coverage import STATUSES, Status

# Raise it when the pages tell more or otherwise: the site is then built anew after an upgrade.
EDITION = 1
_MEANINGS: Mapping[Status, str] = {
    "complete": "a rule makes it, and no cell of its fields is in quarantine",
    "partial": "a rule makes it, and some cells of its fields are in quarantine",
    "impossible": "the study did not collect it",
    "undetermined": "nothing can be said: no rule, no load yet, or no value in any row",
}
# Of a variable that several tables of a study have, the least sound is told.
_TOLD_FIRST: tuple[Status, ...] = ("partial", "complete", "undetermined", "impossible")
_PAGES = ("coverage", "quarantine", "changes")


def pages(contents: Contents) -> Iterator[tuple[str, str]]:
    """Write every file of the site: its path in the folder, and its text."""
    known = contents.inputs.dictionary
    yield "style.css", look.stylesheet(_static("site.css"))
    yield "search.js", _static("search.js")
    yield "variables.js", search.index(known)
    yield "index.html", _page(contents, "index.html", subjects=_subjects(contents))
    for name in _PAGES:
        yield f"{name}.html", _page(contents, f"{name}.html", subjects=_subjects(contents))
    for name, study in known.studies.items():
        yield f"studies/{name}.html", _page(contents, "study.html", study=study, up="../")
    for name, variable in known.variables.items():
        yield (
            f"variables/{name}.html",
            _page(
                contents,
                "variable.html",
                variable=variable,
                codes=known.value_sets.get(variable.codes or "", {}),
                defects=[each for each in contents.inputs.defects if name in each.variables],
                up="../",
            ),
        )


def _page(contents: Contents, template: str, *, up: str = "", **told: object) -> str:
    shared = {
        "contents": contents,
        "known": contents.inputs.dictionary,
        "smallest": contents.inputs.smallest,
        "meanings": _MEANINGS,
        "statuses": STATUSES,
        "width": WIDTH,
        "track": TRACK,
        "up": up,
        "here": template.removesuffix(".html"),
    }
    return _TEMPLATES.get_template(template).render(shared | told)


def _static(name: str) -> str:
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")


def _subjects(contents: Contents) -> dict[str, list[str]]:
    """The variables by the table in which they mostly stand."""
    found: dict[str, list[str]] = {}
    for name, variable in contents.inputs.dictionary.variables.items():
        found.setdefault(variable.table, []).append(name)
    return dict(sorted(found.items()))


def _least_sound(tables: list[InTable]) -> InTable | None:
    return min(tables, key=lambda each: _TOLD_FIRST.index(each.status), default=None)


def _told(count: Shown, smallest: int) -> str:
    match count:
        case int():
            return f"{count:,}"
        case Range():
            return f"{count.least:,} to {count.most:,}"
        case "few":
            return f"< {smallest}"
    return "not shown"


def _place(source: Source) -> str:
    """What a source is, without its address."""
    if isinstance(source, RedcapSource):
        return f"REDCap, forms {', '.join(source.instruments)}"
    if isinstance(source, SheetSource):
        return f"sheets {source.files}"
    return f"a database, tables {', '.join(source.tables)}"


_TEMPLATES = look.templates("omics_orchestrator.site")
_TEMPLATES.filters |= {
    "told": _told,
    "plot": plot,
    "place": _place,
    "least_sound": _least_sound,
    "percent": lambda share: f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%"),
}
