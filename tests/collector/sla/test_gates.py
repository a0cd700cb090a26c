"""What must hold besides a breach before it pays."""

from __future__ import annotations

from typing import Any

import pytest

from collector.sla.evidence import EarlierPeriod, Ticket
from collector.sla.rounding import in_words
from tests.collector.sla.build import measured, rounds
from tests.collector.sla.cases import DAY, a_case, april, at, judged, told

RTT = {"metric": "rtt", "stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"}


def gated(*gates: dict[str, str], **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return RTT | {"only_if": list(gates)} | changes


def daily(*delays: str, start: float = 0) -> Any:  # noqa: ANN401
    return measured(rounds(at(start), DAY, *([one] for one in delays)))


SLOW = daily("50")


@pytest.mark.parametrize(
    ("tickets", "within", "gate"),
    [
        ([], "2h", "no ticket was opened, so none was left uncured for 2 h"),
        ([Ticket("T", at(10), at(12))], "2h", "every ticket was cured within 2 h"),
        ([Ticket("T", at(10), at(12) + 1)], "2h", ""),
        ([Ticket("T", at(10))], "2h", ""),
        ([Ticket("T", at(10), at(12)), Ticket("U", at(20), at(30))], "2h", ""),
        ([Ticket("T", at(-10), at(12))], "2h", "no ticket was opened, so none was left uncured for 2 h"),
        ([Ticket("T", at(720))], "2h", "no ticket was opened, so none was left uncured for 2 h"),
        ([Ticket("T", at(10), at(48))], "1bd", "every ticket was cured within 1 business day"),
        ([Ticket("T", at(10), at(48.001))], "1bd", ""),
    ],
)
def test_a_ticket_that_was_not_cured_in_time_opens_the_gate(
    tickets: list[Ticket], within: str, gate: str
) -> None:
    objective = gated({"not_cured_within": within, "of": "ticket"})
    one = judged(objective, a_case(SLOW, tickets=tickets))
    assert told(one, "verdict", "gate") == ("breached", gate)


def test_a_ticket_is_cured_when_its_outage_is_over_too() -> None:
    tickets = [Ticket("T", at(10), at(11))]
    objective = gated({"not_cured_within": "2h"})
    assert judged(objective, a_case(SLOW, tickets=tickets, down=april((9.5, 13)))).gate == ""
    assert judged(objective, a_case(SLOW, tickets=tickets, down=april((9.5, 12)))).gate != ""


def test_a_ticket_of_an_outage_of_the_period_counts_though_it_was_opened_before() -> None:
    case = a_case(SLOW, tickets=[Ticket("T", at(-1), at(6))], down=april((-2, 5)))
    assert judged(gated({"not_cured_within": "2h"}), case).gate == ""


def test_an_open_ticket_has_time_left_while_it_is_young() -> None:
    tickets = [Ticket("T", at(10))]
    case = a_case(SLOW, tickets=tickets, now="2026-04-01T12:00:00Z")
    assert judged(gated({"not_cured_within": "2h"}), case).gate == "every ticket was cured within 2 h"
    later = a_case(SLOW, tickets=tickets, now="2026-04-01T12:00:01Z")
    assert judged(gated({"not_cured_within": "2h"}), later).gate == ""


@pytest.mark.parametrize(
    ("before", "gate"),
    [
        (["46"] * 30, ""),
        (["20"] * 30, "the promise is kept by 35 over the 60 days before the period's end"),
        (["20", "62", *["45"] * 28], ""),
    ],
)
def test_the_mean_over_a_longer_time_must_miss_too(before: list[str], gate: str) -> None:
    seen = daily(*before, *["50"] * 30, start=-30 * 24)
    one = judged(gated({"trailing_mean": "60d"}), a_case(seen))
    assert told(one, "measured", "gate") == (50, gate)


def test_what_was_down_before_the_period_is_left_out_of_the_mean_as_well() -> None:
    seen = daily(*["20"] * 30, *["50"] * 30, start=-30 * 24)
    case = a_case(seen, down=april((-800, 0)))
    assert judged(gated({"trailing_mean": "60d"}, **{"while": "available"}), case).gate == ""


def test_a_mean_of_nothing_keeps_the_gate_shut() -> None:
    objective = {"metric": "time_to_repair", "each": "<= 1h", "only_if": [{"trailing_mean": "30d"}]}
    one = judged(objective, a_case(down=april((1, 3))))
    assert one.gate == "nothing is known of the 30 days before the period's end"


def test_availability_over_a_longer_time_counts_what_was_down_before() -> None:
    objective = {"metric": "availability", "target": ">= 99%", "only_if": [{"trailing_mean": "60d"}]}
    assert judged(objective, a_case(down=april((1, 10)))).gate.startswith(
        "the promise is kept by 99.375 over"
    )
    assert judged(objective, a_case(down=april((-100, -94), (1, 10)))).gate == ""


@pytest.mark.parametrize(
    ("earlier", "cure", "shut"),
    [
        ([("2026-03", "breached")], "30d", False),
        ([("2026-03", "breached")], "30d1m", True),
        ([("2026-03", "met")], "30d", True),
        ([("2026-02", "breached"), ("2026-03", "met")], "58d", False),
        ([], "1d", True),
        ([("2026-03", "breached")], "22bd", False),
        ([("2026-03", "breached")], "23bd", True),
    ],
)
def test_an_earlier_breach_with_time_to_cure_opens_the_gate(
    earlier: list[tuple[str, str]], cure: str, shut: bool
) -> None:
    known = [EarlierPeriod(label, {"rtt": verdict, "loss": "breached"}) for label, verdict in earlier]
    gate = judged(gated({"cure": cure}), a_case(SLOW, earlier=known)).gate
    assert bool(gate) is shut
    if shut:
        ended = f"ended {in_words(cure)} or more before this one's end"
        assert gate == f"it was not breached in a period that {ended}"


def test_every_gate_must_hold_and_a_kept_promise_has_none() -> None:
    gates = [{"not_cured_within": "2h"}, {"cure": "30d"}]
    case = a_case(SLOW, tickets=[Ticket("T", at(10))])
    assert judged(gated(*gates), case).gate.startswith("it was not breached")
    assert judged(gated(gates[0]), case).gate == ""
    assert judged(gated(*gates, target="<= 50ms"), case).gate == ""
    assert judged(RTT, case).gate == ""
