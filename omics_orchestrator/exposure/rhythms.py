"""How often a drug is given, by code and in words: "bd", "every 8 weeks", "q8w", "eow"."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

MONTH = Fraction(146_097, 4_800)
"""The mean month of the calendar, in days."""
EVERY_DAYS: Mapping[str, Fraction] = {
    "od": Fraction(1),
    "bd": Fraction(1, 2),
    "tds": Fraction(1, 3),
    "qds": Fraction(1, 4),
    "five_times_a_day": Fraction(1, 5),
    "six_times_a_day": Fraction(1, 6),
    "alternate_days": Fraction(2),
    "once_a_week": Fraction(7),
    "fortnightly": Fraction(14),
    "monthly": MONTH,
    "six_weekly": Fraction(42),
    "eight_weekly": Fraction(56),
    "three_monthly": 3 * MONTH,
}
"""Days from one dose to the next; "as needed" and "other" tell none."""
_LONGEST = {"monthly": 31, "three_monthly": 92}
_LONGEST_MONTH = 31

_WORDS = {
    "od": "od", "qd": "od", "once daily": "od", "once a day": "od", "mane": "od", "nocte": "od",
    "bd": "bd", "bid": "bd", "tds": "tds", "tid": "tds", "qds": "qds", "qid": "qds",
    "eod": "alternate_days", "alternate days": "alternate_days",
    "every other day": "alternate_days", "weekly": "once_a_week", "every week": "once_a_week",
    "eow": "fortnightly", "every other week": "fortnightly", "alternate weeks": "fortnightly",
    "fortnightly": "fortnightly", "every fortnight": "fortnightly",
    "monthly": "monthly", "every month": "monthly",
    "prn": "prn", "as needed": "prn", "as required": "prn", "when required": "prn",
}  # fmt: skip
_SUM_OF_A_DAY = {"daily", "every day", "each day"}
_AMBIGUOUS = {"biweekly", "bi-weekly", "bimonthly", "bi-monthly"}
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "twelve": 12}
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_UNITS = {"h": "hours", "d": "days", "w": "weeks", "m": "months"}
_DAYS = {"h": Fraction(1, 24), "d": Fraction(1), "w": Fraction(7), "m": MONTH}
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(_NUMBERS)})"
_UNIT = r"(?P<unit>hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mths?)"
_PARTS = {"7": "d", "52": "w", "12": "m"}


class AmbiguousError(ValueError):
    """Words that are used for two rhythms, such as "biweekly"."""


@dataclass(frozen=True)
class Rhythm:
    """How often a dose is given.

    Attributes:
        name: a code of the value set `drug_frequency`, or `every_10_days`, `2_in_1_weeks`.
        doses: so many doses
        days: in so many days; None where nobody knows, as of "as needed".
        longest: the longest from one dose to the next, in whole days.
        is_sum: what is told is the sum over the days, and not one dose.
        is_loose: "daily" may mean once, or the sum of a day.
    """

    name: str
    doses: int = 1
    days: Fraction | None = None
    longest: int | None = None
    is_sum: bool = False
    is_loose: bool = False

    def daily(self, dose: Fraction) -> Fraction | None:
        """What one dose, or the sum, makes a day."""
        return None if self.days is None else dose * self.doses / self.days


def longest_of(code: str) -> int:
    """The longest that one dose lasts until the next, in whole days."""
    return _LONGEST.get(code, max(1, int(EVERY_DAYS[code])))


def rhythm_of(text: str) -> Rhythm | None:
    """The rhythm that words in small letters tell; None for other words.

    Raises:
        AmbiguousError: the words are used for two rhythms.
    """
    said = re.sub(r"(?<=[a-z])\.(?=[a-z]|$)", "", text)
    if said in _AMBIGUOUS:
        raise AmbiguousError(said)
    if said in _SUM_OF_A_DAY:
        return replace(_of_code("od"), is_loose=True)
    if said in _WORDS:
        return _of_code(_WORDS[said])
    matches = ((pattern.fullmatch(said), read) for pattern, read in _FORMS.items())
    return next((read(found) for found, read in matches if found), None)


def _every(found: re.Match[str]) -> Rhythm | None:
    return _told(1, _count(found["count"]), found["unit"][0])


def _british(found: re.Match[str]) -> Rhythm | None:
    return _told(1, int(found["count"]), _PARTS[found["part"]])


def _often(found: re.Match[str]) -> Rhythm | None:
    doses = _TIMES.get(found["word"]) or _count(found["count"])
    return _told(doses, 1, (found["unit"] or found["ly"])[0])


def _sum(found: re.Match[str]) -> Rhythm | None:
    count, unit = _count(found["count"] or "1"), found["unit"][0]
    whole = _told(1, count, unit)
    return whole and replace(whole, doses=1, days=count * _DAYS[unit], is_sum=True)


def _count(text: str) -> int:
    return _NUMBERS.get(text) or int(text)


def _of_code(code: str) -> Rhythm:
    every = EVERY_DAYS.get(code)
    if every is None:
        return Rhythm(code)
    doses = every.denominator if every < 1 else 1
    return Rhythm(code, doses, every * doses, longest_of(code))


def _told(doses: int, count: int, unit: str) -> Rhythm | None:
    """So many doses in so many hours, days, weeks or months, by their code where they have one."""
    if not doses or not count:
        return None
    days = count * _DAYS[unit]
    for code, every in EVERY_DAYS.items():
        if every * doses == days:
            return _of_code(code)
    # Several doses of a week may all be taken at its beginning.
    longest = _LONGEST_MONTH * count if unit == "m" else -(-days // 1)
    name = f"every_{count}" if doses == 1 else f"{doses}_in_{count}"
    return Rhythm(f"{name}_{_UNITS[unit]}", doses, days, longest)


_FORMS: Mapping[re.Pattern[str], Callable[[re.Match[str]], Rhythm | None]] = {
    re.compile(rf"(?:once )?(?:every|each|q) ?{_COUNT}[ -]?{_UNIT}"): _every,
    re.compile(rf"{_COUNT}[ -]?(?P<unit>hour|week|month)ly"): _every,
    # As it is written in Britain: 8/52 are eight weeks.
    re.compile(r"(?:every|q) ?(?P<count>\d{1,3})/(?P<part>7|52|12)"): _british,
    re.compile(
        rf"(?:{_COUNT} ?(?:x|times)|(?P<word>once|twice|thrice)) ?"
        r"(?:(?:a|per|each|every|/) ?(?P<unit>day|d|week|wk|w|month)|(?P<ly>daily|weekly|monthly))"
    ): _often,
    re.compile(rf"(?:/|per|a) ?(?:{_COUNT} ?)?{_UNIT}"): _sum,
}
