"""Who answers which call, and which rights of its user that takes.

Records, files on fields, the log, `version` and `generateNextRecordName` are the server's own.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping

from omics_orchestrator.demo.redcap import (
    definition_answers,
    definition_changes,
    groups,
    log,
    pdf,
    project_xml,
    reports,
    repository,
    roles,
    schedule_changes,
    store,
    surveys,
    users,
)
from omics_orchestrator.demo.redcap.bodies import Row
from omics_orchestrator.demo.redcap.call import Answer, Call, Reply
from omics_orchestrator.demo.redcap.selection import STAMP

_Tell = Callable[[sqlite3.Connection, Call], Iterable[Row]]
_Change = Callable[[sqlite3.Connection, Call], int]
_Give = Callable[[sqlite3.Connection, Call], Reply]


def _telling(tell: _Tell, *rights: str) -> Answer:
    """Answer with rows."""

    def answer(call: Call) -> Reply:
        call.require("api_export", *rights)
        with store.connect(call.database) as connection:
            # All rows are made here, where a refusal still can become an answer.
            return Reply.rows(call, list(tell(connection, call)))

    return answer


def _changing(change: _Change, *rights: str) -> Answer:
    """Change the project, log that, and answer with the number of things that were sent."""

    def answer(call: Call) -> Reply:
        call.require("api_import", *rights)
        with store.connect(call.database, writing=True) as connection:
            number = change(connection, call)
            _log(connection, call)
        return Reply.count(call, number)

    return answer


def _giving(give: _Give, *rights: str, writing: bool = False) -> Answer:
    """Answer with what the answer makes itself: a text or a file."""

    def answer(call: Call) -> Reply:
        call.require("api_import" if writing else "api_export", *rights)
        with store.connect(call.database, writing=writing) as connection:
            if writing:
                _log(connection, call)
            return give(connection, call)

    return answer


def _log(connection: sqlite3.Connection, call: Call) -> None:
    action = call.parameters.text("action") or "import"
    log.write(
        connection,
        call.project.id,
        at=call.now.strftime(STAMP),
        user=call.rights.user,
        action=log.MANAGED,
        details=f"{action.capitalize()} {call.parameters.text('content')} (API)",
    )


ANSWERS: Mapping[tuple[str, str], Answer] = {
    ("metadata", "export"): _telling(definition_answers.metadata),
    ("instrument", "export"): _telling(definition_answers.instruments),
    ("event", "export"): _telling(definition_answers.events),
    ("arm", "export"): _telling(definition_answers.arms),
    ("formEventMapping", "export"): _telling(definition_answers.form_event_mapping),
    ("repeatingFormsEvents", "export"): _telling(definition_answers.repeating),
    ("exportFieldNames", "export"): _telling(definition_answers.field_names),
    ("project", "export"): _telling(definition_answers.project),
    ("metadata", "import"): _changing(definition_changes.import_metadata, "design"),
    ("formEventMapping", "import"): _changing(definition_changes.import_designations, "design"),
    ("repeatingFormsEvents", "import"): _changing(definition_changes.import_repeating, "design"),
    ("project_settings", "import"): _changing(definition_changes.import_properties, "design"),
    ("arm", "import"): _changing(schedule_changes.import_arms, "design"),
    ("arm", "delete"): _changing(schedule_changes.delete_arms, "design"),
    ("event", "import"): _changing(schedule_changes.import_events, "design"),
    ("event", "delete"): _changing(schedule_changes.delete_events, "design"),
    ("user", "export"): _telling(users.export_users, "user_rights"),
    ("user", "import"): _changing(users.import_users, "user_rights"),
    ("user", "delete"): _changing(users.delete_users, "user_rights"),
    ("userRole", "export"): _telling(roles.export_roles, "user_rights"),
    ("userRole", "import"): _changing(users.import_roles, "user_rights"),
    ("userRole", "delete"): _changing(roles.delete_roles, "user_rights"),
    ("userRoleMapping", "export"): _telling(users.export_assignments, "user_rights"),
    ("userRoleMapping", "import"): _changing(users.import_assignments, "user_rights"),
    ("dag", "export"): _telling(groups.export_groups, "data_access_groups"),
    ("dag", "import"): _changing(groups.import_groups, "data_access_groups"),
    ("dag", "delete"): _changing(groups.delete_groups, "data_access_groups"),
    ("dag", "switch"): _giving(groups.switch_group, writing=True),
    ("userDagMapping", "export"): _telling(groups.export_assignments, "data_access_groups"),
    ("userDagMapping", "import"): _changing(groups.import_assignments, "data_access_groups"),
    ("fileRepository", "list"): _telling(repository.list_folder, "file_repository"),
    ("fileRepository", "createFolder"): _giving(
        repository.create_folder, "file_repository", writing=True
    ),
    ("fileRepository", "export"): _giving(repository.export_file, "file_repository"),
    ("fileRepository", "import"): _giving(repository.import_file, "file_repository", writing=True),
    ("fileRepository", "delete"): _giving(repository.delete_file, "file_repository", writing=True),
    ("surveyLink", "export"): _giving(surveys.link),
    ("surveyQueueLink", "export"): _giving(surveys.queue_link),
    ("surveyAccessCode", "export"): _giving(surveys.access_code),
    ("surveyReturnCode", "export"): _giving(surveys.return_code),
    ("participantList", "export"): _telling(surveys.participants, "survey_participants"),
    ("pdf", "export"): _giving(pdf.export),
    ("report", "export"): reports.export,
    ("project_xml", "export"): project_xml.export,
}
