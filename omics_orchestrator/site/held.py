"""What is in quarantine, by cause, as far as may be shown; never a value, nor the hash of one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import Connection

from omics_orchestrator.site.disclosure import Shown, one
from omics_orchestrator.warehouse import quarantine
from omics_orchestrator.warehouse.quarantine import Group


@dataclass(frozen=True)
class Held:
    """The cells of one field that are held for one reason.

    Attributes:
        study: the study.
        table: its table.
        field: the field of the source; `*` is the key of the row.
        reason: why they are held.
        cells: how many, as far as it is shown.
        is_open: whether any waits for a person's decision.
    """

    study: str
    table: str
    field: str
    reason: str
    cells: Shown
    is_open: bool


def held(connection: Connection, smallest: int) -> list[Held]:
    """List the causes for which cells of conformed tables are held now, by study and table."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    records: Counter[tuple[str, str, str, str]] = Counter()
    waiting: dict[tuple[str, str, str, str], bool] = {}
    for group in quarantine.groups(connection):
        if group.cells and group.cause.table.layer == "core":
            cause = _cause(group)
            counts[cause] += group.cells
            records[cause] = max(records[cause], group.records)
            waiting[cause] = waiting.get(cause, False) or group.open_cells > 0
    return [
        Held(*cause, one(counts[cause], records[cause], smallest), waiting[cause])
        for cause in sorted(counts)
    ]


def of_fields(found: Sequence[Held], study: str, table: str) -> Mapping[str, list[Held]]:
    """What is held of a table, by field."""
    fields: dict[str, list[Held]] = {}
    for each in found:
        if (each.study, each.table) == (study, table):
            fields.setdefault(each.field, []).append(each)
    return fields


def _cause(group: Group) -> tuple[str, str, str, str]:
    table = group.cause.table
    return table.domain or "", table.table, group.field, group.reason
