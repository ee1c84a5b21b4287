"""A stored project is read as its own server had it, as far as its files tell."""

from pathlib import Path

from omics_orchestrator.demo.redcap.stored_project import read_project

TITLES = '"Variable / Field Name","Form Name","Field Type"\n'


def test_a_stored_project_without_events_is_a_classic_one(tmp_path: Path) -> None:
    (tmp_path / "dictionary.csv").write_text(TITLES + "id,base,text\nage,base,text\n")
    (tmp_path / "data.csv").write_text("id,age,base_complete\n1,40,2\n")
    definition, rows = read_project(tmp_path)
    assert not definition.is_longitudinal
    assert definition.designations == ()
    assert rows == [{"id": "1", "age": "40", "base_complete": "2"}]


def test_a_form_belongs_to_the_events_at_which_it_shows_a_status(tmp_path: Path) -> None:
    (tmp_path / "dictionary.csv").write_text(TITLES + "id,base,text\nscore,visit,text\n")
    (tmp_path / "arm.csv").write_text("arm_num,name\n2,Drug B\n")
    (tmp_path / "event.csv").write_text(
        "event_name,arm_num,unique_event_name\nStart,2,start_arm_2\nEnd,2,end_arm_2\n"
    )
    (tmp_path / "data.csv").write_text(
        "id,redcap_event_name,base_complete,score,visit_complete\n"
        "1,start_arm_2,2,,\n"
        "1,end_arm_2,,5,0\n"
    )
    definition, _ = read_project(tmp_path)
    assert definition.event_names == ("start_arm_2", "end_arm_2")
    assert [event.arm_name for event in definition.events] == ["Drug B", "Drug B"]
    assert definition.designations == (("start_arm_2", "base"), ("end_arm_2", "visit"))


def test_a_form_repeats_where_the_export_numbers_its_rows(tmp_path: Path) -> None:
    (tmp_path / "dictionary.csv").write_text(TITLES + "id,base,text\ndrug,course,text\n")
    (tmp_path / "data.csv").write_text(
        "id,redcap_repeat_instrument,redcap_repeat_instance,base_complete,drug,course_complete\n"
        "1,,,2,,\n"
        "1,course,1,,azathioprine,2\n"
    )
    definition, _ = read_project(tmp_path)
    assert definition.repeating == (("", "course"),)
