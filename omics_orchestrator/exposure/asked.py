"""The status of drugs and classes at every date that a study asks for, and its recorded flags.

A flag that was recorded on a day decides that day and no other. Where it contradicts the courses,
the status is unknown and both are told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from omics_orchestrator.dictionary.drug_records import Asked
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.rules import DeriveRule
from omics_orchestrator.dictionary.settled_flags import row_key
from omics_orchestrator.exposure.bounds import bound
from omics_orchestrator.exposure.courses import Records, Tables, with_date
from omics_orchestrator.exposure.status import OFF, ON, UNKNOWN, status_at
from omics_orchestrator.exposure.subjects import classes_of, members

ROW = {
    "table": pl.String(),
    "row_key": pl.String(),
    "participant": pl.String(),
    "date": pl.Date(),
}
STATUS = {
    **ROW,
    "exposure": pl.String(),
    "status": pl.String(),
    "by_courses": pl.String(),
    "recorded": pl.String(),
    "is_contradicted": pl.Boolean(),
    "ever": pl.Boolean(),
    "days_since_dose_least": pl.Int64(),
    "days_since_dose_most": pl.Int64(),
    "source_rows": pl.List(pl.String()),
    "quarantined": pl.String(),
}
_AT = ["participant", "date"]
_RECORDED = {name: ROW[name] for name in _AT} | {"exposure": pl.String(), "flag": pl.Boolean()}


def rows_asked(study: Study, tables: Tables) -> pl.DataFrame:
    """The rows at whose dates the status is wanted, as in `ROW`; those without a date are none."""
    found = [rows.select(*ROW) for _, rows in flagged_rows(study, tables)]
    return pl.concat([pl.DataFrame(schema=ROW), *found])


def flagged_rows(study: Study, tables: Tables) -> Iterator[tuple[Asked, pl.DataFrame]]:
    """Each table that asks, with its rows as in `ROW` and the flags that were recorded in it."""
    if study.drugs is None:
        return
    for spec in study.drugs.asked:
        dated = with_date(study, spec.table, tables, spec.date, "date of status")
        known = [name for name in (*spec.now, *spec.ever) if name in dated.columns]
        flags = [name for name in known if not _is_summary(study, spec, name)]
        rows = dated.select(
            pl.lit(spec.table).alias("table"),
            row_key(study.tables[spec.table].grain).alias("row_key"),
            pl.col(study.drugs.participant).alias("participant"),
            pl.col("date of status").alias("date"),
            *flags,
        )
        yield spec, rows.drop_nulls(["participant", "date"])


def _is_summary(study: Study, spec: Asked, flag: str) -> bool:
    """Whether nobody recorded a flag: it sums up answers that tell of courses themselves."""
    rule = rules_of(study, spec.table).get(flag)
    if not isinstance(rule, DeriveRule) or study.drugs is None:
        return False
    own = (each for each in study.drugs.courses if each.table == spec.table)
    return set(rule.variables) <= {column for each in own for column in each.ever.values()}


def statuses(
    dictionary: Dictionary, study: Study, tables: Tables, records: Records
) -> pl.DataFrame:
    """The status of each drug and class at each row that is asked for, as in `STATUS`.

    What nobody knows anything of is left out.
    """
    rows = rows_asked(study, tables)
    dates = rows.select(_AT).unique(maintain_order=True)
    recorded = _recorded(dictionary, study, tables)
    drugs = _settled(_of_drugs(dictionary, records, dates), recorded)
    classes = _of_classes(classes_of(dictionary, study, records.drugs), drugs, dates)
    every = pl.concat([drugs, _settled(classes, recorded)])
    says_something = (
        (pl.col("status") != UNKNOWN)
        | (pl.col("ever") != UNKNOWN)
        | pl.col("recorded").is_not_null()
        | (pl.col("source_rows").list.len() > 0)
    )
    ever = pl.when(pl.col("ever") != UNKNOWN).then(pl.col("ever") == ON)
    known = _with_quarantined(
        every.filter(says_something).with_columns(ever.alias("ever")), records.courses
    )
    return (
        rows.join(known, on=_AT, maintain_order="left")
        .select(pl.col(name).cast(dtype) for name, dtype in STATUS.items())
        .sort("table", "row_key", "exposure")
    )


def _with_quarantined(told: pl.DataFrame, courses: pl.DataFrame) -> pl.DataFrame:
    """Name what waits in quarantine of the rows that decide, where they leave it unknown."""
    held = courses.filter(pl.col("quarantined").is_not_null()).select(
        pl.col("source").alias("source_rows"), "quarantined"
    )
    waiting = (
        told.filter(pl.col("status") == UNKNOWN)
        .select(*_AT, "exposure", "source_rows")
        .explode("source_rows")
        .join(held, on="source_rows")
        .group_by(*_AT, "exposure")
        .agg(pl.col("quarantined").str.split(", ").explode().unique().sort().str.join(", "))
    )
    return told.join(waiting, on=[*_AT, "exposure"], how="left", maintain_order="left")


def _of_drugs(dictionary: Dictionary, records: Records, dates: pl.DataFrame) -> pl.DataFrame:
    gaps = {
        drug: dictionary.drug_classes[dictionary.drugs[drug].drug_class].gap_days
        for drug in records.drugs
    }
    schema = {"drug": pl.String(), "gap_days": pl.Int64()}
    drugs = pl.DataFrame({"drug": list(gaps), "gap_days": list(gaps.values())}, schema=schema)
    found = status_at(dates.join(drugs, how="cross"), bound(records.usable), records.told)
    return found.select(
        *_AT,
        pl.col("drug").alias("exposure"),
        pl.col("status").alias("by_courses"),
        pl.col("status").alias("inferred"),
        "ever",
        pl.col("days_least").alias("days_since_dose_least"),
        pl.col("days_most").alias("days_since_dose_most"),
        pl.col("rows").alias("source_rows"),
    )


def _of_classes(
    classes: Mapping[str, Sequence[str]], drugs: pl.DataFrame, dates: pl.DataFrame
) -> pl.DataFrame:
    """A class is on when one of its drugs is, off when all are, and unknown otherwise."""
    pairs = [(name, drug) for name, own in classes.items() for drug in own]
    schema = {"class": pl.String(), "exposure": pl.String()}
    is_unknown = pl.col("by_courses") == UNKNOWN
    found = (
        drugs.join(pl.DataFrame(pairs, schema=schema, orient="row"), on="exposure")
        .group_by(*_AT, pl.col("class").alias("exposure"))
        .agg(
            one_of("by_courses"),
            one_of("status").alias("inferred"),
            one_of("ever"),
            # A drug of which nobody knows may have been taken last.
            pl.when(~is_unknown.any()).then(pl.col("days_since_dose_least").min()),
            pl.col("days_since_dose_most").min(),
            pl.col("source_rows").explode().drop_nulls().unique().sort(),
        )
    )
    named = pl.DataFrame({"exposure": list(classes)}, schema={"exposure": pl.String()})
    return (
        dates.join(named, how="cross")
        .join(found, on=[*_AT, "exposure"], how="left", maintain_order="left")
        .with_columns(
            pl.col("by_courses", "inferred", "ever").fill_null(UNKNOWN),
            pl.col("source_rows").fill_null([]),
        )
    )


def one_of(column: str) -> pl.Expr:
    """Whether one of several holds: on when one is on, off when all are off, else unknown."""
    said = pl.col(column)
    is_on, is_off = (said == ON).any(), (said == OFF).all()
    return pl.when(is_on).then(pl.lit(ON)).when(is_off).then(pl.lit(OFF)).otherwise(
        pl.lit(UNKNOWN)
    ).alias(column)  # fmt: skip


def _settled(inferred: pl.DataFrame, recorded: pl.DataFrame) -> pl.DataFrame:
    """Put the flags that were recorded on the day beside what follows from the courses."""
    said, follows = pl.col("recorded"), pl.col("inferred")
    is_contradicted = (
        ((said == ON) & (follows == OFF)) | ((said == OFF) & (follows == ON)) | (said == UNKNOWN)
    ).fill_null(value=False)
    beside = inferred.join(recorded, on=[*_AT, "exposure"], how="left", maintain_order="left")
    return beside.with_columns(
        is_contradicted.alias("is_contradicted"),
        pl.when(is_contradicted)
        .then(pl.lit(UNKNOWN))
        .otherwise(pl.coalesce(said, follows))
        .alias("status"),
        pl.when((said == ON) & (pl.col("ever") == UNKNOWN))
        .then(pl.lit(ON))
        .otherwise("ever")
        .alias("ever"),
    ).drop("inferred")


def _recorded(dictionary: Dictionary, study: Study, tables: Tables) -> pl.DataFrame:
    """What was recorded on each day of each drug and class; unknown where it was both.

    A "no" is said of every drug that a flag stands for, a "yes" only of a drug or class alone.
    """
    said = [pl.DataFrame(schema=_RECORDED)]
    for spec, rows in flagged_rows(study, tables):
        for variable, names in spec.now.items():
            if variable not in rows.columns:
                continue
            flag = rows.select(*_AT, pl.col(variable).alias("flag"))
            no = {*names, *members(dictionary, names)}
            said.append(_said(flag.filter(~pl.col("flag")), no))
            said.append(_said(flag.filter("flag"), names if len(names) == 1 else ()))
    is_on, is_off = pl.col("flag").any(), ~pl.col("flag").all()
    both = pl.when(is_on & is_off).then(pl.lit(UNKNOWN))
    return (
        pl.concat(said)
        .group_by(*_AT, "exposure")
        .agg(
            pl.coalesce(both, pl.when(is_on).then(pl.lit(ON)).otherwise(pl.lit(OFF))).alias(
                "recorded"
            )
        )
    )


def _said(flag: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    named = pl.DataFrame({"exposure": sorted(names)}, schema={"exposure": pl.String()})
    return flag.join(named, how="cross").select(*_RECORDED)
