"""Our datasets beside those published today: equal cell for cell, but where today's are wrong.

Each exception names the known defect it belongs to, and each of them really occurs in what is
generated, so that the comparison can fail in both directions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from omics_orchestrator.demo.gidamps import dictionary as gidamps_project
from omics_orchestrator.demo.gidamps import study as gidamps_study
from omics_orchestrator.demo.music import dictionary as music_project
from omics_orchestrator.demo.music import study as music_study
from omics_orchestrator.dictionary.combined import combine
from omics_orchestrator.dictionary.conform import Conformed, conform
from omics_orchestrator.dictionary.dataset import assemble
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.settled_flags import flags_from_exposure
from omics_orchestrator.harmonised.exposure import dataset_frames, needed
from tests.legacy import answered, exceptions, facts, generated
from tests.legacy import gidamps as gidamps_in_use
from tests.legacy import music as music_in_use
from tests.legacy.comparison import as_text, cells, explained, offered, ranges, unexplained

DATA_DICTIONARY = Path(__file__).parents[2] / "data_dictionary"
TODAY = date(2026, 11, 23)
# Postgres cuts names at 63 bytes.
VISIT, SAMPLING = ["study_id", "timepoint"], ["study_id", "sampling_instance"]
SUMMARIES = {f"baseline_{kind}_exposure" for kind in ("thiopurine", "anti_tnf", "jak", "biologic")}
SHORTENED = "_not_meeting_other_criteria"


@dataclass(frozen=True)
class Harmonised:
    """One study conformed by us, and its raw tables."""

    dictionary: Dictionary
    study: Study
    raw: Mapping[str, pl.DataFrame]
    tables: Mapping[str, Conformed]

    def recorded(self, name: str) -> pl.DataFrame:
        """A dataset with flags of drugs as they were recorded."""
        spec = self.study.datasets[name].model_copy(update={"from_exposure": ()})
        study = self.study.model_copy(update={"datasets": {name: spec}})
        return replace(self, study=study).dataset(name)

    def dataset(self, name: str) -> pl.DataFrame:
        frames = dataset_frames(
            self.dictionary, self.study, name, lambda table: self.tables[table].frame
        )
        return assemble(self.dictionary, self.study, name, frames).frame


def harmonised(name: str, raw: Mapping[str, pl.DataFrame]) -> Harmonised:
    dictionary = load(DATA_DICTIONARY)
    study = dictionary.studies[name]
    wanted = {table for dataset in study.datasets for table in needed(study, dataset)}
    wanted |= {"laboratory"} & set(study.tables)
    tables = {
        table: conform(dictionary, study, table, raw, hash_key=b"a key of the tests")
        for table in wanted
    }
    return Harmonised(dictionary, study, raw, tables)


@dataclass(frozen=True)
class Music:
    generated: music_study.SyntheticStudy
    flat: pd.DataFrame
    facts: facts.Facts
    main: pd.DataFrame
    ours: Harmonised


@dataclass(frozen=True)
class Gidamps:
    flat: pd.DataFrame
    facts: facts.Facts
    cleaned: pd.DataFrame
    ours: Harmonised

    @property
    def sampling(self) -> pd.DataFrame:
        published = gidamps_in_use.sampling(self.cleaned)
        instance = published["redcap_repeat_instance"].astype(int)
        return published.drop(columns="redcap_repeat_instance").assign(sampling_instance=instance)


@pytest.fixture(scope="module")
def music(shared: Path) -> Music:
    study = music_study.generate(participants=400, seed=3)
    rows = music_study.redcap_rows(study)
    flat = generated.flat_export(music_project.project_definition(), rows)
    known = facts.music(shared)
    raw = music_study.frames(participants=400, seed=3)
    return Music(study, flat, known, music_in_use.main(flat, known), harmonised("music", raw))


@pytest.fixture(scope="module")
def gidamps(shared: Path) -> Gidamps:
    definition, rows = gidamps_project.project_definition(), gidamps_study.generate(300, 11).rows
    flat, known = generated.flat_export(definition, rows), facts.gidamps(shared)
    readable = pd.to_datetime(flat["date_of_diagnosis"], format="%Y-%m-%d", errors="coerce").notna()
    mended = flat.assign(date_of_diagnosis=flat["date_of_diagnosis"].where(readable, ""))
    cleaned = gidamps_in_use.cleaned(mended, known, TODAY)
    raw = generated.raw_tables(definition, rows)
    return Gidamps(flat, known, cleaned, harmonised("gidamps", raw))


def published_as(columns: pd.DataFrame, study: str) -> dict[str, str]:
    kept = [name for name in columns if name not in exceptions.NOT_RELEASED[study]]
    renamed = exceptions.RENAMED[study]
    return {name: renamed.get(name, name).removesuffix(SHORTENED) for name in kept}


def labels_of(shared: Path, study: str, known: facts.Facts) -> dict[str, dict[str, str]]:
    """The project of MUSIC repeats the codes of antibodies; GI-DAMPs' map says what they mean."""
    raw = facts.raw_labels(shared / "studies" / f"{study}_redcap_dictionary.csv", known)
    said = facts.gidamps(shared).codes
    return raw | {name: said[name] for name in ("ada_antibody", "ifx_antibody") if name in raw}


