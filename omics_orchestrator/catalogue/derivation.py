"""Which registered file each file was made from, and by which content of it.

An input known by a name is the one file that has it, in the file's collection or else in its study;
of several it is none. Names such as `matrix.mtx.gz` say little, so files of two people are never
tied together.
"""

from dataclasses import dataclass

import polars as pl

from omics_orchestrator.catalogue.columns import FILE_KEY
from omics_orchestrator.catalogue.inputs import AS_AN_INDEX
from omics_orchestrator.catalogue.link_columns import DERIVATION_KEY, DERIVATION_SCHEMA

_FROM_KEY = ("from_collection", "from_path")
# What is uploaded together is not always written in its order.
_TOGETHER = pl.duration(days=1)


@dataclass(frozen=True)
class Derived:
    """What files were made from.

    Attributes:
        rows: one row a file and input, with `DERIVATION_COLUMNS`; no file is made of itself.
        unknown: inputs that no row tells of: collection, path (of the file that names it), why.
        circles: what would make a file its own input, and is no row: the key of each.
    """

    rows: pl.DataFrame
    unknown: pl.DataFrame
    circles: pl.DataFrame


def derived(
    inputs: pl.DataFrame, files: pl.DataFrame, links: pl.DataFrame, before: pl.DataFrame
) -> Derived:
    """Find the inputs that files tell of.

    Args:
        inputs: what files tell of their inputs, with collection and `INPUT_SCHEMA`.
        files: the register, with `FILE_COLUMNS`.
        links: whose files are, with `LINK_COLUMNS`.
        before: what was found last, with `DERIVATION_COLUMNS`: a file is made of the content that
            its input had then, whatever lies there now.
    """
    found = _of_one_person(_resolved(inputs, files), links)
    is_itself = (pl.col("collection") == pl.col("from_collection")) & (
        pl.col("path") == pl.col("from_path")
    )
    sure = found.filter(pl.col("why").is_null() & ~is_itself).unique(
        DERIVATION_KEY, keep="first", maintain_order=True
    )
    circles = _circles(sure)
    rows = _with_contents(sure.join(circles, on=DERIVATION_KEY, how="anti"), files, before)
    columns = [pl.col(name).cast(dtype) for name, dtype in DERIVATION_SCHEMA.items()]
    unknown = found.filter(pl.col("why").is_not_null()).select(*FILE_KEY, "why")
    return Derived(rows.select(columns).sort(DERIVATION_KEY), unknown, circles)


def _resolved(inputs: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """Give each input its file (`from_collection`, `from_path`), or say `why` it has none."""
    said = inputs.join(files.select(*FILE_KEY, "study"), on=FILE_KEY, maintain_order="left")
    names = _names(files, said)
    for scope in ("collection", "study"):
        alone = names.group_by(scope, "known_by").agg(
            pl.len().alias(f"in_{scope}"),
            pl.struct(from_collection="collection", path="path").first().alias(f"of_{scope}"),
        )
        said = said.join(alone, on=(scope, "known_by"), how="left", maintain_order="left")
    place, alike = (
        pl.coalesce("of_collection", "of_study"),
        pl.coalesce("in_collection", "in_study"),
    )
    is_named = pl.col("from_path").is_null()
    return said.with_columns(
        why=pl.when(is_named & alike.is_null())
        .then(pl.lit("in no inbox"))
        .when(is_named & (alike > 1))
        .then(pl.lit("several files have its name")),
        from_collection=pl.when(is_named)
        .then(place.struct.field("from_collection"))
        .otherwise("collection"),
        from_path=pl.when(is_named).then(place.struct.field("path")).otherwise("from_path"),
    )


def _names(files: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """What files can be known by, as far as it was said: base name, SHA-256, UUID."""
    asked = said.select("known_by").drop_nulls().unique()
    uuid = pl.col("description").str.json_path_match("$.uuid")
    told = files.filter(pl.col("description").str.contains('"uuid"', literal=True))
    places = (*FILE_KEY, "study")
    return pl.concat(
        [
            files.select(*places, known_by=pl.col("path").str.split("/").list.last()),
            files.select(*places, known_by="sha256"),
            told.select(*places, known_by=uuid),
        ]
    ).join(asked, on="known_by", how="semi")


def _of_one_person(found: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Say of inputs that are another person's, as far as both have an owner, that they are none."""
    person = pl.coalesce("study_id", pl.concat_str(pl.lit("\0"), "sample_id"))
    owned = links.select(*FILE_KEY, person=person).unique()
    of_input = owned.rename(dict(zip(FILE_KEY, _FROM_KEY, strict=True)))
    known_only_by_name = found.filter(
        pl.col("why").is_null() & (pl.col("rule") != AS_AN_INDEX)
    ).select(DERIVATION_KEY)
    both = known_only_by_name.join(owned, on=FILE_KEY).join(
        of_input, on=_FROM_KEY, suffix="_of_input"
    )
    shared = both.filter(pl.col("person") == pl.col("person_of_input"))
    others = both.join(shared, on=DERIVATION_KEY, how="anti").select(DERIVATION_KEY).unique()
    told = others.with_columns(is_anothers=pl.lit("of another person"))
    return (
        found.join(told, on=DERIVATION_KEY, how="left", maintain_order="left")
        .with_columns(why=pl.coalesce("why", "is_anothers"))
        .drop("is_anothers")
    )


def _circles(rows: pl.DataFrame) -> pl.DataFrame:
    """What is left when all that begins or ends a line of files is taken away, over and over."""
    left, before = rows.select(DERIVATION_KEY), -1
    while left.height != before:
        before = left.height
        made = left.select(FILE_KEY)
        used = left.select(_FROM_KEY)
        left = left.join(made, left_on=_FROM_KEY, right_on=FILE_KEY, how="semi").join(
            used, left_on=FILE_KEY, right_on=_FROM_KEY, how="semi"
        )
    return left


def _with_contents(rows: pl.DataFrame, files: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Say of which content of its input each file was made, where that can be told."""
    own = files.select(*FILE_KEY, "sha256", "modified_at")
    theirs = own.rename(dict(zip(FILE_KEY, _FROM_KEY, strict=True)))
    known = before.select(*DERIVATION_KEY, "sha256", was_from="from_sha256", is_known=True)
    is_older = pl.col("modified_at_of_input") <= pl.col("modified_at") + _TOGETHER
    return (
        rows.join(own, on=FILE_KEY, maintain_order="left")
        .join(theirs, on=_FROM_KEY, maintain_order="left", suffix="_of_input")
        .join(known, on=(*DERIVATION_KEY, "sha256"), how="left", maintain_order="left")
        .with_columns(
            from_sha256=pl.when(pl.col("from_sha256").is_not_null())
            .then("from_sha256")
            .when("is_known")
            .then("was_from")
            .when(is_older)
            .then("sha256_of_input")
        )
    )
