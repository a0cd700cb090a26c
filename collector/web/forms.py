"""What people send: notes from the pages' forms, and feedback by a link. Nothing else changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from collector.ledger.errors import LedgerError
from collector.ledger.notes import Recorded
from collector.noting import Given, read_note, writing
from collector.web.answers import AGAIN, asked_of
from collector.web.feedback_link import site_of
from collector.web.front import Fields, Front, flat
from collector.web.parts import Parts
from collector.web.routes import Page, page_of
from collector.web.window import Window
from probes.clock import NS_PER_SECOND

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 1_000
FEEDBACK_BYTES = 20_000
FEEDBACK_A_MINUTE = 10
PATIENCE_SECONDS = 10
"""How long a note may wait for its commit, which takes a second at most while all is well."""
LINK = "feedback:open_form"
NOBODY = (
    "a note needs a name, and nobody knows yours: set up basic_auth_users (or client certificates) in "
    "web.config_file, or open this page on the host itself at its loopback address"
)
_MANY = frozenset({"circuits", "sites"})
_OURS = frozenset({"kind", "back", "form"})
"""Fields that are the form's and not the note's."""


class Forms:
    """Handlers of POST /notes and of a feedback link."""

    def __init__(self, parts: Parts, front: Front) -> None:
        self._parts = parts
        self._front = front
        self._wrong = Window(parts.clock, FEEDBACK_A_MINUTE, 60 * NS_PER_SECOND)
        self._feedback = Window(parts.clock, FEEDBACK_A_MINUTE, 60 * NS_PER_SECOND)
        self._writing = asyncio.Lock()

    def attach(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/notes", self._note)
        app.router.add_post("/feedback/{site}/{token}", self._by_link)

    async def write(self, given: Given, author: str) -> Recorded:
        """Read and write a note; raises ValueError with what is wrong of it, and HTTP errors.

        One at a time, so that two people can't move one claim apart.
        """
        async with self._writing:
            ready = await asked_of(self._parts.clerk, read_note, given)
            job = writing(ready, at_ms=self._parts.clock.now().wall_ms, author=author)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    return await asyncio.wrap_future(self._parts.write(job))
            except TimeoutError as error:
                said = (
                    "the ledger takes nothing at this moment: look whether the note is there, and try again"
                )
                raise web.HTTPServiceUnavailable(text=said, headers=AGAIN) from error
            except (LedgerError, OSError) as error:
                said = f"the note could not be written: {error}"
                raise web.HTTPServiceUnavailable(text=said, headers=AGAIN) from error

    async def _note(self, request: web.Request) -> web.StreamResponse:
        author = await self._front.author(request)
        if not author:
            raise web.HTTPForbidden(text=NOBODY)
        typed = await fields(request)
        said = flat(typed)
        back = local(said.get("back", "/notes"))
        given = Given(said.get("kind", ""), note_values(typed))
        try:
            done = await self.write(given, author)
        except ValueError as error:
            stood = local(said.get("form", back))
            page, parts, path = page_of(stood)
            return await self._refused(request, page, parts, path, str(error))
        return _see(back, noted=str(done.id))

    async def _by_link(self, request: web.Request) -> web.StreamResponse:
        parts = dict(request.match_info)
        site = self._site(request, parts)
        if not self._feedback.admits(site):
            said = "so much feedback came from this site within a minute that yours has to wait for one"
            raise web.HTTPTooManyRequests(text=said, headers={"Retry-After": "60"})
        typed = await fields(request, FEEDBACK_BYTES)
        values = {name: value for name, value in note_values(typed).items() if name != "site"}
        try:
            await self.write(Given("feedback", values | {"site": site}), f"feedback link ({site})")
        except ValueError as error:
            page = Page(request.path, LINK)
            return await self._refused(request, page, parts, request.path, str(error))
        return _see(request.path, thanks="1")

    def _site(self, request: web.Request, parts: Mapping[str, str]) -> str:
        """The site that a link is for; whoever tries others is told to wait."""
        site = site_of(self._parts.sources.settings(), parts["site"], parts["token"])
        if site is not None:
            return site
        if not self._wrong.admits(request.remote or ""):
            raise web.HTTPTooManyRequests(text="too many wrong links", headers={"Retry-After": "60"})
        raise web.HTTPNotFound(text="there is no such link: ask for the one of today")

    async def _refused(
        self, request: web.Request, page: Page | None, parts: Mapping[str, str], path: str, why: str
    ) -> web.StreamResponse:
        if page is None or (":" in page.view and page.view != LINK):  # a picture or a file holds no form
            raise web.HTTPUnprocessableEntity(text=why)
        asked = await self._front.asked(request, path, parts)
        given = {name: value.replace("\r\n", "\n") for name, value in flat(await request.post()).items()}
        return await self._front.again(request, page, replace(asked, query={}, problem=why, given=given))


async def fields(request: web.Request, most_bytes: int = 0) -> Fields:
    """The fields of a form, bounded in size and number; raises the HTTP error that says what is wrong."""
    if request.content_type != FORM:
        raise web.HTTPUnsupportedMediaType(text=f"a form comes as {FORM}; JSON goes to /api/v1/notes")
    if most_bytes and (request.content_length is None or request.content_length > most_bytes):
        raise web.HTTPRequestEntityTooLarge(most_bytes, request.content_length or 0)
    try:
        typed = await request.post()
    except (ValueError, LookupError) as error:  # an encoding that there isn't, or bytes that are none of it
        raise web.HTTPBadRequest(text="the form can't be read: it is to be UTF-8") from error
    if any("\ufffd" in text for pair in typed.items() for text in map(str, pair)):  # stands for what was none
        raise web.HTTPBadRequest(text="the form can't be read: it is to be UTF-8")
    if len(typed) > MOST_FIELDS:
        raise web.HTTPBadRequest(text=f"the form has more than {MOST_FIELDS} fields")
    return typed


def note_values(typed: Fields) -> dict[str, Any]:
    """The note's fields out of the form's: an empty one is left out, lines end as they do here."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys(typed):
        values = [str(one).replace("\r\n", "\n").strip() for one in typed.getall(name)]
        values = [one for one in values if one]
        if values and name not in _OURS:
            found[name] = values if name in _MANY or name == "statement" else values[-1]
    if steps := {key: found.pop(f"next_{key}") for key in ("what", "owner", "by") if f"next_{key}" in found}:
        found["next_step"] = steps
    if statements := found.pop("statement", None):
        found["revisions"] = [_revision(one) for one in statements]
    return found


def _revision(text: str) -> dict[str, str]:
    """SCOPE/CONTRACT/REVISION in its parts; one that lacks some is refused by the body."""
    scope, _, rest = text.partition("/")
    contract, _, number = rest.rpartition("/")
    return {"scope": scope, "contract": contract, "revision": number}


def local(path: str) -> str:
    """A path on this very server, else `/`: nobody is sent elsewhere."""
    good = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if good and "\\" not in path else "/"


def _see(path: str, **query: str) -> web.Response:
    """303: what was sent is done; look there (RFC 9110 15.4.4)."""
    joint = "&" if "?" in path else "?"
    return web.Response(status=303, headers={"Location": f"{path}{joint}{urlencode(query)}"})
