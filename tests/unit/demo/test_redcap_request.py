"""A call's form is read as PHP reads it, and refused in REDCap's words."""

import pytest

from omics_orchestrator.demo.redcap.request import Parameters, RefusedError, refuse_unknown


def parameters(**texts: str) -> Parameters:
    return Parameters(texts, {})


def test_arrays_and_texts_are_told_apart() -> None:
    found = Parameters.of(
        [("token", "t"), ("fields[0]", "id"), ("fields[1]", "age"), ("records[]", "ä 1")]
    )
    assert found.text("token") == "t"
    assert found.array("fields") == ["id", "age"]
    assert found.array("records") == ["ä 1"]
    assert found.array("forms") == []


def test_a_plain_text_in_place_of_an_array_is_refused() -> None:
    with pytest.raises(RefusedError, match=r'The "fields" parameter has been provided with a va'):
        parameters(fields="id,age").array("fields")
    assert parameters(fields="").array("fields") == []


@pytest.mark.parametrize("text", ["1", "true", "True"])
def test_a_switch_is_on_in_each_spelling_that_clients_use(text: str) -> None:
    assert parameters(exportSurveyFields=text).flag("exportSurveyFields")


@pytest.mark.parametrize("text", ["0", "false", "False", ""])
def test_a_switch_is_off_otherwise(text: str) -> None:
    assert not parameters(exportSurveyFields=text).flag("exportSurveyFields")


@pytest.mark.parametrize(
    ("texts", "style"),
    [
        ({}, "xml"),
        ({"format": "json"}, "json"),
        ({"format": "json", "returnFormat": "csv"}, "csv"),
        ({"format": "odm"}, "xml"),
    ],
)
def test_an_error_follows_return_format_then_format_then_xml(
    texts: dict[str, str], style: str
) -> None:
    assert parameters(**texts).error_format == style


def test_a_value_that_is_not_offered_is_refused_by_its_parameter() -> None:
    with pytest.raises(RefusedError, match='"type" is not valid'):
        parameters(type="eav").choice("type", "flat")
    assert parameters().choice("type", "flat") == "flat"


def test_what_the_project_does_not_have_is_listed() -> None:
    with pytest.raises(RefusedError) as refused:
        refuse_unknown("fields", ["x", "y"])
    assert refused.value.status == 400
    assert refused.value.what == (
        "The following values in the parameter \"fields\" are not valid: 'x', 'y'"
    )
    refuse_unknown("fields", [])
