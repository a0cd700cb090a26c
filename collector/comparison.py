"""What a fair comparison of carriers needs beside the scorecards: worst circuits, figures against their
targets, what became of the money, and how fast tickets went. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from collector.claiming.book import ClaimNow
from collector.scorecards import Scorecard, scorecards
from collector.sla.evidence import Ticket
from config.settings import Settings

Statement = Mapping[str, Any]
METRICS = ("rtt", "loss", "jitter", "mos")
"""What is compared beside availability; each only where a contract promises it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One metric over the circuits whose contract promises it, in the unit of the contracts."""

    metric: str
    unit: str
    targets: tuple[str, ...]
    kept: int
    broken: int
    undecided: int
    median: Fraction | None
    worst: Fraction | None
    worst_circuit: str


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast tickets went, in mean seconds; None where no ticket says it."""

    tickets: int = 0
    acknowledged: Fraction | None = None
    closed: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One carrier for one service; money by currency."""

    card: Scorecard
    worst: Fraction | None
    """The lowest availability of a circuit, as measured."""
    worst_circuit: str
    coverage: Fraction | None
    """The mean share of the period that was measured, 0 to 1."""
    promises: tuple[Promise, ...] = ()
    claimed: Mapping[str, Fraction] = field(default_factory=dict)
    received: Mapping[str, Fraction] = field(default_factory=dict)
    speed: Speed = Speed()


def compared(
    settings: Settings,
    statements: Sequence[Statement],
    claims: Iterable[ClaimNow],
    tickets: Mapping[str, Sequence[Ticket]],
) -> list[Compared]:
    """A column for each carrier and service, by service and carrier.

    `claims` are those of the statements' periods, `tickets` those opened in them by circuit.
    """
    told, money = list(statements), list(claims)
    return [_compared(card, told, money, tickets) for card in scorecards(settings, told)]


def _compared(
    card: Scorecard,
    statements: Sequence[Statement],
    claims: Sequence[ClaimNow],
    tickets: Mapping[str, Sequence[Ticket]],
) -> Compared:
    circuits = set(card.circuits)
    mine = [one for one in statements if one["carrier"] == card.carrier and circuits >= set(one["circuits"])]
    shares = [(share, name) for name, share in _availabilities(mine).items()]
    worst, name = min(shares, default=(None, ""))
    covered = [Fraction(one["coverage"]) / 100 for one in mine]
    ours = [one for one in claims if one.carrier == card.carrier and circuits.issuperset(one.circuits)]
    return Compared(
        card=card,
        worst=worst,
        worst_circuit=name,
        coverage=sum(covered, Fraction(0)) / len(covered) if covered else None,
        promises=tuple(_promises(mine)),
        claimed=_sums((one.currency, one.submitted) for one in ours),
        received=_sums((one.currency, one.received) for one in ours),
        speed=speed([ticket for circuit in card.circuits for ticket in tickets.get(circuit, ())]),
    )


def _availabilities(statements: Sequence[Statement]) -> dict[str, Fraction]:
    """Each circuit's over all of its statements; without one of which nothing is known."""
    seconds: dict[str, tuple[Fraction, Fraction]] = {}
    for one in statements:
        up, known = seconds.get(one["circuit"], (Fraction(0), Fraction(0)))
        more = Fraction(one["seconds"]["up"])
        seconds[one["circuit"]] = up + more, known + more + Fraction(one["seconds"]["down"])
    return {name: up / known for name, (up, known) in seconds.items() if known}


def _promises(statements: Sequence[Statement]) -> Iterator[Promise]:
    for metric in METRICS:
        found = [
            (str(one["circuit"]), each)
            for one in statements
            for each in one["objectives"]
            if each.get("metric", each["id"]) == metric
        ]
        if found:
            yield _promise(metric, found)


def _promise(metric: str, found: Sequence[tuple[str, Mapping[str, Any]]]) -> Promise:
    verdicts = [each["verdict"] for _, each in found]
    unit = str(found[0][1]["unit"] or "")
    figures = sorted(
        (Fraction(each["measured"]), name)
        for name, each in found
        if each["measured"] not in {None, "infinite"} and str(each["unit"] or "") == unit
    )
    worst = (figures[0] if metric == "mos" else figures[-1]) if figures else (None, "")
    return Promise(
        metric=metric,
        unit=unit,
        targets=tuple(sorted({str(each["target"]) for _, each in found if each["target"]})),
        kept=verdicts.count("met"),
        broken=verdicts.count("breached"),
        undecided=verdicts.count("insufficient_data"),
        median=_median([value for value, _ in figures]),
        worst=worst[0],
        worst_circuit=worst[1],
    )


def _median(values: Sequence[Fraction]) -> Fraction | None:
    if not values:
        return None
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def speed(tickets: Iterable[Ticket]) -> Speed:
    """The means of some tickets, each counted once however many circuits it is about."""
    known = list({one.id: one for one in tickets}.values())
    return Speed(
        len(known),
        _mean([one.acknowledged_ms - one.opened_ms for one in known if one.acknowledged_ms is not None]),
        _mean([one.closed_ms - one.opened_ms for one in known if one.closed_ms is not None]),
    )


def _mean(lengths_ms: Sequence[int]) -> Fraction | None:
    return Fraction(sum(lengths_ms), 1000 * len(lengths_ms)) if lengths_ms else None


def _sums(amounts: Iterable[tuple[str, Fraction]]) -> dict[str, Fraction]:
    """By currency; a currency of nothing but zeros is left out."""
    found: dict[str, Fraction] = {}
    for currency, amount in amounts:
        if currency and amount:
            found[currency] = found.get(currency, Fraction(0)) + amount
    return found
