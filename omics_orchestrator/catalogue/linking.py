"""What the files of a collection are tied to: samples, each other, and the lists they are on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.catalogue.checksums import compared, differing, lists_of
from omics_orchestrator.catalogue.digest_columns import DIGEST_SCHEMA
from omics_orchestrator.catalogue.indices import mains_of
from omics_orchestrator.catalogue.inputs import inputs_by_rules, inputs_of, receipts_of
from omics_orchestrator.catalogue.link_columns import UNLINKED_SCHEMA
from omics_orchestrator.catalogue.links import belongs, is_fit, link, may_be_linked
from omics_orchestrator.catalogue.sets import sets_of
from omics_orchestrator.catalogue.sheets import manifests_of, sheets_of, told_by_sheets
from omics_orchestrator.dictionary.model import Collection

_NO_DIGESTS = pl.DataFrame(schema=DIGEST_SCHEMA)


@dataclass(frozen=True)
class Tied:
    """What became of the files of a collection.

    Attributes:
        links: one row a file and sample, with `LINK_COLUMNS`.
        unlinked: one row a file that may be linked and is not, with `UNLINKED_COLUMNS`.
        sets: one row a set of files, with `SET_COLUMNS`.
        verdicts: one row an entry of a list of checksums: collection, list, path, verdict, reason.
        inputs: what files tell of those they were made from: collection and `INPUT_SCHEMA`.
        absent: files that a sheet names and that are not there: collection, list, expected.
        strangers: whole files of formats that do not belong to the collection, as registered.
        problems: sheets that could not be read, each with why and how to mend it.
        may_be_linked: how many files must be somebody's.
    """

    links: pl.DataFrame
    unlinked: pl.DataFrame
    sets: pl.DataFrame
    verdicts: pl.DataFrame
    inputs: pl.DataFrame
    absent: pl.DataFrame
    strangers: pl.DataFrame
    problems: Sequence[str]
    may_be_linked: int

    @classmethod
    def together(cls, parts: Sequence["Tied"]) -> "Tied":
        """What became of the files of several collections, of which there is at least one."""
        return cls(
            links=pl.concat(part.links for part in parts),
            unlinked=pl.concat(part.unlinked for part in parts),
            sets=pl.concat(part.sets for part in parts),
            verdicts=pl.concat(part.verdicts for part in parts),
            inputs=pl.concat(part.inputs for part in parts),
            absent=pl.concat(part.absent for part in parts),
            strangers=pl.concat(part.strangers for part in parts),
            problems=[problem for part in parts for problem in part.problems],
            may_be_linked=sum(part.may_be_linked for part in parts),
        )


def lists_needed(collection: Collection, files: pl.DataFrame) -> pl.DataFrame:
    """The registered lists of checksums that the collection goes by."""
    there = there_of(collection, files)
    return there.filter(pl.col("path").is_in(lists_of(collection, there)))


def texts_needed(collection: Collection, files: pl.DataFrame) -> pl.DataFrame:
    """The registered files whose content tells of others: lists, manifests, sheets and receipts."""
    there = there_of(collection, files)
    paths = {
        *lists_of(collection, there),
        *manifests_of(collection, there["path"].to_list()),
        *sheets_of(collection, there),
        *receipts_of(there),
    }
    return there.filter(pl.col("path").is_in(sorted(paths)))


def tie(
    collection: Collection,
    files: pl.DataFrame,
    samples: pl.DataFrame,
    texts: Mapping[str, bytes],
    digests: pl.DataFrame = _NO_DIGESTS,
) -> Tied:
    """Link the files of a collection to samples, compare them with lists, and gather their sets.

    Args:
        collection: the collection.
        files: registered files, with `FILE_COLUMNS`.
        samples: `sample_id` and `study_id` of the study's samples.
        texts: the content of each of `texts_needed`, by its path.
        digests: checksums that were computed for lists, with `DIGEST_COLUMNS`.
    """
    there = there_of(collection, files)
    told = told_by_sheets(collection, there, texts)
    listing = texts.keys() & set(lists_of(collection, there))
    verdicts = compared(there, {path: texts[path] for path in sorted(listing)}, digests)
    others = differing(verdicts)
    of_it = pl.lit(collection.collection).alias("collection")
    # A manifest tells of other files, whatever format it seems to have.
    manifests = list(manifests_of(collection, there["path"].to_list()))
    asked = there.filter(may_be_linked(collection) & ~pl.col("path").is_in(manifests))
    sound = asked.join(others, on="path", how="anti")
    linked = link(collection, sound, samples, told.mentions, _mains(sound))
    inputs = inputs_of(collection, there, texts)
    by_rules = inputs_by_rules(collection, there, linked.links, inputs)
    return Tied(
        linked.links,
        pl.concat([linked.unlinked, _other_than_listed(asked, others)]).sort("path"),
        sets_of(collection, there, verdicts),
        verdicts.select(of_it, pl.all()),
        pl.concat([inputs, by_rules]).select(of_it, pl.all()),
        told.absent.select(of_it, pl.all()),
        there.filter(is_fit() & ~belongs(collection)),
        told.problems,
        asked.height,
    )


def there_of(collection: Collection, files: pl.DataFrame) -> pl.DataFrame:
    """The registered files of a collection that are still kept anywhere."""
    is_there = pl.col("status") != "vanished"
    return files.filter((pl.col("collection") == collection.collection) & is_there)


def _mains(files: pl.DataFrame) -> pl.DataFrame:
    return mains_of(files).join(files, left_on="main", right_on="path", how="semi")


def _other_than_listed(files: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    found = files.join(others, on="path", how="semi").with_columns(
        reason=pl.lit("its checksum is not the one that was listed"),
        candidates=pl.lit([], pl.List(pl.String())),
    )
    return found.select(pl.col(name).cast(dtype) for name, dtype in UNLINKED_SCHEMA.items())
