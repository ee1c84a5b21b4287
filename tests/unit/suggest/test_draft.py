"""A draft is a study file that reads; what is open stands there as a comment."""

from collections import Counter

import pytest
import yaml

from omics_orchestrator.dictionary.check import problems_of
from omics_orchestrator.dictionary.model import Study, Variable
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.study_check import problems
from omics_orchestrator.suggest import sheet_outline
from omics_orchestrator.suggest.draft import Draft, draft
from omics_orchestrator.suggest.drafted_rule import flow
from omics_orchestrator.suggest.redcap_outline import outline
from omics_orchestrator.suggest.written_draft import left_open, written_draft
from tests.unit.redcap_project.projects import Line, described, line
from tests.unit.suggest.hospital import SETTINGS, book

FIELDS = (
    line("gender", "base", "radio", "1, Male | 2, Female | 8, Prefers not to say | 9, Unknown"),
    line("alb", "base", field_label="Albumin (g/dL)", validation="number"),
    line("ever_ifx", "base", "yesno", field_label="Ever on infliximab?"),
    line("email", "base", validation="email"),
    line("remarks", "base", "notes"),
    line("heart_rate", "base", field_label="Pulse", validation="integer"),
    line("blood_group", "base", "radio", "1, A | 2, B | 9, Unknown", field_label="Blood group"),
    line("eims", "base", "checkbox", "4, Uveitis | 9, Other", field_label="Extra-intestinal manifestations"),
    line("tall", "visit", field_label="Standing height (cm)", validation="number"),
)  # fmt: skip


def drafted(*lines: Line, **more: object) -> Draft:
    return of(described(*lines, **more))


def of(project: Description) -> Draft:
    return draft(book(), {}, outline(project, **SETTINGS), study="ward", source="redcap")


def text(found: Draft) -> str:
    return written_draft(found, [*book().variables, *book().value_sets])


def study(found: Draft) -> Study:
    return Study.model_validate(yaml.safe_load(text(found)))


def told(found: Study) -> list[str]:
    return problems_of(book().model_copy(update={"studies": {"ward": found}}))


def test_a_draft_is_a_sound_study_file() -> None:
    found = study(drafted(*FIELDS))
    assert told(found) == []
    rules = rules_of(found, "participant")
    assert rules["albumin"].model_dump(exclude_defaults=True) == {"field": "alb", "unit": "g/dL"}
    assert rules["sex"].model_dump(exclude_defaults=True) == {
        "field": "gender",
        "codes": {"1": "male", "2": "female"},
        "missing": {"9": "unknown"},
    }
    assert found.sources["redcap"].model_dump()["identifiers"] == ("email",)


def test_what_the_draft_maps_fits_the_project() -> None:
    project = described(*FIELDS)
    found = problems(book(), study(of(project)), "redcap", project)
    # The rest is what the draft leaves open.
    assert [each for each in found if "8 `Prefers" not in each and "eims" not in each] == []


@pytest.mark.parametrize(
    "line",
    [
        "# OPEN: what 8 `Prefers not to say` of gender means",
        "albumin: {field: alb, unit: g/dL}  # ",
        "g/dL converts to g/L",
        "# email: its validation is email",
        "free text, not released: [remarks]",
        "# heart_rate,Pulse,participant,integer,,,,,none,,",
        "# blood_group,Blood group,participant,category,,blood_group,,,none,,",
        "# blood_group,a,A,",
    ],
)
def test_a_draft_says_what_is_sure_and_why_and_what_is_open(line: str) -> None:
    assert line in text(drafted(*FIELDS))


def test_a_missing_value_is_no_code_of_a_new_value_set() -> None:
    assert "blood_group,unknown" not in text(drafted(*FIELDS))


def test_every_field_is_somewhere_in_the_draft() -> None:
    written = text(drafted(*FIELDS))
    assert all(each["field_name"] in written for each in FIELDS)


def test_the_counts_are_those_of_the_fields() -> None:
    found = drafted(*FIELDS)
    whole = sum(found.counts.values())
    # The checkbox counts by its options, of which one is suggested.
    assert whole == len(FIELDS) + 1
    assert found.counts["identifiers"] == 1


def test_no_column_is_read_by_two_rules() -> None:
    found = study(drafted(*FIELDS))
    for name in found.tables:
        read = Counter(each for rule in rules_of(found, name).values() for each in rule.fields)
        assert max(read.values()) == 1


def test_forms_with_one_row_a_participant_are_one_table() -> None:
    found = study(drafted(*FIELDS))
    assert [part.table for part in found.tables["participant"].rows] == [
        "redcap.visit",
        "redcap.base",
    ]


