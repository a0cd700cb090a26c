"""What a rule is, and how it stands in Prometheus's file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["critical", "warning"]
CIRCUIT = "site, carrier, circuit"
"""The labels of a circuit. Instance and job are left out: two hosts that see one outage give one alert."""
PROMISE = f"{CIRCUIT}, contract, objective"
RUNBOOK = "docs/runbook.md"
BRIDGE, FIGURES_BRIDGE = "5m", "15m"
"""A restart is silence and then the same again: what was known holds so long, statuses and figures. Else
each alert would be told as over, and anew. Figures come back after a first look at the contracts.
"""
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


@dataclass(frozen=True, slots=True)
class Recording:
    """A series that is computed once for all rules that need it."""

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As the file has it."""
        return {
            "record": self.record,
            "expr": self.expr,
            **({"labels": dict(self.labels)} if self.labels else {}),
        }


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition, how long it must hold, and what is said of it then."""

    name: str
    expr: str
    severity: Severity
    summary: str
    description: str
    held_seconds: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    def plain(self, runbook: str, hasten: int) -> dict[str, Any]:
        """As the file has it; `hasten` divides the time that it must hold."""
        held_ms = 1000 * self.held_seconds // hasten
        return {
            "alert": self.name,
            "expr": self.expr,
            **({"for": duration(held_ms)} if held_ms else {}),
            "labels": {"severity": self.severity, **self.labels},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                **self.annotations,
                "runbook_url": f"{runbook}#{self.name.lower()}",
            },
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other."""

    name: str
    rules: Sequence[Recording | Alert]

    def plain(self, runbook: str, hasten: int) -> dict[str, Any]:
        """As the file has it."""
        return {
            "name": self.name,
            "rules": [
                one.plain(runbook, hasten) if isinstance(one, Alert) else one.plain() for one in self.rules
            ],
        }


def bridged(series: str, labels: str = PROMISE, worst: str = "max") -> str:
    """A figure as it is, or was within `FIGURES_BRIDGE`; the worst that any host has."""
    return f"{worst} by ({labels}) (last_over_time({series}[{FIGURES_BRIDGE}]))"


def duration(ms: int) -> str:
    """As Prometheus writes it: `1m30s`."""
    parts = []
    for unit, length in _UNITS:
        count, ms = divmod(ms, length)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"
