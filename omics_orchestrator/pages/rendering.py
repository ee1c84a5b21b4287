"""Fill in a template; it is told who looks."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse

from omics_orchestrator import look
from omics_orchestrator.quarantine.cells import BETWEEN_KEYS
from omics_orchestrator.quarantine.finding import short

_TEMPLATES = look.templates("omics_orchestrator.pages")
_TEMPLATES.filters |= {
    "short": short,
    "key": lambda record: " / ".join(filter(None, record.split(BETWEEN_KEYS))),
}


@dataclass(frozen=True)
class Pages:
    """What all pages share.

    Attributes:
        own: who looks where no door says it.
        dagster: the address of Dagster's pages.
    """

    own: str
    dagster: str

    def person(self, request: Request) -> str:
        """Name who looks, as the door says; blank where nobody does."""
        return request.headers.get("x-forwarded-user", self.own)

    def render(
        self, request: Request, template: str, *, status: int = 200, **told: object
    ) -> HTMLResponse:
        """Fill in a template."""
        place = request.url.path
        shared = {"person": self.person(request), "dagster": self.dagster, "place": place}
        return HTMLResponse(_TEMPLATES.get_template(template).render(shared | told), status)
