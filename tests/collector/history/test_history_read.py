"""What a history says, as the evidence that it becomes."""

from __future__ import annotations

import json
import random
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.blame import Verdict
from collector.circuits import Status
from collector.history import HistoryErrors, read_history
from collector.sla.calendar import rfc3339
from collector.sla.evidence import EarlierPeriod, Evidence, Excuse, Hold, Load, Ticket
from collector.sla.rules import EVERY_PROBE, Judges
from collector.sla.timeline import Stretch
from collector.sla.tracks import Measured
from config.dated import Dated
from config.fields import Money
from config.settings import Bandwidth, JudgedBy
from probes.model import Reason, Round
from probes.values import Rate
from tests.collector.history.write import evidence, history, known, ms

TEN, NOON = "2026-04-03T10:00:00Z", "2026-04-03T12:00:00Z"


def rounds_of(one: Measured) -> list[Round]:
    """The rounds of a series as values."""
    return [one.rounds.row(1, place) for place in range(len(one.rounds))]


def test_the_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    whole = {
        "circuit": {
            "id": "X-1",
            "monthly_charge": "1500.00",
            "active": {"from": "2026-01-01"},
            "timezone": "UTC",
        },
        "intervals": [{"from": TEN, "to": "2026-04-03T10:47:00Z", "status": "down"}],
        "rounds": [{"at": TEN, "every": 300, "sent": 1, "received": 1, "rtt_ms": ["40.0"]}],
        "now": "2026-05-03T00:00:00Z",
    }
    found = history(tmp_path, **whole)
    facts, seen = found.circuits["X-1"]
    assert (facts.first_day, facts.last_day, facts.timezone) == (date(2026, 1, 1), None, "UTC")
    assert facts.monthly_charge == Dated.always(Money(Decimal("1500.00"), ""))
    assert facts.currency == ""
    assert seen.intervals is not None
    assert seen.intervals.stretches == (Stretch(ms(TEN), ms("2026-04-03T10:47:00Z"), Status.DOWN),)
    assert [one.rtts for one in rounds_of(seen.measured[0])] == [(400_000,)]
    assert (found.now_ms, found.zoneless) == (ms("2026-05-03T00:00:00Z"), frozenset())


@pytest.mark.parametrize(
    ("parts", "says"), [({}, False), ({"intervals": []}, True), ({"intervals": None}, False)]
)
def test_an_empty_list_of_intervals_says_that_it_was_up_and_none_says_nothing(
    tmp_path: Path, parts: dict[str, Any], says: bool
) -> None:
    assert (evidence(tmp_path, **parts).intervals is not None) is says


def test_intervals_of_one_circuit_say_of_the_others_that_they_were_up(tmp_path: Path) -> None:
    down = {"from": TEN, "to": NOON, "status": "down", "circuit": "a"}
    found = history(tmp_path, circuits=[{"id": "a"}, {"id": "b"}], intervals=[down])
    timelines = [seen.intervals.stretches for _, seen in found.circuits.values() if seen.intervals]
    assert [len(one) for one in timelines] == [1, 0]


def test_a_cause_stays_with_its_interval(tmp_path: Path) -> None:
    seen = evidence(tmp_path, intervals=[{"from": TEN, "to": NOON, "status": "down", "cause": "fibre cut"}])
    assert seen.intervals is not None
    assert seen.intervals.tagged("cause:fibre cut") == seen.intervals.where(Status.DOWN)


def test_times_keep_their_milliseconds_and_their_offset_counts(tmp_path: Path) -> None:
    spelled = {"from": "2026-04-03T12:00:00.250+02:00", "to": "2026-04-03t10:00:01z", "status": "unknown"}
    seen = evidence(tmp_path, intervals=[spelled])
    assert seen.intervals is not None
    assert seen.intervals.stretches == (Stretch(ms(TEN) + 250, ms(TEN) + 1000, Status.UNKNOWN),)


