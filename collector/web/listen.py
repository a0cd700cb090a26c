"""Where the web server listens, and whether it may listen there. Pure."""

from __future__ import annotations

import re
from ipaddress import ip_address

from collector.web.webconfig import WebConfig
from config.settings import WebSettings

_LISTEN = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[^\[\]:/\s]*)):(?P<port>\d{1,5})")


def parse(listen: str) -> tuple[str, int]:
    """`127.0.0.1:9850`, `[::1]:9850` or `:9850` (every address: host is empty); raises ValueError."""
    match = _LISTEN.fullmatch(listen)
    if not match or int(match["port"]) > 65_535:
        raise ValueError(
            f"web.listen is {listen!r}; right is ADDRESS:PORT such as 127.0.0.1:9850, [::1]:9850 or :9850"
        )
    return match["six"] or match["host"], int(match["port"])


def objection(web: WebSettings, config: WebConfig) -> str:
    """Why this address may not be served so, with what to do; empty when it may."""
    host, _ = parse(web.listen)
    if web.public or config.authenticates or _is_loopback(host):
        return ""
    return (
        f"web.listen is {web.listen}, which others can reach, and nobody would have to log in: "
        "name a web.config_file with basic_auth_users or verified client certificates, listen on "
        "127.0.0.1, or accept it with web.public: true"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False  # a name may resolve to anything, now or later
