"""What a configuration may say of an ICMP echo probe."""

from __future__ import annotations

import ipaddress
import re

from pydantic import Field

from probes.icmp.wire import MAX_SIZE, SECRET_BYTES
from probes.model import ProbeOptions

GATEWAY = "gateway"
"""Instead of an address: whatever the default route goes through."""

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


class IcmpOptions(ProbeOptions):
    """What an ICMP echo probe takes."""

    packets: int = Field(10, ge=1, le=1_000, description="echo requests in a round, spread over `every`")
    size: int = Field(56, ge=SECRET_BYTES, le=MAX_SIZE, description="payload bytes of a request")
    dscp: int = Field(0, ge=0, le=63, description="differentiated services code point of the requests")

    @property
    def packets_a_round(self) -> int:
        """One send a packet."""
        return self.packets


def check_address(address: str) -> str:
    """An IP address in its usual spelling, a host name, or `gateway`; else ValueError."""
    if address == GATEWAY:
        return address
    try:
        literal = ipaddress.ip_address(address)
    except ValueError:
        return _host_name(address)
    if literal.is_multicast or literal.is_unspecified:
        raise ValueError(f"{address} is not the address of one host")
    return str(literal)


def _host_name(text: str) -> str:
    """A name by RFC 1123 2.1 (and `_`, which resolvers take); raises ValueError.

    A last label of digits alone is a mistyped IPv4 address.
    """
    labels = text.removesuffix(".").split(".")
    if len(text) > 253 or labels[-1].isdecimal() or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"{text!r} is no IPv4 or IPv6 address, no host name and not the word {GATEWAY}")
    return text
