"""A first configuration from what this host has, for `init` and for `run` without a configuration.

`find` looks; `starter_text` writes, and is pure. What is measured has to be real: the resolvers that
this host uses lie behind its circuit, and most of them answer an echo request and a TCP connection.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from zoneinfo import ZoneInfo

from config.fields import SLUG
from config.light import STARTER_LEDGER

_RESOLVER_FILES = ("run/systemd/resolve/resolv.conf", "etc/resolv.conf")
"""systemd-resolved's list of those that it asks, then the usual one, which may name 127.0.0.53 alone."""
_MOST_TARGETS = 3
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Found:
    """What a host says of itself; an empty text or list where it says nothing."""

    host: str
    zone: str
    gateway: str
    resolvers: tuple[str, ...]

    def sentences(self) -> Iterator[str]:
        """What was found, line by line, for the person who runs `init`."""
        yield f"host name {self.host}"
        yield f"time zone {self.zone}" if self.zone else "no time zone: UTC is written"
        yield f"default gateway {self.gateway}" if self.gateway else "no default gateway"
        yield f"resolvers {', '.join(self.resolvers)}" if self.resolvers else "no resolver beyond this host"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the starter measures and why; `witness` is whether the gateway can tell our faults apart."""

    probes: dict[str, str]
    witness: bool
    reason: str


def find(root: Path = Path("/"), gateways: Sequence[str] | None = None, host: str | None = None) -> Found:
    """Look below `root`; `gateways` are the default gateways (None: ask the kernel), best first."""
    if gateways is None:
        gateways = _system_gateways(root)
    return Found(
        host=host or socket.gethostname(),
        zone=_zone(root),
        gateway=gateways[0] if gateways else "",
        resolvers=tuple(_resolvers(root)),
    )


def _system_gateways(root: Path) -> list[str]:
    from probes.resolve import system_gateways  # asyncio and more: not for those who bring gateways

    with suppress(OSError):
        return system_gateways(None, root / "proc/net")
    return []


def _zone(root: Path) -> str:
    """The IANA name that /etc/timezone or the link /etc/localtime gives."""
    candidates = []
    with suppress(OSError, UnicodeDecodeError):
        candidates.append((root / "etc/timezone").read_text().strip())
    with suppress(OSError):
        candidates.append(str((root / "etc/localtime").readlink()).partition("zoneinfo/")[2])
    return next((name for name in candidates if _is_zone(name)), "")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _resolvers(root: Path) -> Iterator[str]:
    """Resolvers beyond this host, in the system's order, each once."""
    seen = set[str]()
    for name in _RESOLVER_FILES:
        text = ""
        with suppress(OSError, UnicodeDecodeError):
            text = (root / name).read_text()
        for line in text.splitlines():
            words = line.split()
            if len(words) < 2 or words[0] != "nameserver" or words[1] in seen:
                continue
            address = _address(words[1])
            if address and not address.is_loopback and not address.is_unspecified:
                seen.add(words[1])
                yield words[1]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def plan(found: Found) -> Plan:
    """What there is to measure: resolvers behind the gateway, else the gateway, else this host."""
    beyond = [one for one in found.resolvers if one != found.gateway]
    beyond.sort(key=lambda one: not (ip_address(one).is_global))  # stable: public ones first
    if beyond:
        targets = beyond[:_MOST_TARGETS]
        probes = {f"dns{number}": _tcp(one) for number, one in enumerate(targets, 1)}
        probes["ping"] = f'{{icmp: "{targets[0]}"}}'
        what = "the resolvers of this host lie beyond its gateway and are real targets"
        return Plan(probes, bool(found.gateway), what if found.gateway else "the resolvers are real targets")
    if found.gateway:
        return Plan({"gateway": "{icmp: gateway}"}, False, "nothing beyond the default gateway is known")
    return Plan({"self": f"{{icmp: {_LOOPBACK}}}"}, False, "this host knows no other: it measures itself")


def _tcp(address: str) -> str:
    return f'{{tcp: "[{address}]:53"}}' if ":" in address else f'{{tcp: "{address}:53"}}'


def starter_text(found: Found, ledger: Path = STARTER_LEDGER) -> str:
    """A configuration in YAML that passes `check` without an error; `ledger` is where it keeps its ledger."""
    planned = plan(found)
    site = slug_of(found.host)
    witness, why = witness_of(planned.witness)
    all_of_them, first = ", ".join(planned.probes), next(iter(planned.probes))
    probes = "\n".join(f"      {name}: {text}" for name, text in planned.probes.items())
    judges = f"{{availability: [{all_of_them}], rtt: [{first}], loss: [{first}], jitter: [{first}]}}"
    judged_by = f"    up_when: any\n    judged_by: {judges}\n"
    return _TEXT.format(
        reason=planned.reason,
        site=site,
        ledger=ledger,
        zone=found.zone or "UTC",
        witness=witness,
        why=why,
        judged_by=judged_by if len(planned.probes) > 1 else "",
        probes=probes,
    )


def witness_of(gateway: bool) -> tuple[str, str]:
    """A site's `reference`, and a comment on it; `gateway` is whether one can tell our faults apart."""
    if gateway:
        why = "# the default gateway is ours: without its answer a silence is nobody's fault"
        return "[{icmp: gateway, owner: ours}]", why
    return "none", "# nobody to tell our faults from the carrier's: every failure counts"


def slug_of(host: str) -> str:
    """A host's name as the name of a site."""
    name = re.sub(r"[^a-z0-9_-]+", "-", host.lower().partition(".")[0]).strip("-_")
    return name if re.match(SLUG, name) else "here"


_TEXT = """\
# A first configuration, made from what this host has. Every key is described in docs/config.md.
# Check it with:   linkledger check
# Then run it with: linkledger run

site: {site}                    # where this host stands

ledger:
  path: {ledger}    # relative to this file

web:
  listen: 127.0.0.1:9850        # the page and /metrics, for this host alone

# outputs:                      # push every round to a store that takes line protocol as well
#   influxdb:
#     central: {{url: "http://127.0.0.1:8086", api: v2, org: ops, token: {{env: INFLUX_TOKEN}}}}

sites:
  {site}:
    timezone: {zone}
    {why}
    reference: {witness}

carriers:
  my-carrier: {{name: My carrier}}        # change it: who sells you the circuit

circuits:
  my-circuit:                             # change it: the name that reports and metrics use
    carrier: my-carrier
    site: {site}
    contract: house-goal
{judged_by}    # {reason};
    # add the carrier's own end of the line as soon as you know its address
    probes:
{probes}

contracts:
  house-goal:                   # not what your carrier promised: put its numbers here
    carrier: my-carrier
    effective: 2020-01-01
    timezone: {zone}
    currency: USD
    period: calendar_month
    denominator: elapsed
    outage:
      down: {{loss_above: 50%, for: 60s, clear: 60s}}
      clock: {{start: measured, end: restored}}
      across_periods: split
    unknown: {{policy: exclude}}
    objectives:
      availability: {{target: ">= 99.9%"}}
      rtt: {{stat: mean, of: samples, lost: ignore, target: "<= 100ms"}}
      loss: {{target: "<= 1%"}}
      jitter: {{definition: ipdv_mean, target: "<= 30ms"}}
"""
