"""What is asked, and what is asked next when the answer is a redirect. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from probes.http.options import HttpOptions
from probes.http.url import Url
from probes.model import Failure, Reason
from probes.shown import quoted
from probes.values import Secret

AGENT = "linkledger"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""RFC 9110 section 15.4: those that name one other place in Location."""
_BECOMES_GET = {301: ("POST",), 302: ("POST",), 303: ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
"""Methods that a redirect turns into GET, without the body: as RFC 9110 says, and as browsers do."""
_PRIVATE = frozenset({"cookie", "host"})


class Header(NamedTuple):
    """One line of a request; a private one is for the origin that it was configured for alone."""

    name: str
    value: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without its Host, which its sender knows."""

    method: str
    url: Url
    headers: tuple[Header, ...] = ()
    body: bytes = b""


def first(options: HttpOptions, url: Url) -> Request:
    """The request that the options ask for."""
    own = [_own(name, value) for name, value in options.headers.items()]
    said = {header.name.lower() for header in own}
    common = (Header("User-Agent", AGENT), Header("Accept", "*/*"), Header("Accept-Encoding", "identity"))
    headers = [header for header in common if header.name.lower() not in said] + own
    if options.basic_auth:
        pair = f"{options.basic_auth.username}:{options.basic_auth.password.reveal()}"
        headers.append(Header("Authorization", f"Basic {b64encode(pair.encode()).decode()}", private=True))
    elif options.bearer and options.bearer.reveal():
        headers.append(Header("Authorization", f"Bearer {options.bearer.reveal()}", private=True))
    return Request(options.method, url, tuple(headers), (options.body or "").encode())


def _own(name: str, value: str | Secret) -> Header:
    if isinstance(value, Secret):
        return Header(name, value.reveal(), private=True)
    return Header(name, value, private=name.lower() in _PRIVATE)


def location_of(status: int | None, headers: Sequence[tuple[str, str]]) -> str | None:
    """Where a redirect leads; None when the answer is none."""
    if status not in _REDIRECTS:
        return None
    return next((value for name, value in headers if name == "location"), None)


def redirected(asked: Sequence[Request], status: int, location: str, follow: int) -> Request | Failure:
    """The request after the redirect `status` to `location`; `asked` are those so far, oldest first.

    A redirect from https to http is not followed: it would send in the clear what was meant to be
    hidden. To another origin no Authorization, Cookie, Host or secret is taken along.
    """
    last, said = asked[-1], f"{status} to {quoted(location)}"
    try:
        url = last.url.join(location)
    except ValueError as error:
        return Failure(Reason.MISMATCH, f"{said}: {error}")
    if last.url.tls and not url.tls:
        return Failure(Reason.MISMATCH, f"{said}: not followed, since it leads from https to http")
    request = replace(last, url=url)
    if last.method in _BECOMES_GET.get(status, ()):
        request = replace(request, method="GET", body=b"")
    if url.origin != last.url.origin:
        request = replace(request, headers=tuple(one for one in last.headers if not one.private))
    if any((one.method, one.url) == (request.method, url) for one in asked):
        return Failure(Reason.MISMATCH, f"{said}: a loop of {len(asked)} redirects")
    if len(asked) > follow:
        return Failure(Reason.MISMATCH, f"{said}: more than {follow} redirect{'s' * (follow != 1)}")
    return request
