"""The sample register: what the visits say was collected, and the mess around it."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from omics_orchestrator.demo.gidamps.codes import Answers
from omics_orchestrator.demo.gidamps.collected_tubes import SALIVA, TUBES
from omics_orchestrator.demo.gidamps.samples_database import (
    TABLE,
    UNKNOWN_PARTICIPANTS,
    Sample,
    registered,
    write_samples,
)
from omics_orchestrator.demo.gidamps.study import generate

_SAMPLE_TYPES = {
    "standard_edta",
    "edta_plasma",
    "cfdna_tube",
    "cfdna_plasma",
    "cfdna_extracted",
    "paxgene_rna",
    "rna_plasma",
    "standard_gel",
    "serum",
    "biopsy_formalin",
    "biopsy_rnalater",
    "paraffin_block",
    "stool_standard",
    "stool_calprotectin",
    "stool_qfit",
    "stool_omnigut",
    "stool_supernatant",
    "saliva",
    "other",
}


@pytest.fixture(scope="module")
def rows() -> tuple[Answers, ...]:
    return generate(240, 5).rows


@pytest.fixture(scope="module")
def samples(rows: tuple[Answers, ...]) -> list[Sample]:
    return list(registered(rows, 5))


def test_the_same_seed_registers_the_same_samples(
    rows: tuple[Answers, ...], samples: list[Sample]
) -> None:
    assert list(registered(rows, 5)) == samples
    assert list(registered(rows, 6)) != samples


def test_all_nineteen_types_of_sample_occur_and_no_other(samples: list[Sample]) -> None:
    assert {sample.sample_type for sample in samples} == _SAMPLE_TYPES


def test_a_sample_id_and_a_place_in_the_freezer_occur_once(samples: list[Sample]) -> None:
    assert len({sample.sample_id for sample in samples}) == len(samples)
    places = {(sample.freezer, sample.box, sample.position) for sample in samples}
    assert len(places) == len(samples)


def test_an_aliquot_is_made_of_a_registered_sample_after_it(samples: list[Sample]) -> None:
    known = {sample.sample_id: sample for sample in samples}
    aliquots = [sample for sample in samples if sample.parent_id]
    assert len(aliquots) > 1000
    for aliquot in aliquots:
        parent = known[str(aliquot.parent_id)]
        assert aliquot.sample_id.startswith(parent.sample_id)
        assert aliquot.updated_at > parent.updated_at


def test_a_tube_is_registered_exactly_when_its_box_is_ticked(
    rows: tuple[Answers, ...], samples: list[Sample]
) -> None:
    ticked = {
        f"{row['study_id']}-S{int(row['redcap_repeat_instance']):02d}-{tube.label}"
        for row in rows
        for box, tube in TUBES.items()
        if row.get(box) == "1"
    }
    collected = {
        sample.sample_id
        for sample in samples
        if not sample.parent_id
        and sample.sample_type != SALIVA.sample_type
        and sample.study_id.strip().upper() not in UNKNOWN_PARTICIPANTS
    }
    assert collected == ticked


def test_a_sample_bears_the_date_of_its_visit_where_that_is_a_date(
    rows: tuple[Answers, ...], samples: list[Sample]
) -> None:
    visits = {
        (row["study_id"], int(row["redcap_repeat_instance"])): row.get("sampling_date", "")
        for row in rows
        if row.get("redcap_repeat_instrument") == "sampling"
    }
    dated = [sample for sample in samples if sample.sample_date]
    assert len(dated) < len(samples)
    for sample in dated:
        key = sample.study_id.strip().upper(), sample.sampling_instance
        assert visits[key] == str(sample.sample_date)


def test_some_study_ids_are_typed_carelessly_and_some_are_nobodys(samples: list[Sample]) -> None:
    typed = {sample.study_id for sample in samples}
    assert any(study_id.islower() or study_id.startswith("gid") for study_id in typed)
    assert any(study_id.endswith(" ") for study_id in typed)
    assert {study_id.strip().upper() for study_id in typed} >= set(UNKNOWN_PARTICIPANTS)


def test_writing_again_replaces_the_table(tmp_path: Path, rows: tuple[Answers, ...]) -> None:
    url = f"sqlite:///{tmp_path / 'samples.sqlite'}"
    first = write_samples(url, rows, 5)
    second = write_samples(url, rows[:50], 5)
    engine = create_engine(url)
    with engine.connect() as connection:
        stored = connection.execute(select(TABLE)).all()
    engine.dispose()
    assert first > second == len(stored)
    assert all(row.created_by.startswith("zzcanary-") for row in stored)
