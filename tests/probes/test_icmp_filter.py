"""The kernel's own judgement of our filters: they are attached to a socket pair, whatever the user."""

from __future__ import annotations

import ctypes
import socket
import struct

import pytest

from probes.icmp.filter import blocked_types, program
from probes.icmp.wire import V4, V6, Version, build_request
from tests.probes.icmp_lab import error, request_bytes

PREFIX = b"\x01\x02\x03\x04\xfa\xfb\xfc\xfd"
SECRET = PREFIX + b"packet's"
LONG_HEADER = bytes([0x47]) + bytes(27)


def passes(version: Version, message: bytes, *, framed: bool) -> bool:
    """Whether the kernel lets a message through."""
    instructions = program(version, PREFIX, framed=framed)
    memory = ctypes.create_string_buffer(instructions, len(instructions))
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with left, right:
        pointer = struct.pack("@HP", len(instructions) // 8, ctypes.addressof(memory))
        right.setsockopt(socket.SOL_SOCKET, 26, pointer)
        right.setblocking(False)
        left.send(message)
        try:
            return right.recv(4_096) == message
        except BlockingIOError:
            return False


def reply(version: Version, secret: bytes) -> bytes:
    return bytes([version.reply]) + build_request(version, 0x1234_0001, secret, 56)[1:]


@pytest.mark.parametrize("version", [V4, V6])
@pytest.mark.parametrize("header", [b"", bytes([0x45]) + bytes(19), LONG_HEADER])
@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        (SECRET, True),
        (PREFIX + bytes(8), True),
        (b"\x00" + SECRET[1:], False),
        (SECRET[:7] + b"\x00" + SECRET[8:], False),
        (b"\x00" * 16, False),
    ],
)
def test_only_replies_with_our_prefix_pass(
    version: Version, header: bytes, secret: bytes, expected: bool
) -> None:
    message = header + reply(version, secret)
    assert passes(version, message, framed=bool(header)) is expected


def test_a_reply_too_short_for_a_prefix_is_dropped() -> None:
    assert not passes(V4, reply(V4, SECRET)[:15], framed=False)


@pytest.mark.parametrize("header", [bytes([0x45]) + bytes(19), LONG_HEADER])
def test_errors_pass_when_they_quote_icmp(header: bytes) -> None:
    quote = request_bytes(V4, 1, SECRET)
    assert passes(V4, header + error(3, 1, quote), framed=True)
    assert not passes(V4, header + error(3, 3, quote[:9] + b"\x11" + quote[10:]), framed=True)


@pytest.mark.parametrize(("protocol", "expected"), [(58, True), (44, True), (17, False), (6, False)])
def test_icmpv6_errors_pass_when_they_quote_icmpv6_or_a_fragment(protocol: int, expected: bool) -> None:
    quote = request_bytes(V6, 1, SECRET)
    message = error(1, 0, quote[:6] + bytes([protocol]) + quote[7:])
    assert passes(V6, message, framed=False) is expected


@pytest.mark.parametrize("version", [V4, V6])
def test_every_type_is_blocked_but_replies_and_errors(version: Version) -> None:
    mask = int.from_bytes(blocked_types(version), "little")
    bits = 8 * len(blocked_types(version))
    open_types = {kind for kind in range(bits) if not mask >> kind & 1}
    assert open_types == {version.reply, *version.errors}