@pytest.mark.parametrize(
    ("sent", "received", "reason", "verdict"),
    [
        (2, 2, None, Verdict.UP),
        (2, 1, None, Verdict.UP),
        (2, 0, None, Verdict.DOWN),
        (0, 0, None, Verdict.UNKNOWN),
        (2, 0, "refused", Verdict.UP),
        (2, 0, "unreachable", Verdict.DOWN),
        (2, 0, "local", Verdict.UNKNOWN),
        (2, 1, "local", Verdict.UP),
    ],
)
def test_a_round_is_up_where_anything_came_back(
    tmp_path: Path, sent: int, received: int, reason: str | None, verdict: Verdict
) -> None:
    one = {"at": TEN, "every": 10, "sent": sent, "received": received, "reason": reason}
    (series,) = evidence(tmp_path, rounds=[one]).measured
    assert series.verdict.tolist() == [verdict]
    assert series.verdict.dtype == np.int8
    said = Reason(reason) if reason else Reason.TIMEOUT if received < sent else Reason.NONE
    assert [one.reason for one in rounds_of(series)] == [said]


@pytest.mark.parametrize(
    ("texts", "units"),
    [
        (["40"], (400_000,)),
        (["40.0"], (400_000,)),
        (["0.0001"], (1,)),
        (["40.00010000"], (400_001,)),
        (["123456789.1234"], (1_234_567_891_234,)),
        (["0"], (0,)),
        ([40], (400_000,)),
        ([None, "1.5", None], (None, 15_000, None)),
        ([None], (None,)),
    ],
)
def test_round_trip_times_are_exact(
    tmp_path: Path, texts: list[str | int | None], units: tuple[int | None, ...]
) -> None:
    received = len(texts) - texts.count(None)
    one = {"at": TEN, "every": 10, "sent": len(texts), "received": received, "rtt_ms": texts}
    (series,) = evidence(tmp_path, rounds=[one]).measured
    assert rounds_of(series)[0].rtts == units


@pytest.mark.parametrize("text", ["40.0001", "0.1", "4.01e1"])
def test_a_bare_number_is_read_digit_for_digit(tmp_path: Path, text: str) -> None:
    whole = '{"circuit": {"id": "X"}, "rounds": [{"at": "%s", "every": 0.5, "sent": 1.0, "received": 1, '
    path = tmp_path / "h.json"
    path.write_text(whole % TEN + f'"rtt_ms": [{text}]}}]}}')
    (series,) = read_history(path).circuits["X"][1].measured
    assert series.rounds.rtts.tolist() == [int(Decimal(text) * 10_000)]
    assert series.rounds.every_ms == 500


@pytest.mark.parametrize("rtts", [{}, {"rtt_ms": []}, {"rtt_ms": None}])
def test_without_round_trip_times_only_the_counts_are_known(tmp_path: Path, rtts: dict[str, Any]) -> None:
    one = {"at": TEN, "every": 10, "sent": "10", "received": "7", **rtts}
    (series,) = evidence(tmp_path, rounds=[one]).measured
    (row,) = rounds_of(series)
    assert (row.sent, row.received, row.rtts) == (10, 7, ())


def test_repeated_rounds_are_the_same_as_written_out(tmp_path: Path) -> None:
    first = {"at": TEN, "every": 60, "sent": 2, "received": 1, "rtt_ms": ["40.0", None]}
    other = {"at": "2026-04-03T10:03:00Z", "every": 60, "sent": 1, "received": 1, "rtt_ms": ["7"]}
    short = evidence(tmp_path, rounds=[{**other, "repeat": 2}, {**first, "repeat": 3}])
    long = evidence(
        tmp_path,
        rounds=[
            *({**first, "at": f"2026-04-03T10:0{minute}:00Z"} for minute in range(3)),
            *({**other, "at": f"2026-04-03T10:0{minute}:00Z"} for minute in (3, 4)),
        ],
    )
    assert rounds_of(short.measured[0]) == rounds_of(long.measured[0])
    assert [one.at_ms for one in rounds_of(short.measured[0])] == [ms(TEN) + n * 60_000 for n in range(5)]


