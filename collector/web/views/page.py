"""What all pages share: the frame, and how times, money, shares and links read.

A view prepares every text, and its template only places it: what a person reads is tested without HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from collector.circuits import Status
from collector.times import span
from collector.web import html
from collector.web.html import ENVIRONMENT
from collector.web.views.view import Asked, Banner, Drawn
from config.settings import Settings

SHAPES = {Status.UP: "▲", Status.DOWN: "▼", Status.UNKNOWN: "?"}
"""Beside the word and the colour, so that neither is needed alone (WCAG 1.4.1)."""
NAVIGATION = (
    ("/", "Circuits"),
    ("/carriers", "Carriers"),
    ("/claims", "Claims"),
    ("/performance", "Performance"),
    ("/notes", "Notes"),
    ("/feedback", "Feedback"),
    ("/reports", "Reports"),
    ("/host", "This host"),
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOMES = {"circuits": "/", "outages": "/"}
"""Under which of them an address stands that is none of them."""


def link(path: str, query: Mapping[str, Any] | None = None, **more: object) -> str:
    """A local address with its parameters, the later ones standing; empty ones are left out.

    The path's parts are quoted here: give names as they are.
    """
    given = {**(query or {}), **more}
    said = {key: str(value) for key, value in given.items() if value not in (None, "")}
    return quote(path, safe="/") + (f"?{urlencode(said)}" if said else "")


def local(*parts: str) -> str:
    """The path of parts, each quoted whole: a name with a slash in it stays one part."""
    return "/" + "/".join(quote(one, safe="") for one in parts)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as a person at the site reads it, and in UTC for everybody else."""

    local: str
    utc: str
    iso: str
    ago: str
    """How long ago it was; of a time that is ahead, how long until then."""
    ahead: bool = False

    @property
    def told(self) -> str:
        """`5 min ago`, `in 3 d 4 h`."""
        return f"in {self.ago}" if self.ahead else f"{self.ago} ago"


@dataclass(frozen=True, slots=True)
class Clocks:
    """Tells times on the clocks of sites."""

    settings: Settings
    now_ms: int
    here: str = ""
    """The site whose clock it is where none is named; empty: this host's."""

    def zone(self, site: str = "") -> ZoneInfo:
        """A site's zone; UTC of a site that isn't configured."""
        known = self.settings.sites.get(site or self.here or self.settings.site)
        return ZoneInfo(known.timezone if known else "UTC")

    def at(self, at_ms: int, site: str = "", zone: str = "") -> Moment:
        """A moment at a site, or in a zone such as the contract's."""
        at = datetime.fromtimestamp(at_ms // 1000, UTC)
        there, text = at.astimezone(ZoneInfo(zone) if zone else self.zone(site)), str(at)[:19]
        clock = f"{there:%H:%M:%S}" if there.second else f"{there:%H:%M}"  # :00 is noise to a reader
        return Moment(
            local=f"{there.day:02} {MONTHS[there.month - 1]} {there.year} {clock} {there.tzname()}",
            utc=f"{text} UTC",
            iso=f"{text.replace(' ', 'T')}Z",
            ago=span(abs(self.now_ms - at_ms) // 1000),
            ahead=at_ms > self.now_ms,
        )

    def maybe(self, at_ms: int | None, site: str = "", zone: str = "") -> Moment | None:
        """The same of a time that may not be known."""
        return None if at_ms is None else self.at(at_ms, site, zone)


def zones(timezone: str, now_ms: int) -> dict[str, str]:
    """What a zone's offsets are called, as the chart's own clock looks them up: `{"GMT-06:00": "CST"}`.

    Browsers know offsets, and names in some languages only: so both sides say the same.
    """
    there = ZoneInfo(timezone)
    days = (datetime.fromtimestamp(now_ms // 1000 - 86_400 * ago, there) for ago in range(0, 366, 15))
    named = {day.isoformat()[-6:]: f"{day:%Z}" for day in days}
    return {f"GMT{offset}": name for offset, name in named.items()}


def percent(ratio: float | Decimal | Fraction, places: int = 4) -> str:
    """A ratio as a percentage, cut and not rounded: 0.999999 must not read 100%."""
    return f"{_decimal(ratio, 100).quantize(Decimal(1).scaleb(-places), ROUND_DOWN)}%"


def promised(ratio: float | Decimal | Fraction) -> str:
    """A target as the contract writes it: `99.95%`."""
    return f"{_decimal(ratio, 100).normalize():f}%"


def money(amount: str | Decimal | Fraction | None, currency: str | None) -> str:
    """`1,200.00 USD`; empty where nothing can be said of it."""
    if amount is None:
        return ""
    told = _decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{told:,} {currency or ''}".rstrip()


def _decimal(value: str | float | Decimal | Fraction, times: int = 1) -> Decimal:
    if isinstance(value, Fraction):
        return Decimal(value.numerator * times) / Decimal(value.denominator)
    return (value if isinstance(value, Decimal) else Decimal(str(value))) * times


def wrong(banner: Banner) -> tuple[str, ...]:
    """What is wrong with the measuring; that a demo's is made up is said above everything already."""
    return tuple(one for one in banner.reasons if not (banner.made_up and one.startswith("demo:")))


def render(template: str, asked: Asked, settings: Settings, now_ms: int, **values: object) -> Drawn:
    """A page by its template's name; every value is escaped.

    The template gets `asked`, `settings`, `clocks`, `wrong`, `drawn` (the moment), `home` and what else is
    given; `title` stands in the browser's tab.
    """
    return Drawn(html.render(template, **_frame(asked, settings, now_ms), **values))


def pieces(template: str, asked: Asked, settings: Settings, now_ms: int, **values: object) -> Iterator[bytes]:
    """The same piece by piece, each drawn when it is asked for."""
    return html.pieces(template, **_frame(asked, settings, now_ms), **values)


def _frame(asked: Asked, settings: Settings, now_ms: int) -> dict[str, object]:
    clocks = Clocks(settings, now_ms)
    begin = "/" + asked.path.split("/")[1]
    return {
        "asked": asked,
        "banner": asked.banner,
        "settings": settings,
        "wrong": wrong(asked.banner),
        "clocks": clocks,
        "drawn": clocks.at(now_ms),
        "home": _HOMES.get(begin[1:], begin),
    }


def signs(text: str) -> str:
    """`>= 99.95%` as it is printed: `≥ 99.95%`."""
    return text.replace(">=", "≥").replace("<=", "≤")


ENVIRONMENT.globals.update(
    link=link,
    local=local,
    money=money,
    percent=percent,
    navigation=NAVIGATION,
    signs=signs,
    SHAPES=SHAPES,
    Status=Status,
)
