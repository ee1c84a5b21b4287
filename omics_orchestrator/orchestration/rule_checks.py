"""Whether the rules of a study still fit its REDCap project, each time the project was read.

What the project said of itself is taken from the snapshot's description: the table that Postgres
keeps does not say in which order the fields stand, and so not which of them is the record id.
"""

import dagster as dg

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary.check import unit_problems
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource, Study
from omics_orchestrator.orchestration.core import latest_snapshot
from omics_orchestrator.orchestration.described import key
from omics_orchestrator.orchestration.faults import reported
from omics_orchestrator.orchestration.project_dictionary import ProjectDictionary
from omics_orchestrator.orchestration.redcap import records_table
from omics_orchestrator.orchestration.resources import Stores, Warehouse
from omics_orchestrator.redcap_project import study_check
from omics_orchestrator.redcap_project.description import Description

_MOST_LISTED = 40


def rule_checks(dictionary: Dictionary) -> list[dg.AssetChecksDefinition]:
    """One check for each REDCap project of each study."""
    return [
        _rules_fit(dictionary, study, name)
        for study in dictionary.studies.values()
        for name, source in study.sources.items()
        if isinstance(source, RedcapSource)
    ]


def _rules_fit(dictionary: Dictionary, study: Study, source: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key(ProjectDictionary(study, source).table.name),
        name="rules_fit",
        description="Every field that a rule reads is in the project, and every code it may hold "
        "is mapped, declared missing or left out by name.",
    )
    def check(warehouse: Warehouse, stores: Stores) -> dg.AssetCheckResult:
        with reported(), warehouse.session() as connection:
            taken = latest_snapshot(connection, records_table(study, source))
            described = snapshot.project_description(stores.main(), taken)
            return result(dictionary, study, source, described)

    return check


def result(
    dictionary: Dictionary, study: Study, source: str, described: Description
) -> dg.AssetCheckResult:
    """Compare a study with its project; what does not fit is listed, and stops nothing.

    A table whose field is gone stops by itself, and a code nobody mapped waits in quarantine.
    """
    # Of units that do not convert, no rule can be compiled.
    found = unit_problems(dictionary) or study_check.problems(dictionary, study, source, described)
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "problems": len(found),
            "listed": dg.MetadataValue.text("\n".join(found[:_MOST_LISTED]) or "none"),
        },
    )
