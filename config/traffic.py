"""What probes send and get in a month of thirty days: packets, and bytes with their IP headers.

A packet is 20 bytes of IPv4 (40 of IPv6) and what follows; link headers are not counted, nor are
names that are looked up, packets that are sent again, and what is measured but once (an SNMP device's
interfaces when it is first met). One round, each way, all answers given:

    icmp  packets x (8 + size), the same back
    tcp   4 out, 3 back: SYN 40, the others 32; with TLS 3 more and 700 bytes out, 4 and 5,000 back
    http  tcp's, TLS for https; 300 bytes, headers and body out, 500 and `body_limit` back, with an
          acknowledgement for two packets; as often as it may `follow`, and once: at most so much
    dns   8 + 16 + the name (11 more with EDNS) out; back at most `edns`, or 512; over TCP tcp's too
    snmp  8 + 60 (v3: 160) and 20 a value out; 30 a value back: 16 values an interface, its oids, uptime
    path  at most max_hops x queries x (8 + size) out; each one back in an ICMP error with its headers
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from config.room import MONTH_MS
from config.settings import ProbeSettings

SEGMENT = 1_448
"""What a TCP packet holds at most, on a path of 1,500 bytes."""
_TCP, _SYN, _UDP = 32, 40, 8
_INTERFACE_VALUES = 16


@dataclass(frozen=True, slots=True)
class Traffic:
    """Both ways; `at_most` where the answers decide how much it is, and this is the bound."""

    packets_out: int = 0
    bytes_out: int = 0
    packets_in: int = 0
    bytes_in: int = 0
    at_most: bool = False

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(
            self.packets_out + other.packets_out,
            self.bytes_out + other.bytes_out,
            self.packets_in + other.packets_in,
            self.bytes_in + other.bytes_in,
            self.at_most or other.at_most,
        )

    def __mul__(self, times: int) -> Traffic:
        return Traffic(
            self.packets_out * times,
            self.bytes_out * times,
            self.packets_in * times,
            self.bytes_in * times,
            self.at_most,
        )


Options = Any
"""Those of the kind at hand."""


def _same(packets: int, size: int) -> Traffic:
    return Traffic(packets, packets * size, packets, packets * size)


def _icmp(ip: int, options: Options, address: str) -> Traffic:
    return _same(options.packets, ip + 8 + options.size)


def _connection(ip: int, *, tls: bool) -> Traffic:
    """A handshake and an orderly end, over TCP and perhaps TLS."""
    plain = Traffic(4, 4 * ip + _SYN + 3 * _TCP, 3, 3 * ip + _SYN + 2 * _TCP)
    return plain + Traffic(3, 3 * (ip + _TCP) + 700, 4, 4 * (ip + _TCP) + 5_000) if tls else plain


def _tcp(ip: int, options: Options, address: str) -> Traffic:
    return _connection(ip, tls=options.tls)


def _http(ip: int, options: Options, address: str) -> Traffic:
    body = 0 if options.method == "HEAD" else options.body_limit.bytes
    asked = (
        300
        + len(options.body or "")
        + sum(len(f"{name}: {one}") + 2 for name, one in options.headers.items())
    )
    out, back = -(-asked // SEGMENT), -(-(500 + body) // SEGMENT)
    acknowledged = -(-back // 2)
    once = Traffic(
        out + acknowledged,
        asked + (out + acknowledged) * (ip + _TCP),
        back,
        500 + body + back * (ip + _TCP),
        at_most=True,
    )
    times: int = 1 + options.follow
    return (_connection(ip, tls=address.startswith("https:")) + once) * times


def _dns(ip: int, options: Options, address: str) -> Traffic:
    question = 18 + len(options.query) + 11 * bool(options.edns)
    answer = max(512, options.edns)
    if options.transport == "udp":
        return Traffic(1, ip + _UDP + question, 1, ip + _UDP + answer, at_most=True)
    exchange = Traffic(2, 2 * (ip + _TCP) + question + 2, 1, ip + _TCP + answer + 2, at_most=True)
    return _connection(ip, tls=False) + exchange


def _snmp(ip: int, options: Options, address: str) -> Traffic:
    values = 1 + len(options.oids) + _INTERFACE_VALUES * (options.interface is not None)
    frame = ip + _UDP + (160 if options.credentials.version == 3 else 60)
    return Traffic(1, frame + 20 * values, 1, frame + 30 * values, at_most=True)


def _path(ip: int, options: Options, address: str) -> Traffic:
    packets, size = options.max_hops * options.queries, ip + 8 + options.size
    return Traffic(packets, packets * size, packets, packets * (ip + 8 + size), at_most=True)


FORMULAS: Mapping[str, Callable[[int, Options, str], Traffic]] = {
    "icmp": _icmp,
    "tcp": _tcp,
    "http": _http,
    "dns": _dns,
    "snmp": _snmp,
    "path": _path,
}


def _is_ipv6(address: str) -> bool:
    """Whether a target is an IPv6 literal; a name counts as IPv4."""
    return "[" in address or ("//" not in address and address.count(":") > 1)


def monthly(probe: ProbeSettings) -> Traffic:
    """One probe's traffic in thirty days."""
    ip = 40 if _is_ipv6(probe.address) else 20
    return FORMULAS[probe.kind](ip, probe.options, probe.address) * (MONTH_MS // probe.options.every.ms)


def total(probes: Iterable[ProbeSettings]) -> Traffic:
    """All of them together."""
    return sum((monthly(probe) for probe in probes), Traffic())
