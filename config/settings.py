"""What a configuration says, as frozen values. How the text is read is load.py's business.

Every field's description is the config reference (docs/config.md is generated from here), and the
JSON Schema that `linkledger check --schema` prints is made from these models too (schema.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, field_validator, model_validator

from config.analysis import AnalysisSettings
from config.contract import Contract
from config.dated import Dated, Fact
from config.fields import (
    Amount,
    Country,
    Day,
    Distance,
    Labels,
    Listen,
    Money,
    PointInTime,
    Span,
    Switch,
    Url,
    Zone,
)
from config.kpis import Kpi
from config.maintenance import MaintenanceWindow
from config.model import Model
from config.outputs import OutputSettings
from config.prices import Price
from config.reports import ReportSettings
from config.scorecard import ScorecardSettings
from config.terms import problem
from probes import judging
from probes.model import NO_VIA, ProbeOptions, Via
from probes.snmp.credentials import Credentials
from probes.values import Duration, Rate, Secret, Size

Names = tuple[str, ...]
SHORTEST_KEY = 16


class LedgerSettings(Model):
    """Where measurements are kept and for how long."""

    path: Path = Field(Path("/var/lib/linkledger/ledger.db"), description="the ledger's file")
    keep: Duration = Field(Duration.parse("400d"), description="how long raw rounds are kept")
    max_bytes: Size = Field(Size.parse("20G"), description="drop the oldest hours when the file holds more")


class WebSettings(Model):
    """The page, /metrics and the health checks."""

    listen: Listen = Field(
        "127.0.0.1:9850", description="address and port; another than loopback needs auth or `public`"
    )
    config_file: Path | None = Field(
        None, description="TLS and basic auth, in Prometheus's exporter-toolkit format"
    )
    public: Switch = Field(False, description="listen beyond loopback without auth")
    reload: Switch = Field(False, description="allow POST /-/reload")
    url: Url | None = Field(
        None, description="how people reach the page: in links of notices, reports, alerts and feedback"
    )
    feedback_key: Secret | None = Field(
        None,
        description="16 characters or more: makes the links by which people without a login give feedback; "
        "left out: only who may see the page may",
    )

    @field_validator("feedback_key")
    @classmethod
    def _long_enough(cls, key: Secret | None) -> Secret | None:
        if key is not None and 0 < len(key.reveal()) < SHORTEST_KEY:
            raise ValueError(f"is shorter than {SHORTEST_KEY} characters: it could be guessed")
        return key


class DemoSettings(Model):
    """A ledger that was made up (`linkledger demo`): it is shown, and nothing is measured."""

    clock: PointInTime = Field(
        description="what time it is, for ever: 2025-12-31T23:59:00Z; the page and all commands obey"
    )


class TrapSettings(Model):
    """Where SNMP traps are taken. Anyone can forge one: they are kept as events, and decide nothing."""

    listen: Listen = Field(description="address and UDP port, such as 0.0.0.0:162")
    credentials: Names = Field((), description="keys of `credentials`: whose traps are taken")


class ProbeSettings(Model):
    """One probe as configured: the key that names the kind holds the target."""

    name: str
    kind: str
    address: str
    options: SerializeAsAny[ProbeOptions]
    proves: Literal["path", "service"] = "path"


class Reference(Model):
    """A target that tells whose fault a silence is."""

    probe: ProbeSettings
    owner: Literal["ours", "carrier"] = Field(
        description="whose it is; a failed round is evidence only while one of ours answers"
    )
    carrier: str | None = Field(
        None, description="a key of `carriers`, for a carrier's; left out: that of the circuits it covers"
    )
    covers: Names | None = Field(None, description="the circuits it speaks for; left out: all of the site")


class Site(Model):
    """A place with circuits."""

    timezone: Zone = Field(description="IANA zone for display")
    country: Country | None = Field(None, description="ISO 3166 code")
    hosts: Names = Field((), description="host names that stand at this site")
    labels: Labels = Field({}, description="free labels; those of `defaults` are added")
    reference: tuple[Reference, ...] | None = Field(
        (),
        description="targets that tell our faults from the carrier's; "
        "`none` accepts that failures count without a witness",
    )


class Noc(Model):
    """How to reach a carrier's desk."""

    mail: str | None = Field(None, description="mail address")
    phone: str | None = Field(None, description="telephone")
    portal: str | None = Field(None, description="ticket portal")


class Carrier(Model):
    """Who sells circuits."""

    name: str = Field(description="as it stands on the contract")
    account: str | None = Field(None, description="our account number there")
    noc: Noc = Field(Noc(), description="whom to call")
    prices: tuple[Price, ...] = Field(
        (), description="its price list, by service and bandwidth: what another tier would cost"
    )


