"""A REDCap project whose dictionary changes: what would be misread stops, the rest goes on.

A change is accepted by a steward, who writes the version that they looked at into the study file.
"""

import re

import pytest
from running_platform import Platform, Run
from tables import AT_DATES, DICTIONARY, LOADED, OF_COURSES, STAR

# Each on a platform of its own, minutes in all.
pytestmark = pytest.mark.proof

PARTICIPANT, DETAILS = "core.gidamps__participant", "tidy.gidamps__patient_details"
READERS_OF_SEX = {PARTICIPANT, DETAILS}
# Made of what stopped, and so not made.
WAITING = {
    "datasets.gidamps__demographics",
    "datasets.gidamps__sampling",
    "omics.file_consistency",
    *OF_COURSES,
    *AT_DATES,
}
SWAPPED = "1, Female | 2, Male"
NEW = "GID-900"
IDENTIFIERS = "identifiers: [email, chi_no, initial, dob, legacy_study_id]"
FLAGGED_IN_REDCAP_ALONE = IDENTIFIERS.replace("dob, ", "")


def steps(*tables: str) -> set[str]:
    return {table.replace(".", "__") for table in tables}


def asked_for(platform: Platform) -> set[str]:
    """Every field that was named in a request for records since the platform started."""
    return {
        value
        for arrival in platform.redcap.arrivals
        for name, value in arrival.form.items()
        if name.startswith("fields")
    }


def accept(platform: Platform, run: Run) -> None:
    """Do what the message of a run that stopped tells a steward to do."""
    told = run.failures["core__gidamps__participant"]
    line = re.search(r"write `(accepted_dictionary: \S+)` there, under `redcap`", told)
    assert line
    platform.rewrite("    kind: redcap\n", f"    kind: redcap\n    {line[1]}\n")


@pytest.fixture
def relabelled(platform: Platform) -> Platform:
    """A platform whose REDCap now says female where it said male, and has a new participant."""
    platform.redefine("sex", select_choices_or_calculations=SWAPPED)
    platform.record(NEW, sex="1")
    return platform


def test_a_relabelled_code_stops_exactly_the_tables_that_read_it(relabelled: Platform) -> None:
    before = relabelled.content()
    run = relabelled.run()
    assert run.failures.keys() == steps(*READERS_OF_SEX)
    assert run.waits == []
    outcomes = relabelled.outcomes(run)
    assert {table for table, status in outcomes.items() if status == "failed"} == READERS_OF_SEX
    assert outcomes.keys() == LOADED - WAITING - STAR
    after = relabelled.content()
    assert {table: after[table] for table in READERS_OF_SEX | WAITING} == {
        table: before[table] for table in READERS_OF_SEX | WAITING
    }
    assert relabelled.changes(run)["tidy.gidamps__redcap_record"] == (1, 0, 0)
    assert relabelled.changes(run)[DICTIONARY] == (0, 1, 0)


def test_the_message_names_field_codes_and_day_and_the_version_to_accept(
    relabelled: Platform,
) -> None:
    run = relabelled.run()
    ((day,),) = relabelled.ask(
        "select to_char(_valid_from, 'YYYY-MM-DD HH24:MI') from raw.gidamps__redcap_dictionary"
        " where field_name = 'sex' and _valid_to is null"
    )
    version = run.told(DICTIONARY, "version")
    for step in steps(*READERS_OF_SEX):
        told = run.failures[step]
        assert f"patient_details.sex: code 1 was `Male`, is `Female` (since {day})" in told
        assert f"patient_details.sex: code 2 was `Female`, is `Male` (since {day})" in told
        assert f'write `accepted_dictionary: "{version}"` there, under `redcap`' in told
        assert "data_dictionary/studies/gidamps.yaml" in told
    again = relabelled.run()
    assert again.failures == run.failures


def test_a_steward_who_accepts_the_version_lets_it_load_by_the_rules_of_now(
    relabelled: Platform,
) -> None:
    accept(relabelled, relabelled.run())
    relabelled.rewrite("sex: {field: sex, codes: {1: male, 2: female}}",
                       "sex: {field: sex, codes: {1: female, 2: male}}")  # fmt: skip
    run = relabelled.run()
    assert run.failures == {}
    assert relabelled.outcomes(run).keys() == LOADED
    sex = "select sex from core.gidamps__participant where study_id = %s and _valid_to is null"
    assert relabelled.ask(sex, NEW) == [("female",)]
    assert relabelled.run().succeeded


