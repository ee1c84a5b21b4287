"""Ask a REDCap project what it is: fields, events, repeats, groups and missing data codes."""

from collections.abc import Callable
from typing import Any

from redcap.project import Project

from omics_orchestrator.errors import SourceError
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import KEYS, choices
from omics_orchestrator.sources._redcap_answers import BannedError, WalledOffError
from omics_orchestrator.sources._redcap_client import Client, rows

_NO_REPEATS = "does not contain any repeating"


def describe(client: Client) -> Description:
    """Ask for everything that shapes the project's records; five to eight requests.

    Raises:
        TransientError: the server is away, or an answer is incomplete.
        SourceError: the server refuses.
    """
    (info,) = _rows(client, "the project's description", _project, "project_id", "is_longitudinal")
    version = client.ask("the server's version", lambda project: project.export_version())
    dictionary = _rows(client, "the data dictionary", lambda project: project.metadata, *KEYS[:2])
    is_longitudinal = str(info["is_longitudinal"]) == "1"
    events = _rows(client, "the events", _events, "unique_event_name") if is_longitudinal else []
    mapping = _rows(client, "the designations", _mapping, "form") if is_longitudinal else []
    return Description(
        project_id=str(info["project_id"]),
        title=str(info.get("project_title", "")),
        version=str(version or "unknown"),
        is_longitudinal=is_longitudinal,
        dictionary=tuple({key: str(line.get(key) or "") for key in KEYS} for line in dictionary),
        events=tuple(event["unique_event_name"] for event in events),
        designations=tuple((line["unique_event_name"], line["form"]) for line in mapping),
        repeating=_repeating(client),
        missing_codes=choices(str(info.get("missing_data_codes") or "")),
        groups=_groups(client),
    )


def _rows(
    client: Client, content: str, call: Callable[[Project], object], *keys: str
) -> list[dict[str, Any]]:
    return client.ask(content, lambda project: rows(call(project), *keys))


def _project(project: Project) -> object:
    return [project.export_project_info()]


def _events(project: Project) -> object:
    return project.export_events()


def _mapping(project: Project) -> object:
    return project.export_instrument_event_mappings()


def _repeating(client: Client) -> tuple[tuple[str, str], ...]:
    """The (event, form) that repeat; that there are none is an error of REDCap's."""
    try:
        found = _rows(
            client,
            "the repeating instruments",
            lambda project: project.export_repeating_instruments_events(),
            "form_name",
        )
    except SourceError as error:
        if _NO_REPEATS in error.what:
            return ()
        raise
    return tuple(
        (str(line.get("event_name") or ""), str(line["form_name"] or "")) for line in found
    )


def _groups(client: Client) -> tuple[str, ...] | None:
    """The groups' unique names; None where the token may not list them, or the server is old."""
    try:
        found = _rows(
            client,
            "the data access groups",
            lambda project: project.export_dags(),
            "unique_group_name",
        )
    except (BannedError, WalledOffError):
        raise
    except SourceError:
        return None
    return tuple(str(line["unique_group_name"]) for line in found)
