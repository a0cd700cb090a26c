"""Measures one thing once. Knows no YAML, no storage, no metric names.

`PROBES` names each kind's class; it is imported only when a configuration uses it, because all of
them together cost a second of start-up. A new probe is one file, one line here, one test file and
one pair of fixtures.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from probes.model import ProbeKind

PROBES = {
    "icmp": "probes.icmp.engine:IcmpEngine",
    "tcp": "probes.tcp:TcpProbe",
    "http": "probes.http.probe:HttpProbe",
    "snmp": "probes.snmp.probe:SnmpProbe",
    "dns": "probes.dns.probe:DnsProbe",
    "path": "probes.path.probe:PathProbe",
}


ASIDE = frozenset({"snmp", "path"})
"""Kinds that tell of a circuit beside its traffic: they judge it only where they are named, or alone."""


def judging(kinds: Mapping[str, str]) -> tuple[str, ...]:
    """The probes that judge where nobody says which (`kinds`: name -> kind)."""
    return tuple(name for name, kind in kinds.items() if kind not in ASIDE) or tuple(kinds)


def probe_kind(kind: str) -> type[ProbeKind]:
    """The class that measures `kind`; raises KeyError when there is none."""
    module, _, name = PROBES[kind].partition(":")
    found: type[ProbeKind] = getattr(import_module(module), name)
    return found
