"""ICMP echo on the wire."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.icmp.wire import (
    MAX_SIZE,
    SECRET_BYTES,
    V4,
    V6,
    Refusal,
    Reply,
    Version,
    build_request,
    checksum,
    describe,
    parse,
    parse_quote,
)
from tests.probes.icmp_lab import error, request_bytes

quick = settings(max_examples=150, deadline=None)
versions = st.sampled_from([V4, V6])
labels = st.integers(0, 0xFFFF_FFFF)
secrets = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES).filter(any)

IP_HEADER = bytes([0x45]) + bytes(8) + bytes([1]) + bytes(10)


def answered(version: Version, request: bytes) -> bytes:
    """The reply that a host makes of a request, as our sockets deliver it."""
    turned = bytes([version.reply, 0, 0, 0]) + request[4:]
    if version is V6:
        return turned
    return IP_HEADER + turned[:2] + struct.pack("!H", checksum(turned)) + turned[4:]


def slow_checksum(data: bytes) -> int:
    """RFC 1071 section 4.1, word by word."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@quick
@given(st.binary(max_size=300))
def test_the_checksum_is_that_of_rfc_1071(data: bytes) -> None:
    assert checksum(data) == slow_checksum(data)


@quick
@given(versions, labels, secrets, st.integers(SECRET_BYTES, 2_000))
def test_a_reply_gives_back_label_and_secret_of_its_request(
    version: Version, label: int, secret: bytes, size: int
) -> None:
    request = build_request(version, label, secret, size)
    assert len(request) == 8 + size
    assert parse(version, answered(version, request), framed=version is V4) == Reply(label, secret)


def test_the_largest_request_fits_an_ipv4_packet() -> None:
    assert len(build_request(V4, 1, bytes(SECRET_BYTES), MAX_SIZE)) + 20 == 65_535


def test_an_ipv4_request_carries_a_valid_checksum() -> None:
    assert slow_checksum(build_request(V4, 0x1234_0001, b"k" * 16, 57)) == 0


@quick
@given(versions, st.binary(max_size=200), st.booleans())
def test_no_bytes_make_the_parser_raise(version: Version, data: bytes, framed: bool) -> None:
    assert isinstance(parse(version, data, framed=framed), Reply | Refusal | None)
    assert parse_quote(version, data) is None or data


@quick
@given(versions, st.sampled_from([0, 1, 2, 3, 4, 11, 12, 129]), st.binary(max_size=120))
def test_no_message_of_a_type_that_we_read_makes_the_parser_raise(
    version: Version, kind: int, rest: bytes
) -> None:
    message = bytes([kind]) + rest
    framed = error(kind, rest[0] if rest else 0, rest)
    assert isinstance(parse(version, message, framed=False), Reply | Refusal | None)
    assert isinstance(parse(V4, IP_HEADER + framed, framed=True), Reply | Refusal | None)


@quick
@given(labels, secrets, st.integers(0, 8 * 72 - 1))
def test_an_ipv4_reply_with_one_wrong_bit_is_no_reply(label: int, secret: bytes, bit: int) -> None:
    good = answered(V4, build_request(V4, label, secret, 64))
    bad = bytearray(good)
    bad[20 + bit // 8] ^= 1 << bit % 8
    assert parse(V4, bytes(bad), framed=True) is None


@quick
@given(versions, labels, secrets, st.integers(0, 8 + SECRET_BYTES - 1))
def test_a_reply_cut_short_is_no_reply(version: Version, label: int, secret: bytes, length: int) -> None:
    request = build_request(version, label, secret, 56)
    turned = bytes([version.reply, 0, 0, 0]) + request[4:]
    assert parse(version, turned[:length], framed=False) is None


def test_ip_options_before_the_message_are_skipped() -> None:
    reply = answered(V4, build_request(V4, 7, b"s" * 16, 56))
    with_options = bytes([0x46]) + reply[1:20] + b"\x01\x01\x01\x00" + reply[20:]
    assert parse(V4, with_options, framed=True) == Reply(7, b"s" * 16)


@quick
@given(labels, secrets, st.sampled_from(V4.errors), st.integers(28, 84))
def test_an_icmp_error_names_the_request_that_it_quotes(
    label: int, secret: bytes, kind: int, length: int
) -> None:
    quote = request_bytes(V4, label, secret)[:length]
    found = parse(V4, IP_HEADER + error(kind, 1, quote), framed=True)
    known = secret if length >= 28 + SECRET_BYTES else b""
    assert found == Refusal(kind, 1, 0, label, "9.9.9.9", known)


@quick
@given(labels, secrets, st.sampled_from(V6.errors), st.booleans())
def test_an_icmpv6_error_names_the_request_that_it_quotes(
    label: int, secret: bytes, kind: int, fragment: bool
) -> None:
    quote = request_bytes(V6, label, secret)
    if fragment:
        quote = quote[:6] + bytes([44]) + quote[7:40] + struct.pack("!BBHI", 58, 0, 1, 99) + quote[40:]
    found = parse(V6, bytes([kind, 0, 0, 0]) + struct.pack("!I", 1_400) + quote, framed=False)
    mtu = 1_400 if kind == 2 else 0
    assert found == Refusal(kind, 0, mtu, label, "2001:db8::9", secret)


def test_a_quote_filled_up_with_zeros_has_no_secret() -> None:
    quote = request_bytes(V4, 5, b"s" * 16)[:28] + bytes(100)
    found = parse(V4, IP_HEADER + error(11, 0, quote), framed=True)
    assert found == Refusal(11, 0, 0, 5, "9.9.9.9", b"")


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(request_bytes(V4, 1, b"s" * 16)[:27], id="cut in the header"),
        pytest.param(request_bytes(V4, 1, b"s" * 16)[:9] + b"\x11" + bytes(40), id="udp"),
        pytest.param(
            request_bytes(V4, 1, b"s" * 16)[:7] + b"\x09" + request_bytes(V4, 1, b"s" * 16)[8:],
            id="not the first fragment",
        ),
        pytest.param(request_bytes(V4, 1, b"s" * 16)[:20] + bytes(30), id="an echo reply"),
    ],
)
def test_an_error_about_something_else_is_nothing_for_us(quote: bytes) -> None:
    assert parse(V4, IP_HEADER + error(3, 1, quote), framed=True) is None


@pytest.mark.parametrize(
    ("version", "kind", "code", "mtu", "words"),
    [
        (V4, 3, 1, 0, "host unreachable"),
        (V4, 3, 13, 0, "administratively prohibited"),
        (V4, 3, 4, 1_400, "packet too big for an MTU of 1400"),
        (V4, 3, 4, 0, "packet too big"),
        (V4, 11, 0, 0, "time to live exceeded"),
        (V4, 12, 0, 0, "parameter problem (code 0)"),
        (V4, 3, 77, 0, "destination unreachable (code 77)"),
        (V6, 1, 3, 0, "address unreachable"),
        (V6, 2, 0, 1_280, "packet too big for an MTU of 1280"),
        (V6, 3, 0, 0, "hop limit exceeded"),
        (V6, 4, 1, 0, "parameter problem (code 1)"),
        (V6, 99, 1, 0, "ICMP error 99 (code 1)"),
    ],
)
def test_an_error_is_said_in_words(version: Version, kind: int, code: int, mtu: int, words: str) -> None:
    assert describe(version, kind, code, mtu) == words
