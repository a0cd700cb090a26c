"""Alerts of key figures: one that crosses its threshold of worry, or of trouble. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from collector.rules.rule import CIRCUIT, Alert, Severity, bridged

_OF = "{{ with $labels.circuit }} of {{ . }}{{ end }}"


def alerts() -> Iterator[Alert]:
    """Of what somebody decided to look at; it is no outage, so nobody need get up for it."""
    yield _alert("LinkledgerKpiCritical", "critical", 600)
    yield _alert("LinkledgerKpiWarning", "warning", 900)


def _alert(name: str, rating: str, held_seconds: int) -> Alert:
    severity: Severity = "warning"
    now = bridged(f'linkledger_kpi_rating{{rating="{rating}"}}', f"{CIRCUIT}, kpi, rating")
    return Alert(
        name=name,
        # it holds over a restart, and no longer than until it is rated otherwise
        expr=f'{now} == 1 unless on ({CIRCUIT}, kpi) linkledger_kpi_rating{{rating!="{rating}"}}',
        held_seconds=held_seconds,
        severity=severity,
        summary=f"Key figure {{{{ $labels.kpi }}}}{_OF} is beyond its {rating} threshold",
        description=(
            "`linkledger kpi {{ $labels.kpi }}` says by how much and since when, who owns it, and which "
            "circuits are the worst; so does the page, under Performance."
        ),
    )
