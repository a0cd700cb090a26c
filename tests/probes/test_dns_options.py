"""What a configuration may say of a DNS probe."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from probes.dns.options import DnsOptions, split_address
from probes.dns.probe import DnsProbe
from probes.dns.wire import Question


@pytest.mark.parametrize(
    ("written", "kept", "host", "port"),
    [
        ("203.0.113.53", "203.0.113.53", "203.0.113.53", 53),
        ("203.0.113.53:53", "203.0.113.53", "203.0.113.53", 53),
        ("203.0.113.53:5353", "203.0.113.53:5353", "203.0.113.53", 5353),
        ("2001:DB8::53", "2001:db8::53", "2001:db8::53", 53),
        ("[2001:db8::53]:53", "2001:db8::53", "2001:db8::53", 53),
        ("[2001:db8::53]:5353", "[2001:db8::53]:5353", "2001:db8::53", 5353),
        ("gateway", "gateway", "gateway", 53),
        ("Resolver.Example", "resolver.example", "resolver.example", 53),
        ("bücher.example:54", "xn--bcher-kva.example:54", "xn--bcher-kva.example", 54),
    ],
)
def test_a_server_is_a_host_and_perhaps_a_port(written: str, kept: str, host: str, port: int) -> None:
    assert DnsProbe.check_address(written) == kept
    assert DnsProbe.check_address(kept) == kept
    assert split_address(kept) == (host, port)


@pytest.mark.parametrize(
    "address", ["", "192.0.2.1:0", "192.0.2.1:65536", "a b", "[::1]", "::1:x", "0.0.0.0"]
)
def test_what_is_no_server_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        DnsProbe.check_address(address)


@pytest.mark.parametrize(
    ("given", "question"),
    [
        ({"query": "Example.COM."}, Question((b"example", b"com"), 1, 1)),
        ({"query": "bücher.example", "type": "aaaa"}, Question((b"xn--bcher-kva", b"example"), 28, 1)),
        (
            {"query": "_sip._tcp.example.com", "type": "SRV"},
            Question((b"_sip", b"_tcp", b"example", b"com"), 33, 1),
        ),
        ({"query": ".", "type": "NS"}, Question((), 2, 1)),
        ({"query": "version.bind", "type": "TXT", "class": "CH"}, Question((b"version", b"bind"), 16, 3)),
        ({"query": "example.com", "type": "TYPE65280"}, Question((b"example", b"com"), 65_280, 1)),
        ({"query": "example.com", "type": "ANY"}, Question((b"example", b"com"), 255, 1)),
    ],
)
def test_a_question_is_a_name_a_type_and_a_class(given: dict[str, Any], question: Question) -> None:
    assert DnsOptions(**given).question == question


def test_what_is_left_out_is_what_dig_would_do() -> None:
    made = DnsOptions(query="example.com")
    assert (made.type, made.rdclass, made.transport, made.recursion, made.edns, made.dnssec) == (
        *("A", "IN", "udp", True, 1232, False),
    )
    assert made.expect.rcode == ("NOERROR",)
    assert hash(made) == hash(DnsOptions(query="EXAMPLE.com."))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Field required"),
        ({"query": ""}, "'' is not a name that can be asked for; the root is '.'"),
        ({"query": "a..b"}, "'a..b' is not a name that can be asked for: A DNS label is empty."),
        ({"query": "a" * 64}, "is not a name that can be asked for"),
        ({"query": "ü" * 64}, "is not a name that can be asked for"),
        ({"query": "192.0.2.1"}, "its name is 1.2.0.192.in-addr.arpa (type: PTR)"),
        ({"query": "a.b", "type": "AA"}, "'AA' is not a record type such as A, AAAA, MX or TXT"),
        ({"query": "a.b", "type": "AXFR"}, "AXFR is not a record type that can be asked for"),
        ({"query": "a.b", "type": "TYPE65536"}, "is not a record type"),
        ({"query": "a.b", "class": "XX"}, "Input should be 'IN', 'CH' or 'HS'"),
        ({"query": "a.b", "transport": "tls"}, "Input should be 'udp' or 'tcp'"),
        ({"query": "a.b", "edns": 511}, "511 is too small: 0 for no EDNS, else at least 512"),
        ({"query": "a.b", "edns": 65_536}, "less than or equal to 65535"),
        ({"query": "a.b", "edns": 0, "dnssec": True}, "dnssec needs EDNS, which `edns: 0` turns off"),
        ({"query": "a.b", "expect": {"answer": "banana"}}, "'banana' is not a value of type A"),
        ({"query": "a.b", "type": "ANY", "expect": {"answer": "192.0.2.1"}}, "ANY is of many types"),
        ({"query": "a.b", "port": 53}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_asked_is_refused_where_it_is_written(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match="1 validation error") as caught:
        DnsOptions(**given)
    assert said in str(caught.value)
