"""What a study's conformed tables tell of courses of drugs, in one form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary.drug_records import Courses, DateColumn
from omics_orchestrator.dictionary.drugs import names_of
from omics_orchestrator.dictionary.expression import compile_expression
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.exposure.bounds import COURSES, PERSON_AND_DRUG
from omics_orchestrator.exposure.doses import daily_dose, dosing_days
from omics_orchestrator.exposure.subjects import drugs_of

Tables = Mapping[str, pl.DataFrame]
DRUG_NOT_KNOWN = "drug_not_known"
NEVER_TAKEN_BUT_DATED = "never_taken_but_dated"
_BESIDE = {
    "dose": pl.Float64(),
    "dose_unit": pl.String(),
    "frequency": pl.String(),
    "daily_dose": pl.Float64(),
    "dosing_days": pl.Int64(),
    "route": pl.String(),
    "reason_stopped": pl.String(),
    "unusable": pl.String(),
}
SCHEMA = COURSES | _BESIDE
_READ = SCHEMA | {"taken": pl.Boolean()}
_TOLD = {"participant": pl.String(), "drug": pl.String(), "told_until": pl.Date()}


@dataclass(frozen=True)
class Records:
    """What a study tells of drugs.

    Attributes:
        courses: the courses, as in `SCHEMA`; `unusable` says why nothing follows from one.
        drugs: the drugs of the study.
        told: until when all courses of a participant's drug are told.
    """

    courses: pl.DataFrame
    drugs: tuple[str, ...]
    told: pl.DataFrame

    @property
    def usable(self) -> pl.DataFrame:
        """The courses from which something follows."""
        return self.courses.filter(pl.col("unusable").is_null())


def records_of(dictionary: Dictionary, study: Study, tables: Tables) -> Records:
    """Read all courses of a study from its conformed tables; a study without any has no lines."""
    if study.drugs is None:
        return Records(pl.DataFrame(schema=SCHEMA), (), pl.DataFrame(schema=_TOLD))
    names = names_of(dictionary.drugs.values())
    read = [(spec, _rows_of(study, spec, tables, names)) for spec in study.drugs.courses]
    courses = pl.concat([pl.DataFrame(schema=_READ), *(rows for _, rows in read)])
    drugs = drugs_of(dictionary, study, set(courses["drug"]))
    told = pl.concat([pl.DataFrame(schema=_TOLD), *(_told(*each, drugs) for each in read)])
    return Records(
        courses.filter(pl.col("taken")).drop("taken"),
        drugs,
        told.group_by(PERSON_AND_DRUG).agg(pl.col("told_until").max()),
    )


def _rows_of(study: Study, spec: Courses, tables: Tables, names: Mapping[str, str]) -> pl.DataFrame:
    dated = with_date(study, spec.table, tables, spec.as_of, "known_on")
    parts = [_answered(study, spec, dated, *each) for each in spec.ever.items()]
    if spec.drug:
        parts.append(_named(study, spec, dated, names))
    return pl.concat([pl.DataFrame(schema=_READ), *parts])


def with_date(
    study: Study, table: str, tables: Tables, date: DateColumn | None, name: str
) -> pl.DataFrame:
    """The rows of a table, with a date of theirs or of another table's row with the same key."""
    frame = tables[table]
    if date is None:
        return frame.with_columns(pl.lit(None, pl.Date()).alias(name))
    other = tables[date.table or table]
    if date.where is not None:
        other = other.filter(compile_expression(date.where))
    theirs = study.tables[date.table or table].grain
    key = [column for column in study.tables[table].grain if column in theirs]
    found = other.group_by(key).agg(pl.col(date.date).cast(pl.Date()).min().alias(name))
    return frame.join(found, on=key, how="left", maintain_order="left")


def key_of(study: Study, table: str) -> pl.Expr:
    """The key of a row of a table, as one text."""
    parts = [pl.col(column).cast(pl.String()) for column in study.tables[table].grain]
    return pl.concat_str(parts, separator="/")


def _named(
    study: Study, spec: Courses, rows: pl.DataFrame, names: Mapping[str, str]
) -> pl.DataFrame:
    """Rows that name their drug; the first column that holds a name that is known counts."""
    said = [_matched(pl.col(column), names) for column in spec.drug]
    drug = pl.coalesce(said)
    unusable = pl.when(drug.is_null()).then(pl.lit(DRUG_NOT_KNOWN))
    source = pl.concat_str(pl.lit(f"{spec.table}/"), key_of(study, spec.table))
    return _course(study, spec, rows, drug=drug, source=source, unusable=unusable)


