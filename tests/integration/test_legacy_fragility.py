"""What breaks the pipelines in use, or slips through them, and what our engine makes of the same."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from omics_orchestrator.demo.music.dictionary import EVENTS, LABORATORY, SALIVA, project_definition
from omics_orchestrator.demo.music.study import (
    EVENT,
    INSTANCE,
    SyntheticStudy,
    frames,
    generate,
    redcap_rows,
)
from omics_orchestrator.dictionary.conform import Conformed, conform
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.dictionary.model import Dictionary
from tests.legacy import facts, generated
from tests.legacy import music as music_in_use

DATA_DICTIONARY = Path(__file__).parents[2] / "data_dictionary"
PARTICIPANTS, SEED = 300, 7
Raw = Mapping[str, pl.DataFrame]


@pytest.fixture(scope="module")
def study() -> SyntheticStudy:
    return generate(PARTICIPANTS, SEED)


@pytest.fixture(scope="module")
def raw() -> Raw:
    return frames(PARTICIPANTS, SEED)


@pytest.fixture(scope="module")
def known(shared: Path) -> facts.Facts:
    return facts.music(shared)


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return load(DATA_DICTIONARY)


@pytest.fixture(scope="module")
def exported(study: SyntheticStudy) -> pd.DataFrame:
    return generated.flat_export(project_definition(), redcap_rows(study))


def conformed(dictionary: Dictionary, raw: Raw, table: str = "visit") -> Conformed:
    return conform(dictionary, dictionary.studies["music"], table, raw, hash_key=b"of the tests")


def saliva_twice_more(study: SyntheticStudy) -> pl.DataFrame:
    """One more saliva collection of one participant at the second timepoint."""
    saliva = study.forms[SALIVA]
    second = saliva.filter((pl.col(EVENT) == EVENTS[1]) & (pl.col(INSTANCE) == "1"))
    return second.head(1).with_columns(pl.lit("3").alias(INSTANCE))


def test_a_dropped_column_that_goes_from_redcap_stops_only_the_pipeline_in_use(
    exported: pd.DataFrame, known: facts.Facts, dictionary: Dictionary, raw: Raw
) -> None:
    """Defect 17."""
    with pytest.raises(KeyError, match="visit1"):
        music_in_use.main(exported.drop(columns="visit1"), known)
    without = {**raw, "timepoints": raw["timepoints"].drop("visit1")}
    assert conformed(dictionary, without).frame.equals(conformed(dictionary, raw).frame)


def test_a_study_that_nobody_has_left_yet_stops_only_the_pipeline_in_use(
    exported: pd.DataFrame, known: facts.Facts, dictionary: Dictionary, raw: Raw
) -> None:
    """Defect 18."""
    with pytest.raises(KeyError, match="withdrawn"):
        music_in_use.main(exported.assign(withdrawn=""), known)
    nobody = raw["timepoints"].with_columns(withdrawn=pl.lit(None, pl.String))
    assert conformed(dictionary, {**raw, "timepoints": nobody}).frame.height == nobody.height


def test_a_laboratory_value_on_a_base_row_renames_a_published_column_of_today_only(
    exported: pd.DataFrame, known: facts.Facts, dictionary: Dictionary, raw: Raw
) -> None:
    """Defect 19."""
    base = exported["redcap_repeat_instrument"] == ""
    stray = exported["crp"].mask(base & (exported.groupby(base).cumcount() == 0), "4")
    published = music_in_use.main(exported.assign(crp=stray), known)
    assert {"crp_x", "crp_y"} <= set(published)
    labs = raw[LABORATORY]
    on_base_row = labs.head(1).with_columns(pl.lit(None, pl.String).alias(INSTANCE))
    with_stray = {**raw, LABORATORY: pl.concat([labs, on_base_row])}
    ours = conformed(dictionary, with_stray, "visit_laboratory").frame
    assert ours.schema == conformed(dictionary, raw, "visit_laboratory").frame.schema


def test_one_more_saliva_collection_stops_only_the_pipeline_in_use(
    study: SyntheticStudy, known: facts.Facts, dictionary: Dictionary, raw: Raw
) -> None:
    """Defect 20."""
    extra = saliva_twice_more(study)
    forms = {**study.forms, SALIVA: pl.concat([study.forms[SALIVA], extra])}
    rows = redcap_rows(SyntheticStudy(forms, study.planted))
    with pytest.raises(pd.errors.InvalidIndexError):
        music_in_use.main(generated.flat_export(project_definition(), rows), known)
    ours = conformed(dictionary, {**raw, SALIVA: forms[SALIVA]}, "visit_saliva").frame
    assert ours.equals(conformed(dictionary, raw, "visit_saliva").frame)


def test_an_event_that_nobody_knows_waits_in_quarantine(
    exported: pd.DataFrame, known: facts.Facts, dictionary: Dictionary, raw: Raw
) -> None:
    """Defect 14: in use today, the row stays without a timepoint."""
    is_base = exported["redcap_repeat_instrument"] == ""
    last = exported.index[is_base & (exported[EVENT] == EVENTS[4])][0]
    moved = exported.assign(
        **{EVENT: exported[EVENT].where(exported.index != last, "unscheduled_arm_1")}
    )
    assert music_in_use.main(moved, known)[EVENT].isna().sum() == 1
    timepoints = raw["timepoints"]
    place = pl.int_range(pl.len()) == timepoints.height - 1
    event = pl.when(place).then(pl.lit("unscheduled_arm_1")).otherwise(EVENT).alias(EVENT)
    ours = conformed(dictionary, {**raw, "timepoints": timepoints.with_columns(event)})
    assert "no_key" in ours.quarantine["reason"].to_list()
    assert ours.frame["timepoint"].null_count() == 0


def test_a_new_field_is_published_by_the_pipeline_in_use_only(
    exported: pd.DataFrame, known: facts.Facts, dictionary: Dictionary, raw: Raw
) -> None:
    """Defect 24: it lists what it leaves out, and we list what we publish."""
    number = (exported["redcap_repeat_instrument"] == "").map({True: "000 000 0000", False: ""})
    published = music_in_use.main(exported.assign(nhs_number=number), known)
    assert "nhs_number" in published
    new = raw["timepoints"].with_columns(nhs_number=pl.lit("000 000 0000"))
    ours = conformed(dictionary, {**raw, "timepoints": new})
    assert "nhs_number" not in ours.frame.columns
    assert ours.unclassified == ("nhs_number",)


def test_a_new_diagnosis_empties_the_study_group_of_today_and_waits_in_quarantine_here(
    exported: pd.DataFrame, known: facts.Facts, dictionary: Dictionary, raw: Raw
) -> None:
    """Defect 11."""
    is_new = exported["study_group_name"] == "3"
    assert is_new.any()
    published = music_in_use.main(exported, known)
    left = published[published["study_id"].isin("MID-" + exported.loc[is_new, "study_id"])]
    assert left.loc[left[EVENT] == "timepoint_1", "study_group"].isna().all()
    waiting = conformed(dictionary, raw, "participant").quarantine.filter(
        (pl.col("field") == "study_group_name") & (pl.col("reason") == "unknown_code")
    )
    assert waiting["count"].sum() == is_new.sum()
