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
    prices: tuple[tuple[str, str, str], ...] = ()
    """What it asks for a service of a bandwidth a month."""


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
    use: tuple[float, float] = (1.0, 1.0)
    """How much of what is usual it carries, at the year's begin and at its end."""
    commit: str = ""
    """The rate that is paid for whether used or not; empty: the line has none."""
    kilometres: int = 0
    """How far its far end is along the way; 0: nobody knows."""
    diverse_from: str = ""
    """The line that it was bought to stand in for."""
    term: str = ""
    """How long it is bought, as the configuration says it; empty: from month to month."""

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
    Company(
        *("alder", "Alder Telecom (made up)", "A-4711", "ALD", "+44 20 7946 0101"),
        prices=(
            ("dia", "200M", "690.00 EUR"),
            ("dia", "500M", "1150.00 EUR"),
            ("dia", "1G", "1690.00 EUR"),
        ),
    ),
    Company(
        *("basalt", "Basalt Networks (made up)", "88-0421", "BAS", "+44 20 7946 0202"),
        prices=(
            ("dia", "100M", "520.00 EUR"),
            ("dia", "200M", "760.00 EUR"),
            ("dia", "500M", "1180.00 EUR"),
            ("dia", "1G", "1750.00 EUR"),
        ),
    ),
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

_USE = {
    "fra-alder-dia": (0.42, 0.74),
    "par-basalt-dia": (0.5, 0.62),
    "sto-basalt-dia": (0.16, 0.17),
    "mil-basalt-dia": (0.95, 0.95),
}
_OFFICES = (0.52, 0.55)
"""Internet access is bought with room."""
_COMMIT = {
    "fra-alder-dia": "300M",
    "par-basalt-dia": "400M",
    "sto-basalt-dia": "250M",
    "mil-basalt-dia": "200M",
}
_KILOMETRES = {
    "lon-alder-wave": 930,
    "fra-alder-wave": 930,
    "ams-alder-wave": 470,
    "nyc-alder-wave": 6500,
    "lon-alder-dia": 210,
    "par-alder-dia": 305,
    "par-basalt-dia": 370,
    "fra-alder-dia": 145,
    "ams-alder-dia": 175,
    "mad-alder-dia": 530,
    "mil-alder-dia": 455,
    "mil-basalt-dia": 555,
    "zrh-alder-dia": 325,
    "zrh-basalt-dia": 420,
    "sto-basalt-dia": 520,
    "hel-basalt-dia": 685,
    "nyc-alder-dia": 285,
    "sin-alder-dia": 280,
    "sin-basalt-dia": 460,
}
_OUTAGES = {("alder", "dia"): 1.5, ("basalt", "dia"): 6.0}
"""Of internet access one of the two is the better."""
_DIVERSE = {"ber-cinnabar-broadband": "ber-basalt-mpls", "syd-cinnabar-lte": "syd-basalt-mpls"}

_TERMS = {"alder": "until: 2027-09-30, notice: 90d, renews: 12mo", "basalt": "until: 2026-12-31, notice: 90d"}
_OWN_TERMS = {
    "lon-alder-wave": "until: 2026-03-31, notice: 60d, renews: 12mo",
    "dub-basalt-mpls": "until: 2026-09-30, notice: 90d, renews: 12mo",
    "sto-cinnabar-broadband": "until: 2026-02-15, notice: 30d, renews: 1mo",
    "man-basalt-mpls": "until: 2026-03-31, notice: 60d, renews: 12mo",
    "sto-basalt-dia": "until: 2026-05-31, notice: 90d, renews: 12mo",
    "par-basalt-dia": "until: 2026-06-30, notice: 90d, renews: 12mo",
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
    name = f"{site[:3]}-{carrier}-{service}"
    return Line(
        id=name,
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
        outages=_OUTAGES.get((carrier, service), outages),
        minutes=minutes,
        number=number,
        measured_load=load and number % 3 != 0,
        use=_USE.get(name, _OFFICES if service == "dia" else (1.0, 1.0)),
        commit=_COMMIT.get(name, ""),
        kilometres=_KILOMETRES.get(name, 0),
        diverse_from=_DIVERSE.get(name, ""),
        term=_OWN_TERMS.get(name, _TERMS.get(carrier, "")),
    )
