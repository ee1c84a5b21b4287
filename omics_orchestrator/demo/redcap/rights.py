"""What the user behind a token may do in a project."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class ExportLevel(IntEnum):
    """How much of a form a user may export, numbered as REDCap numbers it in `forms_export`."""

    NONE = 0
    FULL = 1
    DE_IDENTIFIED = 2
    NO_IDENTIFIERS = 3


@dataclass(frozen=True)
class Rights:
    """The rights of one user in one project; a new user has all of them.

    Attributes:
        user: the user's name.
        group: unique name of the user's data access group, "" outside all groups.
        export_levels: form → level; a form that is absent has the level `FULL`.
        api_export … survey_participants: one switch a right, named as in REDCap's rights.
    """

    user: str
    group: str = ""
    export_levels: Mapping[str, ExportLevel] = field(default_factory=dict)
    api_export: bool = True
    api_import: bool = True
    design: bool = True
    user_rights: bool = True
    data_access_groups: bool = True
    logging: bool = True
    file_repository: bool = True
    survey_participants: bool = True
    record_create: bool = True
    record_rename: bool = True
    record_delete: bool = True

    def level(self, form: str) -> ExportLevel:
        """How much of a form the user may export."""
        return self.export_levels.get(form, ExportLevel.FULL)
