"""Open a session on the warehouse: bounded patience, UTC, and no password in any text."""

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from omics_orchestrator.errors import ConfigurationError, OmicsError, TransientError

# libpq gives no SQLSTATE for a failed connection, only a text. What is not listed counts as
# transient, which costs a few seconds of retries and never a wrong "permanent".
_WRONG_SETTINGS = (
    "authentication failed",
    "no password supplied",
    "does not exist",
    "pg_hba.conf",
    "permission denied for database",
    "invalid port",
    "invalid integer value",
    "certificate",
    "does not support SSL",
)
_SESSION = {
    "timezone": "UTC",
    # A stopped process must not hold a table's load lock for ever.
    "idle_in_transaction_session_timeout": "10min",
    # The server notices, even within a statement, that the client or its machine has died.
    "tcp_keepalives_idle": "60",
    "client_connection_check_interval": "5s",
}


def connect(url: str, *, patience: float = 15.0) -> psycopg.Connection:
    """Open an autocommitting session at `url`, a libpq URL.

    Args:
        url: where, as whom and with which password.
        patience: seconds to keep trying while the server cannot be reached.

    Raises:
        ConfigurationError: the URL is not one, or the server rejects what it says.
        TransientError: the server could not be reached in time.
    """
    settings = _parsed(url)
    attempts = Retrying(
        stop=stop_after_delay(patience),
        wait=wait_random_exponential(multiplier=0.2, max=3),
        retry=retry_if_exception_type(TransientError),
        reraise=True,
    )
    return attempts(_attempt, settings)


def _parsed(url: str) -> dict[str, str]:
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ConfigurationError(
            "the warehouse URL cannot be read",
            mend="write it as postgresql://user:password@host:port/database, "
            "with special characters of the password percent-encoded.",
        ) from None
    return {name: str(value) for name, value in given.items() if value is not None}


def _attempt(settings: dict[str, str]) -> psycopg.Connection:
    defaults = {
        "connect_timeout": "5",
        "keepalives_idle": "30",
        "application_name": "omics-orchestrator",
    }
    session = (f"-c {name}={value}" for name, value in _SESSION.items())
    options = " ".join((settings.get("options", ""), *session))
    conninfo = make_conninfo(**(defaults | settings | {"options": options}))
    try:
        # Prepared statements fail when a table changes its shape between two reads.
        return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)
    except psycopg.OperationalError as error:
        raise _refused(str(error), settings) from None


def _refused(text: str, settings: dict[str, str]) -> OmicsError:
    place = {
        name: settings[name] for name in ("host", "port", "dbname", "user") if name in settings
    }
    if any(phrase in text for phrase in _WRONG_SETTINGS):
        return ConfigurationError(
            "the database server rejects the warehouse URL",
            mend="correct host, port, database, user or password of the URL.",
            **place,
        )
    return TransientError(
        "the database server cannot be reached",
        mend="start it, or wait until it has started, then run it again.",
        **place,
    )
