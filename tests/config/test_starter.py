"""The starter configuration: from what a host has to a file that is good."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import load_text
from config.settings import Settings
from config.starter import Found, find, plan, starter_text


def settings(found: Found) -> Settings:
    """What the starter configuration of a host becomes; it must not even have a warning."""
    loaded = load_text(starter_text(found), "starter", host=found.host, environ={})
    assert loaded.warnings == ()
    return loaded.settings


@pytest.mark.parametrize(
    ("gateway", "resolvers", "targets", "witness"),
    [
        ("192.168.1.1", ("192.168.1.1", "9.9.9.9"), ["tcp 9.9.9.9:53", "icmp 9.9.9.9"], True),
        (
            "192.168.1.1",
            ("10.0.0.53", "9.9.9.9"),
            ["tcp 9.9.9.9:53", "tcp 10.0.0.53:53", "icmp 9.9.9.9"],
            True,
        ),
        ("192.168.1.1", ("192.168.1.1",), ["icmp gateway"], False),
        ("192.168.1.1", (), ["icmp gateway"], False),
        ("", ("10.0.0.53",), ["tcp 10.0.0.53:53", "icmp 10.0.0.53"], False),
        ("", (), ["icmp 127.0.0.1"], False),
        ("", ("2620:fe::fe",), ["tcp [2620:fe::fe]:53", "icmp 2620:fe::fe"], False),
    ],
)
def test_real_targets_are_measured_and_the_gateway_is_the_witness(
    gateway: str, resolvers: tuple[str, ...], targets: list[str], witness: bool
) -> None:
    made = settings(Found("edge-1.example.net", "Europe/Berlin", gateway, resolvers))
    probes = made.circuits["my-circuit"].probes.values()
    assert [f"{probe.kind} {probe.address}" for probe in probes] == targets
    reference = made.sites["edge-1"].reference
    assert (reference is None) is not witness
    assert made.ledger.path == Path("linkledger-data/ledger.db")


def test_at_most_three_resolvers_are_measured() -> None:
    found = Found("edge-1", "", "192.0.2.1", ("9.9.9.9", "8.8.8.8", "1.1.1.1", "9.9.9.10"))
    assert list(plan(found).probes) == ["dns1", "dns2", "dns3", "ping"]


HOSTS = st.text(alphabet="aZ09-_. é/", min_size=1, max_size=12)
ADDRESSES = st.ip_addresses().map(str).filter(lambda one: "." in one or ":" in one)


@given(HOSTS, st.sampled_from(["", "UTC", "Europe/London"]), st.sampled_from(["", "192.0.2.1"]))
def test_the_starter_of_any_host_is_good(host: str, zone: str, gateway: str) -> None:
    made = settings(Found(host, zone, gateway, ("10.0.0.53",)))
    assert made.here()


def test_a_host_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "run/systemd/resolve").mkdir(parents=True)
    (tmp_path / "etc/timezone").write_text("Europe/Berlin\n")
    (tmp_path / "etc/resolv.conf").write_text(
        "# comment\nnameserver 127.0.0.53\nnameserver nonsense\nnameserver\n"
        "search example.net\nnameserver 9.9.9.9\n"
    )
    (tmp_path / "run/systemd/resolve/resolv.conf").write_text("nameserver 10.0.0.53\nnameserver 9.9.9.9\n")
    found = find(tmp_path, ["192.0.2.1", "fe80::1%eth0"], "edge-1")
    assert found == Found("edge-1", "Europe/Berlin", "192.0.2.1", ("10.0.0.53", "9.9.9.9"))
    assert list(found.sentences()) == [
        "host name edge-1",
        "time zone Europe/Berlin",
        "default gateway 192.0.2.1",
        "resolvers 10.0.0.53, 9.9.9.9",
    ]


def test_the_zone_also_comes_from_the_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/timezone").write_text("Mars/Olympus\n")
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/America/New_York")
    assert find(tmp_path, []).zone == "America/New_York"


def test_a_host_without_anything_is_told_so(tmp_path: Path) -> None:
    found = find(tmp_path, host="box")
    assert found == Found("box", "", "", ())
    assert list(found.sentences())[1:] == [
        "no time zone: UTC is written",
        "no default gateway",
        "no resolver beyond this host",
    ]


def test_the_default_gateway_is_read_from_the_kernels_table(tmp_path: Path) -> None:
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/route").write_text(
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    )
    assert find(tmp_path, host="box").gateway == "192.0.2.1"
