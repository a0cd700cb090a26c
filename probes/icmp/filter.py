"""What the kernel drops before it wakes us: classic BPF on type and prefix, and the type filters.

Every raw ICMP socket gets a copy of every ICMP packet of the host. On a host with other pingers
most are not ours; dropped here one costs a fiftieth of what it costs in user space.
"""

from __future__ import annotations

import struct

from probes.icmp.wire import HEADER_BYTES, V4, Version

_LOAD_IP_HEADER_LENGTH = 0xB1  # ldx 4*([k]&0xf)
_LOAD_X = 0x01  # ldx #k
_LOAD_BYTE = 0x50  # ldb [x+k]
_LOAD_WORD = 0x40  # ld [x+k]
_JUMP_IF_EQUAL = 0x15  # jeq #k, true, false
_RETURN = 0x06  # ret #k
_WHOLE = 0xFFFF_FFFF
_FRAGMENT = 44

_INSTRUCTION = struct.Struct("=HBBI")


def program(version: Version, prefix: bytes, *, framed: bool) -> bytes:
    """Instructions that keep replies which carry `prefix` and errors that quote ICMP.

    `framed`: the filter sees an IPv4 header first, as on a raw IPv4 socket. A load from beyond the
    packet's end drops it, which is right: what is that short is not ours.
    """
    high, low = struct.unpack("!II", prefix)
    protocol_at = HEADER_BYTES + (9 if version is V4 else 6)
    return b"".join(
        _INSTRUCTION.pack(*one)
        for one in (
            (_LOAD_IP_HEADER_LENGTH if framed else _LOAD_X, 0, 0, 0),
            (_LOAD_BYTE, 0, 0, 0),
            (_JUMP_IF_EQUAL, 0, 4, version.reply),
            (_LOAD_WORD, 0, 0, HEADER_BYTES),
            (_JUMP_IF_EQUAL, 0, 6, high),
            (_LOAD_WORD, 0, 0, HEADER_BYTES + 4),
            (_JUMP_IF_EQUAL, 3, 4, low),
            (_LOAD_BYTE, 0, 0, protocol_at),
            (_JUMP_IF_EQUAL, 1, 0, version.protocol),
            (_JUMP_IF_EQUAL, 0, 1, version.protocol if version is V4 else _FRAGMENT),
            (_RETURN, 0, 0, _WHOLE),
            (_RETURN, 0, 0, 0),
        )
    )


def blocked_types(version: Version) -> bytes:
    """A bit for each ICMP type that a raw socket must not get (ICMP_FILTER, ICMP6_FILTER)."""
    bits = 32 if version is V4 else 256
    mask = (1 << bits) - 1
    for kind in (version.reply, *version.errors):
        mask &= ~(1 << kind)
    return struct.pack(f"={bits // 32}I", *((mask >> shift) & 0xFFFF_FFFF for shift in range(0, bits, 32)))
