"""ICMP echo on the wire: requests out, replies and errors in. Pure; no bytes make it raise.

RFC 792 and RFC 4443 give the messages, RFC 1071 the checksum, RFC 4884 the padded quotes. The
payload of a request begins with 16 bytes: a prefix that is the process's own, so that a filter in
the kernel can tell our replies from everyone else's, and a random key that is the packet's own.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import NamedTuple

PREFIX_BYTES = 8
KEY_BYTES = 8
SECRET_BYTES = PREFIX_BYTES + KEY_BYTES
"""Prefix and key together: what a reply must carry back."""
HEADER_BYTES = 8
MAX_SIZE = 65_507
"""The largest payload that IPv4 carries: 65,535 less an IP and an ICMP header."""

_ECHO = struct.Struct("!BBHI")
_PADDING = bytes(range(256)) * (MAX_SIZE // 256 + 1)
_FRAGMENT = 44
_NO_SECRET = bytes(SECRET_BYTES)


@dataclass(frozen=True, slots=True)
class Version:
    """What differs between ICMP and ICMPv6."""

    family: socket.AddressFamily
    protocol: int
    request: int
    reply: int
    errors: tuple[int, ...]
    too_big: tuple[int, int | None]
    """Type and code (None: any) of "packet too big", whose header carries the next hop's MTU."""
    neighbour_silent: tuple[int, int]
    """Type and code with which a host says that the next hop did not answer ARP or ND."""


V4 = Version(socket.AF_INET, socket.IPPROTO_ICMP, 8, 0, (3, 11, 12), (3, 4), (3, 1))
V6 = Version(socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, 129, (1, 2, 3, 4), (2, None), (1, 3))


class Reply(NamedTuple):
    """An echo reply: `label` is id << 16 | sequence, `secret` the payload's first 16 bytes."""

    label: int
    secret: bytes


class Refusal(NamedTuple):
    """An ICMP error and the echo request that it quotes.

    `destination` is empty where the quote has no IP header (the kernel's error queue), `secret`
    where the quote is too short to hold it: RFC 792 promises no more than the ICMP header.
    """

    type: int
    code: int
    mtu: int
    label: int
    destination: str
    secret: bytes


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of `data`.

    A number written in base 65,536 is, modulo 65,535, the sum of its digits: one division by
    C code instead of a loop over words.
    """
    padded = data + b"\0" if len(data) & 1 else data
    total = int.from_bytes(padded, "big")
    return 0xFFFF - (total % 0xFFFF or (0xFFFF if total else 0))


def build_request(version: Version, label: int, secret: bytes, size: int) -> bytes:
    """An echo request with `size` payload bytes; the kernel sums ICMPv6's own checksum."""
    payload = secret + _PADDING[: size - SECRET_BYTES]
    if version is V6:
        return _ECHO.pack(version.request, 0, 0, label) + payload
    unsummed = _ECHO.pack(version.request, 0, 0, label) + payload
    return _ECHO.pack(version.request, 0, checksum(unsummed), label) + payload


def parse(version: Version, data: bytes, *, framed: bool) -> Reply | Refusal | None:
    """What an arrived message says, None when it is nothing for us.

    `framed`: the IPv4 header stands in front and nobody has verified the checksum yet, as on a raw
    socket; ICMPv6 and datagram sockets do both in the kernel.
    """
    offset = 0
    if framed:
        offset = header_bytes(data)
        if not offset or checksum(data[offset:]) != 0:
            return None
    if len(data) < offset + HEADER_BYTES:
        return None
    kind, code, _, label = _ECHO.unpack_from(data, offset)
    body = offset + HEADER_BYTES
    if kind == version.reply and code == 0:
        secret = data[body : body + SECRET_BYTES]
        return Reply(label, secret) if len(secret) == SECRET_BYTES else None
    if kind in version.errors:
        return _refusal(version, kind, code, label, data[body:])
    return None


def parse_quote(version: Version, data: bytes) -> tuple[int, bytes] | None:
    """Label and secret (perhaps empty) of a quoted echo request that begins with its ICMP header."""
    if len(data) < HEADER_BYTES:
        return None
    kind, code, _, label = _ECHO.unpack_from(data)
    if kind != version.request or code != 0:
        return None
    secret = data[HEADER_BYTES : HEADER_BYTES + SECRET_BYTES]
    # A router that quotes 8 bytes and adds extensions fills the quote up with zeros (RFC 4884 5.1).
    known = len(secret) == SECRET_BYTES and secret != _NO_SECRET
    return label, secret if known else b""


