"""Every method of PyCap's Project, as it is published, runs unchanged against the local server."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redcap
from redcap_service import NOON, TOKEN, Server, renew, running

from omics_orchestrator.demo.redcap import reports, store, surveys
from omics_orchestrator.demo.redcap.definition import (
    API_KEYS,
    DataAccessGroup,
    Event,
    ProjectDefinition,
)


def entry(field: str, form: str, kind: str = "text", **more: str) -> dict[str, str]:
    named = {"field_name": field, "form_name": form, "field_type": kind, "field_label": field}
    return {**dict.fromkeys(API_KEYS, ""), **named, **more}


CLASSIC = ProjectDefinition(
    "Gut study",
    (
        entry("id", "base"),
        entry("sex", "base", "radio", select_choices_or_calculations="1, Female | 2, Male"),
        entry("why", "base", "checkbox", select_choices_or_calculations="1, One | 2, Two"),
        entry("age", "base"),
        entry("scan", "base", "file"),
        entry("mood", "feedback", "notes"),
    ),
    repeating=(("", "feedback"),),
    repeat_labels=(("", "feedback", "[mood]"),),
    surveys={"feedback": "Feedback"},
    groups=(DataAccessGroup(7, "Site A", "site_a"), DataAccessGroup(8, "Site B", "site_b")),
)
LONGITUDINAL = ProjectDefinition(
    "Gut study over time",
    (entry("id", "base"), entry("mood", "feedback", "notes")),
    events=(Event("Baseline"), Event("Month 6")),
    designations=(("baseline_arm_1", "base"), ("month_6_arm_1", "feedback")),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("pycap") / "redcap.db")) as server:
        yield server


@pytest.fixture
def classic(server: Server) -> redcap.Project:
    return fresh(server, CLASSIC)


@pytest.fixture
def longitudinal(server: Server) -> redcap.Project:
    return fresh(server, LONGITUDINAL)


def fresh(server: Server, definition: ProjectDefinition) -> redcap.Project:
    """Give the server one empty project, whose only user is the token's."""
    renew(server, definition)
    with store.connect(server.database, writing=True) as connection:
        access = store.find_access(connection, TOKEN)
        assert access
        for member in store.members(connection, access.project.id):
            if member != access.rights:
                store.remove_member(connection, access.project.id, member.user)
    return redcap.Project(server.url, TOKEN)


