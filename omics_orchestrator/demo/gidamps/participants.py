"""Invented participants: who they are, before any form is filled in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import Centre, Group
from omics_orchestrator.demo.gidamps.prescriptions import Episode, prescribe

FIRST_ENROLMENT = date(2020, 1, 6)
LAST_ENROLMENT = date(2026, 9, 30)
LAST_DAY = date(2026, 10, 15)

_CENTRES = {Centre.EDINBURGH: 0.6, Centre.GLASGOW: 0.24, Centre.DUNDEE: 0.16}
_GROUPS = {
    Group.CROHNS: 0.36,
    Group.COLITIS: 0.34,
    Group.UNCLASSIFIED: 0.05,
    Group.NOT_IBD: 0.07,
    Group.AWAITING: 0.04,
    Group.HEALTHY: 0.14,
}
# Legacy Edinburgh ids that look like Glasgow's: whoever searches them for "136-" is misled.
_CLASHING_NUMBERS = (136, 1136)
_LAST_LEGACY_NUMBER = 60


@dataclass(frozen=True)
class Participant:
    """One participant, seen from `enrolled` to `followed`; `diagnosed` is None without IBD.

    Height is in cm, weight in kg.
    """

    study_id: str
    centre: Centre
    group: Group
    is_male: bool
    age: int
    height: int
    weight: float
    enrolled: date
    followed: date
    diagnosed: date | None
    episodes: tuple[Episode, ...]


def recruit(participants: int, seed: int) -> Iterator[Participant]:
    """Invent `participants` people of all three centres; the same people for the same seed."""
    numbers = {centre: count(1) for centre in Centre}
    for position in range(participants):
        chance = Chance.of(seed, "participant", position)
        if position < len(_CLASHING_NUMBERS):
            number = _CLASHING_NUMBERS[position]
            yield _participant(f"GID-{number}-P", Centre.EDINBURGH, Group.COLITIS, chance)
            continue
        centre = chance.weighted(_CENTRES)
        group = chance.weighted(_GROUPS)
        number = next(n for n in numbers[centre] if n not in _CLASHING_NUMBERS)
        yield _participant(_study_id(centre, group, number, chance), centre, group, chance)


def _study_id(centre: Centre, group: Group, number: int, chance: Chance) -> str:
    if centre is not Centre.EDINBURGH:
        return f"GID-{centre}-{number}"
    if number > _LAST_LEGACY_NUMBER or chance.often(0.5):
        return f"GID-{number}"
    padded = f"{number:03d}" if chance.often(0.3) else str(number)
    return f"GID-{padded}-{'HC' if group is Group.HEALTHY else 'P'}"


def _participant(study_id: str, centre: Centre, group: Group, chance: Chance) -> Participant:
    age = int(chance.number(41, 16, 16, 88))
    is_male = chance.often(0.48)
    height = int(chance.number(177 if is_male else 163, 7, 145, 205))
    enrolled = chance.day(FIRST_ENROLMENT, LAST_ENROLMENT)
    followed = min(enrolled + timedelta(days=chance.randint(0, 900)), LAST_DAY)
    diagnosed = _diagnosed(age, enrolled, chance) if group.has_ibd else None
    return Participant(
        study_id=study_id,
        centre=centre,
        group=group,
        is_male=is_male,
        age=age,
        height=height,
        weight=round(chance.number(25.5, 4.5, 16, 48, 1) * (height / 100) ** 2, 1),
        enrolled=enrolled,
        followed=followed,
        diagnosed=diagnosed,
        episodes=prescribe(group, diagnosed, followed, chance),
    )


def _diagnosed(age: int, enrolled: date, chance: Chance) -> date:
    years = 0.1 if chance.often(0.25) else min(chance.expovariate(1 / 7), age - 8)
    return enrolled - timedelta(days=round(years * 365.25))
