"""What lies in an inbox beside what is registered of it: columns, not rows, for a million files."""

from collections.abc import Collection as AnyOf
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.stores import StoredObject

LISTED: dict[str, pl.DataType] = {
    "path": pl.String(),
    "size_bytes": pl.Int64(),
    "modified_at": pl.Datetime("us", "UTC"),
    "etag": pl.String(),
}
"""A version of a file, as a listing tells it."""
REGISTERED: dict[str, pl.DataType] = {
    **LISTED,
    "is_present": pl.Boolean(),
    "examined_by": pl.String(),
}
"""What must be known of a registered file to tell whether it changed."""


@dataclass(frozen=True)
class Differences:
    """What to do so that the register says what lies in the inbox.

    Attributes:
        due: files to examine, with `LISTED`: new ones, other versions, and those that something
            else had examined.
        gone: paths that lay there and do so no more.
        back: paths that lie there again as they were.
        same: paths of files that need nothing.
    """

    due: pl.DataFrame
    gone: pl.Series
    back: pl.Series
    same: pl.Series


def listing(found: Iterable[StoredObject]) -> pl.DataFrame:
    """A listing as a frame, with `LISTED`."""
    rows = [(each.key, each.size, each.modified, each.etag) for each in found]
    return pl.DataFrame(rows, schema=LISTED, orient="row")


def differences(listed: pl.DataFrame, known: pl.DataFrame, marks: AnyOf[str]) -> Differences:
    """Compare a listing with the register.

    Args:
        listed: what lies in the inbox, with `LISTED`.
        known: what is registered of the collection, with `REGISTERED`.
        marks: `examined_by` of files that need no second look.
    """
    settled = known.filter(pl.col("examined_by").is_in(list(marks)))
    same = listed.join(settled, on=list(LISTED), how="semi", nulls_equal=True)
    due = listed.join(same.select("path"), on="path", how="anti")
    lying = known.join(listed.select("path"), on="path", how="semi")
    absent = known.join(listed.select("path"), on="path", how="anti")
    back = lying.filter(~pl.col("is_present")).join(same.select("path"), on="path", how="semi")
    return Differences(
        due=due,
        gone=absent.filter(pl.col("is_present"))["path"],
        back=back["path"],
        same=same.join(back, on="path", how="anti")["path"],
    )
