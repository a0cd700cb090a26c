"""Whose name a note bears: who logged in, whose certificate was shown, or who sits at this very host.

Nobody else writes: a note without a name is worth nothing in a dispute.
"""

from __future__ import annotations

import pwd
import socket
import struct
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from collector.web.webconfig import WebConfig

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_PROXIED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_ESTABLISHED = "01"

USER = web.RequestKey("user", str)
"""Who has logged in with a password."""
STRANGER = web.RequestKey("stranger", bool)
"""Set where somebody is let in without the login that others need."""

End = tuple[str, int]
"""An address without its scope, and a port."""


def named(request: web.Request) -> str:
    """Who has proven to be who: the user of the password, else the name in the certificate; or empty."""
    return request.get(USER) or _certified(request)


def ends(request: web.Request, config: WebConfig) -> tuple[End, End] | None:
    """Both ends of a connection whose far end's Unix login may speak for it; None where it may not.

    Only where nobody has to log in, from this very host, without a proxy between, and asked for by a
    loopback name: under another one a stranger's page may be asking in its reader's browser.
    """
    transport = request.transport
    if config.authenticates or transport is None or any(name in request.headers for name in _PROXIED):
        return None
    peer, ours = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    if not peer or not ours or not is_loopback(host_asked(request)) or not is_loopback(peer[0]):
        return None
    return (peer[0], peer[1]), (ours[0], ours[1])


def login_of(both: tuple[End, End] | None, tables: Iterable[Path] = TABLES) -> str:
    """The Unix login whose socket has these ends (its own, ours), by the kernel's tables; else empty.

    Reads files: not for the event loop.
    """
    if both is None:
        return ""
    for table in tables:
        try:
            uid = owner(table.read_text().splitlines(), *both)
        except OSError:
            continue
        if uid is not None:
            return _login(uid)
    return ""


def owner(lines: Iterable[str], theirs: End, ours: End) -> int | None:
    """The uid of the established socket with these ends in a table such as /proc/net/tcp (proc(5))."""
    wanted = {(local, remote) for local in _written(theirs) for remote in _written(ours)}
    for line in lines:
        fields = line.split()
        if len(fields) > 9 and fields[3] == _ESTABLISHED and (fields[1], fields[2]) in wanted:
            return int(fields[7])
    return None


def _written(end: End) -> tuple[str, ...]:
    """An end as the kernel writes it: 32-bit words in the machine's order, as hexadecimal.

    An IPv4 end may stand among those of IPv6, as ::ffff:a.b.c.d.
    """
    address = ip_address(end[0].split("%")[0])
    mapped = address.ipv4_mapped if address.version == 6 else address
    forms = [address.packed]
    if mapped is not None:
        forms = [mapped.packed, socket.inet_pton(socket.AF_INET6, f"::ffff:{mapped}")]
    return tuple(
        "".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", form)) + f":{end[1]:04X}"
        for form in forms
    )


def _login(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _certified(request: web.Request) -> str:
    shown = request.get_extra_info("peercert") or {}
    common = [value for part in shown.get("subject", ()) for key, value in part if key == "commonName"]
    return str(next(iter((*common, *(name for _, name in shown.get("subjectAltName", ())))), ""))


def host_asked(request: web.BaseRequest) -> str:
    """The name or address of this server that a request was sent to, without its port; empty: none."""
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a name or address can only be this very host."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host.split("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if address.version == 6 else None
    return (mapped or address).is_loopback