@pytest.fixture(scope="module")
def music_cells(music: Music, shared: Path) -> pl.DataFrame:
    published = music.main.rename(columns={"redcap_event_name": "timepoint"})
    names = published_as(published.drop(columns=VISIT), "music")
    sources = {own: music.facts.source(name) for name, own in names.items()}
    withdrawn = "MID-" + music.flat.loc[music.flat["withdrawn"] == "0", "study_id"]
    labels = labels_of(shared, "music", music.facts)
    once = music.ours.tables["participant"].frame.columns
    is_coded = pl.col("column").is_in(list(labels)) | pl.col("is_boolean")
    return (
        cells(
            as_text(published),
            music.ours.dataset("main"),
            music.ours.recorded("main"),
            VISIT,
            names,
        )
        .join(answered.music(music.ours.raw, sources), on=[*VISIT, "column"], how="left")
        .join(offered(labels), on=["column", "theirs"], how="left")
        .join(ranges(music.ours.dictionary.variables.values()), on="column", how="left")
        .with_columns(
            pl.col("is_answered").fill_null(value=False),
            label=pl.when("is_boolean").then(as_yes_or_no("0", "1")).otherwise("label"),
            is_coded=is_coded,
            is_first=pl.col("timepoint") == "timepoint_1",
            is_asked_once=pl.col("column").is_in(once),
            has_withdrawn=pl.col("study_id").is_in(withdrawn.tolist()),
        )
    )


def gidamps_cells(
    gidamps: Gidamps, dataset: str, published: pd.DataFrame, shared: Path
) -> pl.DataFrame:
    ours = gidamps.ours.dataset(dataset)
    place = [name for name in SAMPLING if name in ours.columns]
    unwanted = [*SAMPLING, "redcap_repeat_instrument", "redcap_repeat_instance"]
    names = published_as(published.drop(columns=unwanted, errors="ignore"), "gidamps")
    sources = {own: gidamps.facts.source(name) for name, own in names.items()}
    compared = cells(as_text(published), ours, gidamps.ours.recorded(dataset), place, names)
    for known in (
        answered.gidamps(gidamps.ours.raw, sources),
        answered.several_ticked(gidamps.ours.raw),
    ):
        compared = compared.join(
            answered.at_each_place(known, ours.select(place)), on=[*place, "column"], how="left"
        )
    no_day = ours.filter(pl.col("sampling_date").is_null()) if len(place) > 1 else ours.clear()
    labels = labels_of(shared, "gidamps", gidamps.facts)
    variables = gidamps.ours.dictionary.variables.values()
    return (
        compared.join(offered(labels), on=["column", "theirs"], how="left")
        .join(ranges(variables), on="column", how="left")
        .join(no_day.select(pl.col(place).cast(pl.String), has_no_day=True), on=place, how="left")
        .with_columns(
            pl.col("is_answered", "has_several_ticked", "has_no_day").fill_null(value=False),
            is_coded=False,
        )
    )


def keys(frame: pl.DataFrame, names: list[str]) -> set[tuple[object, ...]]:
    return set(frame.select(pl.col(names).cast(pl.String)).iter_rows())


def as_yes_or_no(*codes: str) -> pl.Expr:
    return pl.when(pl.col("theirs").is_in(codes)).then("theirs")


def test_the_oracles_publish_the_columns_that_are_published_today(
    music: Music, gidamps: Gidamps
) -> None:
    # A document is no text, so none is generated.
    assert {*music.main, "upload_endoscopic_image"} == set(music.facts.output["cleaned"])
    demographics = music_in_use.demographics(music.main, music.facts)
    assert list(demographics) == music.facts.output["demographics"]
    assert set(gidamps.cleaned) == set(gidamps.facts.output["cleaned"])
    assert set(gidamps_in_use.sampling(gidamps.cleaned)) == set(gidamps.facts.output["sampling"])


