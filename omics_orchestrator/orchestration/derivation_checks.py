"""What Dagster checks of what files were made from, in words that say what to do next.

A file whose own name may be a person's is counted and not named.
"""

import dagster as dg
import polars as pl

from omics_orchestrator.catalogue import FILE_KEY, Derived
from omics_orchestrator.catalogue.examining import IN_ITS_NAME
from omics_orchestrator.catalogue.link_tables import DERIVATIONS
from omics_orchestrator.orchestration.described import key, markdown

_MOST_NAMED = 30
_TABLE = key(DERIVATIONS.name)
_OUTDATED = """
    select link.path, link.from_path, input.status, input.version from omics.file_derivation link
    join omics.file input on input.collection = link.from_collection
        and input.path = link.from_path and input._valid_to is null
    where link._valid_to is null
        and (input.status in ('damaged', 'vanished') or input.sha256 <> link.from_sha256)
"""
_DESCRIBED = {
    "every_derivation_is_known": "Every file that names its inputs has one of them in an inbox, "
    "of one person, and none is made of itself.",
    "inputs_are_current": "What files were made from is there, whole, and the content they were "
    "made from.",
}
SPECS = {
    name: dg.AssetCheckSpec(name, asset=_TABLE, description=description)
    for name, description in _DESCRIBED.items()
}


def results(files: pl.DataFrame, found: Derived) -> list[dg.AssetCheckResult]:
    """Judge what was made.

    Args:
        files: the register.
        found: what files were made from.
    """
    return [_known(files, found), _current(files, found)]


def _known(files: pl.DataFrame, found: Derived) -> dg.AssetCheckResult:
    is_told = pl.col("why") != "in no inbox"
    nowhere = found.unknown.join(found.rows, on=FILE_KEY, how="anti")
    # A pipeline's files in between are thrown away: one input that is there is enough.
    faulty = pl.concat([found.unknown.filter(is_told), nowhere.filter(~is_told)])
    formats = files.select(*FILE_KEY, "format")
    counted = (
        faulty.join(formats, on=FILE_KEY)
        .group_by("collection", "format", "why")
        .agg(files=pl.col("path").n_unique(), inputs=pl.len())
        .sort(pl.all())
    )
    circles = found.circles.select(*FILE_KEY).unique().sort(FILE_KEY)
    return _warning(
        "every_derivation_is_known",
        passed=faulty.is_empty() and circles.is_empty(),
        files_with_known_inputs=found.rows.select(FILE_KEY).n_unique(),
        inputs_not_found=int((found.unknown["why"] == "in no inbox").sum()),
        inputs_not_certain=faulty.filter(is_told).height,
        files_in_circles=circles.height,
        to_mend="bring the inputs into an inbox of the study under the names they had; where "
        "several files have a name, or it is another person's, or files are made of each other, "
        "say in a manifest's column (`derived_from` of the collection) which is meant",
        by_format=dg.MetadataValue.md(markdown(counted)),
        circles=dg.MetadataValue.md(markdown(_without_persons(circles, files).head(_MOST_NAMED))),
    )


def _current(files: pl.DataFrame, found: Derived) -> dg.AssetCheckResult:
    theirs = files.select(
        from_collection="collection", from_path="path", status="status", now="sha256"
    )
    state = (
        pl.when(pl.col("status").is_in(("vanished", "damaged")))
        .then("status")
        .when(pl.col("now") != pl.col("from_sha256"))
        .then(pl.lit("another content than it was made from"))
    )
    outdated = (
        found.rows.join(theirs, on=("from_collection", "from_path"))
        .with_columns(input_is=state)
        .filter(pl.col("input_is").is_not_null())
        .select(*FILE_KEY, "from_path", "input_is")
        .sort(pl.all())
    )
    named = _without_persons(outdated, files)
    return _warning(
        "inputs_are_current",
        passed=outdated.is_empty(),
        of_another_state=outdated.height,
        not_named_here=outdated.height - named.height,
        to_mend="make the file again from what lies there now, or put the input back as it was; "
        "do not use the two together until then",
        files=dg.MetadataValue.md(markdown(named.head(_MOST_NAMED))),
        list_them=_OUTDATED,
    )


def _without_persons(named: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """Leave out the files whose name, or whose input's name, may be a person's."""
    personal = files.filter(
        pl.col("personal_fields").str.contains(IN_ITS_NAME, literal=True)
    ).select(FILE_KEY)
    left = named.join(personal, on=FILE_KEY, how="anti")
    if "from_path" not in named.columns:
        return left
    return left.filter(~pl.col("from_path").is_in(personal["path"].implode()))


def _warning(
    name: str, *, passed: bool, **metadata: str | int | dg.MetadataValue
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=_TABLE,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )
