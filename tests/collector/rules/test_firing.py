"""Every alert, judged by promtool: it fires when it should, not at the edge, and it resolves."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.rules.book import names
from collector.rules.facts import Facts
from tests.collector.rules.promtool import GOLD, HERE, HOST, Case, series, wrong

DAY = 86_400
OTHER = {**HERE, "circuit": "b", "carrier": "beta"}


def up(values: str, **more: str) -> dict[str, str]:
    return series("linkledger_circuit_up", values, **{**HERE, **more})


def status(values: str, of: str = "up", **more: str) -> dict[str, str]:
    return series("linkledger_circuit_status", values, **{**HERE, "status": of, **more})


def promise(name: str, values: str, **more: str) -> dict[str, str]:
    return series(f"linkledger_sla_{name}", values, **{**GOLD, **more})


def risky(remaining: str, **more: str) -> list[dict[str, str]]:
    """A month of 30 days at 99.9%: 2,592 s of downtime in all."""
    return [
        promise("budget_remaining_seconds", remaining, **more),
        promise("budget_seconds", "2592x3000", **more),
    ]


def early(chance: str) -> dict[str, str]:
    return promise("budget_end_chance_ratio", chance)


def deadline(seconds: int, name: str = "submit") -> dict[str, str]:
    labels = {**HERE, "contract": "gold", "period": "2026-01", "deadline": name}
    return series("linkledger_claim_deadline_timestamp_seconds", f"{seconds}x40", **labels)


def own(name: str, values: str, **more: str) -> dict[str, str]:
    return series(f"linkledger_{name}", values, **{**HOST, **more})


def rated(values: str, rating: str) -> dict[str, str]:
    return series("linkledger_kpi_rating", values, **HERE, kpi="availability", rating=rating)


def notice(days: float) -> dict[str, str]:
    return series("linkledger_contract_notice_timestamp_seconds", f"{int(days * DAY)}x40", **HERE)


NOTICE = "LinkledgerContractNotice"
AT_RISK = "LinkledgerObjectiveAtRisk"
FAST, LITTLE = 'why="burning fast"', 'why="little left"'
EARLY = 'why="ends early"'
DEADLINE = "LinkledgerClaimDeadlineNear"
CERTIFICATE = "LinkledgerCertificateEnds"
CASES = [
    *(Case(NOTICE, [notice(days)], {1: 0}) for days in (0, 121, 300)),
    *(
        Case(NOTICE, [notice(days)], {1: 1}, f'within="{stage}d"')
        for days, stage in ((119, 120), (89, 90), (61, 90), (59, 60), (29, 30), (1, 30))
    ),
    Case(NOTICE, [notice(29)], {1: 0}, 'within="60d"'),
    Case(
        "LinkledgerActionOverdue",
        [series("linkledger_actions_overdue", "0 2 2 0", site="lon")],
        {0: 0, 2: 1, 3: 0},
    ),
    Case("LinkledgerCircuitDown", [up("1 0 0 0 1")], {1: 0, 2: 1, 4: 0}),
    Case("LinkledgerCircuitDown", [up("1 0 1 0 1 0")], dict.fromkeys(range(6), 0)),
    Case(
        "LinkledgerCircuitDown", [up("0 0 0 stale _x9"), status("0x20")], {2: 1, 3: 0}
    ),  # unknown is not down
    # a restart: silence, then the same again; up to five minutes it stays what it was
    Case(
        "LinkledgerCircuitDown",
        [up("0 0 stale _ _ 0 0"), status("0 0 stale _ _ 0 0")],
        dict.fromkeys(range(1, 7), 1),
    ),
    Case("LinkledgerCircuitDown", [up("0 0 stale _x9"), status("0 0 stale _x9")], {6: 1, 7: 0}),
    Case("LinkledgerCircuitDown", [up("0 0 stale _ 1 1"), status("0 0 stale _ 1 1")], {3: 1, 4: 0}),
    Case("LinkledgerCircuitDown", [up("0x9", instance="x"), up("1x9", instance="y")], {9: 0}),
    Case("LinkledgerCircuitDown", [up("0x9", instance="x"), up("0x9", instance="y")], {9: 1}),
    Case("LinkledgerCircuitUnknown", [status("0 1x13 0", "unknown")], {10: 0, 11: 1, 15: 0}),
    Case("LinkledgerCircuitUnknown", [status("1x15", "unknown"), up("1x15", instance="y")], {15: 0}),
    Case(
        "LinkledgerSiteDown",
        [up("1 0 0 1"), up("1 1 0 0", **OTHER), status("1x5"), status("1x5", **OTHER)],
        {1: 0, 2: 1, 3: 0},
    ),
    Case(
        "LinkledgerSiteDown",  # a restart
        [
            up("0 0 stale 0"),
            up("0 0 stale 0", **OTHER),
            status("0 0 stale 0"),
            status("0 0 stale 0", **OTHER),
        ],
        {1: 1, 2: 1, 3: 1},
    ),
    Case("LinkledgerSiteDown", [up("0x5"), status("1x5")], {5: 0}),  # one circuit has an alert of its own
    Case("LinkledgerSiteDown", [up("0x5"), status("1x5"), status("1x5", **OTHER)], {5: 0}),  # b is unknown
    Case(AT_RISK, risky("2000x60 1970-30x9 1700x40"), {70: 0, 71: 1, 80: 1, 90: 0}, FAST),
    Case(AT_RISK, risky("2000x60 1970-30x7 1760x40"), {75: 0}, FAST),  # 240 s are less than a tenth
    Case(AT_RISK, risky("200x60 140-60x9 -460x40"), {67: 0, 75: 0}, FAST),  # it is broken already
    Case(AT_RISK, risky("300x60 2592x60"), {62: 0, 70: 0, 90: 0}, FAST),  # a new period begins with all of it
    Case(AT_RISK, risky("2000x60 1700 stale _x3 1700x20"), {63: 1, 66: 1}, FAST),  # a restart
    # two hosts that don't agree on what is left: neither sees it go
    Case(AT_RISK, [*risky("2000x90", instance="x"), *risky("1000x90", instance="y")], {80: 0}, FAST),
    Case(AT_RISK, risky("600 500x9 600x9"), {5: 0, 6: 1, 12: 0}, LITTLE),
    Case(AT_RISK, risky("519x30"), {20: 0}, LITTLE),
    # an hour at 81%; not at 80%, and not while little is left, which another says
    Case(AT_RISK, [*risky("600x80"), early("0.81x80")], {59: 0, 61: 1}, EARLY),
    Case(AT_RISK, [*risky("600x80"), early("0.8x80")], {70: 0}, EARLY),
    Case(AT_RISK, [*risky("518x80"), early("0.9x80")], {70: 0}, EARLY),
    # no downtime is promised at all: it is whole, and then broken, and nothing is divided by it
    Case(
        AT_RISK,
        [promise("budget_remaining_seconds", "0x9 -60x9"), promise("budget_seconds", "0x20")],
        {18: 0},
    ),
    # in service since three days before the month's end: that is all there is, and it is whole
    Case(
        AT_RISK, [promise("budget_remaining_seconds", "259x30"), promise("budget_seconds", "259x30")], {20: 0}
    ),
    Case(
        AT_RISK,
        [
            promise("rtt_seconds", "0.037x20 0.02x9"),
            promise("target_rtt_seconds", "0.04x30"),
            promise("violation", "0x30"),
        ],
        {14: 0, 15: 1, 25: 0},
        'why="near its target"',
    ),
    Case(
        AT_RISK,
        [
            promise("loss_ratio", "0.0009x20"),
            promise("target_loss_ratio", "0.001x20"),
            promise("violation", "0x20"),
        ],
        {20: 0},
        'why="near its target"',
    ),
    Case("LinkledgerSlaBreach", [promise("violation", "0 1 1 0")], {0: 0, 1: 1, 3: 0}),
    Case("LinkledgerSlaBreach", [promise("violation", "1 stale _x3 1 stale _x20")], {4: 1, 5: 1, 25: 0}),
    Case(DEADLINE, [deadline(14 * DAY + 600)], {10: 0, 11: 1}, 'severity="warning"'),
    Case(DEADLINE, [deadline(3 * DAY + 600)], {10: 0, 11: 1}, 'severity="critical"'),
    Case(DEADLINE, [deadline(DAY + 600, "ticket")], {0: 1, 10: 1}, 'severity="warning"'),
    Case(DEADLINE, [deadline(DAY + 600, "ticket")], {10: 0, 11: 1}, 'severity="critical"'),
    Case(DEADLINE, [deadline(600)], {9: 2, 10: 0, 11: 0}),  # over is over
    Case(
        "LinkledgerOutageWithoutTicket",
        [
            series("linkledger_outage_ticket_lost_seconds", "60+60x9", **HERE, contract="gold"),
            series("linkledger_outage_ticketed", "0x4 1x5", **HERE),
            up("0x9"),
        ],
        {0: 0, 1: 1, 4: 1, 5: 0},
    ),
    Case(
        "LinkledgerOutageWithoutTicket",  # the contract counts from the measurement: nothing is lost
        [series("linkledger_outage_ticketed", "0x9", **HERE), up("0x9")],
        {5: 0},
    ),
    Case("LinkledgerDown", [series("up", "1 0x4 1", **HOST)], {2: 0, 3: 1, 6: 0}),
    Case(
        "LinkledgerDown",
        [series("up", "1 0x4", **HOST), status("1 stale", **HOST)],
        {3: 1},
        'site="lon", instance="edge"',
    ),
    Case("LinkledgerNoData", [status("1 1 stale _x3 1")], {3: 0, 4: 1, 6: 0}, 'site="lon"'),
    Case("LinkledgerNoData", [status("1 stale", instance="x"), status("1x9", instance="y")], {9: 0}),
    Case(
        "LinkledgerRoundsStale",
        [
            series(
                "linkledger_probe_last_round_timestamp_seconds",
                "60x18 1140x3",
                **HERE,
                probe="pe",
                kind="icmp",
            )
        ],
        {16: 0, 17: 1, 19: 0},
    ),
    Case("LinkledgerClockUnsynchronised", [own("clock_synchronised", "1 0x11 1")], {10: 0, 11: 1, 13: 0}),
    Case(
        "LinkledgerSchedulerLate",
        [
            own("scheduler_lateness_seconds_bucket", "0x40", le="0.1"),
            own("scheduler_lateness_seconds_bucket", "0+60x20 1200x20", le="0.5"),
            own("scheduler_lateness_seconds_bucket", "0+60x20 1200x20", le="+Inf"),
        ],
        {10: 0, 11: 1, 35: 0},
    ),
    Case(
        "LinkledgerSchedulerLate",
        [
            own("scheduler_lateness_seconds_bucket", "0+60x30", le="0.1"),
            own("scheduler_lateness_seconds_bucket", "0+60x30", le="+Inf"),
        ],
        {30: 0},
    ),
    Case("LinkledgerSlotsSkipped", [own("scheduler_skipped_total", "0+1x15 15x20")], {10: 0, 11: 1, 30: 0}),
    Case(
        "LinkledgerKpiCritical",  # held ten minutes; a restart's silence is bridged; rated otherwise it ends
        [rated("_x2 1x20 _x3 1x5 stale", "critical"), rated("_x32 1x10", "good")],
        {11: 0, 13: 1, 24: 1, 31: 1, 34: 0},
    ),
    Case(
        "LinkledgerKpiWarning",
        [series("linkledger_kpi_rating", "1x20", kpi="mttr", rating="warning", site="lon")],
        {14: 0, 15: 1},
    ),
    Case(  # the day and a half is over eleven minutes after the test's begin
        "LinkledgerAnalysisStale",
        [
            own("analysis_last_success_timestamp_seconds", "-129000x30"),
            own("analysis_enabled", "1x24 0x6"),
            series("process_start_time_seconds", "0x30", **HOST),
        ],
        {20: 0, 21: 1, 25: 0},
    ),
    Case(  # never since the start
        "LinkledgerAnalysisStale",
        [own("analysis_enabled", "1x30"), series("process_start_time_seconds", "-129000x30", **HOST)],
        {20: 0, 21: 1},
    ),
    Case("LinkledgerReloadFailed", [own("config_last_reload_successful", "1 0x6 1")], {5: 0, 6: 1, 8: 0}),
    Case(
        "LinkledgerOutputLag",
        [
            own("output_lag_rounds", "7000x30 100", output="far"),
            own("ledger_committed_rounds_total", "0+600x40"),
        ],
        {10: 0, 11: 1, 31: 0},
    ),
    Case(
        "LinkledgerOutputLag",
        [
            own("output_lag_rounds", "5900x30", output="near"),
            own("ledger_committed_rounds_total", "0+600x40"),
        ],
        {30: 0},
    ),
    Case(
        "LinkledgerOutputFailing",
        [own("output_lag_rounds", "0+10x30", output="gone"), own("output_sent_total", "7x30", output="gone")],
        {5: 0, 6: 1, 20: 1},
    ),
    Case(
        "LinkledgerOutputFailing",
        [
            own("output_lag_rounds", "9000-100x30", output="slow"),
            own("output_sent_total", "0+100x30", output="slow"),
        ],
        {30: 0},
    ),
    Case("LinkledgerOutputRejects", [own("output_rejected_total", "0 0 3x90")], {1: 0, 2: 1, 70: 0}),
    Case("LinkledgerOutputGap", [own("output_gap_rounds_total", "0 0 50x90")], {1: 0, 2: 1, 70: 0}),
    Case(
        "LinkledgerLedgerFull",
        [own("ledger_bytes", "90 91x12 80"), own("ledger_max_bytes", "100x20")],
        {10: 0, 11: 1, 14: 0},
    ),
    Case("LinkledgerDiskNearFull", [own("ledger_disk_free_bytes", "1e9 9e8x6 2e9")], {5: 0, 6: 1, 8: 0}),
    Case(
        CERTIFICATE,
        [series("linkledger_tls_remaining_seconds", f"{30 * DAY}-60x90", **HERE, probe="web")],
        {60: 0, 61: 1},
        'severity="warning"',
    ),
    Case(
        CERTIFICATE,
        [series("linkledger_tls_remaining_seconds", f"{7 * DAY}-60x70 {90 * DAY}", **HERE, probe="web")],
        {60: 0, 61: 1, 71: 0},
        'severity="critical"',
    ),
    Case(
        "LinkledgerInterfaceUtilisationHigh",
        [
            series("linkledger_interface_receive_utilisation_ratio", "0.5 0.95x16 0.9", **HERE, probe="cpe"),
            series("linkledger_interface_transmit_utilisation_ratio", "0.9x20", **HERE, probe="cpe"),
        ],
        {15: 0, 16: 1, 18: 0},
        'direction="receive"',
    ),
    Case(
        "LinkledgerInterfaceUtilisationHigh",
        [series("linkledger_interface_transmit_utilisation_ratio", "0.9x20", **HERE, probe="cpe")],
        {20: 0},
    ),
]


def test_each_alert_has_a_case_in_which_it_fires_one_in_which_it_waits_and_its_end() -> None:
    for name in names():
        counts = [count for case in CASES if case.alert == name for count in case.fires.values()]
        assert 0 in counts, name
        assert any(counts), name


@pytest.mark.slow
@pytest.mark.server("prometheus")
def test_each_fires_when_it_should_and_not_before_and_resolves(tmp_path: Path) -> None:
    assert wrong(tmp_path, CASES) == []


@pytest.mark.server("prometheus")
def test_what_a_day_took_counts_too_while_it_goes_on(tmp_path: Path) -> None:
    burning, ten = 'why="burning"', 600
    cases = [
        # a sample in ten minutes; 648 s are a quarter
        Case(AT_RISK, risky("2500x100 1900x50"), {103: 0}, burning),
        Case(
            AT_RISK, risky("2500x100 2150 2150x30 1800x20"), {102: 0, 133: 0, 134: 1, 142: 1, 150: 0}, burning
        ),
    ]
    assert wrong(tmp_path, cases, step_seconds=ten) == []


@pytest.mark.server("prometheus")
def test_a_site_of_the_configuration_that_never_showed_data_has_none(tmp_path: Path) -> None:
    cases = [
        Case("LinkledgerNoData", [status("1x9")], {1: 0, 2: 1, 9: 1}, 'site="nyc"'),
        Case("LinkledgerNoData", [status("1x9")], {9: 0}, 'site="lon"'),
    ]
    assert wrong(tmp_path, cases, Facts(sites=("lon", "nyc"))) == []


@pytest.mark.server("prometheus")
@pytest.mark.parametrize(("every", "before", "then"), [(10, 0, 1), (60, 1, 2), (300, 5, 6)])
def test_a_circuit_is_told_once_the_slowest_one_of_the_estate_can_have_followed(
    tmp_path: Path, every: int, before: int, then: int
) -> None:
    case = Case("LinkledgerCircuitDown", [up("0x20")], {before: 0, then: 1})
    assert wrong(tmp_path, [case], Facts(slowest_every_seconds=every)) == []
