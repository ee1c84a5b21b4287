"""What a study's conformed tables tell of courses of drugs, in one form."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary.drug_records import Courses, DateColumn
from omics_orchestrator.dictionary.drugs import names_of
from omics_orchestrator.dictionary.expression import compile_expression
from omics_orchestrator.dictionary.missing_reasons import QUARANTINED
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.settled_flags import row_key
from omics_orchestrator.exposure.bounds import COURSES, PERSON_AND_DRUG
from omics_orchestrator.exposure.doses import DOSES, doses_of
from omics_orchestrator.exposure.subjects import drugs_of

Tables = Mapping[str, pl.DataFrame]
DRUG_NOT_KNOWN = "drug_not_known"
NEVER_TAKEN_BUT_DATED = "never_taken_but_dated"
ANSWER_QUARANTINED = "answer_quarantined"
_BESIDE = dict.fromkeys(("route", "reason_stopped", "unusable", "quarantined"), pl.String())
SCHEMA = COURSES | DOSES | _BESIDE
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


def records_of(
    dictionary: Dictionary, study: Study, tables: Tables, named: Collection[str] = ()
) -> Records:
    """Read all courses of a study from its conformed tables; a study without any has no lines.

    Args:
        dictionary: the data dictionary.
        study: the study.
        tables: the rows of its conformed tables, of all participants or of some.
        named: the drugs that rows of the others name.
    """
    if study.drugs is None:
        return Records(pl.DataFrame(schema=SCHEMA), (), pl.DataFrame(schema=_TOLD))
    names = names_of(dictionary.drugs.values())
    read = [(spec, _rows_of(study, spec, tables, names)) for spec in study.drugs.courses]
    courses = pl.concat([pl.DataFrame(schema=_READ), *(rows for _, rows in read)])
    drugs = drugs_of(dictionary, study, {*courses["drug"], *named})
    told = pl.concat([pl.DataFrame(schema=_TOLD), *(_told(*each, drugs) for each in read)])
    return Records(
        courses.filter(pl.col("taken")).drop("taken"),
        drugs,
        told.group_by(PERSON_AND_DRUG).agg(pl.col("told_until").max()),
    )


def drugs_named(spec: Courses, rows: pl.DataFrame, names: Mapping[str, str]) -> set[str]:
    """The drugs that rows name; `rows` need no columns but those that name them."""
    return set(rows.select(_drug(spec, names)).to_series().drop_nulls())


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


def _named(
    study: Study, spec: Courses, rows: pl.DataFrame, names: Mapping[str, str]
) -> pl.DataFrame:
    """Rows that name their drug; the first column that holds a name that is known counts."""
    drug = _drug(spec, names)
    unusable = pl.when(drug.is_null()).then(pl.lit(DRUG_NOT_KNOWN))
    source = pl.concat_str(pl.lit(f"{spec.table}/"), row_key(study.tables[spec.table].grain))
    return _course(study, spec, rows, drug=drug, source=source, unusable=unusable)


def _answered(
    study: Study, spec: Courses, rows: pl.DataFrame, drug: str, column: str
) -> pl.DataFrame:
    """Rows that answer whether a drug was ever taken; those that say no are told, and no course."""
    key = row_key(study.tables[spec.table].grain)
    source = pl.concat_str(pl.lit(f"{spec.table}/"), key, pl.lit(f"/{column}"))
    answered = rows.filter(pl.col(column).is_not_null() | _waits(rows, column))
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
    unusable = (
        pl.when(pl.col("taken").is_null())
        .then(pl.lit(ANSWER_QUARANTINED))
        .when(~pl.col("taken") & is_dated)
        .then(pl.lit(NEVER_TAKEN_BUT_DATED))
    )
    # A "never" without any date is no course.
    taken = pl.col("taken").fill_null(value=False) | unusable.is_not_null()
    return made.with_columns(unusable=unusable, taken=taken)


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
    told = rows.select(
        pl.col(participant).alias("participant"),
        drug.cast(pl.String()).alias("drug"),
        source.alias("source"),
        *_ends(rows, start, "start"),
        *_ends(rows, stop, "stop"),
        _ongoing(rows, spec, stop).alias("ongoing"),
        pl.col("known_on"),
        _column(spec.route, pl.String()).alias("route"),
        _column(spec.reason, pl.String()).alias("reason_stopped"),
        unusable.cast(pl.String()).alias("unusable"),
        _quarantined(rows, spec, start, stop).alias("quarantined"),
        (pl.col(column) if column else pl.lit(value=True)).alias("taken"),
    )
    return pl.concat([told, doses_of(spec, rows)], how="horizontal").select(*_READ)


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
    # A stop that was declared missing, or cannot be read, is a stop that nobody knows.
    blank = pl.col(stop).is_null() & ~_reasoned(rows, f'"{stop}":') & ~_waits(rows, spec.ongoing)
    return pl.coalesce(said, pl.when(blank).then(pl.lit(value=True)))


def _reasoned(rows: pl.DataFrame, said: str) -> pl.Expr:
    """Whether the reasons why values are missing say something; false where there are none."""
    if "missing_reasons" not in rows.columns:
        return pl.lit(value=False)
    found = pl.col("missing_reasons").str.contains(said, literal=True)
    return found.fill_null(value=False)


def _waits(rows: pl.DataFrame, column: str | None) -> pl.Expr:
    """Whether what the source says for a column waits in quarantine."""
    return _reasoned(rows, f'"{column}": "{QUARANTINED}"')


def _quarantined(rows: pl.DataFrame, spec: Courses, start: str | None, stop: str | None) -> pl.Expr:
    """What of a row waits in quarantine; null where nothing does."""
    columns = {
        "start": start,
        "stop": stop,
        "ongoing": spec.ongoing,
        "dose": spec.dose_text or spec.dose,
        "frequency": spec.frequency,
    }
    held = [pl.when(_waits(rows, column)).then(pl.lit(what)) for what, column in columns.items()]
    told = pl.concat_str(held, separator=", ", ignore_nulls=True)
    return pl.when(told != "").then(told)


def _drug(spec: Courses, names: Mapping[str, str]) -> pl.Expr:
    return pl.coalesce([_matched(pl.col(column), names) for column in spec.drug])


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