def test_a_form_that_repeats_is_a_table_whose_rows_are_counted() -> None:
    found = study(drafted(*FIELDS, repeating=(("", "visit"),)))
    table = found.tables["visit_form"]
    assert table.grain == ("study_id", "visit_instance")
    assert table.refers_to == {"study_id": "participant"}
    assert told(found) == []


def test_arms_are_no_visits() -> None:
    arms = ("start_arm_1", "start_arm_2")
    found = drafted(*FIELDS, events=arms, designations=tuple((each, "base") for each in arms))
    assert study(found).tables["participant"].grain == ("study_id",)


def test_a_variable_of_the_same_label_is_named_though_its_unit_does_not_convert() -> None:
    field = line("q_17", "base", field_label="Albumin (mmol/L)", validation="number")
    assert "mmol/L does not convert to g/L" in text(drafted(field))
    assert drafted(field).counts["suggested"] == 0


def test_a_checkbox_of_which_all_may_be_ticked_becomes_a_list() -> None:
    field = line("sites", "base", "checkbox", "1, Ileum | 2, Colon", field_label="Sites (tick all)")
    assert "# sites,Sites (tick all),participant,string,,sites," in text(drafted(field))
    ours = {"variable": "sites", "label": "Sites (tick all)", "table": "base", "type": "string"}
    known = book().model_copy(
        update={
            "variables": {
                **book().variables,
                "sites": Variable.model_validate({**ours, "codes": "s"}),
            },
            "value_sets": {**book().value_sets, "s": {"ileum": "Ileum", "colon": "Colon"}},
        }
    )
    project = outline(described(field), **SETTINGS)
    again = draft(known, {}, project, study="ward", source="redcap")
    rule = rules_of(study(again), "participant")["sites"]
    assert rule.model_dump(exclude_defaults=True) == {
        "checkboxes": "sites",
        "codes": {"1": "ileum", "2": "colon"},
        "several": "list",
    }


def test_a_new_value_set_never_has_the_name_of_one_of_ours() -> None:
    fields = (line("drug", "base", "radio", "1, Aspirin | 2, Codeine", field_label="Painkiller"),)
    assert "# drug_2,Painkiller,participant,category,,drug_2," in text(drafted(*fields))


def test_what_is_left_open_is_counted() -> None:
    assert left_open("study: a  # OPEN\nlabel: OPEN\n# opened\n") == 1


def test_forms_of_several_events_are_one_table_of_visits() -> None:
    events = ("first_arm_1", "second_arm_1")
    designations = (("first_arm_1", "base"), *((each, "visit") for each in events))
    found = drafted(*FIELDS, events=events, designations=designations)
    assert study(found).tables["visit"].grain == ("study_id", "event")
    assert told(study(found)) == [
        "studies/ward.yaml: tables.visit: variables.event: no such variable; define it in variables/*.csv"
    ]
    assert "event: redcap_event_name  # OPEN: a new variable, see below" in text(found)
    assert "# event,event,visit,string,,,,,none,," in text(found)


def test_a_record_id_that_is_flagged_is_asked_after() -> None:
    flagged = described(line("sex"))
    first = {**flagged.dictionary[0], "identifier": "y"}
    found = of(described(line("sex"), dictionary=(first, line("sex"))))
    assert "# record_id: flagged as an identifier; OPEN: is it a pseudonym?" in text(found)
    assert told(study(found)) == []


def test_a_spreadsheet_is_drafted_with_its_key_and_without_its_values() -> None:
    content = b"Sample,Sex,Albumin (g/dL),Group\nS1,Male,3.5,secret\nS2,female,4.1,hidden\n"
    found = draft(
        book(),
        {},
        sheet_outline.outline("lab.csv", content, folder="SHEETS_URL"),
        study="ward",
        source="sheet",
    )
    table = study(found).tables["lab"]
    assert rules_of(study(found), "lab")["sex"].model_dump(exclude_defaults=True) == {
        "field": "Sex",
        "codes": {"Male": "male", "female": "female"},
    }
    assert len(table.grain) == 1
    assert not {"secret", "hidden", "S1"} & set(text(found).replace(",", " ").split())


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"1": "male", "01": "x", "yes": True}, "{1: male, '01': x, 'yes': true}"),
        ("two\nlines", '"two\\nlines"'),
        (["a", "b, c"], "[a, 'b, c']"),
        ("age", "age"),
    ],
)
def test_what_is_written_on_one_line_is_read_as_it_was(value: object, written: str) -> None:
    assert flow(value) == written
