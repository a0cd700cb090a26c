"""What the configuration adds to the rules: carriers as series, sites, and times that must hold. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collector.rules.phrases import CARRIER
from collector.rules.rule import Recording
from config.settings import Settings

DEFAULT_EVERY_SECONDS = 10
STALE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a configuration is in the rules; as it stands, those of no configuration."""

    carrier_facts: tuple[Recording, ...] = ()
    sites: tuple[str, ...] = ()
    """Those that have circuits."""
    carriers: tuple[str, ...] = ()
    slowest_every_seconds: int = DEFAULT_EVERY_SECONDS
    """Of the probes that may call a circuit down."""
    stale_seconds: int = STALE_SECONDS
    url: str = ""
    """How people reach the page."""


def facts_of(settings: Settings) -> Facts:
    """Those of a configuration."""
    probes = [probe for one in settings.circuits.values() for probe in one.probes.values()]
    judging = [probe for probe in probes if probe.kind not in ("snmp", "path")] or probes
    slowest = max((_every_seconds(probe) for probe in probes), default=DEFAULT_EVERY_SECONDS)
    return Facts(
        carrier_facts=tuple(_carriers(settings)),
        sites=tuple(sorted({one.site for one in settings.circuits.values()})),
        carriers=tuple(settings.carriers),
        slowest_every_seconds=max(map(_every_seconds, judging), default=DEFAULT_EVERY_SECONDS),
        stale_seconds=max(STALE_SECONDS, 3 * slowest),
        url=settings.web.url or "",
    )


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
