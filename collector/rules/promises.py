"""What contracts promise: objectives at risk and broken, claims that lapse, missing tickets. Pure.

Burn rates are those of the SRE workbook (chapter 5, multi-window) with one change: what is left and what
there was are the contract's own figures, to the second, with its periods, clocks and exclusions. What went
within an hour is how far the figure fell below its highest in that hour: a new period, which begins with
all of it, is no fall.
"""

from __future__ import annotations

from collections.abc import Iterator

from collector.rules.circuits import UP, outage_annotations
from collector.rules.phrases import HERE, looked_up, valued
from collector.rules.rule import BRIDGE, CIRCUIT, FIGURES_BRIDGE, PROMISE, Alert, Recording, bridged

FAST, SLOW, LITTLE, NEAR = "0.1", "0.25", "0.2", "0.9"
"""Of the period's downtime: taken in an hour; taken in a day; left. Of another target: reached."""
LIKELY = "0.8"
"""The chance that a budget ends before its period; while little is left another alert says so."""
SOON_SECONDS, URGENT_SECONDS = 14 * 86_400, 3 * 86_400
TICKET_SOON_SECONDS, TICKET_URGENT_SECONDS = 72 * 3_600, 24 * 3_600
LEFT = "linkledger:sla:budget_remaining_seconds"
BUDGET = "linkledger:sla:budget_seconds"
_LEFT, _BUDGET = "linkledger_sla_budget_remaining_seconds", "linkledger_sla_budget_seconds"
_USED = "linkledger:sla:budget_used_seconds"
_WINDOWS = ("15m", "1h", "2h", "1d")
"""The shortest is as long as a look at the contracts of a large estate may take."""
_BELOW = ("rtt_seconds", "loss_ratio", "jitter_seconds")
_STEPS = "`linkledger sla -v --circuit {{ $labels.circuit }}` shows the arithmetic."


def recordings() -> Iterator[Recording]:
    """What several of the alerts need. Where two hosts judge one circuit, the worse figure counts."""
    yield Recording(LEFT, bridged(_LEFT, worst="min"))
    yield Recording(BUDGET, bridged(_BUDGET))
    for window in _WINDOWS:
        fall = f"max_over_time({_LEFT}[{window}]) - last_over_time({_LEFT}[{FIGURES_BRIDGE}])"
        yield Recording(f"{_USED}_{window}", f"max by ({PROMISE}) ({fall})")


def alerts(url: str) -> Iterator[Alert]:
    """Of contracts; `url` is how people reach the page, or empty."""
    yield from _at_risk()
    yield Alert(
        name="LinkledgerSlaBreach",
        expr=f"{bridged('linkledger_sla_violation')} == 1",
        severity="warning",
        summary="{{ $labels.carrier }} broke {{ $labels.objective }} on {{ $labels.circuit }} this period",
        description=f"Contract {{{{ $labels.contract }}}}. {_STEPS}",
    )
    yield from _deadlines()
    yield _without_ticket(url)


def _at_risk() -> Iterator[Alert]:
    left = "{{ $value | humanizeDuration }} of downtime are left this period."
    yield _risk("burning fast", _burning(FAST, "1h", "15m"), 120, f"A tenth went within an hour: {left}")
    yield _risk("burning", _burning(SLOW, "1d", "2h"), 600, f"A quarter went within a day: {left}")
    yield _risk("little left", f"{LEFT} > 0 and {LEFT} < {LITTLE} * {BUDGET}", 300, left)
    chance = bridged("linkledger_sla_budget_end_chance_ratio")
    yield _risk(
        "ends early",
        f"{chance} > {LIKELY} and {LEFT} > {LITTLE} * {BUDGET}",
        3600,
        "At the pace of its outages so far this period's downtime is spent before the period ends: the "
        "chance is {{ $value | humanizePercentage }}. `linkledger forecast {{ $labels.circuit }}` says when, "
        "and what the contract gives then.",
    )
    near = " or ".join(
        f"({bridged(f'linkledger_sla_{one}')} > {NEAR} * {bridged(f'linkledger_sla_target_{one}')})"
        for one in _BELOW
    )
    kept = f"{bridged('linkledger_sla_violation')} == 0"
    yield _risk(
        "near its target",
        f"({near}) and ({kept})",
        900,
        "This period's figure is within a tenth of its target.",
    )


