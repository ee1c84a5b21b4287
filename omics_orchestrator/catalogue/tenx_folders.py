"""The three files of a 10x matrix folder: matrix, barcodes, and features or genes."""

import polars as pl

from omics_orchestrator.catalogue.set_parts import PARTS, fact, listed_faults, with_damage
from omics_orchestrator.dictionary.file_rules import Need

_PART = (
    r"^(?P<folder>(?:.*/)?)(?P<prefix>[^/]*?)"
    r"(?P<part>matrix\.mtx|barcodes\.tsv|features\.tsv|genes\.tsv)(?P<packed>(?:\.gz)?)$"
)
_SET = ("folder", "prefix")
_MATRIX, _BARCODES, _FEATURES, _GENES = (
    "matrix.mtx", "barcodes.tsv", "features.tsv", "genes.tsv",
)  # fmt: skip


def tenx_folders(files: pl.DataFrame, need: Need) -> pl.DataFrame:
    """The 10x matrices among registered files: `PARTS`.

    A prefix before the three names, as GEO writes it, makes a set of its own.

    Args:
        files: the collection's files, with `FILE_COLUMNS`.
        need: whether all three must be there.
    """
    parts = (
        files.filter(pl.col("path").str.contains(r"\.(?:mtx|tsv)(?:\.gz)?$"))
        .with_columns(pl.col("path").str.extract_groups(_PART).alias("named"))
        .unnest("named")
        .drop_nulls("part")
        .with_columns(rows=fact("rows"), features=fact("features"), barcodes=fact("barcodes"))
    )
    has_core = pl.col("part").is_in((_MATRIX, _BARCODES)).any()
    is_set = (pl.len() > 1) | ((pl.col("prefix").first() == "") & has_core)
    parts = parts.filter(is_set.over(_SET))
    sets = (
        parts.sort("path")
        .group_by(_SET, maintain_order=True)
        .agg(
            members=pl.col("path"),
            missing=pl.concat_list(*_absent(pl.col("packed").max())).list.drop_nulls(),
            fault=listed_faults(
                with_damage(),
                _unlike("features", (_FEATURES, _GENES)),
                _unlike("barcodes", (_BARCODES,)),
            ),
        )
    )
    place = pl.concat_str("folder", "prefix").str.strip_suffix("/")
    return sets.select(
        kind=pl.lit("tenx_matrix"),
        set=pl.when(place == "").then(pl.lit(".")).otherwise(place),
        members="members",
        missing=pl.col("missing") if need == "required" else pl.lit([], pl.List(pl.String())),
        fault="fault",
    ).select(PARTS)


def _absent(packed: pl.Expr) -> list[pl.Expr]:
    where = pl.concat_str(pl.col("folder").first(), pl.col("prefix").first())
    return [
        pl.when(~pl.col("part").is_in(names).any()).then(
            pl.concat_str(where, pl.lit(names[0]), packed)
        )
        for names in ((_MATRIX,), (_BARCODES,), (_FEATURES, _GENES))
    ]


def _unlike(what: str, names: tuple[str, ...]) -> pl.Expr:
    said = pl.col(what).filter(pl.col("part") == _MATRIX).first()
    there = pl.col("rows").filter(pl.col("part").is_in(names)).first()
    return pl.when(said != there).then(
        pl.concat_str(pl.lit("the matrix has "), said, pl.lit(f" {what}, the list "), there)
    )