def _answered(
    study: Study, spec: Courses, rows: pl.DataFrame, drug: str, column: str
) -> pl.DataFrame:
    """Rows that answer whether a drug was ever taken; those that say no are told, and no course."""
    key = key_of(study, spec.table)
    source = pl.concat_str(pl.lit(f"{spec.table}/"), key, pl.lit(f"/{column}"))
    answered = rows.filter(pl.col(column).is_not_null())
    made = _course(
        study,
        spec,
        answered,
        drug=pl.lit(drug),
        source=source,
        unusable=pl.lit(None),
        column=column,
    )
    is_dated = pl.any_horizontal(pl.col("start_earliest", "stop_earliest").is_not_null())
    denied = pl.when(~pl.col("taken") & is_dated).then(pl.lit(NEVER_TAKEN_BUT_DATED))
    # A "never" without any date is no course.
    return made.with_columns(unusable=denied, taken=pl.col("taken") | denied.is_not_null())


def _course(
    study: Study,
    spec: Courses,
    rows: pl.DataFrame,
    *,
    drug: pl.Expr,
    source: pl.Expr,
    unusable: pl.Expr,
    column: str = "",
) -> pl.DataFrame:
    participant = study.drugs.participant if study.drugs else ""
    start, stop = (each and each.replace("{}", column) for each in (spec.start, spec.stop))
    frequency = _column(spec.frequency, pl.String())
    dose = _column(spec.dose, pl.Float64())
    return rows.select(
        pl.col(participant).alias("participant"),
        drug.cast(pl.String()).alias("drug"),
        source.alias("source"),
        *_ends(rows, start, "start"),
        *_ends(rows, stop, "stop"),
        _ongoing(rows, spec, stop).alias("ongoing"),
        pl.col("known_on"),
        dose.alias("dose"),
        pl.when(dose.is_not_null()).then(pl.lit(spec.unit, pl.String())).alias("dose_unit"),
        frequency.alias("frequency"),
        daily_dose(dose, frequency).alias("daily_dose"),
        dosing_days(frequency).alias("dosing_days"),
        _column(spec.route, pl.String()).alias("route"),
        _column(spec.reason, pl.String()).alias("reason_stopped"),
        unusable.cast(pl.String()).alias("unusable"),
        (pl.col(column) if column else pl.lit(value=True)).alias("taken"),
    )


def _column(name: str | None, dtype: pl.DataType) -> pl.Expr:
    return pl.lit(None, dtype) if name is None else pl.col(name).cast(dtype)


def _ends(rows: pl.DataFrame, column: str | None, name: str) -> Iterator[pl.Expr]:
    """The first and last day that a date allows; a partial date has them beside it."""
    for end in ("earliest", "latest"):
        beside = f"{column}_{end}"
        own = beside if beside in rows.columns else column
        yield _column(own, pl.Date()).alias(f"{name}_{end}")


def _ongoing(rows: pl.DataFrame, spec: Courses, stop: str | None) -> pl.Expr:
    said = _column(spec.ongoing, pl.Boolean())
    if spec.blank_stop == "unknown" or stop is None:
        return said
    blank = pl.col(stop).is_null()
    if "missing_reasons" in rows.columns:
        # A stop that was declared missing is a stop that nobody knows.
        declared = pl.col("missing_reasons").str.contains(f'"{stop}":', literal=True)
        blank = blank & ~declared.fill_null(value=False)
    return pl.coalesce(said, pl.when(blank).then(pl.lit(value=True)))


def _matched(column: pl.Expr, names: Mapping[str, str]) -> pl.Expr:
    text = column.str.to_lowercase().str.strip_chars().str.replace_all(r"\s+", " ")
    return text.replace_strict(dict(names), default=None, return_dtype=pl.String)


def _told(spec: Courses, rows: pl.DataFrame, every: tuple[str, ...]) -> pl.DataFrame:
    """Until when all courses are told of which drugs."""
    if spec.tells == "rows" and not spec.ever:
        return pl.DataFrame(schema=_TOLD)
    dated = rows.filter(pl.col("known_on").is_not_null())
    # What cannot be used may be a course of any drug, or of the drug it names.
    spoilt = rows.filter(pl.col("unusable").is_not_null()).select(PERSON_AND_DRUG)
    doubtful = spoilt.filter(pl.col("drug").is_null()).select("participant")
    told = dated.join(doubtful, on="participant", how="anti")
    told = told.join(spoilt, on=PERSON_AND_DRUG, how="anti")
    if spec.tells == "all":
        drugs = pl.DataFrame({"drug": every}, schema={"drug": pl.String()})
        return told.drop("drug").join(drugs, how="cross").select(
            "participant", "drug", pl.col("known_on").alias("told_until")
        )  # fmt: skip
    # A row that tells of a later start was written again since.
    until = pl.max_horizontal("known_on", "start_earliest")
    return told.select("participant", "drug", until.alias("told_until"))
