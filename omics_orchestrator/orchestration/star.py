"""The star as assets: one a fact or dimension, all made together, as views of what is loaded."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL
from omics_orchestrator.orchestration.described import key
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.loading import asset_spec, loaded_content
from omics_orchestrator.orchestration.resources import Warehouse
from omics_orchestrator.star.looking import Found
from omics_orchestrator.star.making import content, make
from omics_orchestrator.star.study_tables import studies_of
from omics_orchestrator.star.view import View
from omics_orchestrator.star.views import views

_UNIQUE = "One row for each {}."
_RESOLVE = "Every key of a dimension leads to one of its members, the unknown one included."


def star_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """The views of the star; none where no study is described."""
    described = views(dictionary)
    return [_star(dictionary, described)] if described else []


def _star(dictionary: Dictionary, described: Sequence[View]) -> dg.AssetsDefinition:
    made_of = _made_of(dictionary, described)
    owners = sorted({owner for study in dictionary.studies.values() for owner in study.owners})
    specs = [
        asset_spec(
            view.table, owners, view.version, deps=map(key, made_of[view.table.name]), kind="view"
        )
        for view in described
    ]

    @dg.multi_asset(
        name="star",
        specs=specs,
        check_specs=[_check_spec(view) for view in described],
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def star(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult]:
        with (
            reported(),
            failures_recorded(context, [view.table.name for view in described]),
            warehouse.session() as connection,
        ):
            inputs = {
                str(view.table.name): {
                    str(name): loaded_content(connection, name) for name in made_of[view.table.name]
                }
                for view in described
            }
            found = make(connection, described, run_id=context.run.run_id, inputs=inputs)
        for view in described:
            name = str(view.table.name)
            yield _result(view, found[name], inputs[name])

    return star


def _made_of(
    dictionary: Dictionary, described: Sequence[View]
) -> dict[TableName, tuple[TableName, ...]]:
    """The tables that a view is made of; what the dictionary alone names comes with participants.

    Without a table before it, Dagster would take it for something that is read from outside.
    """
    studies = studies_of(dictionary)
    people = [told.core(told.participants).name for told in studies if told.participants]
    named = people or [name for view in described for name in view.reads]
    return {view.table.name: view.reads or tuple(sorted(named)) for view in described}


def _check_spec(view: View) -> dg.AssetCheckSpec:
    unique = _UNIQUE.format(view.table.key[0])
    return dg.AssetCheckSpec(
        "keys_unique" if view.is_dimension else "keys_resolve",
        asset=key(view.table.name),
        description=unique if view.is_dimension else _RESOLVE,
        blocking=True,
    )


def _result(view: View, found: Found, inputs: Mapping[str, str]) -> dg.MaterializeResult:
    name = key(view.table.name)
    counts = {"rows": found.rows, "repeated": found.repeated}
    check = dg.AssetCheckResult(
        check_name=_check_spec(view).name,
        asset_key=name,
        passed=not found.repeated and not any(found.unresolved.values()),
        metadata=counts | {f"unresolved/{each}": n for each, n in found.unresolved.items()},
    )
    # A dimension's own unknown member points at the unknown members of others, and says nothing.
    unknown = {} if view.is_dimension else found.unknown
    return dg.MaterializeResult(
        asset_key=name,
        data_version=dg.DataVersion(content(view, inputs)),
        metadata={
            "dagster/row_count": found.rows,
            **{f"unknown/{each}": n for each, n in unknown.items()},
        },
        check_results=[check],
    )