def test_music_differs_from_what_is_published_in_known_defects_only(
    music: Music, music_cells: pl.DataFrame
) -> None:
    assert music_cells.select(VISIT).n_unique() == music.ours.dataset("main").height
    found = explained(music_cells, exceptions.MUSIC)
    assert not unexplained(found)
    assert set(found["why"]) == {str(each.why) for each in exceptions.MUSIC}


def test_gidamps_differs_from_what_is_published_in_known_defects_only(
    gidamps: Gidamps, shared: Path
) -> None:
    people = gidamps_in_use.demographics(gidamps.cleaned)
    visits = gidamps.sampling.drop_duplicates(SAMPLING)
    compared = (
        gidamps_cells(gidamps, "sampling", visits, shared),
        gidamps_cells(gidamps, "demographics", people, shared),
    )
    assert compared[0].select(SAMPLING).n_unique() == len(visits)
    assert compared[1]["study_id"].n_unique() == len(people)
    shown = ["column", "theirs", "ours", "why"]
    found = pl.concat(explained(each, exceptions.GIDAMPS).select(shown) for each in compared)
    assert not unexplained(found)
    assert set(found["why"]) == {str(each.why) for each in exceptions.GIDAMPS}


def test_a_flag_is_as_recorded_unless_the_courses_tell_more_or_contradict_it(
    music: Music, gidamps: Gidamps
) -> None:
    for ours, name, turned in ((music.ours, "main", set()), (gidamps.ours, "sampling", SUMMARIES)):
        settled, recorded = ours.dataset(name), ours.recorded(name)
        flags = [*flags_from_exposure(ours.study, ours.study.datasets[name])]
        assert settled.drop(flags).equals(recorded.drop(flags))
        now, then = (each.select(flags).unpivot() for each in (settled, recorded))
        told = now.with_columns(then=then["value"])
        assert told.filter(pl.col("then").is_null() & pl.col("value").is_not_null()).height > 0
        assert told.filter(pl.col("then").is_not_null() & pl.col("value").is_null()).height > 0
        # Only a summary of the answers on courses can be the opposite of what these tell.
        opposite = told.filter(pl.col("value") != pl.col("then"))
        assert set(opposite["variable"]) == turned
        assert not opposite["value"].any()


def test_a_drug_that_was_started_after_joining_is_no_exposure_at_baseline(
    gidamps: Gidamps,
) -> None:
    """In use today, whoever ever took a drug had it at baseline."""
    started_late = pl.col("aza") & (pl.col("aza_start") > pl.col("consent_date"))
    late = gidamps.ours.dataset("demographics").filter(started_late & ~pl.col("mp"))
    assert late.height > 0
    assert not late["baseline_thiopurine_exposure"].any()


def test_the_demographics_of_music_are_the_first_visits_of_the_main_dataset(music: Music) -> None:
    ours, main = music.ours.dataset("demographics"), music.ours.dataset("main")
    first = main.filter(pl.col("timepoint") == "timepoint_1")
    assert ours.equals(first.select(ours.columns))
    released = set(music.facts.output["demographics"]) - exceptions.NOT_RELEASED["music"]
    assert released - {"redcap_event_name"} <= set(ours.columns)


def test_facts_of_a_participant_are_the_same_at_each_visit(music: Music) -> None:
    main = music.ours.dataset("main")
    once = [name for name in music.ours.tables["participant"].frame.columns if name in main.columns]
    assert main.select(once).unique().height == main["study_id"].n_unique()


def test_no_text_of_a_dataset_is_blank_or_a_missing_code(music: Music, gidamps: Gidamps) -> None:
    """Defects 6 and 22."""
    for study in (music, gidamps):
        for name in study.ours.study.datasets:
            text = study.ours.dataset(name).select(pl.col(pl.String).str.strip_chars())
            assert text.filter(pl.any_horizontal(pl.all().is_in(["", "-1000"]))).is_empty()


def test_what_is_missing_says_why_and_what_is_known_says_nothing(
    music: Music, gidamps: Gidamps
) -> None:
    for study in (music, gidamps):
        waiting = set[str]()
        for name, made in study.ours.tables.items():
            for row in made.frame.filter(pl.col("missing_reasons").is_not_null()).to_dicts():
                told = json.loads(row["missing_reasons"])
                assert {row[each] for each in told} == {None}, name
                waiting |= {each for each, why in told.items() if why == "quarantined"}
        assert "date_of_diagnosis" in waiting or study is music
        assert waiting


