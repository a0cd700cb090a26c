"""The packets of a trace, and what is believed of what comes back."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.icmp.wire import SECRET_BYTES, V4, V6, Refusal, Reply, Version, checksum
from probes.path.marks import Mark, Marks, MplsLabel
from probes.path.wire import (
    SEED_BYTES,
    Ends,
    echo_mark,
    echo_packet,
    label_stack,
    parse_udp_error,
    udp_payload,
    udp_secret,
)
from tests.probes.icmp_lab import error

quick = settings(max_examples=150, deadline=None)
versions = st.sampled_from([V4, V6])
words = st.integers(0, 0xFFFF)
seeds = st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES)
sizes = st.integers(SECRET_BYTES, 1_473)
labels = st.integers(1, 0xFFFE)

ENDS = {
    V4: Ends("192.0.2.1", 50_000, "198.51.100.9", 33_434),
    V6: Ends("2001:db8::1", 50_000, "2001:db8:9::9", 33_434),
}
IP_HEADER = bytes([0x45]) + bytes(8) + bytes([1]) + bytes(10)


@quick
@given(versions, words, seeds, st.integers(0, 0xFFFE), st.lists(words, min_size=2), sizes)
def test_all_echo_requests_of_a_flow_have_one_checksum(
    version: Version, number: int, seed: bytes, flow: int, sequences: list[int], size: int
) -> None:
    marks = [echo_mark(number, sequence, seed, flow) for sequence in sequences]
    packets = [echo_packet(version, mark, size) for mark in marks]
    # The kernel sums an ICMPv6 request with the addresses, which are the same for all.
    assert len({checksum(packet[:2] + b"\0\0" + packet[4:]) for packet in packets}) == 1
    assert [packet[4:8] for packet in packets] == [struct.pack("!HH", number, one) for one in sequences]
    assert all(mark.secret[:SEED_BYTES] == seed for mark in marks)


@quick
@given(words, words, seeds, seeds, words, words, st.integers(0, 0xFFFE), sizes)
def test_the_checksum_stays_also_from_trace_to_trace(
    number: int, other: int, seed: bytes, another: bytes, first: int, second: int, flow: int, size: int
) -> None:
    one = echo_packet(V4, echo_mark(number, first, seed, flow), size)
    two = echo_packet(V4, echo_mark(other, second, another, flow), size)
    assert one[:4] == two[:4]


@quick
@given(versions, labels, seeds, sizes)
def test_a_datagrams_checksum_is_its_label(version: Version, label: int, seed: bytes, size: int) -> None:
    datagram, pseudo = datagram_of(version, label, seed, size)
    assert len(datagram) == 8 + size
    assert checksum(pseudo + datagram) == 0
    assert udp_secret(datagram[8:])[:SEED_BYTES] == seed


def datagram_of(version: Version, label: int, seed: bytes, size: int = 56) -> tuple[bytes, bytes]:
    """A datagram with `label` in its checksum field, and the pseudo header that it is summed with."""
    ends = ENDS[version]
    payload = udp_payload(ends, label, seed, size)
    header = struct.pack("!HHHH", ends.source_port, ends.target_port, 8 + size, label)
    addresses = socket.inet_pton(version.family, ends.source) + socket.inet_pton(version.family, ends.target)
    return header + payload, addresses + struct.pack("!II", 8 + size, 17)


def packet_of(version: Version, label: int, seed: bytes) -> bytes:
    """The same as an IP packet, as an error quotes it."""
    datagram, pseudo = datagram_of(version, label, seed)
    if version is V4:
        return struct.pack("!BBHHHBBH", 0x45, 0, 92, 0, 0, 1, 17, 0) + pseudo[:8] + datagram
    return struct.pack("!IHBB", 6 << 28, len(datagram), 17, 1) + pseudo[:32] + datagram


def delivered(version: Version, kind: int, quote: bytes, rest: int = 0) -> bytes:
    """An error as a raw socket gives it."""
    return IP_HEADER + error(kind, 0, quote, rest) if version is V4 else error(kind, 0, quote, rest)


@quick
@given(versions, labels, seeds.filter(any), st.booleans())
def test_an_error_names_the_datagram_that_it_quotes_even_by_eight_bytes(
    version: Version, label: int, seed: bytes, whole: bool
) -> None:
    packet = packet_of(version, label, seed)
    headers = len(packet) - 56
    found = parse_udp_error(
        version, delivered(version, 3, packet if whole else packet[:headers]), ENDS[version]
    )
    secret = packet[headers:][:SECRET_BYTES] if whole else b""
    assert found == Refusal(3, 0, 0, label, ENDS[version].target, secret)


@pytest.mark.parametrize("version", [V4, V6])
@pytest.mark.parametrize("port", [0, 1], ids=["source port", "target port"])
def test_an_error_about_other_ports_is_not_ours(version: Version, port: int) -> None:
    packet = bytearray(packet_of(version, 77, b"s" * SEED_BYTES))
    packet[len(packet) - 64 + 2 * port] ^= 1
    assert parse_udp_error(version, delivered(version, 3, bytes(packet)), ENDS[version]) is None


def test_a_damaged_error_says_nothing() -> None:
    whole = bytearray(delivered(V4, 3, packet_of(V4, 77, b"s" * SEED_BYTES)))
    whole[-1] ^= 1
    assert parse_udp_error(V4, bytes(whole), ENDS[V4]) is None


@quick
@given(versions, st.sampled_from([0, 1, 2, 3, 4, 11, 12, 129]), st.binary(max_size=300))
def test_no_bytes_make_a_parser_raise(version: Version, kind: int, data: bytes) -> None:
    quote = packet_of(version, 77, b"s" * SEED_BYTES)[: len(data)] + data
    for message in (
        data,
        bytes([kind]) + data,
        delivered(version, kind, data),
        delivered(version, kind, quote),
    ):
        assert isinstance(parse_udp_error(version, message, ENDS[version]), Refusal | None)
        assert isinstance(label_stack(version, message), tuple)


STACK = (MplsLabel(16_001, 0, 1), MplsLabel(1_048_575, 7, 255))


def extension(*, summed: bool = True, before: bytes = b"") -> bytes:
    """An extension structure with two labels, perhaps behind another object."""
    entries = struct.pack("!II", 16_001 << 12 | 1, 1_048_575 << 12 | 7 << 9 | 1 << 8 | 255)
    body = before + struct.pack("!HBB", 12, 1, 1) + entries
    return struct.pack("!BBH", 0x20, 0, checksum(b"\x20\0\0\0" + body) if summed else 0) + body


def labelled(version: Version, length: int, end: bytes) -> bytes:
    """An error with a quote of 128 bytes, `length` in its length field, and `end` behind it."""
    quote = packet_of(version, 77, b"s" * SEED_BYTES).ljust(128, b"\0")
    rest = length << (16 if version is V4 else 24)
    return delivered(version, 11 if version is V4 else 3, quote + end, rest)


@pytest.mark.parametrize(("version", "length"), [(V4, 32), (V6, 16)])
def test_the_label_stack_behind_a_quote_is_read(version: Version, length: int) -> None:
    unknown = struct.pack("!HBB", 8, 2, 1) + b"else"
    assert label_stack(version, labelled(version, length, extension())) == STACK
    assert label_stack(version, labelled(version, length, extension(summed=False))) == STACK
    assert label_stack(version, labelled(version, length, extension(before=unknown))) == STACK


def test_an_old_router_says_no_length_and_then_the_checksum_must_be_right() -> None:
    assert label_stack(V4, labelled(V4, 0, extension())) == STACK
    assert label_stack(V4, labelled(V4, 0, extension(summed=False))) == ()


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(b"", id="none"),
        pytest.param(b"\x10" + extension()[1:], id="another version"),
        pytest.param(extension()[:-1] + b"\0", id="damaged"),
        pytest.param(b"\x20\0\0\0" + struct.pack("!HBB", 3, 1, 1) + bytes(8), id="an object too short"),
        pytest.param(b"\x20\0\0\0" + struct.pack("!HBB", 99, 1, 1) + bytes(8), id="an object too long"),
    ],
)
def test_what_is_no_extension_has_no_labels(end: bytes) -> None:
    assert label_stack(V4, labelled(V4, 32, end)) == ()


MARKS = Marks("192.0.2.9")
MARKS.add(Mark(0x1234_0001, b"s" * 16), 0)
MARKS.add(Mark(0x1234_0002, b"t" * 16), 1)


@pytest.mark.parametrize(
    ("label", "secret", "destination", "index"),
    [
        pytest.param(0x1234_0002, b"t" * 16, "192.0.2.9", 1, id="all of it"),
        pytest.param(0x1234_0002, b"", "192.0.2.9", 1, id="a short quote"),
        pytest.param(0x9999_0002, b"t" * 16, "192.0.2.9", 1, id="a label that a NAT has changed"),
        pytest.param(0, b"t" * 16, "", 1, id="what the error queue shows of UDP"),
        pytest.param(0x1234_0002, b"u" * 16, "192.0.2.9", None, id="another secret"),
        pytest.param(0x1234_0003, b"", "192.0.2.9", None, id="another label"),
        pytest.param(0x1234_0002, b"t" * 16, "192.0.2.8", None, id="another destination"),
    ],
)
def test_an_error_is_about_the_packet_that_its_quote_proves(
    label: int, secret: bytes, destination: str, index: int | None
) -> None:
    found = MARKS.refused(V4, Refusal(11, 0, 0, label, destination, secret), "10.0.0.1", 5)
    assert (found.index if found else None) == index
    assert found is None or (found.source, found.in_transit, found.came_ns) == ("10.0.0.1", True, 5)


@pytest.mark.parametrize(
    ("label", "secret", "source", "believed"),
    [
        (0x1234_0001, b"s" * 16, "192.0.2.9", True),
        (0x1234_0002, b"s" * 16, "192.0.2.9", False),
        (0x1234_0001, b"u" * 16, "192.0.2.9", False),
        (0x1234_0001, b"s" * 16, "192.0.2.8", False),
    ],
)
def test_a_reply_is_the_targets_with_label_and_secret_of_one_packet(
    label: int, secret: bytes, source: str, believed: bool
) -> None:
    found = MARKS.answered(Reply(label, secret), source, None)
    assert (found is not None) is believed
