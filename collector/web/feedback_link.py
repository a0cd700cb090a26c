"""The links by which people without a login say how it went: a site, and a token that only we can make.

A token is the first half of HMAC-SHA256 (RFC 2104) over the site's name under `web.feedback_key`.
Another key makes every link void.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from urllib.parse import quote

from config.settings import Settings

TOKEN_LENGTH = 32
"""Hex digits: 128 bits, which nobody guesses."""


def token(settings: Settings, site: str) -> str | None:
    """A site's token; None where `web.feedback_key` isn't set, or is empty."""
    key = settings.web.feedback_key
    if key is None or not key.reveal():
        return None
    return hmac.new(key.reveal().encode(), f"feedback:{site}".encode(), sha256).hexdigest()[:TOKEN_LENGTH]


def site_of(settings: Settings, site: str, given: str) -> str | None:
    """The site, where the token is its own; None for a wrong one, an unknown site, or without a key.

    Compared in constant time, also for a site that there isn't: how long it takes tells nothing.
    """
    right = token(settings, site)
    same = hmac.compare_digest((right or "-" * TOKEN_LENGTH).encode(), given.encode())
    return site if same and right is not None and site in settings.sites else None


def link(settings: Settings, site: str) -> str | None:
    """The address to hand out, under `web.url` where that is set; None without a key."""
    own = token(settings, site)
    if own is None:
        return None
    base = str(settings.web.url).rstrip("/") if settings.web.url else ""
    return f"{base}/feedback/{quote(site, safe='')}/{own}"
