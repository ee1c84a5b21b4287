"""How well a dataset's variables are covered by its studies, each time it was made."""

from collections import Counter
from collections.abc import Collection, Sequence

import dagster as dg
import polars as pl

from omics_orchestrator.dictionary import combined, long
from omics_orchestrator.dictionary.dataset import parts_of, sources_of
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.tables import Long
from omics_orchestrator.harmonised.tables import combined_table, core_table, dataset_table
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.described import key, markdown
from omics_orchestrator.orchestration.faults import reported
from omics_orchestrator.orchestration.resources import Warehouse
from omics_orchestrator.stewardship.coverage import STATUSES, Covered, of_table
from omics_orchestrator.stewardship.facts import facts_of

_MOST_LISTED = 200


def coverage_checks(dictionary: Dictionary) -> list[dg.AssetChecksDefinition]:
    """One check for each dataset, of one study or of several."""
    of_studies = [
        _variables_arrive(dictionary, dataset_table(dictionary, study, name).name, [(study, name)])
        for study in dictionary.studies.values()
        for name in study.datasets
    ]
    of_several = [
        _variables_arrive(
            dictionary,
            combined_table(dictionary, each).name,
            list(combined.members(dictionary, each).values()),
        )
        for each in dictionary.datasets.values()
    ]
    return [*of_studies, *of_several]


def _variables_arrive(
    dictionary: Dictionary, name: TableName, members: Sequence[tuple[Study, str]]
) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key(name),
        name="variables_arrive",
        description="No variable has all of its values in quarantine. Beside it: how many are "
        "complete, partial, impossible and undetermined, and why.",
    )
    def check(warehouse: Warehouse) -> dg.AssetCheckResult:
        with reported(), warehouse.session() as connection:
            found = [
                each
                for study, dataset in members
                for table in parts_of(study.datasets[dataset])
                for each in of_table(
                    study, table, facts_of(connection, core_table(dictionary, study, table))
                )
                if each.variable in _variables(dictionary, study, dataset)
            ]
        return result(found)

    return check


def _variables(dictionary: Dictionary, study: Study, name: str) -> Collection[str]:
    """The variables that a dataset holds, as columns or as rows."""
    dataset = study.datasets[name]
    if isinstance(dataset, Long):
        return {*long.fixed(study, dataset), *long.numbers(dictionary, study, dataset)}
    return sources_of(dictionary, study, name).keys()


def result(found: Sequence[Covered]) -> dg.AssetCheckResult:
    """Tell how variables are covered; it fails where all that came of one is in quarantine."""
    counts = Counter(each.status for each in found)
    unsound = [each for each in found if each.status != "complete"]
    lost = [each for each in found if each.quarantined == each.told > 0]
    listed = pl.DataFrame(
        [(each.study, each.variable, each.status, each.why) for each in unsound[:_MOST_LISTED]],
        schema=["study", "variable", "status", "why"],
        orient="row",
    )
    return dg.AssetCheckResult(
        passed=not lost,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            **{status: counts[status] for status in STATUSES},
            "without_a_value": ", ".join(each.variable for each in lost) or "none",
            "listed": dg.MetadataValue.md(markdown(listed)),
        },
    )
