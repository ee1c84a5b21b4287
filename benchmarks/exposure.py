"""Drug exposure: the engine against all that dates allow, and a rule in use against the truth.

One: 100,000 random histories (partial dates, overlaps, courses that go on, stops that contradict)
are answered by the engine, and by an oracle that tries out every day of every start and stop.
Two: for made-up participants, of whom we know what they took on each day, the label of each sample
and drug is compared with the truth: ours, by the courses alone, and that of the rule "on from the
start date", by which cohort browsers label samples that have no stop date at hand.
"""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

REPOSITORY = Path(__file__).resolve().parents[1]
# The oracle lies with the tests. This file's own folder is left out: conform.py is another thing.
sys.path[0] = str(REPOSITORY)

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.participants import Participant, recruit
from omics_orchestrator.demo.gidamps.sampling_visits import Visit, visits
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.exposure.tables import TABLES
from tests.unit.exposure.histories import disagreements, histories

HISTORIES, AT_ONCE = 100_000, 5_000
PARTICIPANTS, SEED = 2_000, 5


@dataclass(frozen=True)
class Labels:
    """How often a label was given and how often it was wrong, of samples and of samples x drugs."""

    samples: int
    samples_wrong: int
    labels: int
    wrong: int
    unknown: int


def against_the_oracle() -> tuple[int, float]:
    began, wrong = time.perf_counter(), 0
    for number, start in enumerate(range(0, HISTORIES, AT_ONCE)):
        found = disagreements(list(histories(min(AT_ONCE, HISTORIES - start), 1_000 + number)))
        for each in found[:3]:
            print(each)
        wrong += len(found)
    return wrong, time.perf_counter() - began


def made_up() -> list[tuple[Participant, Visit]]:
    """Every sampling visit of made-up participants with the disease."""
    people = (person for person in recruit(PARTICIPANTS, SEED) if person.diagnosed)
    return [
        (person, visit)
        for person in people
        for visit in visits(person, Chance.of(SEED, "visits", person.study_id))
    ]


def tables(
    seen: list[tuple[Participant, Visit]], ever: Mapping[str, str]
) -> dict[str, pl.DataFrame]:
    """The conformed tables as the study would tell of them, without any flag of a visit."""
    people = {person.study_id: person for person, _ in seen}.values()
    dates = {"study_id": pl.String, "sampling_date": pl.Date}
    visited = pl.DataFrame(
        [(person.study_id, visit.day) for person, visit in seen], schema=dates, orient="row"
    ).with_row_index("sampling_instance")
    told = pl.DataFrame([_background(person, ever) for person in people], infer_schema_length=None)
    return {
        "participant": told,
        "sampling": visited,
        "medication": visited.select("study_id", "sampling_instance"),
        "sample": visited.select(
            pl.col("sampling_instance").cast(pl.String).alias("sample_id"),
            "study_id",
            pl.col("sampling_date").alias("sample_collected_on"),
        ),
    }


def _background(person: Participant, ever: Mapping[str, str]) -> dict[str, object]:
    """The form on what a participant ever took, as the demo's REDCap has it."""
    given = {episode.drug.field: episode for episode in person.episodes}
    row: dict[str, object] = {"study_id": person.study_id, "consent_date": person.enrolled}
    for field in ever.values():
        row[field] = field in given
        row[f"{field}_start"] = given[field].start if field in given else None
        row[f"{field}_stop"] = given[field].stop if field in given else None
    return row


def truth(person: Participant, day: date) -> dict[str, bool | None]:
    """What a participant took on a day; null on the day of a stop, when people took it or not."""
    return {
        episode.drug.field: None if episode.stop == day else episode.covers(day)
        for episode in person.episodes
    }


def judged(
    seen: list[tuple[Participant, Visit]], ever: Mapping[str, str], status: pl.DataFrame
) -> tuple[Labels, Labels]:
    """How our labels and those by start date alone compare with the truth."""
    said = {
        (int(key), drug): found
        for key, drug, found in status.filter(table="sample")
        .select("row_key", "exposure", "by_courses")
        .iter_rows()
    }
    lines = []
    for number, (person, visit) in enumerate(seen):
        on, started = truth(person, visit.day), {e.drug.field: e.start for e in person.episodes}
        for drug, field in ever.items():
            right = on.get(field, False)
            by_start = field in started and started[field] <= visit.day
            if right is not None:
                lines.append((number, right, said.get((number, drug), "unknown"), by_start))
    frame = pl.DataFrame(lines, schema=["sample", "truth", "ours", "by_start"], orient="row")
    is_on = pl.when(pl.col("ours") != "unknown").then(pl.col("ours") == "on")
    frame = frame.with_columns(is_on.alias("ours"))
    return _counted(frame, "ours"), _counted(frame, "by_start")


def _counted(frame: pl.DataFrame, label: str) -> Labels:
    wrong = (pl.col(label) != pl.col("truth")).fill_null(value=False)
    by_sample = frame.group_by("sample").agg(wrong.any().alias("wrong"))
    return Labels(
        by_sample.height,
        int(by_sample["wrong"].sum()),
        frame.height,
        int(frame.select(wrong.sum()).item()),
        frame[label].null_count(),
    )


def main() -> None:
    dictionary = load(REPOSITORY / "data_dictionary")
    study = dictionary.studies["gidamps"]
    ever = next(each.ever for each in study.drugs.courses if each.ever) if study.drugs else {}
    seen = made_up()
    began = time.perf_counter()
    status = TABLES["status"].make(dictionary, study, tables(seen, ever))
    seconds = time.perf_counter() - began
    ours, by_start = judged(seen, ever, status)
    wrong, oracle_seconds = against_the_oracle()
    print(f"{HISTORIES:,} histories against the oracle in {oracle_seconds:.0f} s: {wrong} disagree")
    print(f"{status.height:,} statuses of {ours.samples:,} samples in {seconds:.2f} s")
    print(f"\n{'':16}{'samples wrong':>15}{'%':>8}{'labels wrong':>15}{'%':>8}{'unknown %':>12}")
    for name, found in (("ours", ours), ("start date only", by_start)):
        print(
            f"{name:16}{found.samples_wrong:15,}{100 * found.samples_wrong / found.samples:8.2f}"
            f"{found.wrong:15,}{100 * found.wrong / found.labels:8.2f}"
            f"{100 * found.unknown / found.labels:12.2f}"
        )
    share = round(100 * by_start.samples_wrong / by_start.samples, 2)
    print(json.dumps({
        "claim": f"status on {HISTORIES:,} random histories equals trying out every day",
        "unit": "disagreements", "ours": wrong, "limit": 0,
        "peers": {"start date only, % of samples labelled wrongly": share},
        "goal": 0, "ours, % of samples labelled wrongly": round(
            100 * ours.samples_wrong / ours.samples, 2),
        "met": wrong == 0 and ours.wrong == 0,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
