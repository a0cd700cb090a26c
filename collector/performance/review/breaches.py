"""The promises that were broken in a period, as the issued statements have it: nothing is computed anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from collector.clerk import Desk
from collector.performance.review.figure_words import cut
from collector.periods import ReportPeriod
from collector.sla.rounding import in_words
from collector.standing import Standing
from collector.standing_statements import stood
from collector.statement_text import measured

BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken promise of one statement."""

    scope: str
    circuits: tuple[str, ...]
    carrier: str
    period: str
    """The contract's own."""
    objective: str
    promised: str
    """`≥ 99.9%`; empty where the contract has no single target."""
    measured: str
    clause: str
    down_seconds: float
    """Counted by the contract, of the whole statement."""
    credit: Decimal | None
    """Of this promise; 0 where it gives none, None where it isn't said: to a carrier that wasn't asked."""
    currency: str

    @property
    def sentence(self) -> str:
        """`lon-acme, 2026-03: availability 99.71%, promised ≥ 99.9% (clause 4.1)`."""
        promised = f", promised {self.promised}" if self.promised else ""
        clause = f" (clause {self.clause})" if self.clause else ""
        return f"{self.scope}, {self.period}: {self.objective} {self.measured}{promised}{clause}"


def breaches(desk: Desk, period: ReportPeriod) -> list[Breach]:
    """The worst first, by the downtime that counts; raises LedgerError."""
    judged = [name for name, one in desk.settings.circuits.items() if one.contract.values]
    labels = period.months or (period.text,)
    statements = [one for label in labels for one in stood(desk, label, judged, 0).statements]
    unique = {
        (one.told["circuit"], one.told["contract"], one.told["period"]["to"]): one for one in statements
    }
    found = [each for one in unique.values() for each in _of(one)]
    return sorted(found, key=lambda one: (-one.down_seconds, one.scope, one.period, one.objective))


def _of(one: Standing) -> Iterator[Breach]:
    told = one.told
    for each in told["objectives"]:
        if each["verdict"] != BREACHED:
            continue
        credit = each["credit"] or {}
        yield Breach(
            scope=told["circuit"],
            circuits=tuple(told["circuits"]),
            carrier=told["carrier"],
            period=told["period"]["label"],
            objective=str(each["id"]).replace("_", " "),
            promised=in_words(each["target"] or "").replace(">=", "≥").replace("<=", "≤"),
            measured=_measured(each),
            clause=str(each["clause"] or "").removeprefix("clause "),
            down_seconds=float(told["seconds"]["counted_down"] or 0),
            credit=Decimal(credit.get("amount") or 0),
            currency=told["credit"].get("currency") or "",
        )


def _measured(one: Mapping[str, Any]) -> str:
    """As a person reads it; a percentage without digits that tell nothing."""
    if one["unit"] == "%" and one["measured"] is not None:
        return f"{cut(Fraction(one['measured']))}%"
    return measured(one)
