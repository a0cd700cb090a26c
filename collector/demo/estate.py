"""Who and what there is in the made-up estate: places, carriers and lines. Nobody of them exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

SEED = 2025
CLOCK = "2025-12-31T23:59:00Z"
EVERY_MS, PACKETS = 60_000, 3
SNMP_EVERY_MS = 300_000
HOST = "demo"
DAY_MS = 86_400_000
END_MS = round(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
NOW_MS = END_MS - EVERY_MS
"""What the demo's clock says."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site; `gateway` is the address of its own reference."""

    id: str
    timezone: str
    country: str
    region: str
    gateway: str


@dataclass(frozen=True, slots=True)
class Company:
    """A carrier, and how it is reached."""

    id: str
    name: str
    account: str
    tickets: str
    """How its ticket numbers begin."""
    phone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A circuit and how it behaves on a good day.

    RTT and noise are in milliseconds, `loss` is the share of packets lost at rest, `busy_loss` what full
    load adds, `queue` the milliseconds that a busy hour adds; `outages` a year on average, half of them
    longer than `minutes`.
    """

    id: str
    site: str
    carrier: str
    service: str
    charge: str
    bandwidth: str
    rtt: float
    noise: float
    loss: float
    busy_loss: float
    queue: float
    outages: float
    minutes: float
    number: int
    measured_load: bool
    """Whether its interface is asked by SNMP."""

    @property
    def carrier_id(self) -> str:
        """The carrier's own name of it."""
        return f"{self.carrier[:2].upper()}/{self.service.upper()}/{40_000 + 137 * self.number}"


_PLACES = """\
lon-01 Europe/London GB emea
man-01 Europe/London GB emea
dub-01 Europe/Dublin IE emea
par-01 Europe/Paris FR emea
lyo-01 Europe/Paris FR emea
fra-01 Europe/Berlin DE emea
ber-01 Europe/Berlin DE emea
ams-01 Europe/Amsterdam NL emea
mad-01 Europe/Madrid ES emea
lis-01 Europe/Lisbon PT emea
mil-01 Europe/Rome IT emea
zrh-01 Europe/Zurich CH emea
vie-01 Europe/Vienna AT emea
war-01 Europe/Warsaw PL emea
sto-01 Europe/Stockholm SE emea
hel-01 Europe/Helsinki FI emea
nyc-01 America/New_York US amer
chi-01 America/Chicago US amer
sin-01 Asia/Singapore SG apac
syd-01 Australia/Sydney AU apac
"""

COMPANIES = (
    Company("alder", "Alder Telecom (made up)", "A-4711", "ALD", "+44 20 7946 0101"),
    Company("basalt", "Basalt Networks (made up)", "88-0421", "BAS", "+44 20 7946 0202"),
    Company("cinnabar", "Cinnabar Access (made up)", "CN-30077", "CIN", "+44 20 7946 0303"),
)

_LINES = """\
lon-01 alder dia 3.2
lon-01 alder wave 10.9
man-01 basalt mpls 22.4
man-01 cinnabar broadband 13.8
dub-01 basalt mpls 26.1
dub-01 cinnabar broadband 15.2
par-01 alder dia 4.8
par-01 basalt dia 6.1
lyo-01 basalt mpls 14.3
lyo-01 cinnabar broadband 17.6
fra-01 alder dia 2.1
fra-01 alder wave 10.9
ber-01 basalt mpls 9.4
ber-01 cinnabar broadband 12.7
ams-01 alder dia 2.6
ams-01 alder wave 6.3
mad-01 alder dia 8.7
mad-01 cinnabar broadband 19.3
lis-01 cinnabar broadband 21.5
lis-01 cinnabar lte 43.0
mil-01 alder dia 7.4
mil-01 basalt dia 9.5
zrh-01 alder dia 5.2
zrh-01 basalt dia 7.0
vie-01 basalt mpls 12.6
vie-01 cinnabar broadband 14.4
war-01 basalt mpls 19.2
war-01 cinnabar broadband 18.1
sto-01 basalt dia 8.8
sto-01 cinnabar broadband 11.9
hel-01 basalt dia 11.9
hel-01 cinnabar lte 39.0
nyc-01 alder dia 4.5
nyc-01 alder wave 68.2
chi-01 basalt mpls 98.3
chi-01 cinnabar lte 47.0
sin-01 alder dia 4.4
sin-01 basalt dia 7.7
syd-01 basalt mpls 268.0
syd-01 cinnabar lte 52.0
"""

_BEHAVIOUR = {
    # charge, bandwidth, noise, loss, busy loss, queue, outages, minutes, measured load
    "dia": ("1250.00", "500M", 0.25, 4e-5, 2e-4, 0.5, 2.5, 9.0, True),
    "wave": ("3800.00", "10G", 0.02, 2e-6, 0.0, 0.0, 0.5, 45.0, False),
    "mpls": ("980.00", "100M", 0.4, 8e-5, 6e-4, 1.8, 3.0, 12.0, False),
    "broadband": ("79.00", "250M", 1.1, 3e-4, 1.2e-2, 9.0, 9.0, 7.0, False),
    "lte": ("49.00", "50M", 5.0, 1.5e-3, 8e-3, 22.0, 14.0, 5.0, False),
}


def places() -> dict[str, Place]:
    """Every site by its id."""
    rows = (row.split() for row in _PLACES.splitlines())
    return {
        name: Place(name, zone, country, region, f"192.0.2.{number}")
        for number, (name, zone, country, region) in enumerate(rows, 1)
    }


def lines(most: int | None = None) -> list[Line]:
    """The first `most` circuits, or all."""
    rows = [row.split() for row in _LINES.splitlines()]
    return [_line(number, *row) for number, row in enumerate(rows[:most], 1)]


def _line(number: int, site: str, carrier: str, service: str, rtt: str) -> Line:
    charge, bandwidth, noise, loss, busy_loss, queue, outages, minutes, load = _BEHAVIOUR[service]
    return Line(
        id=f"{site[:3]}-{carrier}-{service}",
        site=site,
        carrier=carrier,
        service=service,
        charge=f"{Decimal(charge) * (90 + 5 * (number % 7)) / 100:.2f} EUR",
        bandwidth=bandwidth,
        rtt=float(rtt),
        noise=noise,
        loss=loss,
        busy_loss=busy_loss,
        queue=queue,
        outages=outages,
        minutes=minutes,
        number=number,
        measured_load=load and number % 3 != 0,
    )
