"""The packets of a trace and what comes back about them. Pure; no bytes make it raise.

Constant flow (Augustin et al., "Avoiding traceroute anomalies with Paris traceroute", IMC 2006): a
router that balances load hashes addresses, protocol and the first four bytes behind the IP header.
So these stay the same in all packets of a trace, and what tells the packets apart lies behind them,
in the eight bytes that even RFC 792's short quote gives back:

- ICMP: type, code and checksum are constant, the sequence number differs; two bytes of the payload
  take from the checksum what the sequence number adds to it.
- UDP: the ports are constant, the checksum differs; two bytes of the payload make it what it is to be.

Each payload begins with 14 random bytes, new in each trace, and these two: what quotes them, or
answers with them, has seen the packet.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import ip_address

from probes.icmp.wire import (
    HEADER_BYTES,
    SECRET_BYTES,
    V4,
    Refusal,
    Version,
    build_request,
    checksum,
    header_bytes,
    is_too_big,
    skip_headers,
)
from probes.path.marks import Mark, MplsLabel

SEED_BYTES = SECRET_BYTES - 2
UDP = 17

_ONES = 0xFFFF
_ICMP = struct.Struct("!BBHI")
_UDP = struct.Struct("!HHHH")
_PADDING = bytes(range(256)) * 256
_NO_SECRET = bytes(SECRET_BYTES)

_EXTENSION_VERSION = 2
_LEGACY_QUOTE_BYTES = 128
_OBJECT = struct.Struct("!HBB")
_MPLS_STACK = (1, 1)
"""Class and type of an MPLS label stack (RFC 4950 section 3)."""


def echo_mark(number: int, sequence: int, seed: bytes, flow: int) -> Mark:
    """The mark of an echo request with id `number`, whose checksum depends on `flow` and size alone."""
    label = number << 16 | sequence
    return Mark(label, seed + _balance(flow, label.to_bytes(4, "big") + seed))


def echo_packet(version: Version, mark: Mark, size: int) -> bytes:
    """The echo request with that mark and `size` bytes of payload."""
    return build_request(version, mark.label, mark.secret, size)


@dataclass(frozen=True, slots=True)
class Ends:
    """The flow of a UDP trace: IP literals (without a zone) and ports."""

    source: str
    source_port: int
    target: str
    target_port: int


def udp_payload(ends: Ends, label: int, seed: bytes, size: int) -> bytes:
    """A payload of `size` bytes with which the datagram's checksum is `label` (1 to 65,534)."""
    length = HEADER_BYTES + size
    addresses = ip_address(ends.source).packed + ip_address(ends.target).packed
    padding = _PADDING[: size - SECRET_BYTES]
    header = _UDP.pack(ends.source_port, ends.target_port, length, 0)
    pseudo = addresses + struct.pack("!HH", UDP, length)  # RFC 768, RFC 8200 8.1: zeros left out
    rest = pseudo + header + seed + padding + b"\0" * (size & 1)
    return seed + _balance(_ONES - label, rest) + padding


def udp_secret(payload: bytes) -> bytes:
    """The secret that a datagram, or the quote of one, begins with; empty when it was cut off."""
    secret = payload[:SECRET_BYTES]
    # A router that quotes 8 bytes and adds extensions fills the quote up with zeros (RFC 4884 5.1).
    return secret if len(secret) == SECRET_BYTES and secret != _NO_SECRET else b""


def parse_udp_error(version: Version, data: bytes, ends: Ends) -> Refusal | None:
    """An ICMP error, as a raw socket gives it, about a datagram of this flow; None when it is another's.

    Its label is the checksum that is quoted.
    """
    message = _message(version, data)
    if len(message) < HEADER_BYTES or message[0] not in version.errors:
        return None
    kind, code, _, rest = _ICMP.unpack_from(message)
    quote = message[HEADER_BYTES:]
    found = skip_headers(version, quote, UDP)
    if found is None or len(quote) < found[1] + _UDP.size:
        return None
    destination, offset = found
    source_port, target_port, _, label = _UDP.unpack_from(quote, offset)
    if (source_port, target_port) != (ends.source_port, ends.target_port):
        return None
    mtu = 0
    if is_too_big(version, kind, code):
        mtu = rest & 0xFFFF if version is V4 else rest
    secret = udp_secret(quote[offset + _UDP.size :])
    return Refusal(kind, code, mtu, label, destination, secret)


def label_stack(version: Version, data: bytes) -> tuple[MplsLabel, ...]:
    """The MPLS labels that a router put behind its quote (RFC 4884, RFC 4950), top of the stack first.

    `data` is an ICMP error as a raw socket gives it. Older routers say nothing of the quote's length:
    then it is 128 bytes, and the extension must have a checksum (RFC 4884 section 5.5).
    """
    message = _message(version, data)
    if len(message) < HEADER_BYTES:
        return ()
    length = message[5] * 4 if version is V4 else message[4] * 8
    extension = message[HEADER_BYTES + (length or _LEGACY_QUOTE_BYTES) :]
    if len(extension) < 4 or extension[0] >> 4 != _EXTENSION_VERSION:
        return ()
    summed = extension[2:4] != b"\0\0"
    intact = checksum(extension) == 0 if summed else length > 0
    return _labels_in(extension[4:]) if intact else ()


def _labels_in(objects: bytes) -> tuple[MplsLabel, ...]:
    found: list[MplsLabel] = []
    while len(objects) >= _OBJECT.size:
        length, kind, subtype = _OBJECT.unpack_from(objects)
        if not _OBJECT.size <= length <= len(objects):
            break
        if (kind, subtype) == _MPLS_STACK and length % 4 == 0:
            entries = struct.unpack(f"!{length // 4 - 1}I", objects[_OBJECT.size : length])
            found += (MplsLabel(entry >> 12, entry >> 9 & 7, entry & 0xFF) for entry in entries)
        objects = objects[length:]
    return tuple(found)


def _message(version: Version, data: bytes) -> bytes:
    """The ICMP message in what a raw socket gave, empty when it is damaged.

    An IPv4 header stands in front there; ICMPv6's checksum is the kernel's business.
    """
    if version is not V4:
        return data
    offset = header_bytes(data)
    message = data[offset:]
    return message if offset and checksum(message) == 0 else b""


def _balance(flow: int, rest: bytes) -> bytes:
    """Two bytes that make the Internet checksum's sum over `rest` and themselves `flow`, modulo 65,535.

    `rest` has an even number of bytes; read as one number it is congruent to that sum (RFC 1071).
    """
    return ((flow - int.from_bytes(rest, "big")) % _ONES).to_bytes(2, "big")
