"""Invented courses of IBD drugs: what was given from when until when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import YES_NO, YES_TWO, Answers, Group


@dataclass(frozen=True)
class Drug:
    """A drug's field, the year it came into use, and how often each disease gets it."""

    field: str
    since: int
    crohns: float
    colitis: float

    @property
    def visit_field(self) -> str:
        """The yes/no field of the sampling form."""
        return {"golim": "sampling_goli", "ciclo": "sampling_ciclosporin"}.get(
            self.field, f"sampling_{self.field}"
        )


@dataclass(frozen=True)
class Episode:
    """One course of a drug; no `stop` while it is still taken."""

    drug: Drug
    start: date
    stop: date | None

    def covers(self, day: date) -> bool:
        """Whether the drug is taken on `day`."""
        return self.start <= day and (self.stop is None or day < self.stop)


IMMUNOMODULATORS = (
    Drug("aza", 1980, 0.5, 0.4),
    Drug("mp", 1985, 0.2, 0.2),
    Drug("mtx", 1995, 0.2, 0.08),
    Drug("ciclo", 1995, 0.03, 0.12),
)
ADVANCED_THERAPIES = (
    Drug("ifx", 2005, 5, 4),
    Drug("ada", 2008, 5, 2),
    Drug("golim", 2013, 0.1, 2),
    Drug("vedo", 2014, 3, 4),
    Drug("uste", 2017, 6, 4),
    Drug("tofa", 2018, 0.2, 5),
    Drug("filgo", 2021, 0.2, 7),
    Drug("upa", 2022, 8, 8),
    Drug("risa", 2022, 10, 4),
)
DRUGS = IMMUNOMODULATORS + ADVANCED_THERAPIES


def prescribe(
    group: Group, diagnosed: date | None, until: date, chance: Chance
) -> tuple[Episode, ...]:
    """Invent what one participant was given between the diagnosis and `until`."""
    if diagnosed is None:
        return ()
    added = _immunomodulators(group, diagnosed, until, chance)
    lines = _lines_of_therapy(group, diagnosed, until, chance)
    return tuple(added) + tuple(lines)


def _immunomodulators(
    group: Group, diagnosed: date, until: date, chance: Chance
) -> Iterator[Episode]:
    for drug in IMMUNOMODULATORS:
        if chance.often(_weight(drug, group)):
            start = chance.day(max(diagnosed, date(drug.since, 1, 1)), until)
            yield Episode(drug, start, _stop(start, until, chance))


def _lines_of_therapy(
    group: Group, diagnosed: date, until: date, chance: Chance
) -> Iterator[Episode]:
    first = max(diagnosed, date(ADVANCED_THERAPIES[0].since, 1, 1))
    start: date | None = first + timedelta(days=chance.randint(60, 1500))
    given: set[Drug] = set()
    for _ in range(chance.choice((0, 1, 2, 3, 5, 7))):
        if start is None or start >= until:
            return
        choices = {
            drug: _weight(drug, group)
            for drug in ADVANCED_THERAPIES
            if drug.since <= start.year and drug not in given
        }
        if not choices:
            return
        drug = chance.weighted(choices)
        given.add(drug)
        stop = _stop(start, until, chance)
        yield Episode(drug, start, stop)
        start = stop and stop + timedelta(days=chance.randint(0, 90))


def _weight(drug: Drug, group: Group) -> float:
    return drug.colitis if group.is_scored_as_colitis else drug.crohns


def _stop(start: date, until: date, chance: Chance) -> date | None:
    if chance.often(0.25):
        return None
    stop = start + timedelta(days=chance.randint(40, 800))
    return stop if stop < until else None


def ever_given(episodes: Sequence[Episode]) -> Answers:
    """Fill the background form's drug fields: ever (1 yes, 2 no), first start, its stop."""
    given = {episode.drug: episode for episode in episodes}
    answers = {drug.field: YES_TWO[drug in given] for drug in DRUGS}
    for drug, episode in given.items():
        answers[f"{drug.field}_start"] = episode.start.isoformat()
        if episode.stop:
            answers[f"{drug.field}_stop"] = episode.stop.isoformat()
    return answers


def taken_on(day: date, episodes: Sequence[Episode]) -> Answers:
    """Fill the sampling form's drug flags for `day`."""
    taken = {episode.drug for episode in episodes if episode.covers(day)}
    return {drug.visit_field: YES_NO[drug in taken] for drug in DRUGS}
