"""REDCap's logic: the language of filters, branching and calculated fields.

A logic is read once into nested functions and kept; nothing of it is ever run as Python. Where
help pages leave open what a blank does, it behaves as nothing: an arithmetic with it is blank, and
it is neither smaller nor greater than anything.
"""

from collections.abc import Collection
from datetime import datetime

from omics_orchestrator.demo.redcap.logic_parser import parse
from omics_orchestrator.demo.redcap.logic_values import Lookup, Scope, is_true, text_of


def matches(
    logic: str,
    lookup: Lookup,
    *,
    now: datetime | None = None,
    missing_codes: Collection[str] = (),
) -> bool:
    """Tell whether a logic holds.

    Args:
        logic: as REDCap's pages take it.
        lookup: (field, event, code) → stored text, "" where nothing is stored. The event is ""
            for the row's own; the code is that of a checkbox option, whose text is 1 or 0.
        now: what `today` and `now` mean; a logic with either is refused without it.
        missing_codes: the project's missing data codes.

    Raises:
        RefusedError: the logic cannot be read.
    """
    return is_true(parse(logic)(Scope(lookup, now, frozenset(missing_codes))))


def calculate(
    formula: str,
    lookup: Lookup,
    *,
    now: datetime | None = None,
    missing_codes: Collection[str] = (),
) -> str:
    """Compute a calculated field; "" where the formula has no result.

    Takes and raises what `matches` does.
    """
    return text_of(parse(formula)(Scope(lookup, now, frozenset(missing_codes))))
