"""The tables on drugs of a study: what their columns are, and how they are made."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from omics_orchestrator.dictionary.drug_records import DrugRecords
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.exposure.asked import STATUS, statuses
from omics_orchestrator.exposure.bounds import PERSON_AND_DRUG, bound
from omics_orchestrator.exposure.courses import SCHEMA, Tables, records_of
from omics_orchestrator.exposure.episodes import merge, numbered
from omics_orchestrator.exposure.flags import FLAGS, flags

MEANINGS: Mapping[str, str] = {
    "participant": "Whose it is",
    "drug": "The drug, by its name in drugs.csv; empty where nobody knows it",
    "drug_class": "Its class, by its name in drug_classes.csv",
    "atc": "Its code in WHO's classification",
    "episode": "The number of the episode, from 1 for the participant's first of the drug",
    "source": "The row that tells of it: table, key, and the column where one row has several",
    "source_rows": "The rows that tell of it, or that decide it",
    "start_earliest": "The first day on which it can have started",
    "start_latest": "The last day on which it can have started",
    "stop_earliest": "The first day that can have been its last; taken until then for certain",
    "stop_latest": "The last day that can have been its last; empty where nobody knows its end",
    "ongoing": "Whether it was told as going on",
    "known_on": "The day on which it was told",
    "is_one": "Whether it is one episode whatever the partial dates are; it may be more otherwise",
    "dose": "One dose",
    "dose_unit": "The unit of the doses, in UCUM",
    "frequency": "How often",
    "daily_dose": "Dose a day, where dose and frequency tell it",
    "dose_text": "The dose as it was typed",
    "dose_problem": "Why what was typed says no dose",
    "daily_dose_lowest": "The lowest dose a day among its courses",
    "daily_dose_highest": "The highest dose a day among its courses",
    "dosing_days": "The longest from one dose to the next, in days",
    "route": "How it is given",
    "routes": "How it is given",
    "reason_stopped": "Why it was stopped",
    "reasons_stopped": "Why it was stopped",
    "response": "`none` or `lost`, where that is why it was stopped",
    "quarantined": "What of the rows waits in quarantine, and leaves it unknown",
    "problem": "What contradicts itself in the row, so that its dates are not believed",
    "table": "The table whose row asks",
    "row_key": "The key of that row",
    "date": "The day that is asked for",
    "exposure": "A drug, or a class of drugs",
    "status": "on, off, or unknown where the records allow both or contradict one another",
    "by_courses": "What follows from the courses alone",
    "recorded": "What a flag says that was recorded for the day",
    "is_contradicted": "Whether the flag contradicts the courses",
    "ever": "Whether it was taken on that day or before; empty where nobody knows",
    "days_since_dose_least": "The fewest days since the last dose that the records allow",
    "days_since_dose_most": "The most days since the last dose; empty where there is no bound",
    "variable": "The flag, by its name in the dictionary",
    "value": "Recorded, or else by the courses; empty where the two contradict one another",
}
_RESPONSES = {"primary_non_response": "none", "secondary_non_response": "lost"}
_TEXT, _DATE, _TEXTS = pl.String(), pl.Date(), pl.List(pl.String())
_COURSE = {name: SCHEMA[name] for name in SCHEMA if name != "unusable"} | {"problem": _TEXT}
_EPISODE = {
    "participant": _TEXT,
    "drug": _TEXT,
    "episode": pl.Int64(),
    "drug_class": _TEXT,
    "atc": _TEXT,
    "start_earliest": _DATE,
    "start_latest": _DATE,
    "stop_earliest": _DATE,
    "stop_latest": _DATE,
    "is_one": pl.Boolean(),
    "ongoing": pl.Boolean(),
    "known_on": _DATE,
    "daily_dose_lowest": pl.Float64(),
    "daily_dose_highest": pl.Float64(),
    "dose_unit": _TEXT,
    "routes": _TEXTS,
    "reasons_stopped": _TEXTS,
    "response": _TEXT,
    "source_rows": _TEXTS,
}
Read = Callable[[DrugRecords], tuple[str, ...]]


class Make(Protocol):
    """How a table on drugs is made."""

    def __call__(
        self, dictionary: Dictionary, study: Study, tables: Tables, named: Collection[str] = ()
    ) -> pl.DataFrame:
        """Make it of a study's conformed tables, or of some participants' rows of them.

        `named` are the drugs that rows of other participants name: the study tells of these too.
        """
        ...


@dataclass(frozen=True)
class ExposureTable:
    """One table on drugs.

    Attributes:
        comment: what a row is.
        columns: its columns with their types.
        key: the columns that make a row's key.
        make: how it is made of a study's conformed tables.
        reads: which of these it reads.
    """

    comment: str
    columns: Mapping[str, pl.DataType]
    key: tuple[str, ...]
    make: Make
    reads: Read

    def made_of(self, study: Study) -> tuple[str, ...]:
        """The conformed tables that it reads."""
        return self.reads(study.drugs) if study.drugs else ()


def courses(
    dictionary: Dictionary, study: Study, tables: Tables, named: Collection[str] = ()
) -> pl.DataFrame:
    """Every course that a study tells of, and what is wrong with it."""
    records = records_of(dictionary, study, tables, named)
    of_usable = bound(records.usable).select("source", "problem")
    told = records.courses.join(of_usable, on="source", how="left", maintain_order="left")
    problem = pl.coalesce("unusable", "problem")
    return told.with_columns(problem.alias("problem")).select(*_COURSE).sort("source")


def episodes(
    dictionary: Dictionary, study: Study, tables: Tables, named: Collection[str] = ()
) -> pl.DataFrame:
    """Courses that may have been one, put together."""
    drugs = pl.DataFrame(
        [
            (
                each.drug,
                each.drug_class,
                each.atc,
                dictionary.drug_classes[each.drug_class].gap_days,
            )
            for each in dictionary.drugs.values()
        ],
        schema={"drug": _TEXT, "drug_class": _TEXT, "atc": _TEXT, "gap_days": pl.Int64()},
        orient="row",
    )
    usable = records_of(dictionary, study, tables, named).usable
    of_one = numbered(bound(usable.join(drugs, on="drug", maintain_order="left")))
    key = [*PERSON_AND_DRUG, "episode"]
    told = of_one.group_by(key).agg(*_facts())
    return merge(of_one).join(told, on=key).select(*_typed(_EPISODE)).sort(key)


def _facts() -> list[pl.Expr]:
    daily, reasons = pl.col("daily_dose"), pl.col("reason_stopped")
    one_unit = pl.col("dose_unit").drop_nulls().unique()
    is_one_unit = one_unit.len() <= 1
    response = reasons.replace_strict(_RESPONSES, default=None, return_dtype=pl.String)
    return [
        pl.col("drug_class", "atc").first(),
        pl.col("ongoing").any(),
        pl.col("known_on").max(),
        pl.when(is_one_unit).then(daily.min()).alias("daily_dose_lowest"),
        pl.when(is_one_unit).then(daily.max()).alias("daily_dose_highest"),
        pl.when(is_one_unit).then(one_unit.first()).alias("dose_unit"),
        pl.col("route").drop_nulls().unique().sort().alias("routes"),
        reasons.drop_nulls().unique().sort().alias("reasons_stopped"),
        response.sort_by("starts_from").drop_nulls().last().alias("response"),
    ]


def _typed(schema: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    return [pl.col(name).cast(dtype) for name, dtype in schema.items()]


def _status(
    dictionary: Dictionary, study: Study, tables: Tables, named: Collection[str] = ()
) -> pl.DataFrame:
    return statuses(dictionary, study, tables, records_of(dictionary, study, tables, named))


def _flags(
    dictionary: Dictionary, study: Study, tables: Tables, named: Collection[str] = ()
) -> pl.DataFrame:
    # Tables without flags may come from another source, and flags need not wait for it.
    drugs = study.drugs and study.drugs.flagging
    flagging = study.model_copy(update={"drugs": drugs})
    return flags(flagging, tables, _status(dictionary, flagging, tables, named))


TABLES: Mapping[str, ExposureTable] = {
    "drug_course": ExposureTable(
        "One row a course of a drug, as the study's records tell of it.",
        _COURSE,
        ("source",),
        courses,
        lambda drugs: drugs.told_in,
    ),
    "drug_episode": ExposureTable(
        "One row an episode of a drug: courses that may have been one.",
        _EPISODE,
        (*PERSON_AND_DRUG, "episode"),
        episodes,
        lambda drugs: drugs.told_in,
    ),
    "status": ExposureTable(
        "One row a drug or class and a row that asks: on, off or unknown at its date.",
        STATUS,
        ("table", "row_key", "exposure"),
        _status,
        lambda drugs: drugs.tables,
    ),
    "flag": ExposureTable(
        "One row a flag of a visit or participant: recorded, by the courses, and contradicted.",
        FLAGS,
        ("table", "row_key", "variable"),
        _flags,
        lambda drugs: drugs.flagging.tables,
    ),
}
