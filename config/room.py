"""Whether the ledger has room for what contracts look back on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from config.contract import AnniversaryYear, ChronicRule, Contract, MeanOfMonths, Periods, Terms, Trailing
from config.draft import Draft
from config.errors import Problems
from config.settings import LedgerSettings, ProbeSettings
from probes.values import Duration

BYTES_A_PACKET = (1.9, 4.0)
"""What the ledger takes a packet, from many packets an hour to few."""
MONTH_MS = 30 * 86_400_000
_DAY_MS = 86_400_000
_PERIOD_DAYS = {"calendar_quarter": 92, "calendar_year": 366}


def check_room(draft: Draft, site: str, problems: Problems) -> None:
    """Report a `keep` that is shorter than a contract needs, or that `max_bytes` cuts short."""
    ledger, entry = draft.ledger.model or LedgerSettings(), draft.ledger.entry
    for name, part in draft.contracts.items():
        needed = needed_ms(part.model) if part.model else 0
        if ledger.keep.ms < needed:
            days = -(-needed // _DAY_MS)
            text = f"{ledger.keep} is shorter than what contract {name!r} looks back on: at least {days}d"
            problems.error(*entry.at("keep"), text)
    if ledger.keep.ms < _DAY_MS:
        problems.error(*entry.at("keep"), f"{ledger.keep} is under a day: at least 1d")
    least = int(packets_a_month(_probes_at(draft, site)) * BYTES_A_PACKET[0] * ledger.keep.ms / MONTH_MS)
    if least > ledger.max_bytes.bytes:
        text = (
            f"{ledger.max_bytes} is full before keep ({ledger.keep}) is over: "
            f"these probes write at least {least / 1e9:.3g}G in that time"
        )
        problems.warn(*entry.at("max_bytes"), text)


def needed_ms(contract: Contract) -> int:
    """How far back a contract's statements and claims look: a period, its longest rule, the time to claim."""
    return max(_needed_of(terms) for terms in contract.each_version())


def _needed_of(terms: Terms) -> int:
    period = _period_ms(terms)
    within = terms.claim.submit_within if terms.claim else None
    claiming = within.periods * period if isinstance(within, Periods) else _text_ms(within)
    return period + max((0, *_looks_back(terms, period))) + claiming


def _looks_back(terms: Terms, period: int) -> Iterator[int]:
    """How long before its period each rule still looks: an outage on the first day may end a long row."""
    for rule in terms.chronic.rules if terms.chronic else ():
        yield _of_rule(rule, period)
    for objective in (terms.objectives.by_name() if terms.objectives else {}).values():
        for gate in objective.only_if or ():
            yield _text_ms(gate.cure)
            if gate.trailing_mean is not None:
                yield gate.trailing_mean.ms - period  # it ends with the period


def _of_rule(rule: ChronicRule, period: int) -> int:
    if rule.failed_periods is not None:
        return ((rule.of or rule.failed_periods) - 1) * period
    return rule.within.ms if isinstance(rule.within, Duration) else 0


def _period_ms(terms: Terms) -> int:
    match terms.period:
        case Trailing(trailing=length):
            return length.ms
        case MeanOfMonths(mean_of_months=months):
            return months * 31 * _DAY_MS
        case AnniversaryYear():
            return 366 * _DAY_MS
        case str(name):
            return _PERIOD_DAYS.get(name, 31) * _DAY_MS
        case _:
            return 31 * _DAY_MS


def _text_ms(text: str | None) -> int:
    """A duration; n business days are less than 2n days and a week."""
    if text is None:
        return 0
    if text.endswith("bd"):
        return (int(text.removesuffix("bd")) * 2 + 7) * _DAY_MS
    return Duration.parse(text).ms


def _probes_at(draft: Draft, site: str) -> Iterator[ProbeSettings]:
    for circuit in draft.circuits.values():
        if circuit.word("site") == site:
            yield from circuit.probes.values()
    part = draft.sites.get(site)
    yield from (one.model.probe for one in (part.references or () if part else ()) if one.model)


def packets_a_month(probes: Iterable[ProbeSettings]) -> int:
    """How many packets these probes send in thirty days."""
    return sum(MONTH_MS // one.options.every.ms * one.options.packets_a_round for one in probes)
