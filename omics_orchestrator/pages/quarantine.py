"""Quarantine as pages: what is held by cause, one group with its values by hash, and decisions.

Reading a page shows no value. A steward asks for the values of one group with a button; that is a
request of its own, so that it is never made by following a link, and it is recorded.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import polars as pl
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.pages.forms import Form, with_form
from omics_orchestrator.pages.rendering import Pages
from omics_orchestrator.quarantine.desk import Desk, find
from omics_orchestrator.warehouse import quarantine
from omics_orchestrator.warehouse.quarantine import MEANINGS, Group

# Beyond these, only the page of a group says what would mend it.
_MOST_LOOKED_INTO = 40
_MOST_VALUES = 200
# Status, what is refused, and how to mend it.
_OUTDATED = (
    409,
    "the table was loaded again while you looked, and may hold other values",
    "look at the group again, then decide.",
)
_ABSENT = (404, "no group of quarantine is called so", "take one from the list.")
_FORBIDDEN = (
    403,
    "only stewards see values and record decisions here",
    "have your name put into OMICS_STEWARDS by whoever answers for the data.",
)


@dataclass(frozen=True)
class QuarantinePages:
    """The pages below `/quarantine`.

    Attributes:
        pages: what all pages share.
        open_desk: opens the warehouse, the store and the dictionary for one request.
    """

    pages: Pages
    open_desk: Callable[[], AbstractContextManager[Desk]]

    def routes(self) -> list[Route]:
        """The addresses and what answers them."""
        return [
            Route("/quarantine", self.listing),
            Route("/quarantine/{group}", self.group),
            Route("/quarantine/{group}/values", with_form(self.values), methods=["POST"]),
            Route("/quarantine/{group}/decision", with_form(self.decision), methods=["POST"]),
        ]

    def listing(self, request: Request) -> Response:
        """All groups that are open, the most open cells first; on demand also the others."""
        study, everything = request.query_params.get("study", ""), "all" in request.query_params
        with self.open_desk() as desk:
            every = quarantine.groups(desk.connection)
            of_study = [each for each in every if study in ("", each.cause.table.domain)]
            chosen = [each for each in of_study if everything or each.open_cells]
            found = [(each, desk.look(each)) for each in chosen[:_MOST_LOOKED_INTO]]
        return self.pages.render(
            request,
            "quarantine.html",
            found=[*found, *((each, None) for each in chosen[_MOST_LOOKED_INTO:])],
            cells=sum(each.cells for each in of_study),
            held=sum(each.cells > 0 for each in of_study),
            open=sum(each.open_cells > 0 for each in of_study),
            studies=sorted({each.cause.table.domain or "" for each in every} - {""}),
            study=study,
            everything=everything,
        )

    def group(self, request: Request) -> Response:
        """One group, without its values."""
        with self.open_desk() as desk:
            chosen = _found(desk, request)
            return self._group(request, desk, chosen) if chosen else self._refused(request, _ABSENT)

    def values(self, request: Request, _: Form) -> Response:
        """One group with its values, for a steward; it is recorded."""
        with self.open_desk() as desk:
            chosen, person = _found(desk, request), self.pages.person(request)
            if chosen is None:
                return self._refused(request, _ABSENT)
            if person not in desk.stewards:
                return self._refused(request, _FORBIDDEN)
            shown = desk.show(chosen, to=person, place="pages")
            return self._group(request, desk, chosen, shown)

    def decision(self, request: Request, form: Form) -> Response:
        """Record what a steward decided, and show the group again."""
        with self.open_desk() as desk:
            chosen, person = _found(desk, request), self.pages.person(request)
            if chosen is None:
                return self._refused(request, _ABSENT)
            if person not in desk.stewards:
                return self._refused(request, _FORBIDDEN)
            if form.get("load") != str(chosen.load_id):
                return self._refused(request, _OUTDATED)
            choice = next((each for each in MEANINGS if each == form.get("decision")), None)
            if choice is None:
                raise ConfigurationError("no decision was chosen", mend="go back and choose one.")
            desk.decide(
                chosen, choice, by=person, why=form.get("why", ""), value=form.get("value", "")
            )
        return RedirectResponse(f"/quarantine/{chosen.cause.id}", 303)

    def _group(
        self, request: Request, desk: Desk, chosen: Group, shown: pl.DataFrame | None = None
    ) -> Response:
        counted = quarantine.values(desk.connection, chosen.cause)
        return self.pages.render(
            request,
            "quarantine_group.html",
            group=chosen,
            looked=desk.look(chosen),
            values=counted.head(_MOST_VALUES).to_dicts(),
            more=max(0, counted.height - _MOST_VALUES),
            shown=None if shown is None else _by_value(shown),
            decisions=quarantine.decisions(desk.connection, chosen.cause),
            showings=quarantine.showings(desk.connection, chosen.cause),
            loads=quarantine.loads(desk.connection, chosen.cause),
            meanings=MEANINGS,
            is_steward=self.pages.person(request) in desk.stewards,
        )

    def _refused(self, request: Request, refusal: tuple[int, str, str]) -> Response:
        status, what, mend = refusal
        return self.pages.render(request, "message.html", status=status, what=what, mend=mend)


def _found(desk: Desk, request: Request) -> Group | None:
    try:
        return find(quarantine.groups(desk.connection), request.path_params["group"])
    except ConfigurationError:
        return None


def _by_value(shown: pl.DataFrame) -> dict[str, tuple[str, list[str]]]:
    """Value hash → the value, and the keys of the records that hold it."""
    grouped = shown.group_by("value_hash", "value", maintain_order=True).agg(
        pl.col("record").drop_nulls()
    )
    return {hashed: (value, records) for hashed, value, records in grouped.iter_rows()}
