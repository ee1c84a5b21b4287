"""A user's or a role's privileges: `Rights` on the inside, a row of switches in the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from omics_orchestrator.demo.redcap.received import ReceivedRow
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.rights import ExportLevel, Rights

SWITCHES = (
    "design",
    "alerts",
    "user_rights",
    "data_access_groups",
    "reports",
    "stats_and_charts",
    "manage_survey_participants",
    "calendar",
    "data_import_tool",
    "data_comparison_tool",
    "logging",
    "email_logging",
    "file_repository",
    "data_quality_create",
    "data_quality_execute",
    "api_export",
    "api_import",
    "api_modules",
    "mobile_app",
    "mobile_app_download_data",
    "record_create",
    "record_rename",
    "record_delete",
    "lock_records_all_forms",
    "lock_records",
    "lock_records_customization",
)
_RIGHT_OF_SWITCH = {
    "design": "design",
    "user_rights": "user_rights",
    "data_access_groups": "data_access_groups",
    "manage_survey_participants": "survey_participants",
    "logging": "logging",
    "file_repository": "file_repository",
    "api_export": "api_export",
    "api_import": "api_import",
    "record_create": "record_create",
    "record_rename": "record_rename",
    "record_delete": "record_delete",
}
_FORM_ACCESS_TO_EDIT = 1


@dataclass(frozen=True)
class Privileges:
    """What may be done with a project.

    Attributes:
        switches: switch → number (mostly 0 or 1); one that is absent is 0.
        forms: form → how it may be filled in on the screen; one that is absent is 0.
        forms_export: form → how much of it may be exported; one that is absent is 0.
    """

    switches: Mapping[str, int] = field(default_factory=dict)
    forms: Mapping[str, int] = field(default_factory=dict)
    forms_export: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rights: Rights, forms: tuple[str, ...]) -> "Privileges":
        """What the rights mean for a user of whom no more is known."""
        known = {switch: int(getattr(rights, right)) for switch, right in _RIGHT_OF_SWITCH.items()}
        switches = dict.fromkeys(SWITCHES, 1) | known
        levels = {form: int(rights.level(form)) for form in forms}
        return cls(switches, dict.fromkeys(forms, _FORM_ACCESS_TO_EDIT), levels)

    def with_rights(self, rights: Rights) -> "Privileges":
        """The same, where the rights have been changed by other means than the API."""
        enforced = {
            switch: max(self.switches.get(switch, 0), 1) if getattr(rights, right) else 0
            for switch, right in _RIGHT_OF_SWITCH.items()
        }
        levels = {form: int(rights.level(form)) for form in self.forms_export}
        return replace(self, switches={**self.switches, **enforced}, forms_export=levels)

    def rights(self, user: str, group: str) -> Rights:
        """What the server enforces of them."""
        return Rights(
            user,
            group,
            {form: ExportLevel(level) for form, level in self.forms_export.items()},
            **{
                right: self.switches.get(switch, 0) > 0
                for switch, right in _RIGHT_OF_SWITCH.items()
            },
        )

    def changed(self, row: ReceivedRow, forms: tuple[str, ...]) -> "Privileges":
        """The same with what a row sends; whatever it leaves out stays."""
        levels = _by_form(self.forms_export, row.get("forms_export"), forms)
        if not {*levels.values()} <= {*ExportLevel}:
            raise RefusedError("A level of forms_export is none of 0, 1, 2 and 3")
        return Privileges(
            {switch: _number(row.get(switch, self.switches.get(switch, 0))) for switch in SWITCHES},
            _by_form(self.forms, row.get("forms"), forms),
            levels,
        )

    def row(self) -> dict[str, int | Mapping[str, int]]:
        """The switches in the API's order, and both mappings of forms."""
        switches = {switch: self.switches.get(switch, 0) for switch in SWITCHES}
        return {**switches, "forms": self.forms, "forms_export": self.forms_export}


def _number(value: str | int) -> int:
    text = str(value) or "0"
    if not text.isdecimal():
        raise RefusedError("A privilege is not a whole number")
    return int(text)


def _by_form(
    before: Mapping[str, int], sent: Mapping[str, str] | str | None, forms: tuple[str, ...]
) -> dict[str, int]:
    """Read `form_1:1,form_2:0`, as CSV packs it, or a mapping."""
    if isinstance(sent, str):
        parts = (part.partition(":") for part in sent.split(",") if part.strip())
        sent = {form.strip(): level.strip() for form, _, level in parts}
    levels = {form: _number(level) for form, level in (sent or {}).items()}
    return {form: levels.get(form, before.get(form, 0)) for form in forms}
