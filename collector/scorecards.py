"""Carriers side by side: what each delivered of a service, by the statements of its circuits. Pure.

Contracts count downtime each in its own way, so what is compared is the time that was measured; what the
contracts made of it stands beside. Money is added within one currency only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from collector.analysis.months import Down, joined
from collector.statement_outages import outages_of
from config.settings import Settings

Statement = Mapping[str, Any]
"""As `sla --json` tells it."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One carrier and service; lengths in seconds."""

    carrier: str
    service: str
    """The circuits' free word; empty where they have none, or are judged together and differ."""
    circuits: tuple[str, ...]
    up_seconds: int
    down_seconds: int
    unknown_seconds: int
    counted_seconds: int
    """Downtime as the contracts count it."""
    denominator_seconds: int
    outages: int
    outage_seconds: int
    breached: tuple[str, ...]
    """The circuits (or scopes) with a broken promise."""
    undecided: tuple[str, ...]
    """Those of which too little was measured to say it, and nothing is known to be broken."""
    credits: Mapping[str, Decimal] = field(default_factory=dict)
    """What the contracts give, by currency."""
    claimable: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def availability(self) -> Fraction | None:
        """Up as a share of what is known; None where nothing is."""
        known = self.up_seconds + self.down_seconds
        return Fraction(self.up_seconds) / Fraction(known) if known else None

    @property
    def contractual(self) -> Fraction | None:
        """The share that isn't counted as down by the contracts; None without a period."""
        whole = self.denominator_seconds
        return 1 - Fraction(self.counted_seconds) / Fraction(whole) if whole else None

    @property
    def repair_seconds(self) -> Fraction | None:
        """The mean time to repair; None without an outage."""
        return Fraction(self.outage_seconds) / self.outages if self.outages else None


def scorecards(settings: Settings, statements: Iterable[Statement]) -> list[Scorecard]:
    """A card for each carrier and service, by service and carrier; circuits without a contract have none."""
    grouped: dict[tuple[str, str], list[Statement]] = {}
    for one in statements:
        grouped.setdefault((service_of(settings, one["circuits"]), str(one["carrier"])), []).append(one)
    return [_card(carrier, service, found) for (service, carrier), found in sorted(grouped.items())]


def service_of(settings: Settings, circuits: Iterable[str]) -> str:
    """The free word of some circuits that are judged together; empty where they have none, or differ."""
    words = {(known.service or "") if (known := settings.circuits.get(one)) else "" for one in circuits}
    return words.pop() if len(words) == 1 else ""


def _card(carrier: str, service: str, found: Sequence[Statement]) -> Scorecard:
    seconds, outages = [one["seconds"] for one in found], _outages(found)
    breached = {one["circuit"]: None for one in found if "breached" in _verdicts(one)}
    return Scorecard(
        carrier=carrier,
        service=service,
        circuits=tuple(sorted({name for one in found for name in one["circuits"]})),
        up_seconds=sum(one["up"] for one in seconds),
        down_seconds=sum(one["down"] for one in seconds),
        unknown_seconds=sum(one["unknown"] for one in seconds),
        counted_seconds=sum(one["counted_down"] for one in seconds),
        denominator_seconds=sum(one["denominator"] for one in seconds),
        outages=len(outages),
        outage_seconds=int(sum(one.seconds for one in outages)),
        breached=tuple(breached),
        undecided=tuple(
            {
                one["circuit"]: None
                for one in found
                if "insufficient_data" in _verdicts(one) and one["circuit"] not in breached
            }
        ),
        credits=_sums(found, "amount"),
        claimable=_sums(found, "claimable"),
    )


def _outages(found: Sequence[Statement]) -> list[Down]:
    """Those of each circuit; one that goes on over a month's end is one."""
    by_scope: dict[str, list[Down]] = {}
    for one in found:
        by_scope.setdefault(one["circuit"], []).extend(outages_of(one))
    return [each for pieces in by_scope.values() for each in joined(pieces)]


def _verdicts(one: Statement) -> frozenset[str]:
    return frozenset(each["verdict"] for each in one["objectives"])


def _sums(found: Sequence[Statement], what: str) -> dict[str, Decimal]:
    """Amounts by currency; a currency of nothing but zeros is left out."""
    sums: dict[str, Decimal] = {}
    for one in found:
        credit = one["credit"]
        amount = Decimal(credit[what] or 0)
        if amount and credit["currency"]:
            sums[credit["currency"]] = sums.get(credit["currency"], Decimal()) + amount
    return sums
