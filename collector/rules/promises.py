"""What contracts promise: objectives at risk and broken, claims that lapse, missing tickets. Pure.

Burn rates are those of the SRE workbook (chapter 5, multi-window) with two changes: what is left is the
contract's own figure, to the second, and the windows ask which share of the *period's* downtime they took
(28 days are no contract's period).
"""

from __future__ import annotations

from collections.abc import Iterator

from collector.rules.circuits import outage_annotations
from collector.rules.phrases import HERE, looked_up, valued
from collector.rules.rule import CIRCUIT, PROMISE, Alert, Recording

MONTH_SECONDS = 30 * 86_400
"""A period where the rules know no contract."""
WINDOWS = {"5m": 300, "1h": 3_600, "2h": 7_200, "1d": 86_400}
FAST, SLOW, LITTLE, NEAR = "0.1", "0.25", "0.2", "0.9"
"""Of the period's downtime: taken in an hour; taken in a day; left. Of another target: reached."""
SOON_SECONDS, URGENT_SECONDS = 14 * 86_400, 3 * 86_400
TICKET_SOON_SECONDS, TICKET_URGENT_SECONDS = 72 * 3_600, 24 * 3_600
LEFT = "linkledger:sla:budget_remaining_seconds"
BUDGET = "linkledger:sla:budget_seconds"
PERIOD = "linkledger:contract:period_seconds"
_BELOW = ("rtt_seconds", "loss_ratio", "jitter_seconds")
_STEPS = "`linkledger sla -v --circuit {{ $labels.circuit }}` shows the arithmetic."


def recordings(*, contracts_known: bool) -> Iterator[Recording]:
    """What several of the alerts need; `contracts_known`: each contract's period is recorded too."""
    for window, seconds in WINDOWS.items():
        down = f'avg_over_time(linkledger_circuit_status{{status="down"}}[{window}])'
        yield Recording(
            f"linkledger:circuit:down_seconds_{window}", f"{seconds} * min by ({CIRCUIT}) ({down})"
        )
    yield Recording(LEFT, f"min by ({PROMISE}) (linkledger_sla_budget_remaining_seconds)")
    allowed = f"1 - max by ({PROMISE}) (linkledger_sla_target_availability_ratio)"
    period = f"on (contract) group_left () {PERIOD}" if contracts_known else str(MONTH_SECONDS)
    yield Recording(BUDGET, f"({allowed}) * {period}")


def alerts(url: str) -> Iterator[Alert]:
    """Of contracts; `url` is how people reach the page, or empty."""
    yield from _at_risk()
    yield Alert(
        name="LinkledgerSlaBreach",
        expr=f"max by ({PROMISE}) (linkledger_sla_violation) == 1",
        severity="warning",
        summary="{{ $labels.carrier }} broke {{ $labels.objective }} on {{ $labels.circuit }} this period",
        description=f"Contract {{{{ $labels.contract }}}}. {_STEPS}",
    )
    yield from _deadlines()
    yield _without_ticket(url)


def _at_risk() -> Iterator[Alert]:
    left = "{{ $value | humanizeDuration }} of downtime are left this period."
    yield _risk("burning fast", _burning(FAST, "1h", "5m"), 120, f"A tenth of it went within an hour: {left}")
    yield _risk("burning", _burning(SLOW, "1d", "2h"), 600, f"A quarter of it went within a day: {left}")
    yield _risk("little left", f"{LEFT} > 0 and {LEFT} < {LITTLE} * {BUDGET}", 300, left)
    near = " or ".join(
        f"(max by ({PROMISE}) (linkledger_sla_{one}) "
        f"> {NEAR} * max by ({PROMISE}) (linkledger_sla_target_{one}))"
        for one in _BELOW
    )
    kept = f"max by ({PROMISE}) (linkledger_sla_violation) == 0"
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
    joined = f"on ({CIRCUIT})"
    return (
        f"{LEFT} > 0"
        f" and {share} * {BUDGET} < {joined} group_left () linkledger:circuit:down_seconds_{window}"
        f" and {joined} linkledger:circuit:down_seconds_{still} > 0"
    )


def _deadlines() -> Iterator[Alert]:
    yield _deadline("warning", SOON_SECONDS, TICKET_SOON_SECONDS)
    yield _deadline("critical", URGENT_SECONDS, TICKET_URGENT_SECONDS)


def _deadline(severity: str, seconds: int, ticket_seconds: int) -> Alert:
    by = f"{CIRCUIT}, contract, period, deadline"

    def ahead(matcher: str, within: int) -> str:
        at = f"min by ({by}) (linkledger_claim_deadline_timestamp_seconds{{{matcher}}})"
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
            f"max by ({CIRCUIT}, contract) (linkledger_outage_ticket_lost_seconds) > 0"
            f" and on ({CIRCUIT}) max by ({CIRCUIT}) (linkledger_outage_ticketed) == 0"
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
            "Open a ticket with the text in `ticket`, then record its number."
        ),
        annotations={**outage_annotations(url), "lost": lost},
    )
