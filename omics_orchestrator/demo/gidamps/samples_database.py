"""The sample register: a SQL database like G-Trac's, filled from the sampling rows."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    insert,
)

from omics_orchestrator.demo.gidamps import canaries
from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import Answers
from omics_orchestrator.demo.gidamps.collected_tubes import ALIQUOTS, SALIVA, STRAY, TUBES, Tube
from omics_orchestrator.demo.gidamps.participants import LAST_DAY

UNKNOWN_PARTICIPANTS = ("GID-9901", "GID-136-9902", "GD-77")
_BOX_ROWS = "ABCDEFGHI"
_WELLS = len(_BOX_ROWS) ** 2
_TECHNICIANS = 4
_COMMENTS = ("low volume", "haemolysed", "thawed once", "label smudged, read from the request form")

TABLE = Table(
    "sample",
    MetaData(),
    Column("sample_id", String(64), primary_key=True),
    Column("study_id", String(32), nullable=False),
    Column("study_name", String(32), nullable=False),
    Column("sample_type", String(32), nullable=False),
    Column("sample_date", Date),
    Column("sampling_instance", Integer),
    Column("parent_id", String(64)),
    Column("freezer", String(32), nullable=False),
    Column("box", String(32), nullable=False),
    Column("position", String(8), nullable=False),
    Column("volume_ul", Integer),
    Column("comments", Text),
    Column("created_by", String(128), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True)
class Sample:
    """One row of the register; an aliquot names the sample it was made of as its parent."""

    sample_id: str
    study_id: str
    sample_type: str
    sample_date: date | None
    sampling_instance: int
    volume_ul: int
    created_by: str
    updated_at: datetime
    study_name: str = "gidamps"
    parent_id: str | None = None
    freezer: str = ""
    box: str = ""
    position: str = ""
    comments: str | None = None


def registered(rows: Sequence[Answers], seed: int) -> Iterator[Sample]:
    """Yield the samples of every sampling row, then some of participants whom nobody knows."""
    chance = Chance.of(seed, "samples")
    technicians = [canaries.email(chance) for _ in range(_TECHNICIANS)]
    for place, sample in enumerate(_unplaced(rows, technicians, chance)):
        yield replace(
            sample,
            study_id=_carelessly_typed(sample.study_id, chance),
            comments=chance.choice(_COMMENTS) if chance.often(0.03) else None,
            freezer=f"Freezer {1 + place // (_WELLS * 40)}",
            box=f"GID-BOX-{1 + place // _WELLS:03d}",
            position=f"{_BOX_ROWS[place % _WELLS // 9]}{1 + place % 9}",
        )


def write_samples(url: str, rows: Sequence[Answers], seed: int) -> int:
    """Fill the table `sample` of the SQL database at `url` anew; return its number of rows."""
    samples = [asdict(sample) for sample in registered(rows, seed)]
    engine = create_engine(url)
    with engine.begin() as connection:
        TABLE.drop(connection, checkfirst=True)
        TABLE.create(connection)
        connection.execute(insert(TABLE), samples)
    engine.dispose()
    return len(samples)


def of_type(samples: Sequence[Sample], sample_type: str, most: int, chance: Chance) -> list[Sample]:
    """Pick at most `most` samples of one type."""
    fitting = [sample for sample in samples if sample.sample_type == sample_type]
    return chance.sample(fitting, min(most, len(fitting)))


def _unplaced(
    rows: Sequence[Answers], technicians: Sequence[str], chance: Chance
) -> Iterator[Sample]:
    for row in rows:
        if row.get("redcap_repeat_instrument") == "sampling":
            yield from _of_visit(row, chance.choice(technicians), chance)
    for study_id in UNKNOWN_PARTICIPANTS:
        stray = {"study_id": study_id, "redcap_repeat_instance": "1"}
        yield _sample(stray, STRAY, technicians[0], chance)


def _of_visit(row: Answers, technician: str, chance: Chance) -> Iterator[Sample]:
    collected = [tube for box, tube in TUBES.items() if row.get(box) == "1"]
    collected += [SALIVA] if chance.often(0.05) else []
    for tube in collected:
        yield from _with_aliquots(_sample(row, tube, technician, chance), chance)


def _sample(row: Answers, tube: Tube, technician: str, chance: Chance) -> Sample:
    instance = int(row["redcap_repeat_instance"])
    day = _day(row.get("sampling_date", ""))
    received = datetime.combine(day or LAST_DAY, time(9, chance.randint(0, 59)), tzinfo=UTC)
    return Sample(
        sample_id=f"{row['study_id']}-S{instance:02d}-{tube.label}",
        study_id=row["study_id"],
        sample_type=tube.sample_type,
        sample_date=day,
        sampling_instance=instance,
        volume_ul=tube.volume,
        created_by=technician,
        updated_at=received + timedelta(hours=chance.randint(1, 400)),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _with_aliquots(sample: Sample, chance: Chance) -> Iterator[Sample]:
    yield sample
    if sample.sample_type not in ALIQUOTS or not chance.often(0.8):
        return
    sample_type, number, volume = ALIQUOTS[sample.sample_type]
    for aliquot in range(1, number + 1):
        made = replace(
            sample,
            sample_id=f"{sample.sample_id}-A{aliquot}",
            sample_type=sample_type,
            parent_id=sample.sample_id,
            volume_ul=volume,
            updated_at=sample.updated_at + timedelta(hours=chance.randint(1, 48)),
        )
        yield from _with_aliquots(made, chance)


def _carelessly_typed(study_id: str, chance: Chance) -> str:
    if chance.often(0.98):
        return study_id
    return chance.choice((study_id.lower(), f"{study_id} ", f" {study_id}"))
