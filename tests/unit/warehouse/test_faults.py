import psycopg
import pytest
from psycopg import errors

from omics_orchestrator.errors import PermanentError, TransientError, WarehouseError
from omics_orchestrator.warehouse.faults import refusals

SECRET = "Key (participant)=(ZZCANARY)"


@pytest.mark.parametrize(
    ("error", "kind", "what"),
    [
        (errors.SerializationFailure, TransientError, "collided"),
        (errors.DeadlockDetected, TransientError, "collided"),
        (errors.LockNotAvailable, TransientError, "another session"),
        (errors.TooManyConnections, TransientError, "no connection left"),
        (errors.AdminShutdown, TransientError, "ended the session"),
        (errors.ConnectionFailure, TransientError, "lost"),
        (psycopg.OperationalError, TransientError, "lost"),
        (psycopg.InterfaceError, TransientError, "lost"),
        (errors.DiskFull, WarehouseError, "disk"),
        (errors.UndefinedTable, WarehouseError, "not in the database"),
        (errors.UniqueViolation, WarehouseError, "share a key"),
        (errors.CheckViolation, WarehouseError, "do not add up"),
        (errors.NumericValueOutOfRange, WarehouseError, "does not fit"),
        (errors.InsufficientPrivilege, WarehouseError, "privilege"),
        (errors.SyntaxError, WarehouseError, "refused"),
        (psycopg.DataError, WarehouseError, "refused"),
    ],
)
def test_what_postgres_says_is_told_without_its_words(error, kind, what):
    with pytest.raises(kind, match=what) as told, refusals("core.study__sample"):
        raise error(SECRET)
    assert "ZZCANARY" not in str(told.value)
    assert told.value.place["table"] == "core.study__sample"
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__


def test_an_error_of_ours_passes_as_it_is():
    ours = WarehouseError("too few rows", mend="look.")
    with pytest.raises(PermanentError) as told, refusals("core.study__sample"):
        raise ours
    assert told.value is ours
