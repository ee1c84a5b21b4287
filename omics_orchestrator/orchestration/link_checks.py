"""What Dagster checks of links and sets of files, in words that say what to do next.

A file without an owner is counted and not named: whoever named a file that nobody knows may have
named a person. So is a file that a list names and that never came.
"""

from collections.abc import Callable

import dagster as dg
import polars as pl

from omics_orchestrator.catalogue import FILE_KEY, Tied
from omics_orchestrator.catalogue.link_tables import LINKS, SETS
from omics_orchestrator.orchestration.described import key, markdown

_MOST_NAMED = 30
_UNLINKED = """
    select collection, path, reason, candidates from omics.file_unlinked where _valid_to is null
"""
_INCOMPLETE = """
    select collection, kind, set, missing, fault from omics.file_set
    where _valid_to is null and not complete
"""
_Told = dict[str, int | str | dg.MetadataValue]
_Judge = Callable[[pl.DataFrame, Tied], tuple[bool, _Told]]


def _spec(table: dg.AssetKey, name: str, description: str, *, blocking: bool) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=table, description=description, blocking=blocking)


_LINKS, _SETS = key(LINKS.name), key(SETS.name)
SPECS = {
    spec.name: spec
    for spec in (
        _spec(
            _LINKS,
            "only_whole_files_are_linked",
            "No file that failed its validation, has gone, or has another checksum than its list "
            "says, is linked to a sample.",
            blocking=True,
        ),
        _spec(
            _LINKS,
            "every_file_is_accounted_for",
            "Each file that may be linked is either linked or listed with a reason, never both.",
            blocking=True,
        ),
        _spec(
            _LINKS,
            "every_file_has_an_owner",
            "Every whole file is linked to a sample; those that are not are counted.",
            blocking=False,
        ),
        _spec(
            _LINKS,
            "every_format_belongs",
            "Each whole file is of a format that its collection lists.",
            blocking=False,
        ),
        _spec(
            _LINKS,
            "every_sheet_is_read",
            "Each manifest and sample sheet could be read, and the files it names are there.",
            blocking=False,
        ),
        _spec(
            _SETS,
            "every_set_is_complete",
            "Mates, indices, 10x matrices and listed files are all there and agree.",
            blocking=False,
        ),
        _spec(
            _SETS,
            "checksums_agree",
            "Each file that a list of checksums names has the checksum listed.",
            blocking=False,
        ),
    )
}


def results(files: pl.DataFrame, tied: Tied) -> list[dg.AssetCheckResult]:
    """Judge what was made.

    Args:
        files: the register.
        tied: what became of the files of all collections.
    """
    judges: dict[str, _Judge] = {
        "only_whole_files_are_linked": _only_whole,
        "every_file_is_accounted_for": _accounted,
        "every_file_has_an_owner": _owned,
        "every_format_belongs": _belong,
        "every_sheet_is_read": _sheets,
        "every_set_is_complete": _complete,
        "checksums_agree": _checksums,
    }
    return [_result(SPECS[name], *judge(files, tied)) for name, judge in judges.items()]


def _result(spec: dg.AssetCheckSpec, passed: bool, told: _Told) -> dg.AssetCheckResult:  # noqa: FBT001  # one of a pair
    return dg.AssetCheckResult(
        check_name=spec.name,
        asset_key=spec.asset_key,
        passed=passed,
        severity=dg.AssetCheckSeverity.ERROR if spec.blocking else dg.AssetCheckSeverity.WARN,
        metadata=told,
    )


def _only_whole(files: pl.DataFrame, tied: Tied) -> tuple[bool, _Told]:
    faulty = files.filter(pl.col("status").is_in(("damaged", "vanished"))).select(FILE_KEY)
    differing = tied.verdicts.filter(pl.col("verdict") == "differs").select(FILE_KEY)
    unsound = pl.concat([faulty, differing]).unique()
    linked = unsound.join(tied.links, on=FILE_KEY, how="semi").height
    return linked == 0, {"damaged": unsound.height, "damaged_and_linked": linked}


