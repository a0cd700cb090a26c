"""Business days from the day on which a circuit was due to the one on which it came."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from collector.sla.business import BusinessDays
from collector.sla.calendar import day_start_ms, local_day
from collector.sla.case import Case
from collector.sla.objectives import Finding


def delivery(case: Case) -> Finding:
    """How late it came, or is by now; None in every period but the one that holds that day.

    What has not come when a period ends is judged in it: its end is dated by its last day.
    """
    due, delivered, zone = case.circuit.due, case.circuit.delivered, case.rules.zone
    if due is None:
        return Finding(None, "no day is known on which it was due")
    now_ms = case.now_ms
    if delivered is None and now_ms == case.period.end_ms:
        now_ms -= 1
    today = local_day(now_ms, zone)
    came = delivered if delivered is not None and delivered <= today else None
    at_ms = now_ms if came is None else day_start_ms(came, zone)
    if not case.period.start_ms <= at_ms < case.period.end_ms:
        when = f"it came on {came}" if came else "it has not come yet"
        return Finding(None, f"due on {due}; {when}, which is judged in the period of that day")
    late = BusinessDays.of(case.terms.holidays, zone).late(due, came or today)
    return Finding(Fraction(late), f"due on {due}, {_came(came, today)}")


def _came(came: date | None, today: date) -> str:
    return f"delivered on {came}" if came else f"not delivered by {today}"