class Active(Model):
    """When a circuit is in service."""

    start: Day | None = Field(None, alias="from", description="first day in service")
    until: Day | None = Field(None, description="last day in service")


class Term(Model):
    """How long the contract binds."""

    until: Day | None = Field(None, description="last day of the term")
    notice: Span | None = Field(None, description="how long before it must be cancelled, e.g. 90d")
    renews: Span | None = Field(None, description="for how long it renews, e.g. 12mo")


class Bandwidth(Model):
    """What was bought."""

    down: Rate | None = Field(None, description="towards us")
    up: Rate | None = Field(None, description="away from us")
    commit: Rate | None = Field(None, description="the committed rate of a burstable port")


class AtLeast(Model):
    """So many of the judging probes."""

    at_least: int = Field(ge=1, description="up when so many are up")


def _up_when(value: object) -> object:
    if isinstance(value, Mapping):
        return AtLeast.model_validate(value)
    if value in ("any", "all") or isinstance(value, AtLeast):
        return value
    raise ValueError(f"{value!r} is not any, all or {{at_least: N}}")


def _loss(value: object) -> object:
    if value == "least" or isinstance(value, list | tuple):
        return value
    raise ValueError(f"{value!r} is not a list of probes such as [pe, far], or least")


UpWhen = Annotated[Literal["any", "all"] | AtLeast, BeforeValidator(_up_when)]


class JudgedBy(Model):
    """Which probes answer which question; required where more than one could."""

    availability: Names | None = Field(None, description="probes that decide up and down")
    rtt: Names | None = Field(None, description="probes whose RTTs count")
    loss: Annotated[Names | Literal["least"], BeforeValidator(_loss)] | None = Field(
        None, description="probes whose losses count; `least`: a slot's loss is the smallest over its probes"
    )
    jitter: Names | None = Field(None, description="probes whose delay variation counts; else those of rtt")


