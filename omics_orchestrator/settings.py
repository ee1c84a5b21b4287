"""The only reader of the environment; `.env.example` lists every setting with its meaning.

Secrets are named here and in study files, never written there. Dagster's resources take them as
`EnvVar` of the same names, so that neither the UI nor a stored run holds a value.
"""

import os
from functools import cache
from pathlib import Path
from typing import Literal, Self

from dotenv import load_dotenv
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from omics_orchestrator.dictionary.load import load
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.errors import ConfigurationError

REPOSITORY = Path(__file__).resolve().parents[1]
ENV = REPOSITORY / ".env"
_AWS_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


class Settings(BaseSettings):
    """Every setting of the platform itself; each study file names its own beside these."""

    model_config = SettingsConfigDict(
        env_prefix="OMICS_", env_ignore_empty=True, hide_input_in_errors=True, frozen=True
    )

    home: Path = Field(REPOSITORY / ".omics", description="what embedded services keep")
    dictionary: Path = Field(REPOSITORY / "data_dictionary", description="the data dictionary")
    warehouse_url: SecretStr = Field(SecretStr(""), description="Postgres of the group's data")
    dagster_db_url: SecretStr = Field(SecretStr(""), description="Postgres of Dagster itself")
    store_url: str = Field("", description="object store: a folder, s3://bucket or az://container")
    inbox_url: str = Field("", description="where omic files arrive")
    spreadsheets_url: str = Field("", description="where spreadsheets arrive")
    s3_access_key_id: SecretStr = Field(SecretStr(""), description="S3 key id, blank: ambient")
    s3_secret_access_key: SecretStr = Field(SecretStr(""), description="S3 secret key")
    s3_region: str = Field("", description="S3 region")
    s3_endpoint: str = Field("", description="address of an S3-compatible server, blank: AWS")
    s3_checksum: Literal["", "sha256", "crc64nvme"] = Field(
        "", description="checksum sent to S3; blank: crc64nvme to AWS, sha256 to other servers"
    )
    azure_account_name: str = Field("", description="Azure storage account, blank: ambient")
    azure_account_key: SecretStr = Field(SecretStr(""), description="one of its keys")
    azure_endpoint: str = Field("", description="address of the storage account, blank: Azure")
    key: SecretStr = Field(SecretStr(""), description="secret key of pseudonymous hashes")
    embedded: str = Field("", description="services `make up` starts here: postgres,redcap")
    ui_port: int = Field(3000, description="port of the Dagster UI that `make up` serves")
    executor: Literal["in_process", "multiprocess"] = Field(
        "in_process", description="steps of a run in its own process, or each in one of its own"
    )
    redcap_wait_seconds: float = Field(
        2.0, ge=0, description="wait before a passing fault of REDCap is tried again; it doubles"
    )
    stewards: str = Field(
        "", description="people who may see values in quarantine, parted by spaces; blank: nobody"
    )
    pages_port: int = Field(3001, description="port of the pages that `make up` serves")
    site: Path | None = Field(None, description="the dictionary's site; blank: below the home")
    smallest_count: int = Field(
        5, ge=3, description="the smallest number of people that the dictionary's site shows"
    )
    alert_webhook: SecretStr = Field(
        SecretStr(""), description="address that is told of a failed run, blank: none"
    )

    @classmethod
    def from_environment(cls) -> Self:
        """Read the environment as it is now; ConfigurationError when a setting cannot be read."""
        try:
            return cls()
        except ValidationError as error:
            names = [f"OMICS_{problem['loc'][0]}".upper() for problem in error.errors()]
            raise ConfigurationError(
                f"{', '.join(names)} cannot be read",
                mend="write it as `.env.example` says, or leave it blank.",
            ) from None

    @property
    def site_folder(self) -> Path:
        """The folder in which the dictionary's site is built."""
        return self.site or self.home / "dictionary"

    def store_credentials(self, url: str) -> dict[str, str]:
        """The credentials of a store at this address, by the names that `open_store` takes."""
        s3 = {
            "access_key_id": self.s3_access_key_id.get_secret_value(),
            "secret_access_key": self.s3_secret_access_key.get_secret_value(),
            "region": self.s3_region,
            "endpoint": self.s3_endpoint or _ambient_endpoint(),
            "checksum": self.s3_checksum,
        }
        azure = {
            "account_name": self.azure_account_name,
            "account_key": self.azure_account_key.get_secret_value(),
            "endpoint": self.azure_endpoint,
        }
        given = {"s3": s3, "az": azure}.get(url.partition(":")[0], {})
        return {name: value for name, value in given.items() if value}

    def need(self, name: str) -> str:
        """Give the value of one of these settings; ConfigurationError when it is blank."""
        value = getattr(self, name)
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        if not text:
            raise _missing(f"OMICS_{name.upper()}")
        return text


def variable(name: str, **place: str) -> str:
    """Read a variable that a study file names; ConfigurationError when it is not set."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise _missing(name, **place)
    return value


def _ambient_endpoint() -> str:
    """The server that AWS's own variables name, which obstore goes to and which is not AWS."""
    return next(filter(None, map(os.environ.get, _AWS_ENDPOINTS)), "")


def environment() -> dict[str, str]:
    """Copy the environment, for the processes that are started from here."""
    return dict(os.environ)


def read_env_file(path: Path) -> None:
    """Read NAME=value lines into the environment; what is set already stays."""
    load_dotenv(path, override=False)


@cache
def dictionary() -> Dictionary:
    """The data dictionary, read once a process."""
    return load(Settings.from_environment().dictionary)


def _missing(name: str, **place: str) -> ConfigurationError:
    return ConfigurationError(
        f"the environment variable {name} is not set",
        mend=f"set {name} in `.env` (see `.env.example`) or in the service's environment.",
        **place,
    )
