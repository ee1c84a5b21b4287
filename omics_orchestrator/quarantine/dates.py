"""Formats in which held texts are dates."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from omics_orchestrator.dictionary.rules import FieldRule
from omics_orchestrator.quarantine.case import Case
from omics_orchestrator.quarantine.mend import Mend, listed

_ISO = "%Y-%m-%d"
# Day before month comes first: of two formats that read the same texts, the first is suggested.
_DAYS = (
    "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d %b %Y", "%d %B %Y",
    "%d-%b-%Y", "%d/%b/%Y", "%d%b%Y", "%b %d, %Y", "%B %d, %Y", "%m/%d/%Y", "%m-%d-%Y",
    "%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%d-%b-%y", "%m/%d/%y",
)  # fmt: skip
_LESS = ("%m/%Y", "%m.%Y", "%b %Y", "%B %Y", "%Y/%m")
_PARTIAL = frozenset({"date", "partial_date"})
_MOST_FORMATS = 3
_YEAR_DIGITS = 4


def formats(case: Case) -> Iterator[Mend]:
    """Suggest the formats that read most of the held texts, and a partial date where days lack."""
    rule = case.rule
    if not isinstance(rule, FieldRule) or case.variable.type not in _PARTIAL:
        return
    is_partial = case.variable.type == "partial_date"
    chosen = _chosen(case.held, (*_DAYS, *_LESS) if is_partial else _DAYS)
    if chosen:
        iso = () if is_partial or not case.others else (_ISO,)
        whole = [*dict.fromkeys((*(rule.formats or iso), *chosen))]
        read, lost = case.tried(formats=tuple(whole))
        if read and not lost:
            yield Mend(case.place, read, "formats", listed(whole), hint=_doubt(case.held, chosen))
    partial = _read_as_partial(case) if not is_partial else 0
    if partial:
        yield Mend(
            f"variables: {case.variable.variable}",
            partial,
            "type",
            "partial_date",
            hint="a month or a year alone is then kept as the days that it allows",
        )


def _read_as_partial(case: Case) -> int:
    read, lost = case.tried_as(type="partial_date")
    return 0 if lost else read


def _chosen(held: Mapping[str, int], known: Collection[str]) -> list[str]:
    """Formats that read the most cells together, each counted for what the others leave."""
    rest, chosen = dict(held), list[str]()
    while rest and len(chosen) < _MOST_FORMATS:
        cells = Counter(
            {form: sum(n for text, n in rest.items() if _reads(form, text)) for form in known}
        )
        best, most = cells.most_common(1)[0]
        if not most:
            break
        chosen.append(best)
        rest = {text: n for text, n in rest.items() if not _reads(best, text)}
    return chosen


def _reads(form: str, text: str) -> bool:
    if "%Y" in form and not any(run.isdigit() and len(run) >= _YEAR_DIGITS for run in _runs(text)):
        return False
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 (only whether it is a date)
    except ValueError:
        return False
    return True


def _runs(text: str) -> list[str]:
    """The runs of digits in a text."""
    return "".join(sign if sign.isdigit() else " " for sign in text).split()


def _doubt(held: Mapping[str, int], chosen: Collection[str]) -> str:
    """Warn where the month may stand first as well as the day."""
    for form in chosen:
        other = form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
        read = [text for text in held if _reads(form, text)]
        if "%b" not in form and other in _DAYS and all(_reads(other, text) for text in read):
            return f"`{other}` reads them as well: ask which stands first, day or month"
    return ""
