"""Whose a file is: the samples that its path, its header or a sheet names.

Never guessed: a file is linked when all who tell of it agree on a person and each name is that of
one known sample. Every other file has a reason, and the samples that may be meant. A name that is
nobody's is kept nowhere, since it may be a person's.
"""

from dataclasses import dataclass

import polars as pl

from omics_orchestrator.catalogue.link_columns import LINK_SCHEMA, UNLINKED_SCHEMA
from omics_orchestrator.catalogue.near_names import MOST_CANDIDATES, near
from omics_orchestrator.catalogue.sample_names import in_headers, in_paths, normalised
from omics_orchestrator.dictionary.model import Collection

# They tell of other files, and are nobody's.
_OF_OTHERS = ("checksums", "samplesheet")
_OF_EVERY_COLLECTION = (*_OF_OTHERS, "index")
_LINK = ("path", "sample_id", "study_id", "rule", "evidence")
_UNSORTED = r"(^|/)Undetermined_S0_[^/]*$"


@dataclass(frozen=True)
class Linked:
    """What became of the files of a collection that may be linked.

    Attributes:
        links: one row a file and sample, with `LINK_COLUMNS`.
        unlinked: one row a file without a link, with `UNLINKED_COLUMNS`.
    """

    links: pl.DataFrame
    unlinked: pl.DataFrame


def belongs(collection: Collection) -> pl.Expr:
    """Tell of a registered file whether its format is one of the collection's."""
    if not collection.formats:
        return pl.lit(value=True)
    allowed = (*collection.formats, *_OF_EVERY_COLLECTION)
    return pl.col("format").is_in(allowed).fill_null(value=False)


def is_fit() -> pl.Expr:
    """Tell of a registered file whether it is there, whole enough, and what it seems to be."""
    is_something_else = pl.col("format").is_null() & pl.col("fault").is_not_null()
    return ~(pl.col("status").is_in(("damaged", "vanished")) | is_something_else)


def may_be_linked(collection: Collection) -> pl.Expr:
    """Tell of a registered file of the collection whether it must be somebody's."""
    is_of_others = pl.col("format").is_in(_OF_OTHERS).fill_null(value=False)
    return is_fit() & belongs(collection) & ~is_of_others


def link(
    collection: Collection,
    files: pl.DataFrame,
    samples: pl.DataFrame,
    in_sheets: pl.DataFrame,
    mains: pl.DataFrame,
) -> Linked:
    """Link the files of a collection to samples.

    Args:
        collection: the collection, whose rules find samples' names.
        files: its registered files that may be linked, with `FILE_COLUMNS`.
        samples: `sample_id` and `study_id` of the study's samples.
        in_sheets: what manifests and sample sheets say, with `MENTION_COLUMNS`.
        mains: `path` of each index and `main`, the path of the file that it is of.
    """
    known = samples.select(
        "sample_id",
        "study_id",
        known=normalised(pl.col("sample_id"), collection.normalise, as_in_file=False),
    ).unique("sample_id", maintain_order=True)
    own = files.join(mains, on="path", how="anti")
    mentions = pl.concat([in_sheets, in_paths(collection, own), in_headers(own)])
    named = (
        mentions.join(own, on="path", how="semi")
        .with_columns(known=normalised(pl.col("name"), collection.normalise, as_in_file=True))
        .filter(pl.col("known") != "")
    )
    matched = _judged(named.join(known, on="known", maintain_order="left"))
    links = (
        matched.filter(pl.col("agree") & ~pl.col("is_several"))
        .unique(["path", "sample_id"], keep="first", maintain_order=True)
        .select(_LINK)
    )
    links = pl.concat([links, _of_indices(links, mains.join(files, on="path", how="semi"))])
    reasons = pl.concat([_reasons(named, matched, known), _indices_of_nobody(links, mains)])
    return Linked(
        _placed(collection, links, LINK_SCHEMA), _unlinked(collection, files, links, reasons)
    )