NO_ONE = JudgedBy.model_construct(availability=None, rtt=None, loss=None, jitter=None)


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts of a circuit as they stand on one day; `able` are the probes that may judge."""

    carrier: str
    contract: str | None
    monthly_charge: Money | None
    bandwidth: Bandwidth | None
    up_when: Literal["any", "all"] | AtLeast
    judged_by: JudgedBy
    able: Names

    def judges(self) -> JudgedBy:
        """Which probes answer which question: those named, else all whose kind may."""
        named = self.judged_by
        rtt = named.rtt or self.able
        return JudgedBy(
            availability=named.availability or self.able,
            rtt=rtt,
            loss=named.loss or self.able,
            jitter=named.jitter or rtt,
        )

    def judging(self) -> frozenset[str]:
        """The probes that answer any question at all."""
        judges = self.judges()
        loss = self.able if judges.loss == "least" else judges.loss
        return frozenset(
            [*(judges.availability or ()), *(judges.rtt or ()), *(loss or ()), *(judges.jitter or ())]
        )


FACTS = ("carrier", "contract", "monthly_charge", "bandwidth", "up_when", "judged_by")
"""The facts of a circuit that may be dated."""


def _unbroken(fact: Dated[Any]) -> Dated[Any]:
    if len(fact.values) < len(fact.entries):
        raise ValueError("one of the values is missing: this always has one")
    return fact.since_ever()


_since_ever = AfterValidator(_unbroken)


def _leaves_from(via: Via) -> Via:
    try:
        ip_address(via.source or "::")
    except ValueError:
        raise problem(via, (("source",), f"{via.source!r} is no IPv4 or IPv6 address")) from None
    return via


_a_name_alone = BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)


class Circuit(Model):
    """One line from one carrier at one site.

    `carrier`, `contract`, `monthly_charge`, `bandwidth`, `up_when` and `judged_by` take a value or
    `[{from: DATE, value: V}, ...]`. A carrier, `up_when` and `judged_by` hold from the beginning,
    whatever the date of the first.
    """

    carrier: Annotated[Fact[str], _since_ever] = Field(description="a key of `carriers`")
    carrier_id: str | None = Field(None, description="the carrier's own identifier")
    site: str = Field(description="a key of `sites`")
    contract: Fact[str] = Field(
        Dated(), description="a key of `contracts`; without one it is measured, not judged"
    )
    service: str | None = Field(None, description="free word for fair comparison: dia, mpls, wave ...")
    monthly_charge: Fact[Amount] = Field(Dated(), description="amount and currency, e.g. 1200.00 USD")
    access_charge: Amount | None = Field(
        None, description="a month's charge for the access line, where a credit pays of it (`base: access`)"
    )
    port_charge: Amount | None = Field(
        None, description="a month's charge for the port, where a credit pays of it (`base: port`)"
    )
    one_time_charge: Amount | None = Field(
        None, description="the charge for delivery, which a late delivery pays of"
    )
    due: Day | None = Field(None, description="the day on which it was to be delivered")
    delivered: Day | None = Field(None, description="the day on which it was")
    active: Active = Field(
        Active.model_construct(start=None, until=None), description="when it is in service"
    )
    term: Term | None = Field(None, description="how long the contract binds")
    distance: Distance | None = Field(
        None, description="how far its far end is along the way, e.g. 340km: its RTT is compared with light's"
    )
    diverse_from: Names = Field(
        (), description="circuits that it must not fail together with: bought to run another way"
    )
    bandwidth: Fact[Bandwidth] = Field(Dated(), description="what was bought")
    via: Annotated[Via, AfterValidator(_leaves_from)] = Field(
        NO_VIA, description="which way all its probes leave"
    )
    up_when: Annotated[Fact[UpWhen], _since_ever] = Field(
        Dated.always("any"), description="any, all or {at_least: N} of the probes that judge availability"
    )
    judged_by: Annotated[Fact[JudgedBy], _since_ever] = Field(
        Dated.always(NO_ONE), description="which probes answer which question"
    )
    labels: Labels = Field({}, description="free labels; those of `defaults` are added")
    kit: Annotated[Names, _a_name_alone] = Field(
        (), exclude=True, description="keys of `kits`: probes that it shares with others"
    )
    probes: Mapping[str, ProbeSettings] = Field(description="what measures it, by name")

    def on(self, day: date) -> Standing:
        """Its facts as they stand on a day (of its site's calendar)."""
        return Standing(
            carrier=self.carrier.at(day) or "",
            contract=self.contract.at(day),
            monthly_charge=self.monthly_charge.at(day),
            bandwidth=self.bandwidth.at(day),
            up_when=self.up_when.at(day) or "any",
            judged_by=self.judged_by.at(day) or NO_ONE,
            able=judging({name: probe.kind for name, probe in self.probes.items()}),
        )

    def days(self) -> frozenset[date]:
        """The days on which a fact of it changes."""
        facts: tuple[Dated[Any], ...] = tuple(getattr(self, name) for name in FACTS)
        return frozenset[date]().union(*(fact.days for fact in facts))

    @model_validator(mode="after")
    def _has_a_probe(self) -> Self:
        if not self.probes:
            raise ValueError("a circuit needs one probe at least")
        return self


class Settings(Model):
    """A whole configuration, checked."""

    site: str = Field(
        description="a key of `sites`: where this host stands; left out: the one that has it in `hosts`"
    )
    host: str = Field(description="this host's name, the tag `host`")
    ledger: LedgerSettings = Field(LedgerSettings(), description="where measurements are kept")
    web: WebSettings = Field(WebSettings(), description="the page and /metrics")
    outputs: OutputSettings = Field(OutputSettings(), description="where results are pushed to")
    reports: Mapping[str, ReportSettings] = Field({}, description="reports made on a schedule, by name")
    sites: Mapping[str, Site] = Field(description="places, by name")
    carriers: Mapping[str, Carrier] = Field(description="who sells circuits, by name")
    circuits: Mapping[str, Circuit] = Field(description="what is measured, by our id")
    contracts: Mapping[str, Contract] = Field({}, description="what was promised, by name")
    maintenance: tuple[MaintenanceWindow, ...] = Field((), description="planned windows; notes add more")
    kpis: Mapping[str, Kpi] = Field({}, description="key figures that are looked at on a rhythm, by name")
    scorecard: ScorecardSettings = Field(ScorecardSettings(), description="how carriers are rated")
    analysis: AnalysisSettings = Field(AnalysisSettings(), description="the nightly analysis")
    credentials: Mapping[str, Credentials] = Field(
        {}, repr=False, description="how to ask devices by SNMP, by name"
    )
    traps: TrapSettings | None = Field(
        None, description="take SNMP traps; left out: nothing listens for them"
    )
    demo: DemoSettings | None = Field(
        None, description="everything here is made up; written by `linkledger demo`"
    )
    digest: str = Field("", description="sha256 of all of the above but for secrets")

    def here(self) -> dict[str, Circuit]:
        """The circuits of this host's site, by id; in a demo those of all sites."""
        if self.demo is not None:
            return dict(self.circuits)
        return {name: circuit for name, circuit in self.circuits.items() if circuit.site == self.site}

    @property
    def zone(self) -> str:
        """By whose clocks days are told here: the IANA zone of this host's site; UTC where none is known."""
        here = self.sites.get(self.site)
        return here.timezone if here else "UTC"

    def zone_of(self, circuit: str) -> str:
        """The same for a circuit: the IANA zone of its site."""
        return self.sites[self.circuits[circuit].site].timezone
