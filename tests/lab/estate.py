"""An estate to measure: a site with circuits of several carriers, each with all that a circuit has.

    edge --cable-- our gateway ==line of a carrier== its far side      (a line for each carrier)

A carrier's far side answers for 198.18.K.0/24, K its number: an address a circuit, and on each a web
server, a name server and an SNMP agent with an interface named after the circuit's place.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.lab.lab import Host, Lab, Link
from tests.lab.wan import Wan
from tests.servers.far_side import COMMUNITY, INTERFACE, far_side

DELAY_MS = 5.0


@dataclass(frozen=True)
class Estate:
    """The networks; `lines`, and the process with the `servers` behind each, by carrier."""

    edge: Host
    cable: Link
    lines: dict[str, Wan | Link]
    servers: dict[str, subprocess.Popen[bytes]]
    circuits_a_carrier: int

    def configuration(self, **every: str) -> dict[str, Any]:
        """Every circuit as an ordinary estate has it: ICMP, TCP, HTTP, DNS and one interface by SNMP.

        `every` changes all probes alike, such as every="1s", timeout="800ms".
        """
        return {
            "site": "lab",
            "sites": {
                "lab": {"timezone": "UTC", "reference": [{"icmp": self.cable.addresses[1], "owner": "ours"}]}
            },
            "carriers": {name: {"name": name.title()} for name in self.lines},
            "credentials": {"core": {"version": "2c", "community": COMMUNITY}},
            "kits": {"wan": {name: {**probe, **every} for name, probe in KIT.items()}},
            "circuits": {
                f"{carrier}-{place:02}": {
                    "carrier": carrier,
                    "site": "lab",
                    "kit": "wan",
                    "cpe": address(number, place),
                    "judged_by": {"availability": ["pe"]},
                }
                for number, carrier in enumerate(self.lines)
                for place in range(self.circuits_a_carrier)
            },
        }


KIT: dict[str, dict[str, Any]] = {
    "pe": {"icmp": "{cpe}", "every": "10s", "packets": 10, "timeout": "2s"},
    "web": {"tcp": "{cpe}:80", "every": "30s"},
    "portal": {"http": "http://{cpe}/", "every": "60s"},
    "names": {"dns": "{cpe}", "query": "www.example.com", "every": "60s"},
    "port": {"snmp": "{cpe}", "credentials": "core", "interface": INTERFACE, "every": "60s"},
}


def address(carrier: int, place: int) -> str:
    """Of a circuit: `carrier` from 0, `place` from 0 to 249."""
    return f"198.18.{carrier}.{place + 1}"


@contextmanager
def estate(carriers: int, circuits_a_carrier: int, *, faults: bool) -> Iterator[Estate]:
    """The networks and what answers in them. With `faults` each line is a WAN, else a cable."""
    with Lab() as lab, ExitStack() as stack:
        edge, gateway = lab.host("edge"), lab.router("gw")
        cable = lab.link(edge, gateway)
        edge.route("default", cable)
        lines: dict[str, Wan | Link] = {}
        servers: dict[str, subprocess.Popen[bytes]] = {}
        for number in range(carriers):
            name = f"carrier{number}"
            far = lab.host(f"far{number}")
            line = lab.wan(name, gateway, far, delay_ms=DELAY_MS) if faults else lab.link(gateway, far)
            far.answer(f"198.18.{number}.0/24")
            gateway.route(f"198.18.{number}.0/24", line)
            far.route("default", line)
            addresses = [address(number, place) for place in range(circuits_a_carrier)]
            servers[name] = stack.enter_context(far_side(far, addresses))
            lines[name] = line
        yield Estate(edge, cable, lines, servers, circuits_a_carrier)