def describe(version: Version, kind: int, code: int, mtu: int = 0) -> str:
    """An ICMP error in words, such as `host unreachable`."""
    if is_too_big(version, kind, code):
        return f"packet too big for an MTU of {mtu}" if mtu else "packet too big"
    words = _WORDS[version.family].get((kind, code))
    return words or f"{_KINDS[version.family].get(kind, f'ICMP error {kind}')} (code {code})"


def is_too_big(version: Version, kind: int, code: int) -> bool:
    """Whether the error says that the packet does not fit the next link."""
    return kind == version.too_big[0] and version.too_big[1] in (None, code)


def header_bytes(data: bytes) -> int:
    """Length of the IPv4 header in front, 0 when there is none."""
    if len(data) < 20 or data[0] >> 4 != 4:
        return 0
    length = (data[0] & 15) * 4
    return length if 20 <= length <= len(data) - HEADER_BYTES else 0


def skip_headers(version: Version, quote: bytes, protocol: int) -> tuple[str, int] | None:
    """Destination and length of the IP headers that a quote has before `protocol`, in a first fragment."""
    return _skip_v4(quote, protocol) if version is V4 else _skip_v6(quote, protocol)


def _refusal(version: Version, kind: int, code: int, rest: int, quote: bytes) -> Refusal | None:
    """An error with what it quotes, None when that is no echo request; `rest` is its header's second word."""
    found = skip_headers(version, quote, version.protocol)
    if found is None:
        return None
    destination, body = found
    echo = parse_quote(version, quote[body:])
    if echo is None:
        return None
    mtu = 0
    if is_too_big(version, kind, code):
        mtu = rest & 0xFFFF if version is V4 else rest
    return Refusal(kind, code, mtu, echo[0], destination, echo[1])


def _skip_v4(quote: bytes, protocol: int) -> tuple[str, int] | None:
    length = header_bytes(quote)
    if not length or quote[9] != protocol or (quote[6] & 0x1F or quote[7]):
        return None
    return socket.inet_ntop(socket.AF_INET, quote[16:20]), length


def _skip_v6(quote: bytes, protocol: int) -> tuple[str, int] | None:
    if len(quote) < 48 or quote[0] >> 4 != 6:
        return None
    next_header, length = quote[6], 40
    if next_header == _FRAGMENT and not (quote[42] or quote[43] & 0xF8):
        next_header, length = quote[40], 48
    if next_header != protocol:
        return None
    return socket.inet_ntop(socket.AF_INET6, quote[24:40]), length


_KINDS: dict[int, dict[int, str]] = {
    socket.AF_INET: {3: "destination unreachable", 11: "time exceeded", 12: "parameter problem"},
    socket.AF_INET6: {1: "destination unreachable", 3: "time exceeded", 4: "parameter problem"},
}
_WORDS: dict[int, dict[tuple[int, int], str]] = {
    socket.AF_INET: {
        (3, 0): "network unreachable",
        (3, 1): "host unreachable",
        (3, 2): "protocol unreachable",
        (3, 3): "port unreachable",
        (3, 5): "source route failed",
        (3, 6): "network unknown",
        (3, 7): "host unknown",
        (3, 9): "network administratively prohibited",
        (3, 10): "host administratively prohibited",
        (3, 11): "network unreachable for this DSCP",
        (3, 12): "host unreachable for this DSCP",
        (3, 13): "administratively prohibited",
        (11, 0): "time to live exceeded",
        (11, 1): "fragment reassembly time exceeded",
    },
    socket.AF_INET6: {
        (1, 0): "no route",
        (1, 1): "administratively prohibited",
        (1, 2): "beyond scope of the source address",
        (1, 3): "address unreachable",
        (1, 4): "port unreachable",
        (1, 5): "source address failed policy",
        (1, 6): "reject route",
        (3, 0): "hop limit exceeded",
        (3, 1): "fragment reassembly time exceeded",
    },
}