def test_rounds_are_kept_apart_by_probe_class_direction_family_and_length(tmp_path: Path) -> None:
    plain: dict[str, object] = {"at": TEN, "every": 10, "sent": 1, "received": 1}
    kinds: list[dict[str, object]] = [{"probe": "far"}, {"dscp": 46}, {"direction": "forward"}, {"family": 6}]
    later = {**plain, "at": NOON, "every": 60}
    seen = evidence(tmp_path, rounds=[plain, later, *(plain | kind for kind in kinds)])
    told = [(one.probe, one.dscp, one.direction, one.family, one.rounds.every_ms) for one in seen.measured]
    assert told == [
        ("", None, None, None, 10_000),
        ("", None, None, None, 60_000),
        ("far", None, None, None, 10_000),
        ("", 46, None, None, 10_000),
        ("", None, "forward", None, 10_000),
        ("", None, None, 6, 10_000),
    ]


def test_work_is_judged_by_the_key_of_its_kind(tmp_path: Path) -> None:
    span = {"from": TEN, "to": NOON}
    seen = evidence(
        tmp_path,
        maintenance=[
            span,
            {**span, "kind": "scheduled", "announced": TEN, "state": "disputed"},
            {**span, "kind": "emergency"},
            {**span, "kind": "migration"},
        ],
        exclusions=[{**span, "kind": "customer", "state": "claimed"}],
    )
    begin, end = ms(TEN), ms(NOON)
    assert seen.excuses == (
        Excuse(begin, end, "maintenance"),
        Excuse(begin, end, "maintenance", begin, "disputed"),
        Excuse(begin, end, "emergency_maintenance"),
        Excuse(begin, end, "migration"),
        Excuse(begin, end, "customer", state="claimed"),
    )


def test_a_ticket_has_its_moments_and_its_holds(tmp_path: Path) -> None:
    moments = ["opened", "closed", "reported", "acknowledged", "notified", "repair_started", "outage"]
    times = [f"2026-04-03T1{hour}:00:00Z" for hour in range(7)]
    hold = {"from": TEN, "to": NOON, "reason": "customer_wait"}
    full = {**dict(zip(moments, times, strict=True)), "id": 4711, "dispatched": True, "holds": [hold]}
    seen = evidence(tmp_path, tickets=[full, {"id": "T2", "opened": TEN, "closed": TEN}])
    opened, closed, reported, acknowledged, notified, started, outage = map(ms, times)
    assert seen.tickets == (
        Ticket(
            "4711",
            opened,
            closed,
            reported,
            acknowledged,
            notified,
            started,
            outage,
            dispatched=True,
            holds=(Hold(ms(TEN), ms(NOON), "customer_wait"),),
        ),
        Ticket("T2", ms(TEN), ms(TEN)),
    )


def test_samples_are_exact_and_in_order_of_time(tmp_path: Path) -> None:
    seen = evidence(
        tmp_path,
        samples=[
            {"at": NOON, "probe": "cpe", "direction": "receive", "utilisation": "0.82"},
            {"at": TEN, "throughput": 1.05},
        ],
    )
    assert seen.loads == (
        Load(ms(TEN), throughput=Fraction(105, 100)),
        Load(ms(NOON), "cpe", "receive", Fraction(82, 100)),
    )


def test_earlier_periods_have_their_verdicts_and_credit(tmp_path: Path) -> None:
    seen = evidence(
        tmp_path,
        previous=[
            {"period": "2026-03", "availability": {"verdict": "breached"}, "credit": "100.00"},
            {"period": "2026-Q1", "rtt": {"verdict": "met"}, "credit": "2.50 USD"},
            {"period": "2025"},
        ],
    )
    assert seen.earlier == (
        EarlierPeriod("2026-03", {"availability": "breached"}, Fraction(100)),
        EarlierPeriod("2026-Q1", {"rtt": "met"}, Fraction(5, 2)),
        EarlierPeriod("2025", {}),
    )


