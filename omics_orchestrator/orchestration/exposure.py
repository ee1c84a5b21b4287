"""Drug exposure as assets: courses, episodes, the status at each date, and the flags of visits."""

from pathlib import Path

import dagster as dg
from psycopg import Connection

from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.exposure.flags import contradictions
from omics_orchestrator.exposure.tables import TABLES
from omics_orchestrator.harmonised.exposure import exposure_table, made
from omics_orchestrator.orchestration.derived import Derived, derived_asset
from omics_orchestrator.orchestration.described import key, markdown
from omics_orchestrator.orchestration.faults import reported
from omics_orchestrator.orchestration.loading import Made
from omics_orchestrator.orchestration.resources import Warehouse
from omics_orchestrator.warehouse.read import read


def exposure_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """The tables on drugs of each study whose file says where it tells of drugs."""
    return [
        derived_asset(_derived(dictionary, study, name))
        for study in dictionary.studies.values()
        if study.drugs is not None
        for name in TABLES
    ]


def exposure_checks(dictionary: Dictionary) -> list[dg.AssetChecksDefinition]:
    """Whether the flags that a study recorded agree with the courses that it recorded."""
    return [_flags_agree(study) for study in dictionary.studies.values() if study.drugs is not None]


def _derived(dictionary: Dictionary, study: Study, name: str) -> Derived:
    def make(connection: Connection, folder: Path) -> Made:
        return Made(*made(connection, dictionary, study, name, folder))

    return Derived(
        exposure_table(study, name),
        study.owners,
        fingerprint.of_exposure(dictionary, study),
        [study.core(each) for each in TABLES[name].made_of(study)],
        make,
    )


def _flags_agree(study: Study) -> dg.AssetChecksDefinition:
    table = exposure_table(study, "flag")

    @dg.asset_check(
        asset=key(table.name),
        name="flags_agree",
        description="No flag that was recorded for a visit or at baseline contradicts the courses "
        "of drugs that were recorded. A contradiction is for a person to judge.",
    )
    def check(warehouse: Warehouse) -> dg.AssetCheckResult:
        with reported(), warehouse.session() as connection:
            compared = contradictions(read(connection, table))
        wrong = int(compared["contradicted"].sum())
        return dg.AssetCheckResult(
            passed=wrong == 0,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "compared": int(compared["both"].sum()),
                "contradicted": wrong,
                "listed": dg.MetadataValue.md(markdown(compared)),
            },
        )

    return check
