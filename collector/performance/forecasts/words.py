"""Forecasts in sentences: what, when, how sure, and how far off the same forecast was before. Pure."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from collector.analysis.credits_ahead import Ahead
from collector.analysis.forecast import Backtest, BudgetForecast, Crossing, TierAhead
from collector.analysis.readings import NotEnough
from collector.sla.rounding import counted, in_words, shown_time
from collector.sla.statement import money

_WORDS = {"rtt": "RTT", "utilisation": "utilisation"}


def sentence(one: Crossing | BudgetForecast | NotEnough) -> str:
    """The forecast, without how it did before."""
    if isinstance(one, NotEnough):
        return _lacking(one)
    return _crossing(one) if isinstance(one, Crossing) else _budget(one)


def said_of(tried: Backtest | None, metric: str = "") -> str:
    """How the same forecast did before; empty: it couldn't be tried."""
    if tried is None:
        return "not tried on the past yet: too little of it"
    inside = f"{tried.hits} of {tried.tried} inside its range"
    times = counted(tried.tried, "time")
    if tried.unit == "days":
        return f"tried {times} on past periods{_at_risk(tried)}, {inside}{_brier(tried)}"
    off = difference(metric, tried.error)
    return f"tried {times} on the past, {tried.horizon_days} days ahead: off by {off} on average, {inside}"


def _at_risk(tried: Backtest) -> str:
    off = f"off by {_days(tried.error)} on average"
    if tried.at_risk is None:
        return f": {off}"
    return f", {tried.at_risk} of them at risk: {off} there" if tried.at_risk else ", never at risk"


def _brier(tried: Backtest) -> str:
    """Brier's score with what it is to be held against."""
    return "" if tried.brier is None else f", Brier score {tried.brier:.2f} (0 is best, 0.25 a coin)"


def level(metric: str, value: float) -> str:
    """A level as people say it: `62%`, `41.3 ms`."""
    if metric == "rtt":
        return f"{1000 * value:.3g} ms"
    percent = 100 * value
    return f"{percent:.0f}%" if percent >= 9.95 else f"{percent:.1f}%"


def difference(metric: str, value: float) -> str:
    """How far two levels are apart: `1.5 points` of a percentage, `0.42 ms`."""
    if metric == "rtt":
        return f"{1000 * value:.2g} ms" if value >= 1e-5 else "less than 0.01 ms"
    return f"{100 * value:.1f} points" if value >= 5e-4 else "less than 0.1 points"


def day(one: date | None, of: date | None = None) -> str:
    """`24 Nov`; with the year where it isn't that of `of`; `never` of none."""
    if one is None:
        return "never"
    year = f" {one.year}" if of is None or one.year != of.year else ""
    return f"{one.day} {one:%b}{year}"


def tier(one: TierAhead) -> str:
    """`23 min more: 59.38 EUR (below 99.95%)`."""
    return f"{more(one)} more: {money(one.amount)} {one.currency} ({in_words(one.reason)})"


def more(one: TierAhead) -> str:
    """How much more must count: `45 s`, `23 min`, whole minutes upwards where it is long."""
    seconds = one.more_seconds
    return length(seconds if seconds < 600 else -(-seconds // 60) * 60)


def owed(one: Ahead) -> str:
    """What is owed as things stand."""
    if one.owed is None:
        return one.note
    so_far = f"{money(one.owed)} {one.currency} owed so far" if one.owed else "nothing owed so far"
    return f"{so_far}; {one.note}" if one.note else so_far


def _lacking(one: NotEnough) -> str:
    if one.what == "outages":
        few = "no outage counted" if not one.have else f"only {counted(one.have, 'outage')} counted"
        return f"{few} of late: too few to tell a pace (it takes {one.need})"
    return f"not enough data, {one.have} of {one.need} {one.what}"


def _budget(one: BudgetForecast) -> str:
    whole = length(one.budget_seconds)
    if one.spent:
        return f"the period's budget of {whole} is spent"
    untouched = one.left_seconds >= one.budget_seconds
    left = f"all of {whole} left" if untouched else f"{length(one.left_seconds)} of {whole} left"
    chance = _chance(one.chance)
    if one.earliest is None:
        return f"{left}; at this pace it lasts the period (chance that it ends before: {chance})"
    ends = (
        f"most likely it lasts, but it may end from {day(one.earliest, one.today)} on"
        if one.likely is None
        else f"budget ends {day(one.likely, one.today)} "
        f"(between {day(one.earliest, one.today)} and {day(one.latest, one.today)})"
    )
    return f"{left}; {ends}, chance {chance}"


def _crossing(one: Crossing) -> str:
    what = _WORDS.get(one.metric, one.metric)
    aim = _aim(one)
    now = f"{what} is at {level(one.metric, one.level)}"
    if one.reached:
        return f"{now}: it has reached {aim}"
    if not one.growing:
        return f"{now}: no date for {aim}, it isn't growing beyond noise"
    grows = f"{now} and grows by {difference(one.metric, one.a_month)} a month"
    if one.likely is None and one.earliest is None:
        return f"{grows}: {aim} is more than two years away"
    likely = "in more than two years" if one.likely is None else f"on {day(one.likely)}"
    latest = "more than two years from now" if one.latest is None else day(one.latest)
    return f"{grows}: it reaches {aim} {likely} (between {day(one.earliest)} and {latest})"


def _aim(one: Crossing) -> str:
    """`the commit (40%)`, `the line rate`, `the contract's 45 ms`."""
    at = level(one.metric, one.threshold)
    if one.threshold_name.startswith("contract"):
        return f"the contract's {at}{one.threshold_name.removeprefix('contract')}"
    return f"the {one.threshold_name}" + ("" if one.threshold == 1 else f" ({at})")


def _chance(value: float) -> str:
    """In percent; never a certainty that nobody has."""
    if value < 0.01:
        return "under 1%"
    return "over 99%" if value > 0.99 else f"{100 * value:.0f}%"


def length(seconds: int) -> str:
    """`45 s`, `22 min`, `3 h 43 min`, `2 d 4 h`: no finer than anybody plans by."""
    if seconds < 600:
        return shown_time(Fraction(1000 * seconds))
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join([f"{value} {unit}" for value, unit in parts if value][:2])


def _days(value: float) -> str:
    return "less than a tenth of a day" if value < 0.1 else f"{value:.1f} days"
