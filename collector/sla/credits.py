"""What a contract pays for a period: each objective's credit, caps, how they combine, and the least paid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from collector.sla.caps import cap_lines, cap_shared, cap_total, common_rates
from collector.sla.case import Case, Judgement
from collector.sla.credit_tables import by_table
from collector.sla.credit_units import each_day, flat, per_step, per_time, proportional
from collector.sla.objectives import Verdict
from collector.sla.paid import Due, Paid, Piece, nothing
from collector.sla.rates import Base, Rates, money
from config.credits import Credit, Form
from config.objectives import Objective
from config.remedies import Caps, Groups, MinimumPayout

_FORMS: Mapping[Form, Callable[[Due], Paid]] = {
    "bands": by_table,
    "per": per_time,
    "per_step": per_step,
    "each_day": each_day,
    "flat": flat,
    "proportional": proportional,
}


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What one objective's credit is, before caps; exact."""

    objective: str
    percent: Fraction | None
    """Of the charge, where the form pays in percent."""
    amount: Fraction
    reason: str
    clause: str | None


@dataclass(frozen=True, slots=True)
class Award:
    """What a period's verdicts pay, exactly; lines are in the order of the verdicts."""

    lines: tuple[CreditLine, ...] = ()
    before_caps: Fraction = Fraction(0)
    """All lines as the contract combines them."""
    after_caps: Fraction = Fraction(0)
    amount: Fraction = Fraction(0)
    """0 where the contract pays no sum so small."""
    words: tuple[str, ...] = ()

    @property
    def cut_by_caps(self) -> Fraction:
        """What the caps took."""
        return self.before_caps - self.after_caps


def award(
    case: Case,
    judgements: Sequence[Judgement],
    charge_of: Callable[[Base], Fraction | None],
    day: Callable[[Fraction], Fraction],
) -> Award:
    """What the verdicts pay. `charge_of` a base is the prorated charge, `day` of a charge a day of it.

    Raises ValueError for money in another currency than the contract's.
    """
    owed = dict(_owed(case, judgements, charge_of, day))
    if not owed:
        return Award()
    rates = {name: one.due.rates for name, one in owed.items()}
    month = _rates(case, "month", charge_of, day)

    def rates_of(names: Sequence[str]) -> Rates:
        return common_rates(rates, names, month)

    terms = case.terms
    pieces = [piece for one in owed.values() for piece in one.paid.pieces]
    before, told = combined(pieces, list(owed), terms.combine)
    caps = terms.caps or Caps()
    lines = cap_lines(pieces, caps, rates_of)
    shared = cap_shared(lines.pieces, caps, rates_of, case)
    together = combined(shared.pieces, list(owed), terms.combine)[0]
    after, cut = cap_total(together, caps, rates_of(list(owed)), case)
    amount, small = _least(after, terms.minimum_payout, month)
    words = (f"{name}: {one.paid.words}" for name, one in owed.items())
    return Award(
        lines=tuple(one.line(name) for name, one in owed.items()),
        before_caps=before,
        after_caps=after,
        amount=amount,
        words=(*words, *told, *lines.words, *shared.words, *cut, *small),
    )


@dataclass(frozen=True, slots=True)
class _Owed:
    due: Due
    paid: Paid

    def line(self, name: str) -> CreditLine:
        clause = self.due.credit.clause or self.due.judgement.clause
        return CreditLine(name, self.paid.percent, self.paid.amount, self.paid.reason, clause)


def _owed(
    case: Case,
    judgements: Sequence[Judgement],
    charge_of: Callable[[Base], Fraction | None],
    day: Callable[[Fraction], Fraction],
) -> Iterator[tuple[str, _Owed]]:
    """Every objective that has a credit, and what it pays."""
    objectives: Mapping[str, Objective] = case.terms.objectives.by_name() if case.terms.objectives else {}
    for one in judgements:
        credit = objectives[one.id].pays()
        if credit is None:
            continue
        base: Base = "once" if one.metric == "delivery" else credit.base or "month"
        due = Due(case, one, objectives[one.id], credit, _rates(case, base, charge_of, day))
        reason = _unpaid(one, credit)
        yield one.id, _Owed(due, nothing(reason) if reason else _FORMS[credit.form](due))


def _unpaid(one: Judgement, credit: Credit) -> str:
    """Why nothing is paid, whatever the form; empty: the form decides.

    A closed gate stops a breach's credit of every form, a band table's too, unless it pays `always`.
    """
    if one.verdict is Verdict.INSUFFICIENT_DATA:
        return "insufficient data"
    if one.verdict is Verdict.BREACHED:
        return "" if credit.when == "always" else one.gate
    return "the target is met" if credit.needs_breach else ""


def _rates(
    case: Case,
    base: Base,
    charge_of: Callable[[Base], Fraction | None],
    day: Callable[[Fraction], Fraction],
) -> Rates:
    currency = case.terms.currency if case.terms.currency != "circuit" else case.circuit.currency
    return Rates(base, charge_of(base), day, case.terms.day_rate, currency or None)


def combined(
    pieces: Sequence[Piece], names: Sequence[str], combine: str | Groups | None
) -> tuple[Fraction, tuple[str, ...]]:
    """All credits together, and in words how: the sum, the largest, or the largest group's sum."""
    sums = {name: Fraction(0) for name in names}
    for piece in pieces:
        sums[piece.objective] += piece.amount
    groups = _groups(names, combine)
    worth = [sum((sums[name] for name in group), Fraction(0)) for group in groups]
    total = max(worth, default=Fraction(0))
    paying = [name for name in names if sums[name]]
    if len(paying) < 2:
        return total, ()
    if len(groups) == 1:
        return total, (f"Together: {' + '.join(money(sums[name]) for name in paying)} = {money(total)}",)
    best = " and ".join(name for name in groups[worth.index(total)] if sums[name])
    return total, (f"Of several credits only the largest pays: {best}, {money(total)}",)


def _groups(names: Sequence[str], combine: str | Groups | None) -> list[list[str]]:
    """Objectives whose credits add up; an objective in no group is a group of its own."""
    if isinstance(combine, Groups):
        grouped = [[name for name in names if name in group] for group in combine.groups]
        alone = [[name] for name in names if not any(name in group for group in combine.groups)]
        return [group for group in (*grouped, *alone) if group]
    return [[name] for name in names] if combine == "max" else [list(names)]


def _least(amount: Fraction, least: MinimumPayout | None, rates: Rates) -> tuple[Fraction, tuple[str, ...]]:
    """The amount, or nothing where the contract doesn't pay so little; judged on the exact amount."""
    if least is None or not amount:
        return amount, ()
    if least.more_than is not None and not amount > rates.price(least.more_than):
        return Fraction(0), (f"{money(amount)} is not more than {least.more_than}: nothing is paid",)
    if least.at_least is not None and amount < rates.price(least.at_least):
        return Fraction(0), (f"{money(amount)} is less than {least.at_least}: nothing is paid",)
    return amount, ()