def column(rows: list[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in rows]


def test_no_public_method_of_pycap_is_left_out() -> None:
    methods = {
        name
        for name in dir(redcap.Project)
        if not name.startswith("_") and callable(getattr(redcap.Project, name))
    }
    called = set(re.findall(r"\.((?:export|import|delete|create|generate|switch)\w*)\(", source()))
    assert methods - called == set()


def source() -> str:
    return Path(__file__).read_text()


def test_the_version_is_that_of_the_server(classic: redcap.Project) -> None:
    assert str(classic.export_version()) == "14.9.1"


def test_the_project_tells_its_properties(classic: redcap.Project) -> None:
    info = classic.export_project_info()
    assert info["project_title"] == "Gut study"
    assert (info["surveys_enabled"], info["is_longitudinal"]) == (1, 0)
    assert "project_pi_email" not in info
    assert "project_title" in classic.export_project_info(format_type="df").columns


def test_field_names_are_those_of_the_export(classic: redcap.Project) -> None:
    names = column(classic.export_field_names(), "export_field_name")
    assert names[:4] == ["id", "sex", "why___1", "why___2"]
    assert column(classic.export_field_names(field="why"), "choice_value") == ["1", "2"]


def test_metadata_is_told_and_another_dictionary_taken(classic: redcap.Project) -> None:
    entries = classic.export_metadata()
    assert column(classic.export_metadata(fields=["mood"]), "form_name") == ["feedback"]
    assert len(classic.export_metadata(forms=["base"])) == 5
    assert list(classic.export_metadata(format_type="df").index) == column(entries, "field_name")
    classic.import_records([{"id": "1", "age": "41"}])
    weight = entry("weight", "base", text_validation_type_or_show_slider_number="number")
    assert classic.import_metadata([*entries[:5], weight, *entries[5:]]) == 7
    changed = redcap.Project(classic.url, TOKEN)
    assert column(changed.export_metadata(), "field_name")[5] == "weight"
    assert changed.export_records(fields=["id", "age", "weight"])[0]["age"] == "41"


def test_a_dictionary_with_a_mistake_changes_nothing(classic: redcap.Project) -> None:
    entries = classic.export_metadata()
    for bad in (
        [*entries, entries[1]],
        [{**entries[0], "field_type": "poem"}],
        [{**entries[0], "field_name": "Not A Name"}],
        [],
    ):
        with pytest.raises(redcap.RedcapError):
            classic.import_metadata(bad)
    assert classic.export_metadata() == entries


def test_instruments_are_listed(classic: redcap.Project) -> None:
    assert classic.export_instruments()[1] == {
        "instrument_name": "feedback",
        "instrument_label": "Feedback",
    }


def test_repeats_are_told_and_taken(classic: redcap.Project) -> None:
    told = classic.export_repeating_instruments_events()
    assert told == [{"form_name": "feedback", "custom_form_label": "[mood]"}]
    assert classic.import_repeating_instruments_events([{"form_name": "base"}]) == 1
    told = classic.export_repeating_instruments_events()
    assert told == [{"form_name": "base", "custom_form_label": ""}]


def test_records_come_and_go(classic: redcap.Project) -> None:
    assert classic.import_records([{"id": "1", "age": "41"}, {"id": "2"}]) == {"count": 2}
    assert column(classic.export_records(filter_logic="[age] > 40"), "id") == ["1"]
    assert list(classic.export_records(format_type="df").index) == [1, 2]
    assert classic.generate_next_record_name() == "3"
    assert classic.delete_records(["1"]) == 1
    assert column(classic.export_records(), "id") == ["2"]


def test_a_file_is_put_on_a_field_read_and_taken_off(classic: redcap.Project) -> None:
    classic.import_records([{"id": "1"}])
    content = bytes(range(256))
    classic.import_file("1", "scan", "gut.dcm", io.BytesIO(content))
    assert classic.export_records(fields=["id", "scan"])[0]["scan"] == "gut.dcm"
    found, headers = classic.export_file("1", "scan")
    assert (found, headers["name"]) == (content, "gut.dcm")
    classic.delete_file("1", "scan")
    assert classic.export_records(fields=["id", "scan"])[0]["scan"] == ""


def test_the_repository_keeps_files_in_folders(classic: redcap.Project) -> None:
    assert classic.export_file_repository() == []
    folder = classic.create_folder_in_repository("Consent")[0]["folder_id"]
    classic.import_file_into_repository("form.txt", io.BytesIO(b"hello"), folder_id=folder)
    classic.import_file_into_repository("top.txt", io.BytesIO(b"top"))
    first, second = classic.export_file_repository()
    assert first == {"folder_id": folder, "name": "Consent"}
    assert second["name"] == "top.txt"
    (inside,) = classic.export_file_repository(folder_id=folder)
    content, headers = classic.export_file_from_repository(inside["doc_id"])
    assert (content, headers) == (b"hello", {"name": "form.txt", "charset": "UTF-8"})
    classic.delete_file_from_repository(inside["doc_id"])
    assert classic.export_file_repository(folder_id=folder) == []
    assert b"does not exist" in classic.export_file_from_repository(inside["doc_id"])[0]


def test_a_folder_name_is_taken_once(classic: redcap.Project) -> None:
    classic.create_folder_in_repository("Consent")
    with pytest.raises(redcap.RedcapError, match="already there"):
        classic.create_folder_in_repository("Consent")


def test_a_pdf_has_a_page_for_each_form(classic: redcap.Project) -> None:
    classic.import_records(
        [
            {"id": "1", "age": "41 (Ünï)", "why___2": "1"},
            {"id": "2"},
            {
                "id": "1",
                "redcap_repeat_instrument": "feedback",
                "redcap_repeat_instance": 1,
                "mood": "fine",
            },
        ]
    )
    blank, headers = classic.export_pdf()
    assert headers["name"] == "Gut study.pdf"
    assert blank.startswith(b"%PDF-1.4")
    assert b"/Count 2 " in blank
    filled, _ = classic.export_pdf(record="1", instrument="base")
    assert b"/Count 1 " in filled
    assert rb"(age: 41 \(" + "Ünï".encode("cp1252") in filled
    assert b"(why: Two)" in filled
    everything, _ = classic.export_pdf(all_records=True)
    assert b"/Count 3 " in everything
    assert b"(mood: fine)" in everything
    assert everything[int(everything.split()[-2]) :].startswith(b"xref")


def test_a_report_selects_rows_and_fields_and_has_no_line_breaks(
    server: Server, classic: redcap.Project
) -> None:
    classic.import_records([{"id": "1", "age": "41\nor so", "sex": "2"}, {"id": "2", "sex": "1"}])
    number = add_report(server, fields="id,age,sex", logic=" [sex] = '2' ", filter_type="EVENT")
    (row,) = classic.export_report(str(number))
    assert (row["id"], row["age"], row["sex"]) == ("1", "41  or so", "2")
    assert "why___1" not in row
    assert classic.export_report(str(number), raw_or_label="label")[0]["sex"] == "Male"
    with pytest.raises(redcap.RedcapError, match="report_id"):
        classic.export_report(str(number + 1))


def test_a_report_on_records_shows_all_rows_of_those_that_pass(
    server: Server, longitudinal: redcap.Project
) -> None:
    rows = [
        {"id": record, "redcap_event_name": event, **cells}
        for record, mood in (("1", "low"), ("2", "fine"))
        for event, cells in (("baseline_arm_1", {}), ("month_6_arm_1", {"mood": mood}))
    ]
    longitudinal.import_records(rows)
    of_records, of_rows, of_none = (
        add_report(server, fields="id,mood", logic=f"[mood] = '{mood}'", filter_type=kind)
        for mood, kind in (("low", "RECORD"), ("low", "EVENT"), ("great", "RECORD"))
    )
    assert column(longitudinal.export_report(str(of_records)), "id") == ["1", "1"]
    assert column(longitudinal.export_report(str(of_rows)), "mood") == ["low"]
    assert longitudinal.export_report(str(of_none)) == []


def add_report(server: Server, *, fields: str, logic: str, filter_type: str) -> int:
    report = {"title": "R", "redcap_reports_fields": fields, "advanced_logic": logic}
    with store.connect(server.database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project
        return reports.put(connection, project.id, {**report, "filter_type": filter_type})


def test_the_log_tells_what_was_done(server: Server, classic: redcap.Project) -> None:
    classic.import_dags([{"data_access_group_name": "Site C", "unique_group_name": ""}])
    server.time = NOON + timedelta(hours=1)
    classic.import_records([{"id": "1", "age": "41"}])
    newest, oldest = classic.export_logging()[0], classic.export_logging()[-1]
    assert newest["timestamp"] == "2024-05-01 13:00"
    assert oldest["action"].startswith("Manage/Design")
    (created,) = classic.export_logging(log_type="record_add")
    assert created["record"] == "1"
    assert "age = '41'" in created["details"]
    assert classic.export_logging(begin_time=server.time) == []


def test_survey_links_and_codes_belong_to_one_response(classic: redcap.Project) -> None:
    classic.import_records([{"id": "1"}, {"id": "2"}])
    links = {
        classic.export_survey_link(record, "feedback", repeat_instance=number)
        for record in ("1", "2")
        for number in (1, 2)
    }
    assert len(links) == 4
    assert all(re.fullmatch(r"http://127\.0\.0\.1:\d+/surveys/\?s=\w{16}", link) for link in links)
    assert classic.export_survey_link("1", "feedback") in links
    assert re.search(r"/surveys/\?sq=\w{16}$", classic.export_survey_queue_link("1"))
    assert re.fullmatch(r"\w{9}", classic.export_survey_access_code("1", "feedback"))
    assert re.fullmatch(r"\w{8}", classic.export_survey_return_code("1", "feedback"))


@pytest.mark.parametrize("place", [("1", "base"), ("9", "feedback")])
def test_there_is_no_survey_where_no_form_or_record_is(
    classic: redcap.Project, place: tuple[str, str]
) -> None:
    classic.import_records([{"id": "1"}])
    for ask in (
        classic.export_survey_link,
        classic.export_survey_access_code,
        classic.export_survey_return_code,
    ):
        with pytest.raises(redcap.RedcapError):
            ask(*place)


def test_participants_are_those_invited_and_every_record(
    server: Server, classic: redcap.Project
) -> None:
    classic.import_records([{"id": "1"}, {"id": "2"}])
    with store.connect(server.database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project
        for record, sent in (("2", "2024-04-30 08:00:00"), ("", "")):
            surveys.invite(
                connection, project.id, "feedback", "a@b.org", record=record, sent_at=sent
            )
        key = store.RowKey("2", "", "feedback", 1)
        store.put_row(connection, project.id, key, {"mood": "fine"})
        store.put_survey_stamp(connection, project.id, key, "feedback", "2024-05-01 09:00:00")
    found = classic.export_survey_participant_list("feedback")
    assert [(row["email"], row["email_occurrence"], row["record"]) for row in found] == [
        ("a@b.org", 1, "2"),
        ("a@b.org", 2, ""),
        ("", 1, "1"),
    ]
    assert column(found, "response_status") == [2, 0, 0]
    assert column(found, "invitation_sent_status") == [1, 0, 0]
    assert len({row["survey_link"] for row in found}) == 3
    with pytest.raises(redcap.RedcapError):
        classic.export_survey_participant_list("base")


def test_groups_are_made_renamed_and_deleted_with_their_records(classic: redcap.Project) -> None:
    assert column(classic.export_dags(), "data_access_group_id") == [7, 8]
    new = {"data_access_group_name": "Site C-1 (far)", "unique_group_name": ""}
    renamed = {"data_access_group_name": "Site Z", "unique_group_name": "site_a"}
    classic.import_records([{"id": "1", "redcap_data_access_group": "site_a"}])
    assert classic.import_dags([new, renamed]) == 2
    assert column(classic.export_dags(), "unique_group_name") == ["site_z", "site_b", "site_c1_far"]
    assert group_of(classic, "1") == "site_z"
    assert classic.delete_dags(["site_z"]) == 1
    assert group_of(classic, "1") == ""
    with pytest.raises(redcap.RedcapError, match="site_z"):
        classic.delete_dags(["site_z"])


def group_of(project: redcap.Project, record: str) -> str:
    (row,) = project.export_records(records=[record], export_data_access_groups=True)
    group: str = row["redcap_data_access_group"]
    return group


def test_users_are_put_into_groups_and_see_no_other(classic: redcap.Project) -> None:
    classic.import_records([{"id": "1", "redcap_data_access_group": "site_b"}, {"id": "2"}])
    me = classic.export_user_dag_assignment()
    assert column(me, "redcap_data_access_group") == [""]
    me[0]["redcap_data_access_group"] = "site_a"
    assert classic.import_user_dag_assignment(me) == 1
    assert classic.export_user_dag_assignment() == me
    assert classic.export_records() == []
    assert classic.switch_dag("site_b") == "1"
    assert column(classic.export_records(), "id") == ["1"]
    with pytest.raises(redcap.RedcapError, match="site_x"):
        classic.switch_dag("site_x")


def test_users_come_change_and_go(classic: redcap.Project) -> None:
    me = user(classic, "api_user")
    assert (me["design"], me["forms_export"]) == (1, {"base": 1, "feedback": 1})
    ada = {"username": "ada", "email": "ada@b.org", "api_export": 1, "forms_export": {"base": 2}}
    assert classic.import_users([ada]) == 1
    found = user(classic, "ada")
    assert found | ada == {**found, **ada, "forms_export": ada["forms_export"]}
    assert found["forms_export"] == {"base": 2, "feedback": 0}
    assert (found["api_export"], found["design"], found["forms"]["base"]) == (1, 0, 0)
    classic.import_users([{"username": "ada", "design": 1, "data_access_group": "site_a"}])
    found = user(classic, "ada")
    assert (found["design"], found["api_export"], found["email"]) == (1, 1, "ada@b.org")
    assert (found["data_access_group"], found["data_access_group_id"]) == ("site_a", 7)
    assert classic.delete_users(["ada"]) == 1
    assert "ada" not in column(classic.export_users(), "username")


def user(project: redcap.Project, name: str) -> dict[str, Any]:
    (found,) = (row for row in project.export_users() if row["username"] == name)
    return dict(found)


def test_users_in_csv_carry_their_forms_packed(classic: redcap.Project) -> None:
    csv = "username,api_export,forms_export\nada,1,base:3\n"
    assert classic.import_users(csv, import_format="csv", return_format_type="csv") == "1"
    assert "base:3,feedback:0" in classic.export_users(format_type="csv")
    assert (
        classic.export_users(format_type="df").set_index("username").loc["ada"]["api_export"] == 1
    )


def test_users_in_xml_carry_their_forms_as_elements(classic: redcap.Project) -> None:
    item = "<username>ada</username><forms_export><base>3</base></forms_export>"
    xml = f'<?xml version="1.0"?><users><item>{item}</item></users>'
    assert classic.import_users(xml, import_format="xml", return_format_type="xml") == "1"
    assert user(classic, "ada")["forms_export"] == {"base": 3, "feedback": 0}
    assert "<forms_export><base>" in classic.export_users(format_type="xml")


def test_what_a_user_may_do_changes_with_the_next_call(classic: redcap.Project) -> None:
    classic.import_records([{"id": "1", "age": "41"}])
    me = user(classic, "api_user")
    classic.import_users([{**me, "data_access_groups": 0, "forms_export": {"base": 0}}])
    with pytest.raises(redcap.RedcapError) as refused:
        classic.export_dags()
    assert refused.value.args[0]["error"] == (
        "Insufficient user privileges: You must have 'API Export' privileges and"
        " 'Data Access Groups' privileges in the project."
    )
    assert "age" not in redcap.Project(classic.url, TOKEN).export_records(forms=["feedback"])[0]


def test_a_role_lends_its_privileges_to_its_users(classic: redcap.Project) -> None:
    assert classic.export_user_roles() == []
    role = {"role_label": "Reader", "api_export": 1, "forms_export": {"base": 1}}
    assert classic.import_user_roles([role]) == 1
    (found,) = classic.export_user_roles()
    assert re.fullmatch(r"U-[A-Z0-9]{10}", found["unique_role_name"])
    assert (found["api_export"], found["design"]) == ("1", "0")
    assert found["forms_export"] == {"base": 1, "feedback": 0}
    classic.import_users([{"username": "ada"}])
    name = {"unique_role_name": found["unique_role_name"]}
    assert classic.import_user_role_assignment([{"username": "ada", **name}]) == 1
    assert classic.export_user_role_assignment()[0] == {
        "username": "ada",
        **name,
        "data_access_group": "",
    }
    assert user(classic, "ada")["api_export"] == 1
    classic.import_user_roles([{**name, "api_export": "0", "logging": "1"}])
    ada = user(classic, "ada")
    assert (ada["api_export"], ada["logging"]) == (0, 1)
    assert classic.delete_user_roles([found["unique_role_name"]]) == 1
    assert classic.export_user_role_assignment()[0]["unique_role_name"] == ""
    assert user(classic, "ada")["logging"] == 1


def test_arms_come_with_their_events_and_go_with_them(longitudinal: redcap.Project) -> None:
    assert longitudinal.export_arms() == [{"arm_num": 1, "name": "Arm 1"}]
    assert longitudinal.import_arms([{"arm_num": 2, "name": "Drug B"}]) == 1
    assert len(longitudinal.export_arms()) == 1
    dose = {"event_name": "Dose 1", "arm_num": 2}
    assert longitudinal.import_events([dose]) == 1
    assert longitudinal.export_arms()[1] == {"arm_num": 2, "name": "Drug B"}
    assert longitudinal.export_arms(arms=["2"]) == [{"arm_num": 2, "name": "Drug B"}]
    assert column(longitudinal.export_events(arms=["2"]), "unique_event_name") == ["dose_1_arm_2"]
    assert longitudinal.delete_arms(["2"]) == 1
    assert len(longitudinal.export_arms()) == 1
    longitudinal.import_arms([{"arm_num": 1, "name": "Drug A"}])
    assert longitudinal.export_arms() == [{"arm_num": 1, "name": "Drug A"}]


def test_an_event_that_is_renamed_keeps_its_values_and_forms(
    longitudinal: redcap.Project,
) -> None:
    longitudinal.import_records([{"id": "1", "redcap_event_name": "month_6_arm_1", "mood": "fine"}])
    renamed = {"event_name": "Month 7", "arm_num": 1, "unique_event_name": "month_6_arm_1"}
    assert longitudinal.import_events([renamed]) == 1
    (row,) = longitudinal.export_records(fields=["id", "mood"])
    assert (row["redcap_event_name"], row["mood"]) == ("month_7_arm_1", "fine")
    assert longitudinal.export_instrument_event_mappings()[1]["form"] == "feedback"


def test_events_are_deleted_and_their_rows_no_longer_shown(longitudinal: redcap.Project) -> None:
    longitudinal.import_records([{"id": "1", "redcap_event_name": "month_6_arm_1", "mood": "x"}])
    assert longitudinal.delete_events(["month_6_arm_1"]) == 1
    assert column(longitudinal.export_events(), "event_name") == ["Baseline"]
    assert longitudinal.export_records(fields=["id", "mood"]) == []
    with pytest.raises(redcap.RedcapError):
        longitudinal.delete_events(["baseline_arm_1"])


def test_forms_are_given_to_events(longitudinal: redcap.Project) -> None:
    mapping = longitudinal.export_instrument_event_mappings()
    assert column(mapping, "form") == ["base", "feedback"]
    new = {"arm_num": 1, "unique_event_name": "month_6_arm_1", "form": "base"}
    assert longitudinal.import_instrument_event_mappings([*mapping, new]) == 3
    assert len(longitudinal.export_instrument_event_mappings(arms=["1"])) == 3
    with pytest.raises(redcap.RedcapError, match="no such event"):
        longitudinal.import_instrument_event_mappings([{**new, "unique_event_name": "x_arm_1"}])


def test_a_classic_project_has_neither_arms_nor_events(classic: redcap.Project) -> None:
    for ask, what in (
        (classic.export_arms, "export arms"),
        (classic.export_events, "export events"),
        (classic.export_instrument_event_mappings, "export form/event mappings"),
    ):
        with pytest.raises(redcap.RedcapError, match=f"You cannot {what} for classic projects"):
            ask()
    for change in (classic.import_arms, classic.import_events):
        with pytest.raises(redcap.RedcapError, match="for classic projects"):
            change([{"arm_num": 2, "name": "B", "event_name": "C"}])
