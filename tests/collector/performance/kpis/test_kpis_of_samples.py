"""Key figures of what devices and servers say: certificates, and throughput without a line rate of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from collector.analysis.ratings import Rated
from collector.clerk import Desk
from collector.kpi_watch import values_now
from collector.ledger.bins import BIN_MS
from collector.ledger.chunks import encode_samples
from collector.ledger.model import Series
from collector.ledger.opening import connect_writer, reading, transaction
from collector.ledger.registry import insert_series
from collector.performance.kpis.kpis import rated, yearly
from probes.clock import NS_PER_MS, Instant
from probes.model import Sample
from tests.collector.ledgers import BEGIN_MS, HOUR_MS, key
from tests.collector.performance.filled import IN, OUT, SITE, fill, rounds, settings

NOW_MS = BEGIN_MS + 12 * HOUR_MS
CONFIG = """\
site: lon
sites: {lon: {timezone: Europe/London, reference: none}}
carriers: {acme: {name: Acme}}
credentials: {all: {version: 2c, community: test}}
defaults: {circuits: {carrier: acme, site: lon}}
circuits:
  a:
    judged_by: {availability: [pe], rtt: [pe]}
    bandwidth: {down: 200M, up: 50M}
    probes:
      pe: {icmp: 192.0.2.1, every: 5m}
      cpe: {snmp: 192.0.2.2, credentials: all, interface: wan, every: 5m}
      web: {http: "https://a.example/", every: 5m}
      vpn: {tcp: "192.0.2.3:443", tls: true, every: 5m}
  b: {probes: {web: {http: "https://b.example/", every: 5m}}}
kpis:
  certificates: {measure: tls_days, over: 1h, target: ">= 30d", warning: "< 30d", critical: "< 7d"}
  vpn: {measure: tls_days, probe: vpn, over: 1h, target: ">= 30d"}
  carried: {measure: throughput, over: 15m, target: "<= 100M", warning: "> 120M"}
"""


def served(number: int, left: float, until_ms: int = NOW_MS) -> list[Sample]:
    """What a server's certificate says, every five minutes of three hours: a little less each time."""
    times = range(until_ms - 3 * HOUR_MS, until_ms, BIN_MS)
    return [Sample(number, at_ms, 1, "tls_days_left", left + (until_ms - at_ms) / 864e5) for at_ms in times]


def desk(path: Path, said: Sequence[tuple[str, str, str, Sequence[Sample]]]) -> Desk:
    """A ledger with half a day of `a`'s load at 65% of what was bought, and what servers said."""
    load = [
        Sample(2, at_ms, 1, name, full)
        for at_ms in range(BEGIN_MS, NOW_MS, BIN_MS)
        for name, full in ((IN, 0.65), (OUT, 0.2))
    ]
    fill(path, {"a": rounds(0.5)}, load)
    with closing(connect_writer(path)) as connection, transaction(connection):
        for number, (circuit, probe, kind, samples) in enumerate(said, 3):
            series = key(circuit, SITE, BIN_MS, probe=probe, kind=kind)
            insert_series(connection, Series(number, series), 0)
            for hour in sorted({one.at_ms // HOUR_MS for one in samples}):
                packed = encode_samples(one for one in samples if one.at_ms // HOUR_MS == hour)
                connection.execute("INSERT INTO chunk VALUES (?, ?, 12, x'', ?)", (hour, number, packed))
    return Desk(settings(path, CONFIG), path, Instant(NOW_MS * NS_PER_MS, 0))


@pytest.fixture
def at(tmp_path: Path) -> Desk:
    return desk(
        tmp_path / "l.db",
        [
            ("a", "web", "http", served(3, 5)),
            ("a", "vpn", "tcp", served(4, 40)),
            ("b", "web", "http", served(5, 21)),
        ],
    )


def told(at: Desk) -> dict[tuple[str, str], Rated]:
    with reading(at.ledger):
        return {(one.kpi, one.of): one for one in rated(at)}


def test_the_certificate_with_the_fewest_days_left_is_told(at: Desk) -> None:
    found = told(at)
    assert found["certificates", "a"].value == pytest.approx(5, abs=0.01)
    assert found["certificates", "a"].rating == "critical"
    assert found["certificates", "b"].rating == "warning"
    assert found["certificates", ""].value == found["certificates", "a"].value
    assert found["vpn", "a"].value == pytest.approx(40, abs=0.01)
    assert ("vpn", "b") not in found


def test_a_certificate_that_nobody_showed_lately_is_unknown(tmp_path: Path) -> None:
    old = served(3, 5, NOW_MS - 3 * HOUR_MS)
    one = told(desk(tmp_path / "l.db", [("a", "web", "http", old)]))["certificates", "a"]
    assert (one.value, one.rating) == (None, "unknown")


def test_throughput_is_of_what_was_bought_where_the_device_says_no_line_rate(at: Desk) -> None:
    one = told(at)["carried", "a"]
    assert one.value == pytest.approx(130)
    assert (one.unit, one.rating) == ("Mbit/s", "warning")
    assert one.sentence.startswith("carried of a 130 Mbit/s, above its high threshold of 120 Mbit/s, for ")


def test_metrics_have_them_in_seconds_and_bytes_a_second(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.nice", lambda _: 0)
    values = {(one.kpi, one.circuit): one for one in values_now(at.settings, at.ledger, at.now)}
    assert values["certificates", "b"].value == pytest.approx(21 * 86_400, rel=1e-3)
    assert values["carried", "a"].value == pytest.approx(130e6 / 8)


def test_a_year_of_certificates_is_told_too(at: Desk) -> None:
    with reading(at.ledger):
        assert "certificates" in {one.kpi for one in yearly(at, 2026)}