def _accounted(_: pl.DataFrame, tied: Tied) -> tuple[bool, _Told]:
    linked = tied.links.select(FILE_KEY).unique()
    both = linked.join(tied.unlinked, on=FILE_KEY, how="semi").height
    told: _Told = {
        "files_that_may_be_linked": tied.may_be_linked,
        "files_linked": linked.height,
        "files_without_owner": tied.unlinked.height,
    }
    return both == 0 and linked.height + tied.unlinked.height == tied.may_be_linked, told


def _owned(_: pl.DataFrame, tied: Tied) -> tuple[bool, _Told]:
    counted = tied.unlinked.group_by("reason", "format").len("files").sort("reason", "format")
    return tied.unlinked.is_empty(), {
        "files_linked": tied.links.select(FILE_KEY).n_unique(),
        "files_without_owner": tied.unlinked.height,
        "to_mend": "register the sample, or say in the collection how the file's name, a manifest "
        "or a sample sheet tells it; the table has the samples that may be meant",
        "by_reason": dg.MetadataValue.md(markdown(counted)),
        "list_them": _UNLINKED,
    }


def _belong(_: pl.DataFrame, tied: Tied) -> tuple[bool, _Told]:
    counted = tied.strangers.group_by("collection", "format").len("files").sort(pl.all())
    return tied.strangers.is_empty(), {
        "files_of_other_formats": tied.strangers.height,
        "to_mend": "add the format to `formats` of the collection, or take the files out of its "
        "inbox; until then they are linked to nobody",
        "by_format": dg.MetadataValue.md(markdown(counted)),
    }


def _sheets(_: pl.DataFrame, tied: Tied) -> tuple[bool, _Told]:
    absent = tied.absent.group_by("list").len("files_not_there").sort("list")
    problems = "\n".join(f"- {problem}" for problem in tied.problems[:_MOST_NAMED])
    return not tied.problems and absent.is_empty(), {
        "sheets_not_read": len(tied.problems),
        "files_named_and_not_there": tied.absent.height,
        "to_mend": "correct what is listed here, or ask the sender for the files that are missing",
        "problems": dg.MetadataValue.md(problems or "none"),
        "files_not_there": dg.MetadataValue.md(markdown(absent.head(_MOST_NAMED))),
    }


def _complete(_: pl.DataFrame, tied: Tied) -> tuple[bool, _Told]:
    lacking = tied.sets.filter(~pl.col("complete"))
    linked = lacking.explode("members").join(
        tied.links, left_on=("collection", "members"), right_on=FILE_KEY, how="semi"
    )
    owned = lacking.join(linked, on=("collection", "kind", "set"), how="semi")
    is_list = pl.col("kind") == "checksum"
    named = owned.select(
        "kind",
        "set",
        missing=pl.when(is_list)
        .then(pl.concat_str(pl.col("missing").list.len(), pl.lit(" files")))
        .otherwise(pl.col("missing").list.join(", ")),
        fault=pl.col("fault").fill_null(""),
    )
    counted = tied.sets.group_by("kind").agg(sets=pl.len(), complete=pl.col("complete").sum())
    return lacking.is_empty(), {
        "incomplete_sets": lacking.height,
        "of_files_without_owner": lacking.height - owned.height,
        "to_mend": "ask the sender for what is missing, or to send again what does not agree",
        "by_kind": dg.MetadataValue.md(markdown(counted.sort("kind"))),
        "sets": dg.MetadataValue.md(markdown(named.head(_MOST_NAMED))),
        "list_them": _INCOMPLETE,
    }


def _checksums(_: pl.DataFrame, tied: Tied) -> tuple[bool, _Told]:
    differing = tied.verdicts.filter(pl.col("verdict") == "differs").select("list", "path").unique()
    counted = dict(tied.verdicts.group_by("verdict").len().iter_rows())
    reasons = tied.verdicts.drop_nulls("reason")
    unread = reasons.group_by("reason").len("files").sort("reason")
    return differing.is_empty(), {
        "agree": counted.get("agrees", 0),
        "differ": counted.get("differs", 0),
        "listed_and_not_there": counted.get("absent", 0),
        "not_compared": counted.get("not compared", 0),
        "not_compared_because": dg.MetadataValue.md(markdown(unread)),
        "to_mend": "a file listed here was damaged on its way, or its list is of another version: "
        "ask the sender for both again; until then it is linked to nobody",
        "files": dg.MetadataValue.md(markdown(differing.sort("list", "path").head(_MOST_NAMED))),
    }