def test_a_circuit_has_the_keys_of_the_configuration(tmp_path: Path) -> None:
    facts, _ = known(
        tmp_path,
        circuit={
            "id": "X-1",
            "monthly_charge": [{"value": "1000 EUR"}, {"from": "2026-03-01", "value": "1200.50 EUR"}],
            "access_charge": 100,
            "port_charge": 20.5,
            "one_time_charge": "500 EUR",
            "active": {"from": "2026-01-15", "until": "2026-12-31"},
            "timezone": "America/New_York",
            "site": "nyc",
            "carrier_id": "IZ/1",
            "account": 4711,
            "contract": "gold",
            "bandwidth": {"down": "100M", "commit": "50M"},
            "due": "2026-02-01",
            "delivered": "2026-02-03",
            "up_when": {"at_least": 2},
            "judged_by": {"availability": ["pe", "far"], "loss": "least"},
        },
    )
    assert facts.monthly_charge.at(date(2026, 2, 28)) == Money(Decimal(1000), "EUR")
    assert facts.monthly_charge.at(date(2026, 3, 1)) == Money(Decimal("1200.50"), "EUR")
    charges = (facts.access_charge, facts.port_charge, facts.one_time_charge)
    assert [str(one) for one in charges] == ["100 ", "20.5 ", "500 EUR"]
    assert (facts.first_day, facts.last_day) == (date(2026, 1, 15), date(2026, 12, 31))
    assert (facts.due, facts.delivered) == (date(2026, 2, 1), date(2026, 2, 3))
    assert (facts.timezone, facts.site, facts.carrier_id, facts.account) == (
        *("America/New_York", "nyc", "IZ/1", "4711"),
    )
    assert facts.bandwidth == Bandwidth(down=Rate.parse("100M"), commit=Rate.parse("50M"))
    assert facts.up_when == 2
    assert facts.judged_by == JudgedBy(availability=("pe", "far"), loss="least")
    assert (facts.currency, facts.later_judges) == ("EUR", ())


def test_who_judges_changes_at_midnight_of_the_circuits_zone(tmp_path: Path) -> None:
    facts, _ = known(
        tmp_path,
        circuit={
            "id": "X-1",
            "timezone": "America/New_York",
            "up_when": [{"value": "all"}, {"from": "2026-04-20", "value": {"at_least": 3}}],
            "judged_by": [
                {"from": "2026-01-01", "value": {}},
                {"from": "2026-04-10", "value": {"rtt": ["far"]}},
            ],
        },
    )
    far = JudgedBy(rtt=("far",))
    assert (facts.up_when, facts.judged_by) == ("all", JudgedBy())
    assert facts.later_judges == (
        Judges(ms("2026-04-10T04:00:00Z"), "all", far),
        Judges(ms("2026-04-20T04:00:00Z"), 3, far),
    )


def test_a_circuit_without_a_zone_stands_in_utc_and_is_named(tmp_path: Path) -> None:
    found = history(tmp_path, circuit={"id": "X-1"})
    facts, seen = found.circuits["X-1"]
    assert (facts.timezone, facts.judged_by, found.zoneless) == ("UTC", EVERY_PROBE, frozenset({"X-1"}))
    assert seen == Evidence()
    assert found.now_ms is None


def test_bandwidth_is_what_it_was_on_a_day(tmp_path: Path) -> None:
    steps = [{"value": {"down": "10M"}}, {"from": "2026-04-01", "value": {"down": "20M"}}]
    found = history(
        tmp_path, circuits=[{"id": "a", "bandwidth": steps}, {"id": "b", "bandwidth": {"up": "1M"}}]
    )

    def down(day: date) -> list[str]:
        return [str(facts.bandwidth and facts.bandwidth.down) for facts, _ in found.on(day)]

    assert down(date(2026, 3, 31)) == ["10M", "None"]
    assert down(date(2026, 4, 1)) == ["20M", "None"]


def test_each_circuit_gets_its_own_entries(tmp_path: Path) -> None:
    ticket = {"id": "T1", "opened": TEN}
    one = {"at": TEN, "every": 10, "sent": 1, "received": 1}
    found = history(
        tmp_path,
        circuits=[{"id": "a"}, {"id": "b"}],
        tickets=[
            {**ticket, "circuit": "b"},
            {**ticket, "circuit": "a"},
            {**ticket, "id": "T2", "circuit": "b"},
        ],
        rounds=[{**one, "circuit": "b"}],
    )
    held = {
        name: ([one.id for one in seen.tickets], len(seen.measured))
        for name, (_, seen) in found.circuits.items()
    }
    assert held == {"a": (["T1"], 0), "b": (["T1", "T2"], 1)}


