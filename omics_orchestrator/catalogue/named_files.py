"""Which registered file a list means by the name it has for it.

Lists are written where files were made, so their folders are often others. A name counts from the
list's folder; then as a bare name that one file below that folder has, or one of the collection.
"""

import posixpath
from bisect import bisect_left

import polars as pl

# More files of one name, such as matrix.mtx.gz, are told apart by their folders only.
_MOST_ALIKE = 50
_ENTRY = ("list", "written")
_FOUND = {
    **dict.fromkeys((*_ENTRY, "expected", "path"), pl.String()),
    "is_near": pl.Boolean(),
}


def folder_of(path: str) -> str:
    """The folder of a list with its slash, or nothing for the top of the inbox."""
    return path[: path.rfind("/") + 1]


def resolve(entries: pl.DataFrame, paths: pl.Series) -> pl.DataFrame:
    """Find the files that lists name.

    Args:
        entries: `list`, the path of the list, and `written`, a file as the list has it.
        paths: the collection's files.

    Returns:
        Each pair once with its `path`, null where none is meant for sure, `is_near`: whether the
        file is where the list says or below its folder, and `expected`: where the list says it is.
    """
    if entries.is_empty():
        return pl.DataFrame(schema=_FOUND)
    pairs = list(entries.select(_ENTRY).drop_nulls().unique(maintain_order=True).iter_rows())
    asked = pl.DataFrame(
        [(*pair, *_places(*pair)) for pair in pairs],
        schema=dict.fromkeys((*_ENTRY, "expected", "from_top", "folder", "base"), pl.String()),
        orient="row",
    )
    there = pl.DataFrame({"path": paths}).with_columns(
        base=pl.col("path").str.split("/").list.last()
    )
    alike = there.filter(pl.len().over("base") <= _MOST_ALIKE).join(asked, on="base")
    below = alike.filter(pl.col("path").str.starts_with(pl.col("folder")))
    found = asked.with_columns(
        exact=_if_there("expected", paths), from_top=_if_there("from_top", paths)
    )
    for frame, name in ((below, "below"), (alike, "anywhere")):
        only = frame.group_by(_ENTRY).agg(pl.col("path").unique())
        one = only.filter(pl.col("path").list.len() == 1)
        found = found.join(
            one.with_columns(pl.col("path").list.first().alias(name)).drop("path"),
            on=_ENTRY,
            how="left",
            maintain_order="left",
        )
    near = pl.coalesce("exact", "from_top", "below")
    path = pl.coalesce(near, "anywhere")
    return found.select(*_ENTRY, "expected", path=path, is_near=near.is_not_null())


def below(folders: pl.Series, paths: pl.Series) -> pl.DataFrame:
    """Find the files below folders: `folder`, `path`; a folder without files has no row."""
    ordered = paths.sort().to_list() if len(folders) else []
    found = [
        (folder, path)
        for folder in folders.unique()
        # A slash is followed by a zero in the order of characters.
        for path in ordered[bisect_left(ordered, f"{folder}/") : bisect_left(ordered, f"{folder}0")]
    ]
    return pl.DataFrame(found, schema={"folder": pl.String, "path": pl.String}, orient="row")


def _places(list_path: str, written: str) -> tuple[str, str, str, str]:
    folder, slashed = folder_of(list_path), written.strip().replace("\\", "/")
    base = posixpath.basename(slashed)
    # A whole path is of the machine where the list was written.
    is_foreign = slashed.startswith("/") or slashed[1:3] == ":/"
    expected = posixpath.normpath(folder + (base if is_foreign else slashed))
    return expected, posixpath.normpath(slashed), folder, base


def _if_there(column: str, paths: pl.Series) -> pl.Expr:
    return pl.when(pl.col(column).is_in(paths.implode())).then(column)
