"""Where a study tells of drugs, as its file writes it: courses, and the dates that ask for them."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field

from omics_orchestrator.dictionary.rules import Name
from omics_orchestrator.dictionary.strict import Strict


class DateColumn(Strict):
    """A date in a table: the same row's, or of the row of another table with the same key.

    Of several such rows the earliest date counts; `where`, an expression, says which of them count.
    """

    table: Name | None = None
    date: Name
    where: str | None = None


def _as_date(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    table, _, date = given.rpartition(".")
    return {"table": table or None, "date": date}


def _as_tuple(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


def _spelt_out(given: Any) -> Any:
    """`{"on_{}": [ifx, ada]}` stands for `{on_ifx: ifx, on_ada: ada}`."""
    if not isinstance(given, Mapping):
        return given
    found: dict[Any, Any] = {}
    for key, names in given.items():
        each = _as_tuple(names) if "{}" in str(key) else None
        found |= {key: names} if each is None else {key.replace("{}", name): name for name in each}
    return found


Dated = Annotated[DateColumn, BeforeValidator(_as_date)]
Drugs = Annotated[tuple[Name, ...], BeforeValidator(_as_tuple)]
Flags = Annotated[Mapping[Name, Drugs], BeforeValidator(_spelt_out)]


class Courses(Strict):
    """A table whose rows tell of courses of drugs.

    Attributes:
        table: one of the study's tables.
        drug: columns that name the drug; the first that names one counts.
        ever: in place of `drug`, for each drug the column that says whether it was ever taken; the
            dates are then patterns, in which `{}` stands for that column.
        start: the column of the first day.
        stop: the column of the last day.
        blank_stop: what it means that a row has no stop: nothing, or that the course went on.
        ongoing: the column that says whether it went on.
        as_of: the day on which the rows were written.
        tells: of what a participant's rows tell all courses until that day: of the drugs they name,
            of all drugs of the study, or only of these very courses.
        dose: the column of one dose.
        unit: the unit of the dose, in UCUM.
        dose_text: in place of `dose` and `unit`, the column of doses as people typed them.
        frequency: the column that says how often.
        route: the column that says how it is given.
        reason: the column that says why it was stopped.
    """

    table: Name
    drug: Drugs = ()
    ever: Mapping[Name, Name] = Field(default_factory=dict)
    start: str | None = None
    stop: str | None = None
    blank_stop: Literal["unknown", "ongoing"] = "unknown"
    ongoing: Name | None = None
    as_of: Dated | None = None
    tells: Literal["rows", "drugs", "all"] = "rows"
    dose: Name | None = None
    unit: str | None = None
    dose_text: Name | None = None
    frequency: Name | None = None
    route: Name | None = None
    reason: Name | None = None


class Asked(Strict):
    """A table at whose dates the status of drugs is wanted, and the flags that it records.

    `now` and `ever` name drugs or classes of drugs, by the variable that says whether one of them
    is taken on the day, or was ever taken until then. `"on_{}": [ifx, ada]` is short for both.
    """

    table: Name
    date: Dated
    now: Flags = Field(default_factory=dict)
    ever: Flags = Field(default_factory=dict)


class DrugRecords(Strict):
    """Everything a study says about drugs."""

    participant: Name = "study_id"
    courses: tuple[Courses, ...]
    asked: tuple[Asked, ...]

    @property
    def told_in(self) -> tuple[str, ...]:
        """The tables that tell of courses, and of the days on which they do."""
        dated = (each.as_of.table for each in self.courses if each.as_of is not None)
        return _each_once([each.table for each in self.courses], dated)

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables that are read."""
        dated = (each.date.table for each in self.asked)
        return _each_once(self.told_in, [each.table for each in self.asked], dated)

    @property
    def flagging(self) -> Self:
        """The same without what asks for a status and has no flag."""
        asked = tuple(each for each in self.asked if each.now or each.ever)
        return self.model_copy(update={"asked": asked})

    @property
    def known_by_participant(self) -> tuple[str, ...]:
        """The tables whose rows must have the participant in their key to be told one by one."""
        dated = [(each.table, each.as_of) for each in self.courses]
        dated += [(each.table, each.date) for each in self.asked]
        met = [(table, date.table) for table, date in dated if date and date.table]
        return _each_once([each.table for each in self.courses], *met)

    def flags_of(self, table: str) -> tuple[str, ...]:
        """The flags that are told at each row of a table."""
        own = [each for each in self.asked if each.table == table]
        return _each_once(*(flags for each in own for flags in (each.now, each.ever)))


def _each_once(*names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in names for name in each if name is not None))
