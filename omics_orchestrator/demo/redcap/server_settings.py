"""How this server behaves where real ones differ: by version, by site, or in a way nobody told.

The settings are kept in the server's file, so that any process may change them while it runs.
"""

import json
import sqlite3
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.errors import ConfigurationError


@dataclass(frozen=True)
class ServerSettings:
    """The settings of the whole server; where real servers' behaviour is unknown, a neutral one.

    Attributes:
        version: of REDCap; it decides on everything that changed between versions.
        time_zone: IANA name of the server's zone; "" keeps the clock's own.
        clock_offset_seconds: how far the server's clock is ahead.
        csv_delimiter: of a CSV export that names none.
        max_input_vars: variables of a form beyond this count are dropped, as PHP drops them.
        exports_orphans: values on forms no longer designated, and rows of deleted events, are
            exported.
        calculations_last_in_eav: a row's calculated values come after all others.
        blanks_unticked: checkboxes are blank, not 0, in a row where all asked-for cells are.
        group_move_is_a_change: a date range finds a record that only changed its group.
        missing_right: what a user without a right is told; `{right}` is its name.
        no_delete_right: what a user without the right to delete is told.
        no_form_left: what an export of nothing but barred forms is told.
        bad_logic: what a bad `filterLogic` is told.
        empty_csv: the body of a CSV export without rows.
        option_separator: stands between the options that `combineCheckboxOptions` joins.
        not_found_page: what a wrong address shows.
    """

    version: str = "14.9.1"
    time_zone: str = ""
    clock_offset_seconds: float = 0
    csv_delimiter: str = ","
    max_input_vars: int = 100_000
    exports_orphans: bool = False
    calculations_last_in_eav: bool = False
    blanks_unticked: bool = False
    group_move_is_a_change: bool = True
    missing_right: str = (
        "Insufficient user privileges: You must have {right} privileges in the project."
    )
    no_delete_right: str = "You do not have Delete Record privileges"
    no_form_left: str = "You do not have export rights for any of the instruments requested"
    bad_logic: str = "The filter logic is not valid"
    empty_csv: str = "\n"
    option_separator: str = ","
    not_found_page: str = (
        "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body></body></html>"
    )

    def since(self, *version: int) -> bool:
        """Tell whether the server is of this version or a later one."""
        return tuple(map(int, self.version.split("."))) >= version

    def local(self, now: datetime) -> datetime:
        """Give the time that the server's clock shows at a moment."""
        shown = now + timedelta(seconds=self.clock_offset_seconds)
        return shown.astimezone(ZoneInfo(self.time_zone)) if self.time_zone else shown


_SETTINGS = TypeAdapter(ServerSettings)


def read(connection: sqlite3.Connection) -> ServerSettings:
    """Read the settings; what nobody changed has its default."""
    found = connection.execute("SELECT changes FROM settings").fetchone()
    return _SETTINGS.validate_json(found[0]) if found else ServerSettings()


def configure(database: Path, **changes: str | float | bool) -> ServerSettings:
    """Change settings from now on, also those of a server that runs; returns all of them.

    Raises:
        ConfigurationError: there is no such setting, or its value is none.
    """
    unknown = changes.keys() - {field.name for field in fields(ServerSettings)}
    if unknown:
        raise _refusal(sorted(unknown))
    store.prepare(database)
    with store.connect(database, writing=True) as connection:
        changed = _checked(asdict(read(connection)) | changes)
        connection.execute("DELETE FROM settings")
        connection.execute("INSERT INTO settings VALUES (?)", (json.dumps(asdict(changed)),))
    return changed


def _checked(settings: dict[str, str | float | bool]) -> ServerSettings:
    try:
        checked = _SETTINGS.validate_python(settings)
    except ValidationError as error:
        raise _refusal([str(problem["loc"][0]) for problem in error.errors()]) from None
    try:
        checked.local(datetime.now().astimezone())
        checked.since()
    except (ZoneInfoNotFoundError, ValueError):
        raise _refusal(["time_zone", "version"]) from None
    return checked


def _refusal(names: list[str]) -> ConfigurationError:
    return ConfigurationError(
        f"no such setting of the REDCap server, or no such value of it: {', '.join(names)}",
        mend="take a name from ServerSettings and a value of its type.",
    )
