import pytest

from omics_orchestrator import settings
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.settings import Settings


def test_a_setting_that_cannot_be_read_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMICS_UI_PORT", "three thousand")
    with pytest.raises(ConfigurationError, match="OMICS_UI_PORT cannot be read") as caught:
        Settings.from_environment()
    assert "three thousand" not in str(caught.value)


def test_a_blank_setting_is_one_that_was_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMICS_EXECUTOR", "")
    assert Settings.from_environment().executor == "in_process"


def test_a_missing_variable_of_a_study_is_named_with_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NOBODYS_TOKEN", raising=False)
    with pytest.raises(ConfigurationError, match=r"study clinic.*NOBODYS_TOKEN is not set"):
        settings.variable("NOBODYS_TOKEN", study="clinic")


def test_secrets_are_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMICS_KEY", "a-canary-of-a-key")
    assert "a-canary-of-a-key" not in repr(Settings.from_environment())
    assert Settings.from_environment().need("key") == "a-canary-of-a-key"


def test_a_server_that_the_machine_names_is_no_more_aws_than_one_of_our_own_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.example.org")
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    monkeypatch.delenv("OMICS_S3_ENDPOINT", raising=False)
    named = Settings.from_environment().store_credentials("s3://lab")
    assert named["endpoint"] == "https://s3.example.org"
    monkeypatch.setenv("OMICS_S3_ENDPOINT", "https://s3.lab.example.org")
    named = Settings.from_environment().store_credentials("s3://lab")
    assert named["endpoint"] == "https://s3.lab.example.org"
