"""The evidence that a ledger holds of a circuit, besides its rounds."""

from __future__ import annotations

from fractions import Fraction

import pytest

from collector.testimony import asks_for_loads, class_and_family, loads, rate_named, rates_of
from config.contract import Terms
from config.settings import Bandwidth, ProbeSettings
from probes.icmp.options import IcmpOptions
from probes.model import ProbeOptions, Sample
from probes.values import Duration, Rate

MINUTE_MS = 60_000


def terms(**objectives: object) -> Terms:
    return Terms.model_validate({"objectives": objectives})


RTT = {"stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"}
BUSY = {"available": True, "utilisation_below": "90%"}
LOAD = {"stat": "p95", "target": "<= 100%"}


@pytest.mark.parametrize(
    ("given", "asks", "utilisation", "throughput"),
    [
        (terms(rtt=RTT), False, "bandwidth", "bandwidth"),
        (terms(availability={"target": ">= 99.9%"}), False, "bandwidth", "bandwidth"),
        (terms(rtt=RTT | {"while": "available"}), False, "bandwidth", "bandwidth"),
        (terms(rtt=RTT | {"while": BUSY | {"of": "commit"}}), True, "commit", "commit"),
        (terms(rtt=RTT | {"while": BUSY}), True, "bandwidth", "bandwidth"),
        (terms(utilisation=LOAD | {"of": "commit"}), True, "commit", "bandwidth"),
        (terms(throughput={"target": ">= 90%", "of": "commit"}), True, "bandwidth", "commit"),
        (Terms(), False, "bandwidth", "bandwidth"),
    ],
)
def test_loads_are_a_share_of_the_rate_that_the_contract_names(
    given: Terms, asks: bool, utilisation: str, throughput: str
) -> None:
    assert asks_for_loads(given) is asks
    assert (rate_named(given, "utilisation"), rate_named(given, "throughput")) == (utilisation, throughput)


@pytest.mark.parametrize(
    ("named", "rates"),
    [
        ("bandwidth", {"receive": 100_000_000, "transmit": 20_000_000}),
        ("commit", {"receive": 50_000_000, "transmit": 50_000_000}),
    ],
)
def test_what_comes_in_is_a_share_of_down_and_what_goes_out_of_up(named: str, rates: dict[str, int]) -> None:
    bandwidth = Bandwidth(down=Rate.parse("100M"), up=Rate.parse("20M"), commit=Rate.parse("50M"))
    assert rates_of(bandwidth, named) == rates


def test_a_rate_that_is_not_configured_is_nothing_to_compare_with() -> None:
    assert rates_of(Bandwidth(down=Rate.parse("100M")), "bandwidth") == {"receive": 100_000_000}
    assert rates_of(Bandwidth(down=Rate.parse("100M")), "commit") == {}


def polled(
    minute: int, receive: float | None, transmit: float | None = None, speed: float = 125_000
) -> list[Sample]:
    told = {
        "if_receive_utilisation_ratio": receive,
        "if_transmit_utilisation_ratio": transmit,
        "if_speed_bytes_per_second": speed,
        "if_receive_bytes_total": 5,
        "interface": "Gi0/1",
    }
    return [
        Sample(1, minute * MINUTE_MS, 1, name, value) for name, value in told.items() if value is not None
    ]


def test_a_load_is_exact_and_of_the_time_since_the_poll_before() -> None:
    samples = [*polled(0, None), *polled(1, 0.3, 0.1), *polled(2, 0.5), *polled(5, 0.7)]
    found = list(
        loads("cpe", MINUTE_MS, samples, {"receive": 500_000}, {"receive": 1_000_000, "transmit": 10**6})
    )
    assert [(one.at_ms // MINUTE_MS, one.direction, one.utilisation, one.throughput) for one in found] == [
        (0, "receive", Fraction(6, 10), Fraction(3, 10)),
        (0, "transmit", None, Fraction(1, 10)),
        (1, "receive", 1, Fraction(1, 2)),
        (4, "receive", Fraction(14, 10), Fraction(7, 10)),
    ]
    assert {one.probe for one in found} == {"cpe"}


@pytest.mark.parametrize("speed", [0, -1])
def test_of_a_line_whose_speed_is_unknown_nothing_is_said(speed: float) -> None:
    assert list(loads("cpe", MINUTE_MS, polled(1, 0.3, speed=speed), {"receive": 1}, {"receive": 1})) == []


def test_of_a_direction_without_a_rate_nothing_is_said() -> None:
    assert list(loads("cpe", MINUTE_MS, polled(1, 0.3, 0.1), {}, {})) == []
    assert [one.direction for one in loads("cpe", MINUTE_MS, polled(1, 0.3, 0.1), {"transmit": 1}, {})] == [
        "transmit"
    ]


@pytest.mark.parametrize(
    ("address", "dscp", "said"),
    [
        ("192.0.2.1", 46, (46, 4)),
        ("2001:db8::1", 0, (0, 6)),
        ("fe80::1%eth0", 0, (0, 6)),
        ("pe.example", 34, (34, None)),
    ],
)
def test_class_and_family_are_what_the_probes_options_say(
    address: str, dscp: int, said: tuple[int | None, int | None]
) -> None:
    probe = ProbeSettings(name="pe", kind="icmp", address=address, options=IcmpOptions(dscp=dscp))
    assert class_and_family(probe) == said


def test_of_a_probe_that_is_gone_or_knows_no_class_nothing_is_said() -> None:
    options = ProbeOptions(every=Duration(1_000), timeout=Duration(1_000))
    other = ProbeSettings(name="web", kind="tcp", address="web.example:443", options=options)
    assert (class_and_family(None), class_and_family(other)) == ((None, None), (None, None))
