"""Reports and the packs of reviews over HTTP: made one at a time, for one takes a core for half a minute."""

from __future__ import annotations

from aiohttp import web

from collector.web.answers import given_of, problem_of
from collector.web.api.asking import known
from collector.web.api.endpoint import BadParameter, Given
from collector.web.api.openapi import BASE
from collector.web.api.table import ENDPOINTS, FORMS
from collector.web.api.turns import Turns
from collector.web.parts import Parts

BEGIN = "/reports/{period}."
REVIEW = "/review"
PACKS = "/performance/reviews/{period}"
PACK_FORMS = ("html", "pdf", "json")


class Reports:
    """Handlers of `/reports/PERIOD.FORM`, which is the same under /api/v1/, and of reviews' packs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._turns = Turns()

    def attach(self, app: web.Application) -> None:
        """Add the routes."""
        forms = "|".join(FORMS)
        for begin in (f"{BASE}/reports", "/reports"):
            app.router.add_get(f"{begin}/{{period}}.{{form:{forms}}}", self._report)
        app.router.add_get(f"{PACKS}.{{form:{'|'.join(PACK_FORMS)}}}", self._pack)
        app.router.add_get(BASE + REVIEW, self._review)

    async def _report(self, request: web.Request) -> web.StreamResponse:
        form = request.match_info["form"]
        endpoint = next(one for one in ENDPOINTS if one.path == f"{BEGIN}{form}")
        given, report = self._known(given_of(endpoint, request)), self._parts.report
        if report is None:
            raise web.HTTPNotImplemented(text="this server makes no reports: use `linkledger report`")
        return await self._turns.answer(
            request, lambda: report(given["period"], form, given["carrier"], given["site"]), form=form
        )

    async def _pack(self, request: web.Request) -> web.StreamResponse:
        """A pack as a file of the page; its address takes what the API's does."""
        period, form = request.match_info["period"], request.match_info["form"]
        return await self._packed(request, {"period": period, "carrier": request.query.get("carrier")}, form)

    async def _review(self, request: web.Request) -> web.StreamResponse:
        endpoint = next(one for one in ENDPOINTS if one.path == REVIEW)
        return await self._packed(request, given_of(endpoint, request), "json")

    async def _packed(self, request: web.Request, given: Given, form: str) -> web.StreamResponse:
        self._known(given)
        review = self._parts.review
        if review is None:
            raise web.HTTPNotImplemented(text="this server makes no reviews: use `linkledger review`")
        return await self._turns.answer(
            request, lambda: review(given["period"], form, given["carrier"]), form=form
        )

    def _known(self, given: Given) -> Given:
        """The same, once its names are known; raises the HTTP error that says which there are."""
        settings = self._parts.sources.settings()
        try:
            known(given, "carrier", settings.carriers)
            if "site" in given:
                known(given, "site", settings.sites)
        except BadParameter as error:
            raise problem_of(error) from error
        except LookupError as error:
            raise problem_of(error) from error
        return given