def test_the_only_circuit_may_be_named_by_its_entries(tmp_path: Path) -> None:
    assert len(evidence(tmp_path, tickets=[{"id": "T1", "opened": TEN, "circuit": "X-1"}]).tickets) == 1


PACKETS = st.lists(st.none() | st.integers(0, 10**13).map(lambda units: units), max_size=4)


@st.composite
def made_rounds(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rounds of two probes that do not overlap, each with its packets in units of 100 ns."""
    made = []
    for probe in ("", "far"):
        at = ms(TEN)
        for _ in range(draw(st.integers(0, 4))):
            every, repeat = draw(st.sampled_from((1_000, 1_500, 60_000))), draw(st.integers(1, 3))
            at += draw(st.integers(0, 5_000))
            made.append(
                {"probe": probe, "at": at, "every": every, "repeat": repeat, "packets": draw(PACKETS)}
            )
            at += every * repeat
    return made


def written(one: dict[str, Any]) -> dict[str, Any]:
    """A made round as the file has it."""
    texts = [None if units is None else f"{Decimal(units) / 10_000:f}" for units in one["packets"]]
    entry = {
        "at": rfc3339(one["at"]),
        "every": f"{Decimal(one['every']) / 1000}",
        "sent": len(texts),
        "received": len(texts) - texts.count(None),
        "rtt_ms": texts,
        "repeat": one["repeat"],
    }
    return entry | ({"probe": one["probe"]} if one["probe"] else {})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made_rounds(), st.randoms(use_true_random=False))
def test_rounds_that_are_written_are_read_in_any_order(
    tmp_path: Path, made: list[dict[str, Any]], order: random.Random
) -> None:
    entries = [written(one) for one in made]
    order.shuffle(entries)
    seen = evidence(tmp_path, rounds=entries)
    found = {
        (series.probe, row.at_ms, row.every_ms): row.rtts
        for series in seen.measured
        for row in rounds_of(series)
    }
    expected = {
        (one["probe"], one["at"] + turn * one["every"], one["every"]): tuple(one["packets"])
        for one in made
        for turn in range(one["repeat"])
    }
    assert found == expected
    for series in seen.measured:
        assert (np.diff(series.rounds.at_ms) >= series.rounds.every_ms).all()


def moments(draw: st.DrawFn, count: int) -> list[int]:
    """Strictly growing times of April 2026."""
    begin = ms("2026-04-01T00:00:00Z")
    return sorted(
        draw(st.lists(st.integers(begin, begin + 10**9), min_size=count, max_size=count, unique=True))
    )


@st.composite
def made_intervals(draw: st.DrawFn) -> list[Stretch]:
    """Stretches that do not overlap."""
    cuts = moments(draw, 2 * draw(st.integers(0, 5)))
    pairs = zip(cuts[::2], cuts[1::2], strict=True)
    return [Stretch(begin, end, draw(st.sampled_from(Status))) for begin, end in pairs]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made_intervals(), st.randoms(use_true_random=False))
def test_intervals_that_are_written_are_read_in_any_order(
    tmp_path: Path, made: list[Stretch], order: random.Random
) -> None:
    entries = [{"from": rfc3339(one[0]), "to": rfc3339(one[1]), "status": str(one[2])} for one in made]
    order.shuffle(entries)
    seen = evidence(tmp_path, intervals=entries)
    assert seen.intervals is not None
    assert seen.intervals.stretches == tuple(made)


KEYS = st.sampled_from(["circuit", "id", "rounds", "at", "every", "sent", "now", "tickets"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANYTHING)
def test_whatever_json_a_file_holds_is_read_or_refused_with_places(tmp_path: Path, whole: object) -> None:
    path = tmp_path / "h.json"
    path.write_text(json.dumps(whole))
    try:
        read_history(path)
    except HistoryErrors as errors:
        assert all(one.line == 1 for one in errors.problems)  # noqa: PT017 - either is right
