"""What a file shows of the sex of whom it was made from: female, male or unclear.

Unclear is the honest default. Each bound leaves a gap between the sexes, so that a file of two
people, a contaminated one, or one of too few data is called nothing.

Genotypes: of those on X that carry another base than the reference, a woman has about six in ten
heterozygous, whatever the frequencies; a man none, but for errors. PLINK's sex check cuts the
inbreeding coefficient of X at 0.2 and 0.8, which is near 0.48 and 0.12 of this share. Ours are
0.40, since the daughter of relatives is a woman too, and 0.10. At 30 genotypes a person of the
other sex falls beyond a bound less than once in a hundred thousand. A man's genotypes of Y are
called; where hardly any is, the few heterozygous ones may mean one X and no Y.

Reads of DNA: the share of Y in the reads of X and Y (Skoglund and others, Journal of Archaeological
Science 2013: below 0.016 female, above 0.077 male, of shotgun reads) together with the depth of X
against the autosomes (1 or 0.5; Mittnik and others, PLOS ONE 2016). Since both must say the same,
0.05 is enough for a man. Reads of RNA and of captured exons have other depths, and fall between.

Expression: XIST against genes of Y, as Toker, Feng and Pavlidis (F1000Research 2016) compared them:
one of the two is at least nine times the other in tissue of one person, in any unit without a
logarithm. Cells that lost their Y or silence no X have neither, and stay unclear.
"""

import polars as pl

FEMALE, MALE, UNCLEAR = "female", "male", "unclear"
_LEAST_GENOTYPES, _FEMALE_SHARE, _MALE_SHARE = 30, 0.40, 0.10
_LEAST_SITES_OF_Y, _LEAST_CALLED = 20, 0.10
_LEAST_READS, _LEAST_READS_OF_XY = 10_000, 1_000
_FEMALE_Y, _MALE_Y = 0.016, 0.05
_FEMALE_DEPTH, _MALE_DEPTH = (0.8, 1.2), (0.35, 0.65)
_LEAST_EXPRESSED, _LEAST_TIMES = 10, 9
_LINE = {
    "sample": pl.String(),
    "xist": pl.Float64(),
    "y_genes": pl.Float64(),
    "cells": pl.Int64(),
    "autosome_reads": pl.Int64(),
    "x_reads": pl.Int64(),
    "y_reads": pl.Int64(),
    "x_depth": pl.Float64(),
    "x_alternate": pl.Int64(),
    "x_heterozygous": pl.Int64(),
    "y_sites": pl.Int64(),
    "y_called": pl.Int64(),
}
SHOWN = {"path": pl.String(), "sample": pl.String(), "found": pl.String(), "evidence": pl.String()}


def shown_by(files: pl.DataFrame) -> pl.DataFrame:
    """What registered files show, one row a sample that they tell apart.

    Args:
        files: with `path` and `description`.

    Returns:
        path, sample (none where a file does not name its only one), found and evidence.
    """
    told = files.filter(pl.col("description").str.contains('"sex_evidence"', literal=True))
    listed = pl.col("description").str.json_path_match("$.sex_evidence")
    lines = (
        told.select("path", line=listed.str.json_decode(pl.List(pl.Struct(_LINE))))
        .explode("line", empty_as_null=False)
        .unnest("line")
    )
    return lines.select("path", "sample", found=_found(), evidence=_evidence()).cast(SHOWN)  # type: ignore[arg-type]  # names to types


def _found() -> pl.Expr:
    return (
        pl.when(pl.col("x_alternate").is_not_null())
        .then(_by_genotypes())
        .when(pl.col("x_depth").is_not_null())
        .then(_by_reads())
        .when(pl.col("xist").is_not_null())
        .then(_by_expression())
        .otherwise(pl.lit(UNCLEAR))
    )


def _by_genotypes() -> pl.Expr:
    share = pl.col("x_heterozygous") / pl.col("x_alternate")
    has_no_y = (pl.col("y_sites") >= _LEAST_SITES_OF_Y) & (
        pl.col("y_called") < _LEAST_CALLED * pl.col("y_sites")
    )
    enough = pl.col("x_alternate") >= _LEAST_GENOTYPES
    return _one_of(enough & (share >= _FEMALE_SHARE), enough & (share <= _MALE_SHARE) & ~has_no_y)


def _by_reads() -> pl.Expr:
    of_both = pl.col("x_reads") + pl.col("y_reads")
    share, depth = pl.col("y_reads") / of_both, pl.col("x_depth")
    enough = (pl.col("autosome_reads") >= _LEAST_READS) & (of_both >= _LEAST_READS_OF_XY)
    return _one_of(
        enough & (share <= _FEMALE_Y) & depth.is_between(*_FEMALE_DEPTH),
        enough & (share >= _MALE_Y) & depth.is_between(*_MALE_DEPTH),
    )


def _by_expression() -> pl.Expr:
    xist, of_y = pl.col("xist"), pl.col("y_genes")
    return _one_of(
        (xist >= _LEAST_EXPRESSED) & (xist >= _LEAST_TIMES * of_y),
        (of_y >= _LEAST_EXPRESSED) & (of_y >= _LEAST_TIMES * xist),
    )


def _one_of(is_female: pl.Expr, is_male: pl.Expr) -> pl.Expr:
    found = pl.when(is_female).then(pl.lit(FEMALE)).when(is_male).then(pl.lit(MALE))
    return found.otherwise(pl.lit(UNCLEAR))


def _evidence() -> pl.Expr:
    return pl.coalesce(
        pl.format(
            "{} of {} genotypes on X heterozygous, {} of {} called on Y",
            "x_heterozygous", "x_alternate", "y_called", "y_sites",
        ),
        pl.format(
            "{} reads on X, {} on Y, {} on autosomes; depth of X {}",
            "x_reads", "y_reads", "autosome_reads", "x_depth",
        ),
        pl.format(
            "XIST {}, genes of Y {}{}",
            _plain("xist"),
            _plain("y_genes"),
            pl.format(" in {} cells", "cells").fill_null(""),
        ),
    )  # fmt: skip


def _plain(name: str) -> pl.Expr:
    return pl.col(name).round(1).cast(pl.String).str.replace(r"\.0$", "")
