"""A user's privileges are the same as rights inside and as a row of the API."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.demo.redcap.privileges import SWITCHES, Privileges
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.rights import ExportLevel, Rights

FORMS = ("base", "visits")
SWITCHED = st.fixed_dictionaries(dict.fromkeys(SWITCHES, st.integers(0, 2)))
BY_FORM = st.fixed_dictionaries(dict.fromkeys(FORMS, st.integers(0, 3)))


@given(SWITCHED, BY_FORM, BY_FORM)
def test_a_row_of_the_api_gives_the_same_privileges_again(
    switches: dict[str, int], forms: dict[str, int], forms_export: dict[str, int]
) -> None:
    privileges = Privileges(switches, forms, forms_export)
    sent = json.loads(json.dumps(privileges.row()))
    assert Privileges().changed(sent, FORMS) == privileges
    packed = {
        key: ",".join(f"{f}:{n}" for f, n in sent[key].items()) for key in ("forms", "forms_export")
    }
    assert Privileges().changed({**sent, **packed}, FORMS) == privileges


@given(SWITCHED, BY_FORM)
def test_rights_enforce_what_the_row_says(
    switches: dict[str, int], forms_export: dict[str, int]
) -> None:
    privileges = Privileges(switches, {}, forms_export)
    rights = privileges.rights("ada", "site_a")
    assert (rights.user, rights.group) == ("ada", "site_a")
    assert rights.api_import == (switches["api_import"] > 0)
    assert rights.survey_participants == (switches["manage_survey_participants"] > 0)
    assert {form: rights.level(form) for form in FORMS} == forms_export
    assert privileges.with_rights(rights) == privileges


def test_rights_granted_by_other_means_show_in_the_row() -> None:
    before = Privileges({"design": 1}, {}, {"base": 1, "visits": 1})
    granted = Rights("ada", design=False, logging=True, export_levels={"base": ExportLevel.NONE})
    row = before.with_rights(granted).row()
    assert (row["design"], row["logging"]) == (0, 1)
    assert row["forms_export"] == {"base": 0, "visits": 1}


def test_a_user_of_whom_only_rights_are_known_has_a_full_row() -> None:
    row = Privileges.of(Rights("ada", user_rights=False), FORMS).row()
    assert (row["user_rights"], row["design"], row["forms"]) == (0, 1, {"base": 1, "visits": 1})


def test_what_is_not_sent_stays() -> None:
    before = Privileges({"design": 1}, {"base": 2}, {"base": 1})
    after = before.changed({"logging": "1", "forms_export": "visits:2"}, FORMS)
    assert (after.switches["design"], after.switches["logging"]) == (1, 1)
    assert after.forms == {"base": 2, "visits": 0}
    assert after.forms_export == {"base": 1, "visits": 2}


@pytest.mark.parametrize(
    "row", [{"design": "yes"}, {"forms_export": "base:7"}, {"forms": "base:x"}]
)
def test_what_is_no_privilege_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(RefusedError):
        Privileges().changed(row, FORMS)
