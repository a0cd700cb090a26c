"""Rules, statuses, notes and tickets for tests of what counts; times are minutes from MARK."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Literal

from collector.circuits import Status
from collector.sla.availability import Policy, account
from collector.sla.calendar import ms_of
from collector.sla.evidence import Excuse, Hold, Ticket
from collector.sla.reckoning import Account, Excluded
from collector.sla.rules import Rules, Window
from collector.sla.spans import Spans
from collector.sla.timeline import Stretch, Timeline
from config.contract import Contract

MINUTE = 60_000
NEVER = Spans()
OUTAGE = {"loss_at_least": "100%"}
TOP = ("timezone", "denominator", "hours", "exclude", "objectives", "claim", "holidays", "unknown")


def ms(text: str) -> int:
    """An RFC 3339 time as UTC milliseconds."""
    return ms_of(datetime.fromisoformat(text))


MARK = ms("2026-04-13T00:00:00Z")
"""A Monday, some days after the start of a month."""


def minute(at: float) -> int:
    """So many minutes after MARK, as UTC milliseconds."""
    return MARK + round(at * MINUTE)


def minutes(*pairs: tuple[float, float]) -> Spans:
    """Spans by minutes after MARK."""
    return Spans.of((minute(start), minute(end)) for start, end in pairs)


def window(start: float, end: float) -> Window:
    """A judged window by minutes after MARK."""
    return Window(minute(start), minute(end), minute(end))


def contract(**changes: object) -> Contract:
    """A contract with every required key; keys of an outage go there, the others replace top keys whole."""
    top = {key: changes.pop(key) for key in TOP if key in changes}
    terms: dict[str, object] = {
        "carrier": "acme",
        "effective": "2020-01-01",
        "timezone": "UTC",
        "currency": "USD",
        "period": "calendar_month",
        "denominator": "elapsed",
        "unknown": {"policy": "exclude"},
        "objectives": {"availability": {"target": ">= 99.9%"}},
    }
    outage = {"down": OUTAGE, "clock": {"start": "measured", "end": "restored"}, "across_periods": "split"}
    return Contract.model_validate(terms | top | {"outage": outage | changes})


def rules(**changes: object) -> Rules:
    """The rules of such a contract."""
    return Rules.of(contract(**changes), "UTC")


def timeline(start_ms: int, end_ms: int, down: Spans, unknown: Spans = NEVER) -> Timeline:
    """A status over [start, end): down and unknown as given (down first), up otherwise."""
    everywhere = Timeline((Stretch(start_ms, end_ms, Status.UP),))
    return everywhere.over(unknown, Status.UNKNOWN).over(down, Status.DOWN)


def counted(
    its: Rules,
    period: Window,
    down: Spans,
    unknown: Spans = NEVER,
    *,
    excluded: Excluded | None = None,
    tickets: Sequence[Ticket] = (),
    policy: Policy = "exclude",
    without: Iterable[int] = (),
) -> Account:
    """The account of a window whose status is known for a month on both sides."""
    reach = 43_200 * MINUTE
    status = timeline(period.start_ms - reach, period.end_ms + reach, down, unknown)
    return account(
        status,
        its,
        policy,
        period,
        Fraction(period.ms),
        excluded or Excluded(),
        tickets,
        without=frozenset(without),
    )


def ticket(
    opened: float,
    closed: float | None = None,
    *,
    name: str = "T1",
    reported: float | None = None,
    outage: float | None = None,
    holds: Iterable[tuple[float, float, str]] = (),
) -> Ticket:
    """A ticket by minutes after MARK; `holds` are (start, end, reason)."""
    return Ticket(
        name,
        minute(opened),
        _maybe(closed),
        reported_ms=_maybe(reported),
        outage_ms=_maybe(outage),
        holds=tuple(Hold(minute(start), minute(end), reason) for start, end, reason in holds),
    )


def excuse(
    start: float,
    end: float,
    kind: str = "maintenance",
    *,
    announced: float | None = None,
    state: Literal["claimed", "accepted", "disputed"] = "accepted",
) -> Excuse:
    """A note by minutes after MARK."""
    return Excuse(minute(start), minute(end), kind, _maybe(announced), state)


def _maybe(at: float | None) -> int | None:
    return None if at is None else minute(at)
