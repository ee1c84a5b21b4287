"""Whether files fit the clinic, as an asset: a sample that was swapped is found by what it shows.

A disagreement stops nothing: it is as often a wrong entry as a swapped tube, and sometimes neither.
"""

from pathlib import Path
from typing import NamedTuple

import dagster as dg
import polars as pl
from psycopg import Connection

from omics_orchestrator.catalogue.consistency import (
    AGREES,
    DISAGREES,
    NOT_COMPARABLE,
    RECORDED,
    compare,
    where_sex_is_recorded,
)
from omics_orchestrator.catalogue.consistency_table import CONSISTENCY
from omics_orchestrator.catalogue.link_tables import LINKS
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import Collection, Dictionary
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.orchestration.derived import Derived, derived_asset
from omics_orchestrator.orchestration.described import key, markdown
from omics_orchestrator.orchestration.faults import reported
from omics_orchestrator.orchestration.loading import Made
from omics_orchestrator.orchestration.resources import Warehouse
from omics_orchestrator.warehouse.read import read, some_columns
from omics_orchestrator.warehouse.table import Table

_MOST_NAMED = 30
_FILE_COLUMNS = ("collection", "path", "modality", "stage", "description")
_DISAGREEING = """
    select * from omics.file_consistency where _valid_to is null and verdict = 'disagrees'
"""


class _Check(NamedTuple):
    about: str
    description: str
    to_mend: str


_CHECKS = {
    "recorded_sex_agrees": _Check(
        "sex",
        description="No file shows another sex than its participant's record, where both are "
        "known.",
        to_mend="a swapped sample or a wrong entry: compare the tube's label, the laboratory's "
        "sheet and the participant's record, see whether other files of the sample or its batch "
        "disagree too, and correct it where it was entered; after a transplant of marrow, or with "
        "other chromosomes than XX and XY, both may be right",
    ),
    "references_agree": _Check(
        "reference",
        description="Every file lies on the reference that its collection declares, or else on "
        "that of most files of its kind, and on the one that its own header names.",
        to_mend="ask the sender which reference these files lie on, and align them anew to that "
        "of the others; if the collection has the right one, declare it: `reference: GRCh38`",
    ),
}


def consistency_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """The comparison of all described collections' files with the clinic."""
    return [derived_asset(_derived(dictionary))] if dictionary.collections else []


def consistency_checks(dictionary: Dictionary) -> list[dg.AssetChecksDefinition]:
    """Whether the sexes and the references agree."""
    return [_check(name) for name in _CHECKS] if dictionary.collections else []


def result(compared: pl.DataFrame, name: str) -> dg.AssetCheckResult:
    """Judge what was compared, by the name of a check."""
    about, _, to_mend = _CHECKS[name]
    own = compared.filter(pl.col("about") == about)
    counted = dict(own.group_by("verdict").len().iter_rows())
    wrong = own.filter(pl.col("verdict") == DISAGREES)
    listed = wrong.select("sample_id", "path", "expected", "found", "evidence").head(_MOST_NAMED)
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=key(CONSISTENCY.name),
        passed=wrong.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "agree": counted.get(AGREES, 0),
            "disagree": wrong.height,
            "not_comparable": counted.get(NOT_COMPARABLE, 0),
            "to_mend": to_mend,
            "files": dg.MetadataValue.md(markdown(listed)),
            "list_them": _DISAGREEING,
        },
    )


def _derived(dictionary: Dictionary) -> Derived:
    studies = {each.study for each in dictionary.collections.values()}
    clinic = {table.name for study in studies for table, _ in _recorded_in(dictionary, study)}
    owners = {owner for study in studies for owner in dictionary.studies[study].owners}

    def make(connection: Connection, _: Path) -> Made:
        files = some_columns(connection, FILES, _FILE_COLUMNS, {})
        links = read(connection, LINKS)
        compared = pl.concat(
            compare(each, files, links, _recorded(connection, dictionary, each))
            for each in dictionary.collections.values()
        )
        return Made(compared, compared.height)

    return Derived(
        CONSISTENCY,
        sorted(owners),
        fingerprint.of_consistency(dictionary),
        [FILES.name, LINKS.name, *sorted(clinic)],
        make,
    )


def _recorded_in(dictionary: Dictionary, study: str) -> list[tuple[Table, str]]:
    """The table of participants that has their sex, and its variable; none where it is not told."""
    described = dictionary.studies[study]
    found = where_sex_is_recorded(dictionary, described)
    return [(core_table(dictionary, described, found[0]), found[1])] if found else []


def _recorded(
    connection: Connection, dictionary: Dictionary, collection: Collection
) -> pl.DataFrame:
    for table, sex in _recorded_in(dictionary, collection.study):
        participant = table.key[0]
        rows = some_columns(connection, table, (participant, sex), {})
        return rows.select(study_id=participant, sex=sex)
    return pl.DataFrame(schema=RECORDED)


def _check(name: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=key(CONSISTENCY.name), name=name, description=_CHECKS[name].description)
    def check(warehouse: Warehouse) -> dg.AssetCheckResult:
        with reported(), warehouse.session() as connection:
            return result(read(connection, CONSISTENCY), name)

    return check