def test_rows_after_a_withdrawal_are_left_out_and_no_other(music: Music) -> None:
    """Defect 16: in use today, only the row goes on which the withdrawal was noted."""
    theirs = as_text(music.main).select("study_id", timepoint="redcap_event_name")
    kept = keys(music.ours.dataset("main"), VISIT)
    assert kept < keys(theirs, VISIT)
    noted = music.flat.loc[music.flat["withdrawn"] == "0"]
    left_at = dict(zip("MID-" + noted["study_id"], noted["redcap_event_name"], strict=True))
    for person, timepoint in keys(theirs, VISIT) - kept:
        assert str(timepoint) > left_at[str(person)].removesuffix("_arm_1")


def test_the_uc_criterion_asks_for_both_signs_and_stays_unknown_where_one_is(music: Music) -> None:
    """Defect 2: in use today, a missing bleeding is a yes."""
    main = music.ours.dataset("main")
    often = pl.col("mayo_stool_frequency") == ">5_above_normal"
    bleeds = pl.col("mayo_rectal_bleeding") != "none"
    met = pl.col("ibdresponse_criteria_uc_met")
    assert main.filter(often & bleeds).height > 0
    assert main.filter(met.ne_missing(often & bleeds)).is_empty()


def test_every_laboratory_report_is_kept(music: Music) -> None:
    """Defect 13: in use today, only the first of a visit is."""
    left = music.flat.loc[music.flat["withdrawn"] == "0", "study_id"]
    reports = music.generated.forms["laboratory_tests_for_disease_activity"]
    expected = reports.filter(~pl.col("study_id").is_in(left.tolist()))
    ours = music.ours.tables["laboratory"].frame
    stayed = ours.filter(~pl.col("study_id").is_in(("MID-" + left).tolist()))
    assert stayed.height == expected.height
    assert (stayed["laboratory_instance"] > 1).any()


def test_what_is_no_number_waits_in_quarantine(music: Music) -> None:
    """Defect 12: in use today, it becomes missing and nobody counts it."""
    planted = music.generated.planted
    waiting = music.ours.tables["endoscopy"].quarantine.filter(pl.col("reason") == "not_a_number")
    assert planted["not_a_number", "sescd_noncalc"] > 0
    for field in ("sescd_noncalc", "uceis_noncalc"):
        wrong = planted["not_a_number", field] + planted["decimal_comma", field]
        assert waiting.filter(pl.col("field") == field)["count"].sum() == wrong


def test_no_column_of_all_adults_means_a_total_in_one_study_and_a_subscore_in_another(
    music: Music, gidamps: Gidamps
) -> None:
    """Defect 10: GI-DAMPs' field `mayo_total` offers 0 to 3, MUSIC's is a sum of subscores."""
    dictionary = music.ours.dictionary
    frames = {
        "gidamps.sampling": gidamps.ours.dataset("sampling"),
        "music.main": music.ours.dataset("main"),
    }
    adults = combine(dictionary, dictionary.datasets["ibd_adult"], frames).frame
    scores = adults.select("study", "mayo_total", "mayo_endoscopic_score").group_by("study").max()
    highest = {study: rest for study, *rest in scores.iter_rows()}
    assert highest["gidamps"] == [None, 3]
    assert highest["music"][0] > 3
    assert highest["music"][1] == 3


def test_two_questionnaires_of_one_day_multiply_no_sampling(gidamps: Gidamps) -> None:
    """Defect 13: in use today, the sampling's row comes twice."""
    ours, theirs = gidamps.ours.dataset("sampling"), gidamps.sampling
    assert len(theirs) > ours.height
    assert not ours.select(SAMPLING).is_duplicated().any()
    assert keys(ours, SAMPLING) == keys(as_text(theirs), SAMPLING)


def test_one_bad_date_of_diagnosis_stops_only_the_pipeline_in_use(gidamps: Gidamps) -> None:
    """Defect 21."""
    with pytest.raises(ValueError, match="at position"):
        gidamps_in_use.cleaned(gidamps.flat, gidamps.facts, TODAY)
    waiting = gidamps.ours.tables["participant"].quarantine
    assert "date_of_diagnosis" in waiting["field"].to_list()
