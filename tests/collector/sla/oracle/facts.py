"""What is known before anything is counted: the period, who says what, and what is excluded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collector.sla.oracle.clocks import (
    DAY,
    day_of,
    days_between,
    duration,
    later,
    local,
    midnight,
    moment,
    period_of,
    weekly,
)
from tests.collector.sla.oracle.sets import Pair, Times, both, joined, length, less
from tests.collector.sla.oracle.status import status_of

KINDS = {"scheduled": "maintenance", "emergency": "emergency_maintenance"}


@dataclass
class Facts:
    """One contract, one circuit, one period."""

    contract: Mapping[str, Any]
    history: Mapping[str, Any]
    zone: ZoneInfo
    whole_period: Pair
    period: Pair
    world: Pair
    down: Times
    status_unknown: Times
    numerator: Times
    joint: Times
    window: Times
    hours: Times
    holidays: set[str]
    known: Times

    @property
    def noted(self) -> Times:
        """What notes take out, also off hours."""
        return joined([*self.numerator, *self.joint, *self.window])

    @property
    def unknown(self) -> Times:
        """Time in an exclusion isn't unknown."""
        return less(self.status_unknown, self.excluded)

    @property
    def excluded(self) -> Times:
        """All that a note takes out."""
        return both(self.noted, self.hours)


def gathered(contract: Mapping[str, Any], history: Mapping[str, Any], label: str) -> Facts:
    """Everything that the rules of counting start from."""
    zone = ZoneInfo(contract["timezone"])
    period = period_of(contract["period"], label, zone)
    now = moment(history["now"]) if "now" in history else period[1] + 400 * DAY
    world = (period[0] - 400 * DAY, period[1] + 400 * DAY)
    holidays = set(contract.get("holidays", ()))
    effects: dict[str, list[Pair]] = {"numerator": [], "both": [], "window": []}
    for kind, rule in contract.get("exclude", {}).items():
        if rule != "counts":
            effects[rule.get("effect", "numerator")] += excluded_by(kind, rule, history, zone, holidays)
    active = both([period], [active_span(history["circuit"], zone, world)])[0]
    down, unknown, known = status_of(history, contract["outage"]["down"], active, (world[0], now))
    hours = [world]
    if "hours" in contract:
        hours = weekly(list(contract["hours"].items()), (period[0] - 70 * DAY, period[1] + 70 * DAY), zone)
    return Facts(
        contract,
        history,
        zone,
        period,
        active,
        world,
        down,
        unknown,
        joined(effects["numerator"]),
        joined(effects["both"]),
        joined(effects["window"]),
        hours,
        holidays,
        known,
    )


def active_span(circuit: Mapping[str, Any], zone: ZoneInfo, world: Pair) -> Pair:
    """From its first day to the end of its last."""
    active = circuit.get("active", {})
    begin = midnight(date.fromisoformat(active["from"]), zone) if "from" in active else world[0]
    end = midnight(date.fromisoformat(active["to"]) + timedelta(1), zone) if "to" in active else world[1]
    return begin, end


def excluded_by(
    kind: str, rule: Mapping[str, Any], history: Mapping[str, Any], zone: ZoneInfo, holidays: set[str]
) -> Times:
    """The time that notes of a kind exclude."""
    notes = [
        {**one, "kind": KINDS.get(one.get("kind", "scheduled"), one.get("kind"))}
        for one in history.get("maintenance", [])
    ]
    notes += history.get("exclusions", [])
    good: list[Pair] = []
    left: dict[int, int] = {}
    for note in sorted(notes, key=lambda one: moment(one["from"])):
        span = moment(note["from"]), moment(note["to"])
        state = note.get("state", "accepted")
        if note["kind"] != kind or state == "disputed" or not in_time(rule, note, zone, holidays):
            continue
        parts = [span]
        if "windows" in rule:
            windows = [(text.split(" ")[0], text.split(" ")[1]) for text in rule["windows"]]
            parts = both([span], weekly(windows, span, zone))
        if "allowance" in rule:
            parts = used_up(less(parts, joined(good)), duration(rule["allowance"].split("/")[0]), left, zone)
        good += parts
    return joined(good)


def in_time(rule: Mapping[str, Any], note: Mapping[str, Any], zone: ZoneInfo, holidays: set[str]) -> bool:
    """Whether it was announced long enough before."""
    if "notice" not in rule:
        return True
    if "announced" not in note:
        return False
    return later(moment(note["announced"]), rule["notice"], zone, holidays) <= moment(note["from"])


def used_up(times: Times, most: int, left: dict[int, int], zone: ZoneInfo) -> Times:
    """Only so much of it in each local year, the first of it; `left` is what is left of a year."""
    found = []
    for span in times:
        for year in range(day_of(span[0], zone).year, day_of(span[1], zone).year + 1):
            begin, end = midnight(date(year, 1, 1), zone), midnight(date(year + 1, 1, 1), zone)
            for a, b in both([span], [(begin, end)]):
                took = min(b - a, left.setdefault(year, most))
                left[year] -= took
                found.append((a, a + took))
    return joined(found)


def nominal(facts: Facts, times: Times) -> int:
    """How long it is where each day has 24 hours: by wall clock, day after day."""
    shift = 0
    for begin, end in times:
        first, last = wall(begin, facts.zone), wall(end, facts.zone)
        shift += last - first
    return shift


def wall(at: int, zone: ZoneInfo) -> int:
    """The wall clock as if it were UTC."""
    offset = instant_offset(at, zone)
    return at + offset


def instant_offset(at: int, zone: ZoneInfo) -> int:
    """How far the wall clock is ahead of UTC then."""
    shift = local(at, zone).utcoffset()
    assert shift is not None
    return round(shift.total_seconds() * 1000)


def base_denominator(facts: Facts) -> tuple[int, bool]:
    """What the period is divided by before anything leaves it."""
    kind = facts.contract["denominator"]
    inside = both([facts.period], facts.hours)
    if kind == "elapsed":
        return length(inside), False
    if kind == "nominal":
        return nominal(facts, inside), False
    return duration(kind["fixed"]), True


def local_days(span: Pair, zone: ZoneInfo) -> int:
    """How many local days a span touches."""
    return sum(1 for _ in days_between(span, zone))
