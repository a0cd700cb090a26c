"""What may be configured."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from probes.icmp.engine import IcmpEngine
from probes.icmp.options import IcmpOptions


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("gateway", "gateway"),
        ("pe1.lon.example", "pe1.lon.example"),
        ("pe1.lon.example.", "pe1.lon.example."),
        ("localhost", "localhost"),
        ("a_b.example", "a_b.example"),
        ("4711.example", "4711.example"),
    ],
)
def test_an_address_is_a_literal_a_name_or_the_gateway(address: str, kept: str) -> None:
    assert IcmpEngine.check_address(address) == kept


@pytest.mark.parametrize(
    "address",
    ["", " ", "10.0.0.300", "10.0.0", "192.0.2.1:80", "https://pe1.example", "-pe.example", "a..b", "x" * 64,
     "2001:db8::g", "name with space", "ab." * 90 + "example"],
)  # fmt: skip
def test_anything_else_is_refused_with_what_is_right(address: str) -> None:
    with pytest.raises(ValueError, match="no IPv4 or IPv6 address, no host name and not the word gateway"):
        IcmpEngine.check_address(address)


@pytest.mark.parametrize("address", ["224.0.0.1", "ff02::1", "0.0.0.0", "::"])
def test_an_address_of_many_hosts_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not the address of one host"):
        IcmpEngine.check_address(address)


@pytest.mark.parametrize(
    "wrong", [{"packets": 0}, {"size": 15}, {"size": 65_508}, {"dscp": 64}, {"dscp": -1}, {"sise": 56}]
)
def test_options_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        IcmpOptions.model_validate(wrong)


def test_a_round_is_spread_over_its_packets() -> None:
    assert IcmpEngine.options is IcmpOptions
    assert IcmpOptions(packets=7).packets_a_round == 7
