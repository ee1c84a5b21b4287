"""The whole graph on made-up sources: what the first run leaves, and what a second one does."""

from collections import Counter

import polars as pl
from running_platform import INBOX, PARTICIPANTS, SEED, FirstLight, Platform
from tables import CONFORMED, LOADED, TIDY_FORMS

from omics_orchestrator.demo.gidamps.centre_files import (
    FOLDER,
    MANIFEST,
    OTHER_CONTENT,
    WITHOUT_MATE,
)
from omics_orchestrator.demo.gidamps.omic_files import NOBODYS, TRUNCATED_SUFFIX
from omics_orchestrator.demo.gidamps.study import generate

# How the dictionary answers the faults that the generator plants.
REASONS = {
    "unknown_code": "unknown_code",
    "out_of_range": "out_of_range",
    "other_unit": "out_of_range",
}


def test_the_first_run_loads_every_table(first_light: FirstLight) -> None:
    platform, run = first_light
    assert run.failures == {}
    assert run.succeeded
    assert platform.outcomes(run) == dict.fromkeys(LOADED, "ok")
    assert platform.ask("select count(*) from core.gidamps__participant") == [(PARTICIPANTS,)]
    visits = platform.ask("select count(*) from core.gidamps__sampling")
    assert visits > [(PARTICIPANTS,)]
    assert platform.ask("select count(*) from datasets.gidamps__sampling") == visits


def test_every_cell_that_lies_in_a_snapshot_is_counted_once(first_light: FirstLight) -> None:
    arrived, blank = _cells_of_the_snapshots(first_light.platform)
    counted = first_light.platform.ask(
        "select relation, field, cells, blank, left_out,"
        " conformed + missing + blank + quarantined + left_out"
        " from ops.cell_account join ops.load using (load_id)"
    )
    assert {(table, field): cells for table, field, cells, *_ in counted} == arrived
    assert all(cells == sum_of_outcomes for *_, cells, _, _, sum_of_outcomes in counted)
    assert {
        (table, field): blank[table, field]
        for table, field, _, _, left_out, _ in counted
        if not left_out
    } == {(table, field): empty for table, field, _, empty, left_out, _ in counted if not left_out}


def _cells_of_the_snapshots(platform: Platform) -> tuple[Counter[tuple[str, str]], ...]:
    """Cells, and blank cells, by table and field, counted in the Parquet files."""
    arrived: Counter[tuple[str, str]] = Counter()
    blank: Counter[tuple[str, str]] = Counter()
    feeds = platform.ask(
        "select relation, inputs from ops.load where relation like 'core.%%' or relation = any(%s)",
        list(TIDY_FORMS),
    )
    files = dict(platform.ask("select relation, object_key from ops.snapshot"))
    for table, inputs in feeds:
        for raw in inputs.keys() & files.keys():
            frame = pl.read_parquet(platform.home / "store" / files[raw])
            for column in frame:
                arrived[table, column.name] += frame.height
                said = column.drop_nulls().str.strip_chars()
                blank[table, column.name] += frame.height - said.filter(said != "").len()
    return arrived, blank


def test_every_row_is_accounted_for_up_to_the_table(first_light: FirstLight) -> None:
    steps = first_light.platform.ask(
        "select relation, position, step.rows_in, step.rows_out, excluded, quarantined,"
        " load.rows_out from ops.row_account step join ops.load using (load_id)"
        " order by relation, position"
    )
    for relation, _, arrived, went_on, excluded, quarantined, _ in steps:
        assert arrived == went_on + excluded + quarantined, relation
    last = {relation: (went_on, loaded) for relation, *_, went_on, _, _, loaded in steps}
    assert last.keys() == CONFORMED | TIDY_FORMS
    assert all(went_on == loaded for went_on, loaded in last.values())


def test_what_is_counted_as_quarantined_lies_in_quarantine(first_light: FirstLight) -> None:
    counted = first_light.platform.ask(
        "select relation, field, quarantined from ops.cell_account"
        " join ops.load using (load_id) where quarantined > 0"
    )
    held = first_light.platform.ask(
        "select relation, field, sum(count)::bigint from ops.quarantine group by 1, 2"
    )
    assert sorted(counted) == sorted(held)
    assert held


def test_every_planted_fault_is_found_with_its_reason(first_light: FirstLight) -> None:
    read = {
        field
        for (field,) in first_light.platform.ask(
            "select field from ops.cell_account join ops.load using (load_id)"
            " where relation like 'core.%%'"
        )
    }
    planted: Counter[tuple[str, str]] = Counter()
    for (kind, field), count in generate(PARTICIPANTS, SEED).planted.items():
        if kind in REASONS and field in read:
            planted[field, REASONS[kind]] += count
    found = first_light.platform.ask(
        "select field, reason, sum(count)::int from ops.quarantine"
        " where relation like 'core.%%' and reason = any(%s) group by 1, 2",
        list(set(REASONS.values())),
    )
    assert {(field, reason): count for field, reason, count in found} == dict(planted)
    assert planted


