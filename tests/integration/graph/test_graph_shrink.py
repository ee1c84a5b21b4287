"""What a source no longer says: a few rows go and stay in history, most of a table stays."""

from redcap.project import Project
from running_platform import PARTICIPANTS, TOKEN, Platform
from tables import HARMONISED, TIDY_FORMS

from omics_orchestrator.demo.gidamps.dictionary import project_definition
from omics_orchestrator.demo.redcap import project as redcap_project

PARTICIPANT = "core.gidamps__participant"
RECORDS = "tidy.gidamps__redcap_record"
GUARDED = {*HARMONISED, RECORDS, *TIDY_FORMS}
# The list of records is made beside that of codes, in the step of their project.
STEPS = {table.replace(".", "__") for table in GUARDED - {RECORDS}} | {"tidy__gidamps__redcap"}


def _rows_of(platform: Platform, participant: str) -> list[tuple[str, bool]]:
    return platform.ask(
        "select study_id, _valid_to is null from core.gidamps__participant where study_id = %s",
        participant,
    )


def test_a_deleted_participant_is_gone_and_remembered(platform: Platform) -> None:
    ((gone, visits),) = platform.ask(
        "select study_id, count(*)::int from core.gidamps__sampling group by 1 order by 2, 1 limit 1"
    )
    address = platform.environment["GIDAMPS_REDCAP_URL"]
    Project(address, TOKEN).delete_records([gone])
    run = platform.run()
    assert run.succeeded
    changes = platform.changes(run)
    assert changes[PARTICIPANT] == (0, 0, 1)
    assert changes[RECORDS] == (0, 0, 1)
    assert changes["core.gidamps__sampling"] == (0, 0, visits)
    assert changes["tidy.gidamps__sampling"] == (0, 0, visits)
    assert changes["datasets.gidamps__sampling"] == (0, 0, visits)
    assert _rows_of(platform, gone) == [(gone, False)]
    wide = "select count(*)::int from datasets.gidamps__sampling where study_id = %s"
    assert platform.ask(wide, gone) == [(0,)]


def test_an_emptied_project_empties_no_table_until_a_person_allows_it(platform: Platform) -> None:
    before = platform.content()
    redcap_project.create(platform.home / "redcap.sqlite", TOKEN, project_definition(), [])
    run = platform.run()
    assert set(run.failures) == STEPS
    assert (
        f"{PARTICIPANTS} of {PARTICIPANTS} rows would vanish"
        in run.failures["core__gidamps__participant"]
    )
    assert all(
        "load it once with a higher `allow_shrink`" in told for told in run.failures.values()
    )
    assert {table for table, status in platform.outcomes(run).items() if status == "failed"} == (
        GUARDED
    )
    assert platform.content() == before

    allowed = platform.run(
        "core/gidamps/participant", core__gidamps__participant={"allow_shrink": 1.0}
    )
    assert allowed.succeeded
    assert platform.changes(allowed) == {PARTICIPANT: (0, 0, PARTICIPANTS)}
    assert platform.ask("select allowed_shrink from ops.load where run_id = %s", allowed.id) == [
        (1.0,)
    ]
    kept = "select count(*)::int from core.gidamps__participant where _valid_to is not null"
    assert platform.ask(kept) == [(PARTICIPANTS,)]

    sampling = "tidy.gidamps__sampling", "tidy.gidamps__sampling_ticked"
    held = {table: platform.ask(f"select count(*)::int from {table}")[0][0] for table in sampling}
    allowed = platform.run("tidy/gidamps/sampling", tidy__gidamps__sampling={"allow_shrink": 1.0})
    assert allowed.succeeded
    assert platform.changes(allowed) == {table: (0, 0, rows) for table, rows in held.items()}
    assert all(rows > 0 for rows in held.values())
