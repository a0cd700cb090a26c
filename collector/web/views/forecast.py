"""What is ahead of one circuit: a part of its page."""

from __future__ import annotations

from dataclasses import dataclass

from collector.analysis.credits_ahead import Ahead
from collector.analysis.forecast import BudgetForecast, Crossing, TierAhead
from collector.analysis.readings import NotEnough
from collector.charts.outlook import Outlook, outlook
from collector.charts.palette import LIGHT
from collector.clerk import Desk
from collector.performance.forecasts.forecasts import budgets, crossings_of, tiers_ahead
from collector.performance.forecasts.words import more, owed, said_of, sentence
from collector.sla.rounding import in_words
from collector.sla.statement import money


@dataclass(frozen=True, slots=True)
class Told:
    """One forecast: what of, its sentence, how it did before; `picture` is SVG, empty without dates."""

    what: str
    says: str
    tried: str
    known: bool
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A credit ahead, in words."""

    more: str
    amount: str
    reason: str


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What the part shows; `told` and `steps` may be empty."""

    told: tuple[Told, ...]
    steps: tuple[Step, ...]
    owed: str
    """What is owed as things stand, or why that can't be told; empty without a contract."""


def forecasts(desk: Desk, name: str) -> Forecasts:
    """Those of one circuit; raises LedgerError."""
    found = [*budgets(desk, [name]), *crossings_of(desk, name)]
    try:
        ahead = tiers_ahead(desk, name)
    except ValueError as error:  # a contract that can't be computed says why
        ahead = Ahead(None, "", note=str(error))
    return Forecasts(
        tuple(_told(one) for one in found),
        tuple(_step(one) for one in ahead.tiers) if ahead else (),
        owed(ahead) if ahead else "",
    )


def _told(one: BudgetForecast | Crossing | NotEnough) -> Told:
    if isinstance(one, NotEnough):
        return Told(_about(one), sentence(one), "", known=False)
    if isinstance(one, Crossing):
        what = f"{'RTT' if one.metric == 'rtt' else 'Utilisation'}, {one.threshold_name}"
        return Told(what, sentence(one), said_of(one.backtest, one.metric), known=True)
    what = f"Budget of {one.objective}, {one.period}"
    return Told(what, sentence(one), said_of(one.backtest), known=True, picture=_picture(one))


def _about(one: NotEnough) -> str:
    what = one.about.partition(" of ")[0]
    return {"rtt": "RTT", "downtime": "Budget of downtime"}.get(what, what.capitalize())


def _picture(one: BudgetForecast) -> str:
    """The period as a strip; nothing of a budget that is spent, or that surely lasts."""
    if one.earliest is None or one.first is None or one.last is None or one.today is None:
        return ""
    strip = Outlook(one.first, one.last, one.today, one.likely, one.earliest, one.latest)
    return outlook(strip, LIGHT, title=f"Budget of {one.objective} in {one.period}", told=sentence(one))


def _step(one: TierAhead) -> Step:
    return Step(more(one), f"{money(one.amount)} {one.currency}", in_words(one.reason))
