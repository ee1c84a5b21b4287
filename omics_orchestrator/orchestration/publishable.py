"""Whether the register says of every file that it may be published, or why it may not."""

import dagster as dg
import polars as pl

from omics_orchestrator.catalogue.publishing import Standing
from omics_orchestrator.catalogue.tables import PICTURES
from omics_orchestrator.orchestration.described import key, markdown

PUBLISHABLE = dg.AssetCheckSpec(
    "every_file_may_be_published_or_says_why_not",
    asset=key(PICTURES.name),
    description="Each file stands in omics.publishable_file, or in omics.withheld_file with one "
    "reason; none that is not whole or may name a person may be published.",
)


def judged(standing: Standing) -> dg.AssetCheckResult:
    """Judge how many files may be published, and say why the others may not."""
    counted = list(standing.withheld.items())
    reasons = pl.DataFrame(counted, schema=["reason", "files"], orient="row")
    return dg.AssetCheckResult(
        check_name=PUBLISHABLE.name,
        asset_key=PUBLISHABLE.asset_key,
        passed=standing.is_sound,
        metadata={
            "files": standing.files,
            "may_be_published": standing.publishable,
            "unfit_and_publishable": standing.unfit,
            "to_mend": "if this fails, publish nothing and report it; what stands in the way of a "
            "file is its reason in omics.withheld_file",
            "reasons": dg.MetadataValue.md(markdown(reasons)),
        },
    )
