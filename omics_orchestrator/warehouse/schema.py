"""Bring a database to the shape this release needs: layers, ledger, and nothing for PUBLIC.

Each file of `sql/` is one step, run once, in the order of its number; a step is never edited after
its release. All steps of a release commit together or not at all.
"""

from importlib import resources

from psycopg import Connection

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.warehouse.faults import refusals

_LOCK = "select pg_advisory_xact_lock(hashtextextended('omics prepare', 0))"
_STEPS_TAKEN = """
    create schema if not exists ops;
    create table if not exists ops.preparation (
        step integer primary key,
        name text not null,
        done_at timestamptz not null default clock_timestamp()
    );
    comment on table ops.preparation is 'The steps that brought this database to its shape.';
    comment on column ops.preparation.step is 'The number of the step.';
    comment on column ops.preparation.name is 'Its file.';
    comment on column ops.preparation.done_at is 'When it was taken.';
"""


def prepare(connection: Connection) -> None:
    """Create what is missing: schemas, ledger tables, their comments; safe to repeat.

    Raises:
        WarehouseError: a newer release has prepared this database, or Postgres refused a step.
    """
    steps = _steps()
    with refusals("ops.preparation"), connection.transaction():
        connection.execute(_LOCK)
        connection.execute(_STEPS_TAKEN)
        taken = {step for (step,) in connection.execute("select step from ops.preparation")}
        if taken - set(steps):
            raise WarehouseError(
                "a newer release of omics-orchestrator has prepared this database",
                mend="install that release, or restore the backup made before it.",
                step=max(taken),
            )
        for step in sorted(set(steps) - taken):
            name, statements = steps[step]
            connection.execute(statements.encode())
            connection.execute(
                "insert into ops.preparation (step, name) values (%s, %s)", (step, name)
            )


def _steps() -> dict[int, tuple[str, str]]:
    """Map the number of each step to its file's name and content."""
    files = (resources.files(__package__) / "sql").iterdir()
    return {
        int(file.name.split("_")[0]): (file.name, file.read_text("utf-8"))
        for file in files
        if file.name.endswith(".sql")
    }
