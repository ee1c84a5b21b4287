"""A change of the world or of the dictionary: what depends on it is made anew, and nothing else."""

import shutil
from pathlib import Path

import one_study
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest
from running_platform import Platform, relation
from tables import DICTIONARY, OF_A_PARTICIPANT, PROJECT

from omics_orchestrator.definitions import defs

NEW = "GID-900"


def test_a_new_participant_adds_exactly_that_row(platform: Platform) -> None:
    platform.record(NEW, sex="2", age="41")
    run = platform.run()
    assert run.succeeded
    assert platform.changes(run) == dict.fromkeys(OF_A_PARTICIPANT, (1, 0, 0))
    assert platform.ask(
        "select study_id, sex, age from core.gidamps__participant row"
        " join ops.load on row._load_id = load.load_id where load.run_id = %s",
        run.id,
    ) == [(NEW, "female", 41)]


def test_a_changed_answer_updates_its_row_and_keeps_what_it_said_before(platform: Platform) -> None:
    ((known, age, visits),) = platform.ask(
        "select study_id, age, count(*)::int from core.gidamps__participant"
        " join core.gidamps__sampling using (study_id) where age is not null"
        " group by 1, 2 order by 1 limit 1"
    )
    platform.record(known, age=str(age + 1))
    run = platform.run()
    assert platform.changes(run) == {
        "core.gidamps__participant": (0, 1, 0),
        "datasets.gidamps__demographics": (0, 1, 0),
        "datasets.gidamps__sampling": (0, visits, 0),
        "tidy.gidamps__patient_details": (0, 1, 0),
    }
    assert platform.ask(
        "select age, _valid_to is null from core.gidamps__participant"
        " where study_id = %s order by _valid_from",
        known,
    ) == [(age, False), (age + 1, True)]


def test_an_unknown_code_is_quarantined_and_counted_and_the_run_goes_on(
    platform: Platform,
) -> None:
    # REDCap takes no code that its own dictionary does not know, and ours may not know it yet.
    platform.redefine("sex", select_choices_or_calculations="1, Male | 2, Female | 7, Other")
    platform.record(NEW, sex="7")
    run = platform.run()
    assert run.succeeded
    assert platform.ask("select sex from core.gidamps__participant where study_id = %s", NEW) == [
        (None,)
    ]
    assert platform.ask(
        "select relation, reason, count from ops.quarantine where field = 'sex'"
    ) == [("core.gidamps__participant", "unknown_code", 1)]
    # By the project's own dictionary it is a code as good as any.
    by_redcap = "select sex from tidy.gidamps__patient_details where study_id = %s"
    assert platform.ask(by_redcap, NEW) == [("7",)]
    assert platform.ask(
        "select relation, quarantined from ops.cell_account join ops.load using (load_id)"
        " where run_id = %s and field = 'sex' order by relation",
        run.id,
    ) == [("core.gidamps__participant", 1), ("tidy.gidamps__patient_details", 0)]


def test_a_new_omic_file_is_registered_and_linked_alone(platform: Platform) -> None:
    ((path,),) = platform.ask(
        "select path from omics.file where path like '%%R1_001.fastq.gz' and status = 'whole'"
        " order by path limit 1"
    )
    another_lane = path.replace("_L001_", "_L002_")
    inbox = Path(platform.environment["OMICS_INBOX_URL"])
    shutil.copy(inbox / path, inbox / another_lane)
    run = platform.run()
    assert platform.changes(run) == {
        "omics.file": (1, 0, 0),
        "omics.file_sample": (1, 0, 0),
        "omics.file_set": (1, 0, 0),
    }


@pytest.fixture
def edited(platform: Platform) -> Platform:
    """A platform that has run, and whose dictionary then got one other code in `sampling`."""
    before = "codes: {1: inpatient, 2: outpatient, 3: endoscopy}}\n    as_named"
    platform.run()
    platform.rewrite(before, before.replace("3: endoscopy", "3: inpatient"))
    return platform


def _code_versions(platform: Platform) -> dict[str, str | None]:
    with platform.settings():
        graph = defs().resolve_asset_graph()
        return {relation(node.key): node.code_version for node in graph.asset_nodes}


def test_one_changed_code_changes_one_code_version(edited: Platform, tmp_path: Path) -> None:
    after = _code_versions(edited)
    edited.environment["OMICS_DICTIONARY"] = str(one_study.write(tmp_path / "before"))
    before = _code_versions(edited)
    assert before.keys() == after.keys()
    changed = {table for table in after if before[table] != after[table]}
    assert changed == {"core.gidamps__sampling", "published.dictionary"}


def test_dagster_shows_only_what_depends_on_a_changed_code_as_stale(edited: Platform) -> None:
    with edited.settings():
        graph = defs().resolve_asset_graph()
        resolver = CachingStaleStatusResolver(
            edited.instance, graph, LoadingContextForTest(edited.instance)
        )
        stale = {
            relation(key)
            for key in graph.get_all_asset_keys()
            if resolver.get_status(key) != StaleStatus.FRESH
        }
    assert stale == {"core.gidamps__sampling", "published.dictionary"}


def test_a_changed_code_is_carried_through_and_nothing_else_is_loaded(edited: Platform) -> None:
    endoscopies = "select count(*)::int from core.gidamps__sampling where sampling_setting = 'endoscopy' and _valid_to is null"
    ((before,),) = edited.ask(endoscopies)
    assert before > 0
    run = edited.run()
    assert run.succeeded
    assert edited.ask(endoscopies) == [(0,)]
    assert edited.changes(run) == {
        "core.gidamps__sampling": (0, before, 0),
        "datasets.gidamps__sampling": (0, before, 0),
    }


def test_only_the_selected_assets_are_made(platform: Platform) -> None:
    platform.record(NEW, sex="2")
    run = platform.run("raw/gidamps/patient_details")
    assert run.succeeded
    assert set(run.made) == {"raw.gidamps__patient_details"}
    # A project is read as a whole, so that its tables show one moment; no other table is made.
    assert platform.outcomes(run) == {DICTIONARY: "unchanged"}
    assert platform.snapshots(run) == PROJECT - {DICTIONARY}


def test_a_mended_rule_gives_what_a_right_one_would_have_given_at_first(platform: Platform) -> None:
    right = "codes: {1: inpatient, 2: outpatient, 3: endoscopy}}\n    as_named"
    wrong = right.replace(", 3: endoscopy", "")
    tables = ("core.gidamps__sampling", "datasets.gidamps__sampling")

    def loaded() -> dict[str, tuple[str, int]]:
        """The content of each table, and how many cells its last load has in quarantine."""
        return {
            relation: (content, held)
            for relation, content, held in platform.ask(
                "select distinct on (relation) relation, content_hash,"
                " (select count(*)::int from ops.quarantine q where q.load_id = load.load_id)"
                " from ops.load where relation = any(%s) and status = 'ok'"
                " order by relation, load_id desc",
                list(tables),
            )
        }

    at_first = loaded()
    platform.rewrite(right, wrong)
    assert platform.run().succeeded
    meanwhile = loaded()
    assert meanwhile[tables[0]][1] > at_first[tables[0]][1]
    assert all(meanwhile[table][0] != at_first[table][0] for table in tables)
    platform.rewrite(wrong, right)
    assert platform.run().succeeded
    assert loaded() == at_first
