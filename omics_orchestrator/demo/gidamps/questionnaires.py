"""Quality of life: the repeats of the CUCQ-32 form."""

from collections.abc import Iterator
from datetime import timedelta

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import Answers
from omics_orchestrator.demo.gidamps.narratives import told
from omics_orchestrator.demo.gidamps.sampling_visits import Visit, scored_severity

ITEMS = tuple(f"cucq_{number}" for number in range(1, 33))
_WORST = 3
# How many days after the visit: mostly the same day, sometimes another, sometimes never.
_DELAYS: dict[tuple[int, ...], float] = {(0,): 72, (3,): 8, (10,): 6, (): 11, (0, 0): 3}


def answered(visit: Visit, chance: Chance) -> Iterator[Answers]:
    """Yield the CUCQ-32 forms that belong to a visit: none, one, or two on one day."""
    if not visit.person.group.has_ibd:
        return
    for delay in chance.weighted(_DELAYS):
        answers = {"cucq_date": (visit.day + timedelta(days=delay)).isoformat()}
        for item in ITEMS:
            answers[item] = scored_severity(visit.status.severity, _WORST, chance)
        answers |= told("cucq_comments", chance, when=chance.often(0.07))
        answers["cucq32_complete"] = chance.choice("02222")
        yield answers
