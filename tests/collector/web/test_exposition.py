"""What /metrics says, in both formats."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import Metric as Exposed
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from collector.circuits import Status
from collector.web.metrics import Value
from collector.web.sources import Metric
from collector.web.textformat import gzipped, labels, sample
from probes.model import Outcome, Sample
from tests.clock import FakeClock
from tests.collector.web.estate import AVAILABILITY, NOW_MS, Estate, FakeSources, key, now, outcome
from tests.servers.prometheus import check_metrics

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"

_openmetrics: Callable[[str], Iterable[Exposed]] = openmetrics_families  # the library leaves it untyped
Found = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str, openmetrics: bool = False) -> Found:
    """Every sample by name and labels."""
    families = _openmetrics(text) if openmetrics else text_families(text)
    return {
        (one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples
    }


def value(found: Found, name: str, /, **wanted: str) -> float | None:
    """The one sample of `name` whose labels include `wanted`; None where there is none."""
    [*values] = [v for (n, got), v in found.items() if n == name and got >= set(wanted.items())]
    assert len(values) <= 1, values
    return values[0] if values else None


FOUND: Mapping[str, Value] = {
    "tls_days_left": 12.5,
    "tls_verified": 1,
    "tls_issuer": 'CN="A\\B"',
    "http_dns_seconds": 0.001,
    "http_total_seconds": 0.5,
    "http_status": 200,
    "http_body_bytes": 1_000_000,
    "http_redirects": 0,
    "dns_rcode": 3,
    "dns_answers": 0,
    "dns_ttl_seconds": 300,
    "interface": "Gi0/1",
    "if_receive_bytes_total": 2**62,
    "if_transmit_bytes_total": 5,
    "if_receive_errors_total": 1,
    "if_transmit_discards_total": 2,
    "if_receive_utilisation_ratio": 0.82,
    "if_speed_bytes_per_second": 125_000_000,
    "if_oper_status": 1,
    "sys_uptime_seconds": 86_400.5,
    "gauge:cpu:percent": 40,
    "counter:drops:": 7,
    "text:model": "X1",
    "path": "{" + "x" * 1_000 + "}",
    "path_hops": 9,
}
"""What probes of every kind may find, as if one had."""


def busy(estate: Estate) -> Estate:
    """With measurements of everything."""
    estate.probes.observe([outcome(1, [123_456, None, 40_000]), outcome(2, [None])])
    estate.probes.observe([Outcome(None, tuple(Sample(1, NOW_MS, 0, *one) for one in FOUND.items()))])
    estate.probes.judge(1, 1)
    estate.probes.judge(2, 0)
    estate.scheduler.late([0.0001, 0.003])
    return estate


@pytest.mark.server("prometheus")
def test_promtool_finds_nothing_to_say(estate: Estate) -> None:
    assert check_metrics(busy(estate).text()) == []


def test_every_documented_name_whose_subject_exists_is_there(estate: Estate) -> None:
    names = {name for name, _ in read(busy(estate).text())}
    assert names >= {
        "linkledger_probe_packets_sent_total",
        "linkledger_probe_packets_received_total",
        "linkledger_probe_rtt_seconds_bucket",
        "linkledger_probe_rtt_seconds_sum",
        "linkledger_probe_rtt_seconds_count",
        "linkledger_probe_rounds_total",
        "linkledger_probe_last_round_timestamp_seconds",
        "linkledger_tls_remaining_seconds",
        "linkledger_circuit_up",
        "linkledger_circuit_status",
        "linkledger_circuit_info",
        "linkledger_outage_open",
        "linkledger_sla_availability_ratio",
        "linkledger_sla_rtt_seconds",
        "linkledger_sla_target_availability_ratio",
        "linkledger_sla_target_rtt_seconds",
        "linkledger_sla_target_jitter_seconds",
        "linkledger_sla_violation",
        "linkledger_sla_budget_remaining_seconds",
        "linkledger_sla_budget_seconds",
        "linkledger_sla_credit_amount",
        "linkledger_claim_deadline_timestamp_seconds",
        "linkledger_output_lag_rounds",
        "linkledger_output_sent_total",
        "linkledger_report_last_success_timestamp_seconds",
        "linkledger_report_failures_total",
        "linkledger_analysis_last_success_timestamp_seconds",
        "linkledger_analysis_seconds",
        "linkledger_anomalies",
        "linkledger_circuit_anomaly",
        "linkledger_output_rejected_total",
        "linkledger_output_gap_rounds_total",
        "linkledger_scheduler_lateness_seconds_bucket",
        "linkledger_scheduler_skipped_total",
        "linkledger_ledger_bytes",
        "linkledger_ledger_commit_seconds",
        "linkledger_ledger_dropped_rounds_total",
        "linkledger_engine_events_total",
        "linkledger_config_last_reload_successful",
        "linkledger_build_info",
        "process_cpu_seconds_total",
    }


def test_both_formats_hold_the_same_values(estate: Estate) -> None:
    busy(estate)
    ours = [
        {one: v for one, v in read(text, openmetrics).items() if one[0].startswith("linkledger_")}
        for text, openmetrics in ((estate.text(), False), (estate.text(OPENMETRICS), True))
    ]
    assert ours[0] == ours[1]


def test_openmetrics_is_answered_where_it_is_asked_for_and_ends_as_it_must(estate: Estate) -> None:
    assert estate.exposition.scrape("").content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert estate.exposition.scrape(OPENMETRICS).content_type.startswith("application/openmetrics-text")
    assert estate.text(OPENMETRICS).endswith("\n# EOF\n")
    assert estate.text(OPENMETRICS).count("# EOF") == 1
    assert "# EOF" not in estate.text()


def test_the_histogram_adds_up(estate: Estate) -> None:
    found = read(busy(estate).text())
    of = {"circuit": "lon-acme", "probe": "pe"}
    name = "linkledger_probe_rtt_seconds"
    assert value(found, f"{name}_bucket", le="0.002", **of) == 0
    assert value(found, f"{name}_bucket", le="0.005", **of) == 1
    assert value(found, f"{name}_bucket", le="0.02", **of) == 2
    assert value(found, f"{name}_bucket", le="+Inf", **of) == 2
    assert value(found, f"{name}_count", **of) == 2
    assert value(found, f"{name}_sum", **of) == 0.0163456


def test_every_counter_of_a_target_is_there_before_its_first_round(estate: Estate) -> None:
    found = read(estate.text())
    for result in ("ok", "lost", "unknown"):
        assert value(found, "linkledger_probe_rounds_total", circuit="lon-bolt", result=result) == 0
    for name in ("packets_sent_total", "packets_received_total", "rtt_seconds_count"):
        assert value(found, f"linkledger_probe_{name}", circuit="lon-bolt") == 0
    assert value(found, "linkledger_probe_last_round_timestamp_seconds", circuit="lon-bolt") is None


def test_a_counter_never_says_more_received_than_sent_however_long_the_scrape_takes(estate: Estate) -> None:
    pieces = estate.exposition.scrape().pieces
    text = b""
    for piece in pieces:
        text += piece
        estate.probes.observe([outcome(1, [10])])
    found = read(text.decode())
    sent = value(found, "linkledger_probe_packets_sent_total", circuit="lon-acme")
    assert sent == value(found, "linkledger_probe_packets_received_total", circuit="lon-acme")
    assert sent == value(found, "linkledger_probe_rtt_seconds_count", circuit="lon-acme")


@pytest.mark.parametrize(
    ("name", "up", "status"), [("lon-acme", 1, "up"), ("lon-bolt", 0, "down"), ("lon-wave", None, "unknown")]
)
def test_a_circuit_is_up_1_or_0_and_absent_while_unknown(
    estate: Estate, name: str, up: float | None, status: str
) -> None:
    found = read(estate.text())
    assert value(found, "linkledger_circuit_up", circuit=name) == up
    for one in ("up", "down", "unknown"):
        assert value(found, "linkledger_circuit_status", circuit=name, status=one) == (one == status)
    assert value(found, "linkledger_outage_open", circuit=name) == (status == "down")


def test_a_circuits_facts_are_labels(estate: Estate) -> None:
    facts = {"carrier_id": "IZXX/123456/LON", "service": "dia", "country": "GB", "contract": "acme-dia-gold"}
    found = read(estate.text())
    assert value(found, "linkledger_circuit_info", site="lon-01", carrier="acme", **facts) == 1
    assert value(found, "linkledger_circuit_info", circuit="lon-wave", carrier_id="", contract="") == 1


def test_a_circuit_that_the_settings_no_longer_have_is_shown_all_the_same(clock: FakeClock) -> None:
    estate = Estate(clock, FakeSources(shown=[now("gone", Status.UP)]))
    assert value(read(estate.text()), "linkledger_circuit_info", circuit="gone", carrier_id="") == 1


def test_an_objective_has_its_measured_value_its_target_and_its_verdict(estate: Estate) -> None:
    found = read(estate.text())
    of = {"circuit": "lon-acme", "contract": "acme-dia-gold", "objective": "availability"}
    assert value(found, "linkledger_sla_availability_ratio", **of) == 0.999375
    assert value(found, "linkledger_sla_target_availability_ratio", **of) == 0.9995
    assert value(found, "linkledger_sla_violation", **of) == 1
    assert value(found, "linkledger_sla_budget_remaining_seconds", **of) == -324
    assert value(found, "linkledger_sla_budget_seconds", **of) == 2592
    assert value(found, "linkledger_sla_violation", objective="rtt") == 0
    assert value(found, "linkledger_sla_budget_remaining_seconds", objective="rtt") is None


@pytest.mark.parametrize(
    ("metric", "measured"), [("mos", 4.28), ("repair_seconds", 14_400.0), ("utilisation_ratio", 0.82)]
)
def test_every_metric_that_contracts_promise_has_a_name(
    clock: FakeClock, metric: Metric, measured: float
) -> None:
    figure = replace(AVAILABILITY, objective="it", metric=metric, measured=measured, target=4.0)
    found = read(Estate(clock, FakeSources(judged=[figure])).text())
    assert value(found, f"linkledger_sla_{metric}", objective="it") == measured
    assert value(found, f"linkledger_sla_target_{metric}", objective="it") == 4


def test_what_the_period_pays_so_far_has_its_currency(estate: Estate) -> None:
    found = read(estate.text())
    of = {"site": "lon-01", "carrier": "acme", "circuit": "lon-acme", "contract": "acme-dia-gold"}
    assert value(found, "linkledger_sla_credit_amount", currency="USD", **of) == 60


def test_each_open_claim_has_its_deadlines_and_without_one_there_is_none(clock: FakeClock) -> None:
    found = read(Estate(clock).text())
    name = "linkledger_claim_deadline_timestamp_seconds"
    assert value(found, name, circuit="lon-acme", period="2025-12", deadline="submit") == 1_769_817_600
    assert value(found, name, circuit="lon-acme", period="2026-01", deadline="ticket") == 1_767_484_800
    assert f"{name}{{" not in Estate(clock, FakeSources(due=())).text()


@pytest.mark.parametrize(
    ("is_open", "ticketed", "shown"),
    [(True, True, 1), (True, False, 0), (True, None, None), (False, True, None), (False, None, None)],
)
def test_an_open_outage_says_whether_it_has_a_ticket(
    clock: FakeClock, is_open: bool, ticketed: bool | None, shown: int | None
) -> None:
    one = now("lon-acme", Status.DOWN, outage_open=is_open, outage_ticketed=ticketed)
    found = read(Estate(clock, FakeSources(shown=[one])).text())
    assert value(found, "linkledger_outage_ticketed", circuit="lon-acme") == shown


def test_an_objective_without_enough_data_has_a_target_and_nothing_else(estate: Estate) -> None:
    found = read(estate.text())
    assert value(found, "linkledger_sla_target_jitter_seconds", objective="jitter") == 0.04
    assert value(found, "linkledger_sla_jitter_seconds", objective="jitter") is None
    assert value(found, "linkledger_sla_violation", objective="jitter") is None


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, None])
def test_a_gauge_without_a_value_is_absent_never_nan(clock: FakeClock, nonsense: float | None) -> None:
    figure = replace(AVAILABILITY, measured=nonsense, budget_remaining_seconds=nonsense)
    text = Estate(clock, FakeSources(judged=[figure])).text()
    assert "linkledger_sla_availability_ratio{" not in text
    assert "NaN" not in text


async def test_days_of_a_certificate_go_when_they_are_no_longer_fresh(
    estate: Estate, clock: FakeClock
) -> None:
    assert value(read(busy(estate).text()), "linkledger_tls_remaining_seconds") == 12.5 * 86_400
    await clock.advance(31)
    assert value(read(estate.text()), "linkledger_tls_remaining_seconds") is None


@pytest.mark.parametrize(("problem", "successful"), [("", 1), ("linkledger.yaml:3:1: sits", 0)])
def test_a_reload_that_failed_shows(clock: FakeClock, problem: str, successful: int) -> None:
    estate = Estate(clock, FakeSources(bad_reload=problem))
    assert value(read(estate.text()), "linkledger_config_last_reload_successful") == successful


def test_an_output_shows_its_lag_and_what_it_could_not_deliver(estate: Estate) -> None:
    found = read(estate.text())
    assert value(found, "linkledger_output_lag_rounds", output="central") == 12
    assert value(found, "linkledger_output_rejected_total", output="central") == 1
    success = "linkledger_output_last_success_timestamp_seconds"
    assert value(found, success, output="central") == NOW_MS / 1000 - 5
    assert value(found, success, output="desk") is None


def test_a_report_shows_its_last_success_and_its_failures(estate: Estate) -> None:
    found = read(estate.text())
    success, failures = (
        "linkledger_report_last_success_timestamp_seconds",
        "linkledger_report_failures_total",
    )
    assert (value(found, success, report="noc"), value(found, failures, report="noc")) == (
        NOW_MS / 1000 - 60,
        2,
    )
    assert (value(found, success, report="new"), value(found, failures, report="new")) == (None, 0)


def test_an_engines_counts_are_counters_and_its_levels_gauges(estate: Estate) -> None:
    text = estate.text()
    found = read(text)
    assert value(found, "linkledger_engine_events_total", kind="icmp", event="late") == 2
    assert value(found, "linkledger_engine_outstanding_packets", kind="icmp") == 7
    assert "# TYPE linkledger_engine_outstanding_packets gauge" in text


HOSTILE = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(max_examples=200)
@given(text=HOSTILE)
def test_any_text_comes_back_from_a_label_in_both_formats(text: str) -> None:
    line = f"# TYPE a gauge\n{sample('a', labels(b=text, c='x'), 1)}"
    assert read(line) == {("a", frozenset({("b", text), ("c", "x")})): 1}
    assert read(f"{line}# EOF\n", openmetrics=True) == {("a", frozenset({("b", text), ("c", "x")})): 1}


@settings(max_examples=50)
@given(text=HOSTILE)
def test_any_name_of_a_target_leaves_every_line_readable(text: str) -> None:
    estate = Estate(FakeClock())
    estate.probes.declare(3, key("third", probe=text), 2_000)
    estate.probes.observe([outcome(3, [10])])
    for accept, openmetrics in (("", False), (OPENMETRICS, True)):
        found = read(estate.text(accept), openmetrics)
        assert value(found, "linkledger_probe_rtt_seconds_count", circuit="third", probe=text) == 1
        assert value(found, "linkledger_probe_rounds_total", probe=text, result="ok", circuit="third") == 0


def test_a_lone_surrogate_in_a_name_does_not_break_the_scrape(estate: Estate) -> None:
    estate.probes.declare(3, key("third", probe="\ud800"), 2_000)
    assert value(read(estate.text()), "linkledger_probe_packets_sent_total", probe="?") == 0


def test_packing_keeps_the_text_and_the_pauses_between_its_pieces(estate: Estate) -> None:
    pieces = list(estate.exposition.scrape().pieces)
    packed = list(gzipped(pieces))
    assert gzip.decompress(b"".join(packed)) == b"".join(pieces)
    assert len(packed) == len(pieces) + 1


def test_a_scrape_comes_in_pieces(estate: Estate) -> None:
    for series in range(10, 510):
        estate.probes.declare(series, key(f"c{series}"), 2_000)
    lines = [piece.count(b"\n") for piece in estate.exposition.scrape().pieces]
    assert max(lines) <= 128 * 15


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("linkledger_tls_info", {"issuer": 'CN="A\\B"'}, 1),
        ("linkledger_http_phase_seconds", {"phase": "dns"}, 0.001),
        ("linkledger_http_phase_seconds", {"phase": "total"}, 0.5),
        ("linkledger_http_phase_seconds", {"phase": "tls"}, None),
        ("linkledger_http_status_code", {}, 200),
        ("linkledger_dns_rcode", {}, 3),
        ("linkledger_interface_receive_bytes_total", {}, float(2**62)),
        ("linkledger_interface_transmit_errors_total", {}, None),
        ("linkledger_interface_receive_utilisation_ratio", {}, 0.82),
        ("linkledger_interface_info", {"interface": "Gi0/1"}, 1),
        ("linkledger_snmp_uptime_seconds", {}, 86_400.5),
        ("linkledger_snmp_value", {"name": "cpu", "unit": "percent"}, 40),
        ("linkledger_snmp_increments_total", {"name": "drops", "unit": ""}, 7),
        ("linkledger_path_hops", {}, 9),
    ],
)
def test_what_a_probe_found_stands_under_its_name(
    estate: Estate, name: str, labels: dict[str, str], expected: float | None
) -> None:
    assert value(read(busy(estate).text()), name, **labels) == expected
