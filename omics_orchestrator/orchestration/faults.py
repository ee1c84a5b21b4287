"""Errors become Dagster failures here and nowhere else: permanent ones stop every retry.

An exception we did not raise ourselves may hold a cell's value in its text. It is reported by its
type and the lines of code it passed through; its text stays behind.
"""

import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import dagster as dg

from omics_orchestrator.errors import OmicsError, TransientError
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse import ledger

RETRY = dg.RetryPolicy(
    max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
# A run holds its place in the queue while it waits, so no server may ask for more.
_LONGEST_WAIT = 300


@contextmanager
def reported() -> Iterator[None]:
    """Turn whatever is raised inside into a Dagster failure that may be shown to anyone."""
    try:
        yield
    except OmicsError as error:
        failure = dg.Failure(
            str(error),
            metadata={**error.place, "to_mend": error.mend},
            allow_retries=isinstance(error, TransientError),
        )
        wait = error.place.get("retry_after_seconds")
        if isinstance(error, TransientError) and wait is not None:
            raise dg.RetryRequested(RETRY.max_retries, min(int(wait), _LONGEST_WAIT)) from failure
        raise failure from None
    except (dg.Failure, dg.RetryRequested):
        raise
    except Exception as error:  # noqa: BLE001 # the last place where anything can be caught
        frames = traceback.extract_tb(error.__traceback__)
        where = "\n".join(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        raise dg.Failure(
            f"a fault of the platform itself: {type(error).__name__}. To mend: report it with the "
            "lines of code listed in this failure.",
            metadata={"passed_through": dg.MetadataValue.text(where)},
            allow_retries=False,
        ) from None


@contextmanager
def failures_recorded(
    context: dg.AssetExecutionContext, tables: Iterable[TableName]
) -> Iterator[None]:
    """Write a load that fails into the ledger, and let the error go on its way.

    A fault that will be tried again is no outcome yet.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, TransientError) or context.retry_number >= RETRY.max_retries:
            with context.resources.warehouse.session() as connection:
                for table in tables:
                    ledger.record_failure(connection, str(table), context.run.run_id, type(error))
        raise
