"""Alerts of what people have to decide in time: notice of a contract, and actions whose day is over. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from collector.rules.rule import CIRCUIT, Alert, bridged

STAGES = (120, 90, 60, 30)
"""Days before the last day for notice; each stage is an alert of its own, so each is told anew."""
_DAY = 86_400


def alerts() -> Iterator[Alert]:
    """Of terms, the widest stage first; only one of them fires at a time."""
    for days, nearer in zip(STAGES, (*STAGES[1:], 0), strict=True):
        left = f"({bridged('linkledger_contract_notice_timestamp_seconds', CIRCUIT, 'min')} - time())"
        yield Alert(
            name="LinkledgerContractNotice",
            expr=f"{left} <= {days * _DAY} and {left} > {nearer * _DAY}",
            severity="critical" if days == STAGES[-1] else "warning",
            labels={"within": f"{days}d"},
            summary=(
                "Notice of {{ $labels.circuit }} ({{ $labels.carrier }}) must be given within "
                "{{ $value | humanizeDuration }}"
            ),
            description=(
                "Then its term ends or renews itself as it is. The page, under Performance and Goals, shows "
                "what it delivered this year, what was broken, and its price beside the others'. Once it is "
                "decided, and notice given where it is to be, dismiss the recommendation under Performance: "
                "then this stops."
            ),
        )
    yield Alert(
        name="LinkledgerActionOverdue",
        expr=f"{bridged('linkledger_actions_overdue', 'site')} > 0",
        severity="warning",
        summary="{{ $value }} of the actions at {{ $labels.site }} should be done by now",
        description=(
            "The page, under Performance and Goals, names them with who answers for each: do it, or say in a "
            "note until when (`linkledger note action --of NUMBER --by DAY --reason WHY`)."
        ),
    )
