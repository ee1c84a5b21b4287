"""Does a file fit the clinic: the sex that it shows and the reference it lies on, with verdicts.

A disagreement is a question for a person and never corrects anything: a sample may be swapped, an
entry wrong, or the person's chromosomes other than their recorded sex says.
"""

import polars as pl

from omics_orchestrator.catalogue.consistency_table import CONSISTENCY_SCHEMA
from omics_orchestrator.catalogue.sample_names import normalised
from omics_orchestrator.catalogue.sex_evidence import FEMALE, MALE, shown_by
from omics_orchestrator.dictionary.model import Collection, Dictionary, Study
from omics_orchestrator.dictionary.reads import rules_of

AGREES, DISAGREES, NOT_COMPARABLE = "agrees", "disagrees", "not comparable"
RECORDED = {"study_id": pl.String(), "sex": pl.String()}
_VALUE_SET = "sex"
_KIND = ["modality", "stage"]


def where_sex_is_recorded(dictionary: Dictionary, study: Study) -> tuple[str, str] | None:
    """Name the table and variable: the only one of a participant whose values are `sex`."""
    found = [
        (table, name)
        for table, spec in study.tables.items()
        if len(spec.grain) == 1
        for name in rules_of(study, table)
        if dictionary.variables[name].codes == _VALUE_SET
    ]
    return found[0] if len(found) == 1 else None


def compare(
    collection: Collection, files: pl.DataFrame, links: pl.DataFrame, recorded: pl.DataFrame
) -> pl.DataFrame:
    """Compare the linked files of a collection with the clinic, and with each other.

    Args:
        collection: the collection.
        files: registered files, with collection, path, modality, stage and description.
        links: whose files are, with `LINK_COLUMNS`.
        recorded: `study_id` and `sex` of the study's participants.

    Returns:
        One row a file, sample and what was compared, with `CONSISTENCY_SCHEMA`.
    """
    own = pl.col("collection") == collection.collection
    linked = links.filter(own).select("path", "sample_id", "study_id")
    there = files.filter(own).join(linked, on="path", how="semi")
    compared = [_sexes(collection, there, linked, recorded), _references(collection, there, linked)]
    return (
        pl.concat(each.with_columns(collection=pl.lit(collection.collection)) for each in compared)
        .select(pl.col(name).cast(dtype) for name, dtype in CONSISTENCY_SCHEMA.items())
        .sort("path", "sample_id", "about")
    )


def _sexes(
    collection: Collection, files: pl.DataFrame, linked: pl.DataFrame, recorded: pl.DataFrame
) -> pl.DataFrame:
    # A mouse has neither these genes nor these lengths, and its sex is nobody's in the clinic.
    shown = shown_by(files.filter(~_told("assembly").fill_null("").str.starts_with("GRCm")))
    found = _owned(collection, shown, linked).join(
        recorded.select("study_id", expected="sex"), on="study_id", how="left"
    )
    both_known = pl.col("found").is_in((FEMALE, MALE)) & pl.col("expected").is_in((FEMALE, MALE))
    return found.select(
        "path",
        "sample_id",
        "study_id",
        "expected",
        "found",
        "evidence",
        about=pl.lit("sex"),
        verdict=pl.when(both_known.fill_null(value=False))
        .then(_agreement())
        .otherwise(pl.lit(NOT_COMPARABLE)),
    )


def _owned(collection: Collection, shown: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    """Give what files show to the samples they are of: by name, unless all is one person's."""
    person = pl.coalesce("study_id", "sample_id")
    of_one = linked.filter(person.n_unique().over("path") == 1)
    whole = shown.filter(pl.len().over("path") == 1).join(of_one, on="path")
    name = normalised(pl.col("sample"), collection.normalise, as_in_file=True)
    known = normalised(pl.col("sample_id"), collection.normalise, as_in_file=False)
    named = shown.with_columns(known=name).join(
        linked.with_columns(known=known), on=["path", "known"]
    )
    others = named.join(whole, on="path", how="anti").unique(["path", "sample_id"], keep="none")
    return pl.concat([whole, others.select(whole.columns)])


def _references(collection: Collection, files: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    stated = files.select(
        "path", *_KIND, found=_told("assembly"), stated=_told("assembly_stated")
    ).drop_nulls("found")
    expected = _expected(collection, stated)
    says_another = (pl.col("stated") != pl.col("found")).fill_null(value=False)
    told = (
        pl.when(says_another)
        .then(pl.format("its header says {}, its sequences' lengths are of {}", "stated", "found"))
        .when(pl.col("stated").is_null())
        .then(pl.lit("by its sequences' lengths"))
        .otherwise(pl.lit("as its header says"))
    )
    judged = stated.join(expected, on=_KIND, how="left", nulls_equal=True).select(
        "path",
        "expected",
        "found",
        evidence=pl.concat_str(told, pl.lit("; "), pl.col("why")),
        about=pl.lit("reference"),
        verdict=pl.when(says_another).then(pl.lit(DISAGREES)).otherwise(_agreement()),
    )
    return linked.join(judged, on="path").select(
        "path", "sample_id", "study_id", "expected", "found", "evidence", "about", "verdict"
    )


def _expected(collection: Collection, stated: pl.DataFrame) -> pl.DataFrame:
    """The reference that files of a modality and stage must lie on, and why."""
    counted = stated.group_by(*_KIND, "found").len("files")
    most = counted.filter(pl.col("files") == pl.col("files").max().over(_KIND))
    usual = most.group_by(_KIND).agg(
        expected=pl.col("found").sort().str.join(" or "), files=pl.col("files").sum()
    )
    of_all = counted.group_by(_KIND).agg(all=pl.col("files").sum())
    if collection.reference:
        return of_all.select(
            *_KIND, expected=pl.lit(collection.reference), why=pl.lit("the collection declares it")
        )
    return usual.join(of_all, on=_KIND, nulls_equal=True).select(
        *_KIND,
        "expected",
        why=pl.format("{} of {} such files lie on {}", "files", "all", "expected"),
    )


def _agreement() -> pl.Expr:
    agrees = pl.col("found") == pl.col("expected")
    return pl.when(agrees).then(pl.lit(AGREES)).otherwise(pl.lit(DISAGREES))


def _told(fact: str) -> pl.Expr:
    return pl.col("description").str.json_path_match(f"$.{fact}")