def test_a_version_that_was_accepted_before_says_nothing_of_the_next_change(
    relabelled: Platform,
) -> None:
    accept(relabelled, relabelled.run())
    assert relabelled.run().succeeded
    relabelled.redefine("sex", select_choices_or_calculations="1, Male | 2, Female")
    run = relabelled.run()
    assert run.failures.keys() == steps(*READERS_OF_SEX)


def test_a_change_that_is_undone_in_redcap_needs_no_acceptance(relabelled: Platform) -> None:
    assert not relabelled.run().succeeded
    relabelled.redefine("sex", select_choices_or_calculations="1, Male | 2, Female")
    healed = relabelled.run()
    assert healed.failures == {}
    assert relabelled.changes(healed)[PARTICIPANT] == (1, 0, 0)


def test_a_code_that_no_rule_of_ours_reads_stops_the_form_as_redcap_has_it_alone(
    platform: Platform,
) -> None:
    platform.redefine(
        "registration_location",
        select_choices_or_calculations="1, Glasgow | 136, Edinburgh | 138, Dundee",
    )
    assert platform.run().failures.keys() == steps(DETAILS)


def test_a_field_that_moved_stops_the_form_that_it_left_and_the_one_that_it_came_to(
    platform: Platform,
) -> None:
    platform.redefine("registration_location", form_name="ibd_background_clinician")
    run = platform.run()
    assert run.failures.keys() == steps(DETAILS, "tidy.gidamps__ibd_background_clinician")
    for told in run.failures.values():
        assert "moved from patient_details to ibd_background_clinician" in told


def test_a_field_that_is_gone_stops_the_form_that_would_lose_its_column(
    platform: Platform,
) -> None:
    lines = platform.project.export_metadata()
    left = [line for line in lines if line["field_name"] != "registration_location"]
    platform.project.import_metadata(left)
    run = platform.run()
    assert run.failures.keys() == steps(DETAILS)
    assert "patient_details.registration_location: removed (since" in str(run.failures)


def test_a_harmless_addition_passes_and_is_listed(platform: Platform) -> None:
    platform.redefine("sex", select_choices_or_calculations="1, Male | 2, Female | 3, Intersex")
    platform.redefine(
        "shoe_size",
        form_name="patient_details",
        field_type="text",
        field_label="Shoe size",
        text_validation_type_or_show_slider_number="integer",
    )
    platform.record(NEW, sex="2", shoe_size="41")
    run = platform.run()
    assert run.failures == {}
    listed = run.told(DICTIONARY, "changes")
    assert "| patient_details | sex | code 3 `Intersex` added | harmless |" in listed
    assert "| patient_details | shoe_size | added | harmless |" in listed
    assert run.told(PARTICIPANT, "unclassified_fields") == "shoe_size"
    assert platform.ask("select shoe_size from tidy.gidamps__patient_details"
                        " where study_id = %s", NEW) == [(41,)]  # fmt: skip


def test_a_field_that_lost_its_flag_is_not_asked_for_until_a_steward_accepts_that(
    platform: Platform,
) -> None:
    platform.rewrite(IDENTIFIERS, FLAGGED_IN_REDCAP_ALONE)
    assert platform.run().succeeded
    platform.redefine("dob", identifier="")
    platform.record(NEW, sex="1", dob="1901-02-03")
    run = platform.run()
    assert "sex" in asked_for(platform)
    assert "dob" not in asked_for(platform)
    assert run.failures.keys() == steps(*READERS_OF_SEX)
    for told in run.failures.values():
        assert "patient_details.dob: is no longer flagged as an identifier (since 20" in told
    accept(platform, run)
    assert platform.run().succeeded
    assert "dob" in asked_for(platform)
    born = "select dob::text from tidy.gidamps__patient_details where study_id = %s"
    assert platform.ask(born, NEW) == [("1901-02-03",)]
