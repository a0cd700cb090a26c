"""One POST over HTTP and what its answer asks of us: what stores and those who are notified share."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import aiohttp

from collector.outputs.answers import Action, Do, classify
from probes.clock import Clock
from probes.values import Duration, Secret

ANSWER_BYTES = 65_536
"""So much of an answer's body is read; the rest says nothing more."""
_REFUSED = frozenset({Do.SPLIT, Do.REJECT, Do.SHRINK})
"""An answer that is about what was sent, not about us."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where it goes, and with what credentials."""

    url: str
    timeout: Duration
    ca_file: Path | None = None
    username: str | None = None
    password: Secret | None = None
    bearer: Secret | None = None

    def authorization(self) -> dict[str, str]:
        """The Authorization header, or none."""
        if self.bearer is not None:
            return {"Authorization": f"Bearer {self.bearer.reveal()}"}
        if self.username is not None:
            password = (self.password or Secret("")).reveal()
            return {"Authorization": aiohttp.encode_basic_auth(self.username, password)}
        return {}


class Poster:
    """Posts JSON to one URL; connections are opened by the first."""

    def __init__(self, receiver: Receiver, clock: Clock) -> None:
        self._receiver = receiver
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, body: bytes, headers: Mapping[str, str] | None = None, *, any_page: bool = False
    ) -> Action:
        """One request; `any_page`: also a web page is a good answer to it. Raises only cancellation."""
        try:
            answer = await self._answer(body, headers or {})
        except (aiohttp.ClientError, OSError, ValueError) as error:
            receiver = self._receiver
            return self._hidden(unanswered(error, receiver.timeout, receiver.ca_file))
        if any_page and 200 <= answer.status < 300:
            return Action(Do.ACCEPT)
        action = classify(answer.status, answer.headers, answer.body, self._clock.now().wall_ms)
        if action.do is Do.HOLD:
            action = replace(action, why=f"{action.why}; {_advice(answer.status)}")
        return self._hidden(action)

    async def aclose(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _answer(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._session is None:
            receiver = self._receiver
            tls = await asyncio.to_thread(tls_context, receiver.url, receiver.ca_file)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=tls),
                timeout=aiohttp.ClientTimeout(total=receiver.timeout.seconds),
                headers={"Content-Type": "application/json", **receiver.authorization()},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return await send(self._session, self._receiver.url, body, headers=headers)

    def _hidden(self, action: Action) -> Action:
        secrets = (self._receiver.password, self._receiver.bearer)
        return replace(action, why=without_secrets(action.why, secrets))


async def send(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """POST it; a redirect is an answer, not followed (a POST would become a GET)."""
    async with session.post(url, params=query, data=body, headers=headers, allow_redirects=False) as response:
        return Answer(response.status, dict(response.headers), await response.content.read(ANSWER_BYTES))


async def one_by_one(
    items: Sequence[T], post: Callable[[Sequence[T]], Awaitable[Action]]
) -> tuple[Action, list[T]]:
    """Post items together; where the receiver refuses them, each alone, to find those that it refuses.

    Gives those too, which are not to be sent again. If it takes none the trouble is not theirs: HOLD,
    and nothing is given up. An answer that asks for another try (a time-out, 503) ends it: all of them
    are then sent again.
    """
    together = await post(items)
    if together.do not in _REFUSED:
        return together, []
    refused, why = [], together.why
    for one in items if len(items) > 1 else ():
        alone = await post([one])
        if alone.do in _REFUSED:
            refused.append(one)
            why = alone.why
        elif alone.do is not Do.ACCEPT:
            return alone, []
    if len(items) == 1 or len(refused) == len(items):
        return Action(Do.HOLD, f"it refuses what we send, {why}"), []
    return Action(Do.ACCEPT, why, rejected=len(refused)), refused


def tls_context(url: str, ca_file: Path | None) -> ssl.SSLContext | bool:
    """Whom to trust: the system's authorities or the configured one; raises OSError."""
    if not url.startswith("https:"):
        return True
    return ssl.create_default_context(cafile=ca_file)


def unanswered(error: Exception, timeout: Duration, ca_file: Path | None) -> Action:
    """What to do when no answer came."""
    if isinstance(error, TimeoutError):
        return Action(Do.SLOW, f"no answer within {timeout}")
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        return Action(Do.HOLD, f"its certificate is not trusted ({error}); set `ca_file` to its authority's")
    if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError | ValueError):
        why = "its `url` (http://host:port) or its credentials (no line breaks in them) can't be used"
        return Action(Do.HOLD, why)
    if isinstance(error, FileNotFoundError | PermissionError | ssl.SSLError) and ca_file:
        return Action(Do.HOLD, f"`ca_file` {ca_file} can't be used: {error}")
    return Action(Do.RETRY, f"not reached: {_in_words(error)}")


def _in_words(error: Exception) -> str:
    """What aiohttp packs into three layers of brackets, as a person says it."""
    if not isinstance(error, aiohttp.ClientConnectorError) or isinstance(error.os_error, ssl.SSLError):
        return str(error) or type(error).__name__
    number = error.os_error.errno or 0  # a failed look-up has a negative one
    why = os.strerror(number) if number > 0 else error.os_error.strerror or str(error.os_error)
    return f"{error.host}:{error.port}: {why}"


def without_secrets(text: str, secrets: Iterable[Secret | None]) -> str:
    """The text with `***` for each secret, should an answer have echoed one."""
    for secret in secrets:
        text = text.replace(secret.reveal(), "***") if secret and secret.reveal() else text
    return text


def _advice(status: int) -> str:
    if status in (401, 403):
        return "check its credentials"
    return "check its `url`"