def _risk(why: str, expr: str, held_seconds: int, told: str) -> Alert:
    return Alert(
        name="LinkledgerObjectiveAtRisk",
        expr=expr,
        held_seconds=held_seconds,
        severity="warning",
        labels={"why": why},
        summary="{{ $labels.objective }} of {{ $labels.circuit }} ({{ $labels.carrier }}) is at risk: " + why,
        description=f"{told} Contract {{{{ $labels.contract }}}}. {_STEPS}",
    )


def _burning(share: str, window: str, still: str) -> str:
    """So much of the period's downtime went within `window`, and it still goes in a shorter one."""
    return f"{LEFT} > 0 and {_USED}_{window} > {share} * {BUDGET} and {_USED}_{still} > 0"


def _deadlines() -> Iterator[Alert]:
    yield _deadline("warning", SOON_SECONDS, TICKET_SOON_SECONDS)
    yield _deadline("critical", URGENT_SECONDS, TICKET_URGENT_SECONDS)


def _deadline(severity: str, seconds: int, ticket_seconds: int) -> Alert:
    by = f"{CIRCUIT}, contract, period, deadline"

    def ahead(matcher: str, within: int) -> str:
        at = bridged(f"linkledger_claim_deadline_timestamp_seconds{{{matcher}}}", by, "min")
        return f"({at} - time() < {within})"

    near = f"{ahead(_NO_TICKET, seconds)} or {ahead(_TICKET, ticket_seconds)}"
    return Alert(
        name="LinkledgerClaimDeadlineNear",
        expr=f"({near}) > 0",
        severity="critical" if severity == "critical" else "warning",
        summary=(
            "{{ $labels.deadline }} for {{ $labels.circuit }} ({{ $labels.carrier }}, {{ $labels.period }}) "
            "is due in {{ $value | humanizeDuration }}"
        ),
        description=(
            "The credit of contract {{ $labels.contract }} lapses then. `linkledger claim --list` shows the "
            "open claims; `linkledger claim {{ $labels.circuit }} --period {{ $labels.period }}` writes the "
            "letter with all that it rests on."
        ),
    )


_TICKET, _NO_TICKET = 'deadline="ticket"', 'deadline!="ticket"'


def _without_ticket(url: str) -> Alert:
    amounts = HERE.query("linkledger_outage_ticket_lost_amount", "site", "circuit")
    money = valued(amounts, 'printf "%.2f"', before=", ") + looked_up(amounts, "currency", before=" ")
    lost = f"{{{{ $value | humanizeDuration }}}}{money}"
    return Alert(
        name="LinkledgerOutageWithoutTicket",
        expr=(
            f"{bridged('linkledger_outage_ticket_lost_seconds', f'{CIRCUIT}, contract')} > 0"
            f" and on ({CIRCUIT}) {UP} == 0"
            f" unless on ({CIRCUIT}) last_over_time(linkledger_outage_ticketed[{BRIDGE}]) == 1"
        ),
        held_seconds=60,
        severity="warning",
        summary=(
            "No ticket for {{ $labels.circuit }} ({{ $labels.carrier }}), which is down: "
            + lost
            + " lost so far"
        ),
        description=(
            "Contract {{ $labels.contract }} counts from the ticket: what went before doesn't count, and "
            f"every minute adds to it. As of the last look at the contract, by its own arithmetic: {lost}. "
            "Open a ticket with the carrier and record its number."
        ),
        annotations={**outage_annotations(url), "lost": lost},
    )
