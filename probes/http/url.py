"""A URL, in the one form that it is kept and asked for in (RFC 3986). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urljoin

from probes.resolve import check_host

PORTS = {"http": 80, "https": 443}
_LONGEST = 8_000
"""RFC 9110 section 4.1 asks for at least this much."""
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?"
)
_AUTHORITY = re.compile(r"(?:\[(?P<literal>[^\[\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{0,5}))?")
_UNFIT = re.compile(r"[\x00-\x20\x7f]")
_KEPT = "!$%&'()*+,/:;=?@[]~"
"""What stands in a path or query as it is, beside letters and digits."""


@dataclass(frozen=True, slots=True)
class Url:
    """`host` is a literal or a name in ASCII, `path` what is asked for: with the query, never empty."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an absolute URL; raises ValueError that says what is wrong. The fragment goes."""
        if len(text) > _LONGEST:
            raise ValueError(f"a URL of {len(text)} characters is too long: at most {_LONGEST}")
        if _UNFIT.search(text):
            raise ValueError("a URL holds no spaces and no control characters: write %20")
        match = _URL.fullmatch(text)
        scheme = match["scheme"].lower() if match else ""
        if not match or scheme not in PORTS:
            raise ValueError("is not a URL such as https://example.net/health or http://[2001:db8::1]:8080/")
        if "@" in match["authority"]:
            raise ValueError("the URL holds a user or a password: these go into basic_auth")
        host, port = _host_and_port(match["authority"], PORTS[scheme])
        path = (match["path"] or "/") + (match["query"] or "")
        return cls(scheme, host, port, quote(path, safe=_KEPT, errors="replace"))

    @property
    def tls(self) -> bool:
        """Whether it is asked for over TLS."""
        return self.scheme == "https"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port (RFC 6454 section 4): what may see our secrets."""
        return self.scheme, self.host, self.port

    def authority(self, host: str | None = None) -> str:
        """Host and port as a Host header has them, with `host` instead where it is given."""
        name, _, _ = (host or self.host).partition("%")  # a zone is our own business: RFC 6874 section 1
        literal = f"[{name}]" if ":" in name else name
        return literal if self.port == PORTS[self.scheme] else f"{literal}:{self.port}"

    def join(self, location: str) -> Url:
        """Where a Location header leads from here; raises ValueError."""
        return Url.parse(urljoin(str(self), location))

    def __str__(self) -> str:
        zone = self.host.partition("%")[2]
        authority = self.authority().replace("]", f"%25{zone}]") if zone else self.authority()
        return f"{self.scheme}://{authority}{self.path}"


def _host_and_port(authority: str, default: int) -> tuple[str, int]:
    match = _AUTHORITY.fullmatch(authority)
    if not match:
        raise ValueError(f"{authority!r} is not a host and a port, such as example.net or [2001:db8::1]:8080")
    port = int(match["port"] or default)
    if not 0 < port < 65_536:
        raise ValueError(f"{port} is not a port: 1 to 65535")
    if match["literal"] is None:
        return check_host(match["name"]), port
    host = check_host(match["literal"].replace("%25", "%", 1))
    if ":" not in host:
        raise ValueError(f"{authority!r}: brackets are for IPv6 addresses")
    return host, port
