"""Coverage as a table, for machines, and as a page that needs nothing beside itself."""

import csv as text_csv
import io
import json as text_json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from html import escape
from importlib import resources

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.stewardship.coverage import STATUSES, Covered, by_variable

COLUMNS = (
    "variable", "label", "study", "table", "status", "why", "rows", "filled", "filled_share",
    "cells", "quarantined", "quarantined_share",
)  # fmt: skip


def lines(dictionary: Dictionary, covered: Iterable[Covered]) -> Iterator[dict[str, object]]:
    """One line a variable, study and table, with `COLUMNS`; a share of nothing is None."""
    for each in covered:
        line = asdict(each) | {
            "label": dictionary.variables[each.variable].label,
            "cells": each.told,
            "filled_share": _rounded(each.filled_share),
            "quarantined_share": _rounded(each.quarantined_share),
        }
        yield {name: line[name] for name in COLUMNS}


def csv(dictionary: Dictionary, covered: Iterable[Covered]) -> str:
    """The lines as CSV."""
    text = io.StringIO()
    writer = text_csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines(dictionary, covered))
    return text.getvalue()


def json(dictionary: Dictionary, covered: Iterable[Covered]) -> str:
    """The lines as a JSON array of objects."""
    return text_json.dumps(list(lines(dictionary, covered)), indent=1, ensure_ascii=False) + "\n"


def html(dictionary: Dictionary, covered: Iterable[Covered]) -> str:
    """A page: a row a variable, a column a study, by the tables of the dictionary."""
    told = by_variable(covered)
    studies = list(dict.fromkeys(study for each in told.values() for study in each))
    heads = "".join(
        f'<th scope="col">{escape(dictionary.studies[name].label)}</th>' for name in studies
    )
    page = (resources.files(__package__) / "coverage.html").read_text(encoding="utf-8")
    return (
        page.replace("{{meanings}}", "".join(map(_meaning, STATUSES)))
        .replace("{{heads}}", heads)
        .replace("{{rows}}", "\n".join(_rows(dictionary, told, studies)))
    )


def _rows(
    dictionary: Dictionary, told: dict[str, dict[str, Covered]], studies: list[str]
) -> Iterator[str]:
    before = ""
    for name, each in sorted(told.items(), key=lambda one: dictionary.variables[one[0]].table):
        variable = dictionary.variables[name]
        if variable.table != before:
            before = variable.table
            heading = escape(before.replace("_", " "))
            yield f'<tr><th scope="rowgroup" colspan="{len(studies) + 1}">{heading}</th></tr>'
        cells = "".join(_cell(each[study]) for study in studies)
        label = f"{escape(variable.label)}<br><code>{escape(name)}</code>"
        yield f'<tr><th scope="row">{label}</th>{cells}</tr>'


def _cell(each: Covered) -> str:
    shares = {"filled": each.filled_share, "quarantined": each.quarantined_share}
    told = [f"{share:.1%} {what}" for what, share in shares.items() if share]
    notes = "<br>".join(map(escape, filter(None, [", ".join(told), each.why])))
    return f'<td class="{each.status}"><b>{each.status}</b><br>{notes}</td>'


def _meaning(status: str) -> str:
    return f'<dt class="{status}">{status}</dt><dd>{escape(_MEANINGS[status])}</dd>'


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


_MEANINGS = {
    "complete": "a rule makes it, there are values, and no cell of its fields is in quarantine",
    "partial": "a rule makes it, and some cells of its fields are in quarantine",
    "impossible": "the study did not collect it; the study file says why",
    "undetermined": "nothing can be said: no rule, no load yet, or no value in any row",
}
