"""The register of omic files as pages: a table with filters, and one content with its past.

A file whose name may say who a person is shows its name to stewards only. A download is asked for
with a button, by a steward, and is recorded; from S3 and Azure it is an address that expires.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from omics_orchestrator.catalogue import browsing
from omics_orchestrator.catalogue.browsing import PAGE, Content, Row, Wanted
from omics_orchestrator.catalogue.examining import IN_ITS_NAME
from omics_orchestrator.catalogue.keeping import key_of
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.folder_formats import folder_formats
from omics_orchestrator.formats import names_somebody
from omics_orchestrator.pages.file_bytes import picture, streamed
from omics_orchestrator.pages.forms import Form, with_form
from omics_orchestrator.pages.rendering import Pages
from omics_orchestrator.quarantine.desk import Desk
from omics_orchestrator.stores import Store

_FILTERS = ("collection", "batch", "format", "status", "named", "owner")
_WITHHELD = "(its name may say who a person is)"
_EXPIRES_SECONDS = 600
_GIVEN = "insert into ops.file_download (sha256, given_to, confirmed) values (%s, %s, %s)"
# Status, what is refused, and how to mend it.
_ABSENT = (404, "no registered file has this content", "take one from the list.")
_NO_COPY = (
    409,
    "it is not one file in the platform's own store",
    "take it from where it is kept, as its page says.",
)
_NO_PICTURE = (
    404,
    "there is no picture of this content",
    "look at its page, which says why.",
)
_UNCONFIRMED = (
    409,
    "the file may say who a person is, and nobody confirmed that it is wanted all the same",
    "go back, tick that you know it, and ask again; keep the file where nobody else finds it.",
)
_FORBIDDEN = (
    403,
    "only stewards take files from here",
    "have your name put into OMICS_STEWARDS by whoever answers for the data.",
)


@dataclass(frozen=True)
class FilePages:
    """The pages below `/files`.

    Attributes:
        pages: what all pages share.
        open_desk: opens the warehouse, the store and the dictionary for one request.
    """

    pages: Pages
    open_desk: Callable[[], AbstractContextManager[Desk]]

    def routes(self) -> list[Route]:
        """The addresses and what answers them."""
        return [
            Route("/files", self.listing),
            Route("/files/{sha256}", self.content),
            Route("/files/{sha256}/picture", self.picture),
            Route("/files/{sha256}/download", with_form(self.download), methods=["POST"]),
        ]

    def listing(self, request: Request) -> Response:
        """Files that fit the filters, a page at a time."""
        asked = request.query_params
        chosen = {name: asked.get(name, "") for name in _FILTERS}
        after = (asked["after_collection"], asked["after"]) if "after" in asked else None
        wanted = Wanted(**chosen, personal="personal" in asked, after=after)
        with self.open_desk() as desk:
            if not browsing.is_there(desk.connection):
                return self.pages.render(request, "files.html", found=None)
            is_steward = self.pages.person(request) in desk.stewards
            found = browsing.files(desk.connection, wanted)
            choices = browsing.choices(desk.connection)
        if not is_steward and (wanted.named or names_somebody(wanted.batch)):
            # To be found by a part of one's name would tell it.
            found = [row for row in found if not _is_withheld(row)]
        filters = {name: value for name, value in chosen.items() if value}
        filters |= {"personal": "1"} if wanted.personal else {}
        return self.pages.render(
            request,
            "files.html",
            found=[_shown(row, is_steward=is_steward) for row in found[:PAGE]],
            next=_next(found, filters),
            wanted=wanted,
            choices=choices,
        )

    def content(self, request: Request) -> Response:
        """One content: what it is, where it lies, whose it is, and what was there before."""
        with self.open_desk() as desk:
            found = browsing.content(desk.connection, request.path_params["sha256"])
            return self._content(request, desk, found) if found else self._refused(request, _ABSENT)

    def picture(self, request: Request) -> Response:
        """The picture of a content that may be shown to whoever sees the pages."""
        with self.open_desk() as desk:
            key = browsing.picture(desk.connection, request.path_params["sha256"])
            return picture(desk.store, key) if key else self._refused(request, _NO_PICTURE)

    def download(self, request: Request, form: Form) -> Response:
        """Give a steward the bytes, or an address that gives them; it is recorded."""
        sha256, person = request.path_params["sha256"], self.pages.person(request)
        with self.open_desk() as desk:
            if person not in desk.stewards:
                return self._refused(request, _FORBIDDEN)
            found = browsing.content(desk.connection, sha256)
            if found is None:
                return self._refused(request, _ABSENT)
            key = _kept(desk.store, found.files[0])
            if key is None:
                return self._refused(request, _NO_COPY)
            if found.is_personal and form.get("confirmed") != "yes":
                return self._refused(request, _UNCONFIRMED)
            desk.connection.execute(_GIVEN, (sha256, person, found.is_personal))
            try:
                address = desk.store.presigned(key, _EXPIRES_SECONDS)
            except ConfigurationError:  # a folder, which has no addresses
                return streamed(desk.store, key, found.files[0])
            # A link, as a form that is redirected to another server is stopped by our own policy.
            return self._content(request, desk, found, address)

    def _content(self, request: Request, desk: Desk, found: Content, address: str = "") -> Response:
        is_steward = self.pages.person(request) in desk.stewards
        shown = [_shown(row, is_steward=is_steward) for row in found.files]
        told = zip(found.files, shown, strict=True)
        withheld = {row["path"] for row, said in told if said["withheld"]}
        versions = [
            {**row, "path": _WITHHELD if row["path"] in withheld else row["path"]}
            for row in found.versions
        ]
        return self.pages.render(
            request,
            "file.html",
            files=shown,
            facts=found.facts,
            versions=versions,
            links=found.links,
            made_from=[_shown(row, is_steward=is_steward) for row in found.made_from],
            used_for=[_shown(row, is_steward=is_steward) for row in found.used_for],
            verified=found.verified,
            picture=None if found.is_personal else found.picture,
            is_personal=found.is_personal,
            may_download=is_steward and _kept(desk.store, found.files[0]) is not None,
            address=address,
            minutes=_EXPIRES_SECONDS // 60,
        )

    def _refused(self, request: Request, refusal: tuple[int, str, str]) -> Response:
        status, what, mend = refusal
        return self.pages.render(request, "message.html", status=status, what=what, mend=mend)


def _kept(store: Store, row: Row) -> str | None:
    """The key of a file's copy; None for a folder, of which there is no one object to give."""
    return None if row["format"] in folder_formats() else key_of(store, row["location"])


def _shown(row: Row, *, is_steward: bool) -> Row:
    withheld = not is_steward and _is_withheld(row)
    shown = {"path": _WITHHELD, "location": _WITHHELD, "batch": ""} if withheld else {}
    return {**row, **shown, "withheld": withheld}


def _is_withheld(row: Row) -> bool:
    # Of rows that were registered before names were looked at nothing is known.
    return IN_ITS_NAME in (row["personal_fields"] or "")


def _next(found: list[Row], filters: dict[str, str]) -> str:
    """The address of the next page; blank where there is none."""
    if len(found) <= PAGE:
        return ""
    last = found[PAGE - 1]
    return "/files?" + urlencode(
        {**filters, "after_collection": last["collection"], "after": last["path"]}
    )
