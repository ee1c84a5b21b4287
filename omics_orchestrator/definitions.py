"""Everything Dagster loads. Building it reads the data dictionary, and opens nothing else."""

import dagster as dg

from omics_orchestrator import settings
from omics_orchestrator.orchestration import (
    automation,
    batches,
    consistency,
    core,
    coverage_checks,
    datasets,
    digests,
    documents,
    exposure,
    omics,
    pictures,
    raw,
    rule_checks,
    site,
    star,
    tidy,
    unit_checks,
    verification,
)
from omics_orchestrator.orchestration.resources import resources
from omics_orchestrator.settings import Settings

_EXECUTORS = {"in_process": dg.in_process_executor, "multiprocess": dg.multiprocess_executor}


@dg.definitions
def defs() -> dg.Definitions:
    """The code location: assets, checks, schedules, sensors and resources."""
    dictionary = settings.dictionary()
    return dg.Definitions(
        assets=[
            *raw.raw_assets(dictionary),
            *tidy.tidy_assets(dictionary),
            *core.core_assets(dictionary),
            *documents.documents_assets(dictionary),
            *omics.omics_assets(dictionary),
            *digests.digest_assets(dictionary),
            *verification.verification_assets(dictionary),
            *consistency.consistency_assets(dictionary),
            *pictures.picture_assets(dictionary),
            *batches.batch_specs(dictionary),
            *exposure.exposure_assets(dictionary),
            *datasets.dataset_assets(dictionary),
            *star.star_assets(dictionary),
            *site.site_assets(dictionary),
        ],
        asset_checks=[
            *rule_checks.rule_checks(dictionary),
            *unit_checks.unit_checks(dictionary),
            *coverage_checks.coverage_checks(dictionary),
            *consistency.consistency_checks(dictionary),
            *exposure.exposure_checks(dictionary),
        ],
        jobs=[automation.nightly],
        schedules=automation.schedules(),
        sensors=automation.sensors(dictionary),
        resources=resources(),
        # A run has a process of its own either way. Starting one a step costs seconds each, more
        # than most steps take; large steps on a large machine are worth it.
        executor=_EXECUTORS[Settings.from_environment().executor],
    )
