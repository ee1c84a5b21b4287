"""The dictionary as a site, as an asset: made again when tables or the dictionary changed."""

import hashlib
import time

import dagster as dg

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.described import key
from omics_orchestrator.orchestration.faults import RETRY, reported
from omics_orchestrator.orchestration.outdated import MAKES_DO
from omics_orchestrator.orchestration.resources import Warehouse
from omics_orchestrator.settings import Settings
from omics_orchestrator.site.contents import gather, inputs
from omics_orchestrator.site.pages import EDITION, pages
from omics_orchestrator.site.publishing import Site

_NAME = TableName("published", "dictionary")
_VERSION_LENGTH = 16


def site_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """One asset: the site of all conformed tables; none where no study is described."""
    return [_site(dictionary)] if dictionary.studies else []


def _site(dictionary: Dictionary) -> dg.AssetsDefinition:
    tables = [
        key(study.core(table)) for study in dictionary.studies.values() for table in study.tables
    ]
    owners = dict.fromkeys(owner for study in dictionary.studies.values() for owner in study.owners)

    @dg.multi_asset(
        name="dictionary_site",
        specs=[
            dg.AssetSpec(
                key(_NAME),
                deps=tables,
                description="The data dictionary as pages: what each variable means, how each "
                "study has it, how its values are distributed. No data, and no small count.",
                group_name=_NAME.group,
                kinds={"html"},
                # A study that is not set up on this machine must not keep the others from it.
                tags={MAKES_DO: "yes"},
                owners=list(owners),
                code_version=_version(dictionary),
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "links_hold",
                asset=key(_NAME),
                description="Every variable and study has its page, every link leads to a file of "
                "the site, and nothing is fetched from elsewhere.",
                blocking=True,
            )
        ],
        retry_policy=RETRY,
    )
    def dictionary_site(warehouse: Warehouse) -> dg.MaterializeResult:
        began = time.monotonic()
        with reported():
            site, stamp, is_new = _built(dictionary, warehouse)
            lost, count = site.lost_links(), site.pages
        return dg.MaterializeResult(
            asset_key=key(_NAME),
            data_version=dg.DataVersion(stamp),
            metadata={
                "pages": count,
                "seconds": round(time.monotonic() - began, 1),
                "folder": dg.MetadataValue.path(str(site.folder)),
                "change": "built anew" if is_new else "nothing changed since it was built",
            },
            check_results=[_links_hold(dictionary, count, lost)],
        )

    return dictionary_site


def _built(dictionary: Dictionary, warehouse: Warehouse) -> tuple[Site, str, bool]:
    """The site, a hash of what it is made of, and whether it was built just now."""
    given = Settings.from_environment()
    site = Site(given.site_folder.absolute())
    with warehouse.session() as connection:
        made_of = inputs(connection, dictionary, given.dictionary, smallest=given.smallest_count)
        if site.is_of(made_of.stamp):
            return site, made_of.stamp, False
        contents = gather(connection, made_of)
    site.publish(pages(contents), made_of.stamp)
    return site, made_of.stamp, True


def _links_hold(dictionary: Dictionary, count: int, lost: list[str]) -> dg.AssetCheckResult:
    wanted = len(dictionary.variables) + len(dictionary.studies)
    return dg.AssetCheckResult(
        check_name="links_hold",
        asset_key=key(_NAME),
        passed=not lost and count > wanted,
        metadata={"pages": count, "lost": ", ".join(lost[:20]) or "none"},
    )


def _version(dictionary: Dictionary) -> str:
    said = f"{EDITION} {dictionary.model_dump_json()}"
    return hashlib.sha256(said.encode()).hexdigest()[:_VERSION_LENGTH]
