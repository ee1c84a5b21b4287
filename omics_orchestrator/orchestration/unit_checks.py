"""Whether numbers look as if some site gave them in another unit than it said."""

import dagster as dg

from omics_orchestrator.dictionary import combined, unit_faults
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.harmonised.tables import combined_table
from omics_orchestrator.orchestration.described import key, markdown
from omics_orchestrator.orchestration.faults import reported
from omics_orchestrator.orchestration.resources import Warehouse
from omics_orchestrator.warehouse.read import read


def unit_checks(dictionary: Dictionary) -> list[dg.AssetChecksDefinition]:
    """One check for each dataset that puts studies together."""
    return [_units_agree(dictionary, each) for each in dictionary.datasets.values()]


def _units_agree(dictionary: Dictionary, dataset: Combined) -> dg.AssetChecksDefinition:
    table = combined_table(dictionary, dataset)

    @dg.asset_check(
        asset=key(table.name),
        name="units_agree",
        description="No group of numbers of one study and site fits its variable only when it is "
        "taken in another unit, such as mg/dL for mg/L. A suspicion is for a person to judge.",
    )
    def check(warehouse: Warehouse) -> dg.AssetCheckResult:
        with reported(), warehouse.session() as connection:
            values = combined.measurements(dictionary, dataset, read(connection, table))
        units = combined.measured_units(dictionary, dataset)
        found = unit_faults.suspected(values, units)
        return dg.AssetCheckResult(
            passed=found.is_empty(),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "variables": len(units),
                "suspected": found.height,
                "listed": dg.MetadataValue.md(markdown(found)),
            },
        )

    return check
