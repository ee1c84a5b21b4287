"""Indices beside the files that they are of: BAI, CSI, TBI, CRAI, FAI and GZI.

An index that is a day older than its file was made of another one; within a day it may only have
arrived earlier, as small files do.
"""

import polars as pl

from omics_orchestrator.catalogue.set_parts import PARTS, fact, listed_faults
from omics_orchestrator.dictionary.file_rules import Need

_ENDING = r"\.(?:bai|csi|tbi|crai|fai|gzi)$"
# Some tools write `x.bai` beside `x.bam`.
_REPLACED = {".bai": ".bam", ".crai": ".cram"}
_WANTED = {"bam": ".bai", "cram": ".crai", "bcf": ".csi", "vcf": ".tbi"}


def mains_of(files: pl.DataFrame) -> pl.DataFrame:
    """The file that each index is of, as its name says: `path`, `main` (where it should be)."""
    found = files.select("path").filter(pl.col("path").str.contains(_ENDING))
    appended = pl.col("path").str.replace(_ENDING, "")
    replaced = appended
    for ending, main in _REPLACED.items():
        is_named = pl.col("path").str.ends_with(ending) & ~appended.str.ends_with(main)
        replaced = pl.when(is_named).then(appended + main).otherwise(replaced)
    is_there = appended.is_in(files["path"].implode())
    return found.with_columns(main=pl.when(is_there).then(appended).otherwise(replaced))


def indexed(files: pl.DataFrame, need: Need) -> pl.DataFrame:
    """The files with an index, or in need of one, among registered files: `PARTS`.

    Args:
        files: the collection's files, with `FILE_COLUMNS`.
        need: whether every alignment that is sorted, and every BGZF file of variants, must have
            one.
    """
    facts = files.select("path", "format", "status", "modified_at", references=fact("references"))
    mains = mains_of(files)
    pairs = mains.join(facts, on="path").join(
        facts, left_on="main", right_on="path", how="left", suffix="_of_main"
    )
    faults = listed_faults(_damaged(), _older(), _of_another())
    with_index = (
        pairs.with_columns(fault=faults, is_there=pl.col("status_of_main").is_not_null())
        .sort("path")
        .group_by("main")
        .agg(
            members=pl.concat_list(
                pl.when("is_there").then("main").first(), pl.col("path").implode()
            ).list.drop_nulls(),
            missing=pl.when(~pl.col("is_there")).then("main").first(),
            fault=pl.col("fault").drop_nulls().unique(maintain_order=True).str.join("; "),
        )
        .with_columns(
            missing=pl.concat_list("missing").list.drop_nulls(),
            fault=pl.when(pl.col("fault") != "").then("fault"),
        )
    )
    lacking = _lacking(files, mains) if need == "required" else with_index.clear()
    sets = pl.concat([with_index, lacking.select(with_index.columns)])
    return sets.select(pl.lit("index").alias("kind"), pl.col("main").alias("set"), *PARTS[2:])


def _damaged() -> pl.Expr:
    return pl.when(pl.col("status") == "damaged").then(pl.lit("the index is damaged"))


def _older() -> pl.Expr:
    is_older = pl.col("modified_at") + pl.duration(days=1) < pl.col("modified_at_of_main")
    return pl.when(is_older).then(pl.lit("the index is older than its file"))


def _of_another() -> pl.Expr:
    # A tabix index counts only the sequences that have variants.
    is_other = pl.col("path").str.contains(r"\.(?:bai|csi)$") & (pl.col("format_of_main") == "bam")
    return pl.when(is_other & (pl.col("references") != pl.col("references_of_main"))).then(
        pl.lit("the index is of another file: it has other sequences")
    )


def _lacking(files: pl.DataFrame, mains: pl.DataFrame) -> pl.DataFrame:
    sorted_by = fact("sort_order").fill_null("coordinate")
    is_packed = (pl.col("format") != "vcf") | (fact("container") == "bgzf")
    wanting = files.filter(
        pl.col("format").is_in(tuple(_WANTED))
        & (pl.col("status") != "damaged")
        & (sorted_by == "coordinate")
        & is_packed
    ).join(mains, left_on="path", right_on="main", how="anti")
    return wanting.select(
        main="path",
        members=pl.concat_list("path"),
        missing=pl.concat_list(
            pl.concat_str("path", pl.col("format").replace_strict(_WANTED, default=""))
        ),
        fault=pl.lit(None, pl.String()),
    )
