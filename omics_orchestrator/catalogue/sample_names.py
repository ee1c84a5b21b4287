"""What files say of their samples: the names in their paths and headers, made comparable.

A mention is one name that one witness gives for one file: its path, its header, or a sheet. No name
is read by a rule that is not the collection's own.
"""

import re
from collections.abc import Sequence

import polars as pl

from omics_orchestrator.dictionary.file_rules import Step, Strip
from omics_orchestrator.dictionary.model import Collection

MENTION_SCHEMA: dict[str, pl.DataType] = {
    "path": pl.String(),
    "name": pl.String(),
    "rule": pl.String(),
    "evidence": pl.String(),
    "kind": pl.String(),
    "witness": pl.String(),
    # Whether this witness can name only one sample, as a path can.
    "of_one": pl.Boolean(),
}
MENTION_COLUMNS = tuple(MENTION_SCHEMA)
_SEPARATORS = r"[-_ .]+"


def normalised(name: pl.Expr, steps: Sequence[Step], *, as_in_file: bool) -> pl.Expr:
    """Make a sample's name comparable; only what a file says is stripped, never a known sample.

    Separators become one, and stay: GID-136-1 of one centre is not GID-1361 of another.
    """
    for step in steps:
        if isinstance(step, Strip):
            name = name.str.replace_all(step.strip, "") if as_in_file else name
        elif step == "upper":
            name = name.str.to_uppercase()
        else:
            name = name.str.replace_all(_SEPARATORS, "-")
    return name


def in_paths(collection: Collection, files: pl.DataFrame) -> pl.DataFrame:
    """The name in each path, by the first pattern that fits: `MENTION_COLUMNS`."""
    left = files.select("path")
    found = [pl.DataFrame(schema=MENTION_SCHEMA)]
    base = pl.col("path").str.split("/").list.last()
    for pattern in collection.sample_patterns:
        group = re.compile(pattern).groupindex["sample"]
        named = left.with_columns(name=pl.col("path").str.extract(pattern, group))
        found.append(
            named.drop_nulls("name").select(
                "path",
                "name",
                rule=pl.lit(f"path fits {pattern}"),
                evidence=pl.when(base.str.contains(pl.col("name"), literal=True))
                .then(pl.lit("path"))
                .otherwise(pl.lit("folder")),
                kind=pl.lit("path"),
                witness=pl.lit("path"),
                of_one=pl.lit(value=True),
            )
        )
        left = named.filter(pl.col("name").is_null()).select("path")
    return pl.concat(found)


def in_headers(files: pl.DataFrame) -> pl.DataFrame:
    """The samples that each header names: `MENTION_COLUMNS`."""
    told = files.filter(pl.col("description").str.contains('"samples"', literal=True))
    listed = pl.col("description").str.json_path_match("$.samples")
    return (
        told.select("path", name=listed)
        .filter(pl.col("name").str.starts_with("["))
        .with_columns(pl.col("name").str.json_decode(pl.List(pl.String())))
        .explode("name", empty_as_null=False)
        .drop_nulls("name")
        .select(
            "path",
            "name",
            rule=pl.lit("named in the header"),
            evidence=pl.lit("header"),
            kind=pl.lit("header"),
            witness=pl.lit("header"),
            of_one=pl.lit(value=False),
        )
    )
