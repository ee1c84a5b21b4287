"""Reads that were sequenced from both ends: R1 and R2, with index reads beside them.

`_1` and `_2` may be mates or just numbers: they are mates unless there is a `_3`, or their reads
say that both are of the same end.
"""

import polars as pl

from omics_orchestrator.catalogue.set_parts import PARTS, fact, listed_faults, with_damage
from omics_orchestrator.dictionary.file_rules import Need

_MATE = (
    r"^(?P<before>.*?)(?P<mark>[._-](?:R|I|read)?)(?P<read>[123])"
    r"(?P<after>(?:_\d{3})?\.f(?:ast)?q(?:\.(?:gz|xz|bz2))?)$"
)
_SET = ("before", "sort", "after")
_BOTH = ("1", "2")


def read_pairs(files: pl.DataFrame, need: Need) -> pl.DataFrame:
    """The sets of reads among registered files: `PARTS`.

    Args:
        files: the collection's files, with `FILE_COLUMNS`.
        need: whether every file of first reads must have its mate.
    """
    ended = files.filter(pl.col("path").str.contains(r"\.f(?:ast)?q(?:\.\w+)?$"))
    mates = (
        ended.with_columns(pl.col("path").str.extract_groups(_MATE).alias("named"))
        .unnest("named")
        .drop_nulls("read")
        .with_columns(
            # Index reads go with the reads that they sort.
            sort=pl.col("mark").str.replace("I", "R", literal=True),
            is_index=pl.col("mark").str.ends_with("I"),
            reads=fact("reads"),
            end=fact("read"),
        )
    )
    sets = (
        mates.sort("path")
        .group_by(_SET, maintain_order=True)
        .agg(
            members=pl.col("path"),
            mark=pl.col("sort").first(),
            **{f"has_{end}": _is_end(end).any() for end in _BOTH},
            are_mates=_are_mates(),
            fault=listed_faults(with_damage(), _counts(), _swapped()),
        )
    )
    sets = sets.filter("are_mates")
    sets = sets.filter(pl.col("members").list.len() > 1) if need == "optional" else sets
    return sets.select(
        kind=pl.lit("read_pairs"),
        set=pl.concat_str("before", "mark", pl.lit("?"), "after"),
        members="members",
        missing=_absent_mates() if need == "required" else pl.lit([], pl.List(pl.String())),
        fault="fault",
    ).select(PARTS)


def _is_end(end: str) -> pl.Expr:
    return (pl.col("read") == end) & ~pl.col("is_index")


def _are_mates() -> pl.Expr:
    is_bare = pl.col("mark").str.len_chars().max() == 1
    is_numbered = (pl.col("read") == "3").any()
    same_end = (pl.col("end").drop_nulls().n_unique() == 1) & (pl.col("end").count() > 1)
    return ~(is_bare & (is_numbered | same_end))


def _counts() -> pl.Expr:
    reads = pl.col("reads").drop_nulls()
    each = pl.concat_str("mark", "read", pl.lit(": "), "reads").str.strip_chars("._-")
    return pl.when(reads.n_unique() > 1).then(
        pl.concat_str(
            pl.lit("different numbers of reads ("), each.drop_nulls().str.join(", "), pl.lit(")")
        )
    )


def _swapped() -> pl.Expr:
    is_other = (pl.col("end") != pl.col("read")) & pl.col("mark").str.ends_with("R")
    each = pl.concat_str(pl.lit("R"), "read", pl.lit(" holds reads of end "), "end").filter(
        is_other
    )
    return pl.when(is_other.any()).then(each.str.join(", "))


def _absent_mates() -> pl.Expr:
    mate = pl.concat_str("before", "mark", pl.lit("\0"), "after")
    ends = [
        pl.when(~pl.col(f"has_{end}")).then(mate.str.replace("\0", end, literal=True))
        for end in _BOTH
    ]
    return pl.concat_list(ends).list.drop_nulls()
