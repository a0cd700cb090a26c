"""What the configuration adds to the rules: carriers and contracts as series, and thresholds. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from collector.rules.phrases import CARRIER
from collector.rules.promises import MONTH_SECONDS, PERIOD
from collector.rules.rule import Recording
from config.contract import Contract
from config.periods import AnniversaryYear, MeanOfMonths, Trailing
from config.settings import Settings

DAY_SECONDS = 86_400
_CALENDAR = {"calendar_quarter": 91 * DAY_SECONDS, "calendar_year": 365 * DAY_SECONDS}
DEFAULT_EVERY_SECONDS = 10
STALE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a configuration is in the rules; as it stands, those of no configuration."""

    carrier_facts: tuple[Recording, ...] = ()
    periods: tuple[Recording, ...] = ()
    sites: tuple[str, ...] = ()
    """Those that have circuits."""
    carriers: tuple[str, ...] = ()
    slowest_every_seconds: int = DEFAULT_EVERY_SECONDS
    """Of the probes that may call a circuit down."""
    stale_seconds: int = STALE_SECONDS
    url: str = ""
    """How people reach the page."""


def facts_of(settings: Settings, day: date) -> Facts:
    """Those of a configuration as it stands on a day."""
    probes = [probe for one in settings.circuits.values() for probe in one.probes.values()]
    judging = [probe for probe in probes if probe.kind not in ("snmp", "path")] or probes
    slowest = max((_every_seconds(probe) for probe in probes), default=DEFAULT_EVERY_SECONDS)
    return Facts(
        carrier_facts=tuple(_carriers(settings)),
        periods=tuple(_contracts(settings, day)),
        sites=tuple(sorted({one.site for one in settings.circuits.values()})),
        carriers=tuple(settings.carriers),
        slowest_every_seconds=max(map(_every_seconds, judging), default=DEFAULT_EVERY_SECONDS),
        stale_seconds=max(STALE_SECONDS, 3 * slowest),
        url=settings.web.url or "",
    )


def period_seconds(contract: Contract, day: date) -> int:
    """About how long a period of the contract is: for shares of it, never for money."""
    match contract.terms_on(day).period:
        case "calendar_quarter" | "calendar_year" as name:
            return _CALENDAR[name]
        case AnniversaryYear():
            return _CALENDAR["calendar_year"]
        case Trailing(trailing=length):
            return length.ms // 1000
        case MeanOfMonths(mean_of_months=months):
            return months * MONTH_SECONDS
        case _:
            return MONTH_SECONDS


def _every_seconds(probe: object) -> int:
    every = getattr(getattr(probe, "options", None), "every", None)
    return -(-every.ms // 1000) if every is not None else DEFAULT_EVERY_SECONDS


def _carriers(settings: Settings) -> Iterator[Recording]:
    for name, carrier in settings.carriers.items():
        known = {
            "carrier": name,
            "name": carrier.name,
            "account": carrier.account,
            "noc_phone": carrier.noc.phone,
            "noc_mail": carrier.noc.mail,
            "portal": carrier.noc.portal,
        }
        labels = {key: " ".join(value.split()) for key, value in known.items() if value and value.strip()}
        yield Recording(CARRIER, "vector(1)", labels)


def _contracts(settings: Settings, day: date) -> Iterator[Recording]:
    for name, contract in settings.contracts.items():
        yield Recording(PERIOD, f"vector({period_seconds(contract, day)})", {"contract": name})
