"""The synthetic study GI-DAMPs as flat REDCap rows, with the faults that were planted in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import Answers
from omics_orchestrator.demo.gidamps.dictionary import RECORD_ID
from omics_orchestrator.demo.gidamps.enrolment_forms import (
    ibd_background,
    questionnaire,
    registration,
)
from omics_orchestrator.demo.gidamps.investigations import endoscopy, radiology, research_samples
from omics_orchestrator.demo.gidamps.laboratory_results import laboratory_results
from omics_orchestrator.demo.gidamps.participants import Participant, recruit
from omics_orchestrator.demo.gidamps.planted_faults import Planted, plant
from omics_orchestrator.demo.gidamps.questionnaires import ITEMS, answered
from omics_orchestrator.demo.gidamps.sampling_visits import (
    HBI_TOPS,
    SCCAI_TOPS,
    Visit,
    clinical,
    visits,
)

PARTICIPANTS = 240
SEED = 20261123

# What each calculated total adds up.
TOTALS = {
    "sccai_total_calculation": (
        *SCCAI_TOPS,
        *(f"sccai_complications___{code}" for code in range(1, 5)),
    ),
    "hbi_total_calculation": (
        *HBI_TOPS,
        "hbinumber_of_liquid_stools",
        *(f"hbicomplications___{code}" for code in range(1, 9)),
    ),
    "cucq_total": ITEMS,
}


@dataclass(frozen=True)
class SyntheticStudy:
    """Flat REDCap rows that hold only what is filled in, and the planted faults.

    A participant has one base row, then one row for each sampling and each CUCQ-32. Unticked boxes
    are absent, as REDCap stores them. `planted` counts cells by (kind of fault, field).
    """

    rows: tuple[Answers, ...]
    planted: Planted


def generate(participants: int = PARTICIPANTS, seed: int = SEED) -> SyntheticStudy:
    """Invent the study; the same one for the same number of participants and seed."""
    rows = filled_in(participants, seed)
    planted = plant(rows, Chance.of(seed, "faults"))
    for row in rows:
        row.update(_totals(row))
    return SyntheticStudy(tuple(rows), planted)


def filled_in(participants: int, seed: int) -> list[Answers]:
    """Fill in every form without any fault, and without the calculated totals."""
    return [row for person in recruit(participants, seed) for row in _record(person, seed)]


def _record(person: Participant, seed: int) -> Iterator[Answers]:
    chance = Chance.of(seed, person.study_id)
    forms = (registration, ibd_background, questionnaire)
    yield {name: text for form in forms for name, text in form(person, chance).items()}
    seen = list(visits(person, chance))
    yield from _repeats(person, "sampling", (_sampling(visit, chance) for visit in seen))
    yield from _repeats(
        person, "cucq32", (answers for visit in seen for answers in answered(visit, chance))
    )


def _repeats(person: Participant, form: str, filled: Iterator[Answers]) -> Iterator[Answers]:
    for instance, answers in enumerate(filled, start=1):
        yield {
            RECORD_ID: person.study_id,
            "redcap_repeat_instrument": form,
            "redcap_repeat_instance": str(instance),
        } | answers


def _sampling(visit: Visit, chance: Chance) -> Answers:
    parts = (clinical, laboratory_results, endoscopy, radiology, research_samples)
    return {name: text for part in parts for name, text in part(visit, chance).items()}


def _totals(row: Answers) -> Answers:
    """Add up what is answered, as REDCap's `sum` does: blanks and missing codes count nothing."""
    totals = {}
    for total, items in TOTALS.items():
        points = [int(row[item]) for item in items if row.get(item, "").strip().isdigit()]
        if points:
            totals[total] = str(sum(points))
    return totals