def _judged(matched: pl.DataFrame) -> pl.DataFrame:
    """Say of each match whether its name is several samples', and whether all witnesses agree."""
    # Most files name one sample once, and agree with themselves.
    is_one_of_many = pl.col("path").is_duplicated()
    alone = matched.filter(~is_one_of_many)
    return pl.concat(
        [
            alone.with_columns(agree=pl.lit(value=True), is_several=pl.lit(value=False)),
            _judged_together(matched.filter(is_one_of_many)),
        ]
    )


def _judged_together(matched: pl.DataFrame) -> pl.DataFrame:
    # A sample of no known participant is a person of its own.
    person = pl.coalesce("study_id", pl.concat_str(pl.lit("\0"), "sample_id"))
    witnesses = matched.select("path", "witness", person=person).unique()
    told = witnesses.group_by("path").agg(pl.col("witness").n_unique().alias("all"))
    on_one = witnesses.group_by("path", "person").len("on_one").group_by("path").max()
    agreement = told.join(on_one, on="path").select("path", agree=pl.col("on_one") == pl.col("all"))
    of_name = pl.col("sample_id").n_unique().over("path", "witness", "known") > 1
    of_witness = pl.col("sample_id").n_unique().over("path", "witness") > 1
    return matched.join(agreement, on="path", maintain_order="left").with_columns(
        is_several=of_name | (pl.col("of_one") & of_witness)
    )


def _of_indices(links: pl.DataFrame, mains: pl.DataFrame) -> pl.DataFrame:
    """An index is of the samples of its file."""
    return mains.join(links, left_on="main", right_on="path").select(
        "path",
        "sample_id",
        "study_id",
        rule=pl.lit("as the file that it is an index of"),
        evidence=pl.concat_str(pl.lit("link of "), "main"),
    )


def _reasons(named: pl.DataFrame, matched: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Why each file that names somebody is not linked, if it is not: path, reason, candidates."""
    kinds = pl.col("kind").unique().sort(descending=True)
    disagree = pl.when(kinds.len() > 1).then(kinds.str.join(" and ")).otherwise(pl.lit("sheets"))
    meant = pl.col("sample_id").unique().sort().head(MOST_CANDIDATES)
    unsettled = matched.filter(~pl.col("agree") | pl.col("is_several"))
    several = unsettled.group_by("path").agg(
        reason=pl.when(pl.col("agree").first())
        .then(pl.lit("several samples"))
        .otherwise(pl.concat_str(disagree, pl.lit(" disagree"))),
        candidates=meant,
    )
    unmatched = named.join(matched, on="path", how="anti").select("path", "known").unique()
    likely = unmatched.join(near(unmatched["known"], known), on="known").explode("candidates")
    hints = likely.group_by("path").agg(
        candidates=pl.col("candidates").unique().sort().head(MOST_CANDIDATES)
    )
    nobody = (unmatched.select("path").unique().with_columns(reason=pl.lit("no such sample"))).join(
        hints, on="path", how="left"
    )
    return pl.concat([several, nobody])


def _indices_of_nobody(links: pl.DataFrame, mains: pl.DataFrame) -> pl.DataFrame:
    return mains.join(links, on="path", how="anti").select(
        "path",
        reason=pl.lit("its file is not linked"),
        candidates=pl.lit(None, pl.List(pl.String())),
    )


def _unlinked(
    collection: Collection, files: pl.DataFrame, links: pl.DataFrame, reasons: pl.DataFrame
) -> pl.DataFrame:
    alone = files.join(links, on="path", how="anti").join(reasons, on="path", how="left")
    is_unsorted = pl.col("path").str.contains(_UNSORTED)
    unlinked = alone.with_columns(
        reason=pl.when(is_unsorted)
        .then(pl.lit("reads that no index sorted"))
        .otherwise(pl.col("reason").fill_null("no name found")),
        candidates=pl.col("candidates").fill_null(pl.lit([], pl.List(pl.String()))),
    )
    return _placed(collection, unlinked, UNLINKED_SCHEMA)


def _placed(
    collection: Collection, rows: pl.DataFrame, schema: dict[str, pl.DataType]
) -> pl.DataFrame:
    placed = rows.with_columns(collection=pl.lit(collection.collection))
    columns = [pl.col(name).cast(dtype) for name, dtype in schema.items()]
    return placed.select(columns).sort("path", maintain_order=True)