def test_a_damaged_file_is_registered_with_its_fault_and_linked_to_nobody(
    first_light: FirstLight,
) -> None:
    platform, run = first_light
    damaged = platform.ask("select path, fault, location from omics.file where status = 'damaged'")
    ((path, fault, location),) = damaged
    assert path.endswith(TRUNCATED_SUFFIX)
    assert "ends inside" in fault
    assert location == (platform.home / INBOX / path).as_uri()
    assert platform.ask("select * from omics.file_sample where path = %s", path) == []
    check = run.check("every_file_is_whole", "omics.file")
    assert not check.passed
    assert path in str(check.metadata["faults"].value)


def test_the_file_of_nobody_is_listed_as_such(first_light: FirstLight) -> None:
    platform, run = first_light
    path = f"rnaseq/{NOBODYS}"
    assert platform.ask("select status from omics.file where path = %s", path) == [("whole",)]
    assert platform.ask("select * from omics.file_sample where path = %s", path) == []
    check = run.check("every_file_has_an_owner", "omics.file_sample")
    assert not check.passed
    listed = platform.ask(str(check.metadata["list_them"].value))
    assert path in str(listed)
    assert check.metadata["files_without_owner"].value == len(listed)


def test_a_delivery_is_linked_by_its_manifest_and_told_what_it_lacks(
    first_light: FirstLight,
) -> None:
    platform, run = first_light
    linked = platform.ask(
        "select path, rule, evidence from omics.file_sample where path like %s order by path",
        f"{FOLDER}/%",
    )
    assert [path for path, *_ in linked] == [
        f"{FOLDER}/SC000{tube}_R{read}.fastq.gz" for tube, read in ((1, 1), (1, 2), (2, 1), (3, 1))
    ]
    assert {(rule, evidence) for _, rule, evidence in linked[:1]} == {
        (f"manifest {FOLDER}/*manifest.csv", f"line 2 of {FOLDER}/{MANIFEST}")
    }
    other, alone = f"{FOLDER}/{OTHER_CONTENT}", f"{FOLDER}/{WITHOUT_MATE}"
    assert platform.ask("select path, reason from omics.file_unlinked where path = %s", other) == [
        (other, "its checksum is not the one that was listed")
    ]
    (lacking,) = platform.ask(
        "select missing from omics.file_set where kind = 'read_pairs' and %s = any(members)", alone
    )
    assert lacking == ([alone.replace("_R1", "_R2")],)
    assert other in str(run.check("checksums_agree", "omics.file_set").metadata["files"].value)


def test_whole_files_are_copied_and_linked_to_known_samples(first_light: FirstLight) -> None:
    platform = first_light.platform
    files = [path for path in (platform.home / INBOX).rglob("*") if path.is_file()]
    assert platform.ask("select count(*) from omics.file") == [(len(files),)]
    store = (platform.home / "store").as_uri()
    elsewhere = "select path from omics.file where status = 'whole' and location not like %s"
    assert platform.ask(elsewhere, f"{store}/%") == []
    strangers = (
        "select path from omics.file_sample link where not exists ("
        " select from core.gidamps__sample sample where sample.sample_id = link.sample_id"
        " and sample.study_id = link.study_id)"
    )
    assert platform.ask(strangers) == []
    reads, paired = platform.ask(
        "select count(*), count(distinct path) from omics.file_sample where path like 'rnaseq/%%'"
    )[0]
    assert reads == paired > 0


def test_every_blocking_check_passes(first_light: FirstLight) -> None:
    evaluations = first_light.run.result.get_asset_check_evaluations()
    failed = {(e.check_name, e.asset_key.path[-1]) for e in evaluations if not e.passed}
    assert failed == {
        ("every_file_is_whole", "file"),
        ("every_file_has_an_owner", "file_sample"),
        ("every_set_is_complete", "file_set"),
        ("checksums_agree", "file_set"),
        ("flags_agree", "flag"),
    }
    assert all(not e.blocking for e in evaluations if not e.passed)


def test_every_table_shows_its_columns_rows_lineage_and_accounts(first_light: FirstLight) -> None:
    for event in first_light.run.result.get_asset_materialization_events():
        made = event.step_materialization_data.materialization
        name = made.asset_key.to_user_string()
        shown = {"dagster/row_count"}
        if made.asset_key.path[0] == "published":
            shown = {"pages", "folder"}
        elif made.asset_key.path[-1] == "redcap_dictionary":
            shown |= {"version", "changes"}
        elif made.asset_key.path[0] == "raw":
            shown |= {"dagster/column_schema", "snapshot"}
        elif made.asset_key.path[0] == "core":
            shown |= {"dagster/column_lineage", "cells/conformed", "quarantined_fields"}
        assert shown <= made.metadata.keys(), name


def test_a_second_run_changes_nothing(first_light: FirstLight, platform: Platform) -> None:
    before = platform.content()
    objects = sorted((platform.home / "store").rglob("*"))
    again = platform.run()
    assert again.succeeded
    assert platform.outcomes(again) == dict.fromkeys(LOADED, "unchanged")
    assert again.made == first_light.run.made
    assert platform.changes(again) == {}
    assert platform.content() == before
    assert sorted((platform.home / "store").rglob("*")) == objects
