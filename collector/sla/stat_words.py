"""Which statistic a figure is, and of how many packets, in the words of a statement."""

from __future__ import annotations

from fractions import Fraction

from collector.sla.rounding import in_words, trimmed
from config.measures import Lost, LostAs, percentile
from config.terms import Figure


def stat_words(stat: str) -> str:
    """`the mean`, `the largest`, `the 95th percentile`."""
    if stat in {"mean", "max"}:
        return "the mean" if stat == "mean" else "the largest"
    return percentile_words(percentile(stat))


def percentile_words(percent: Fraction) -> str:
    """`the 95th percentile`, `the 99.9th percentile`."""
    text = trimmed(percent)
    last = {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th")
    return f"the {text}{'th' if text[-2:] in {'11', '12', '13'} or '.' in text else last} percentile"


def packets_words(answered: int, lost: int, rule: Lost) -> str:
    """`8,640 sent packets (12 lost, as infinite)`, `8,628 answered packets (12 lost, left out)`."""
    left_out = rule == "ignore"
    n, kind = (answered, "answered") if left_out else (answered + lost, "sent")
    how = f"{lost:,} lost, {lost_words(rule)}" if lost else "none lost"
    return f"{n:,} {kind} packet{'' if n == 1 else 's'} ({how})"


def lost_words(rule: Lost) -> str:
    """What a lost packet counts as: `left out`, `as infinite`, `as 2 s`."""
    if isinstance(rule, LostAs):
        return f"as {in_words(rule.delay)}"
    return "left out" if rule == "ignore" else "as infinite"


def above_words(figure: Figure | None, answered: int, lost: int, rule: Lost) -> str:
    """`900 of 8,502 sent packets`: of all that were sent, so many as the figure in percent says."""
    sent = answered + lost
    above = figure * sent / 100 if isinstance(figure, Fraction) else Fraction(0)
    how = "not among them" if rule == "ignore" else lost_words(rule)
    told = f" ({lost:,} lost, {how})" if lost else ""
    return f"{int(above):,} of {sent:,} sent packet{'' if sent == 1 else 's'}{told}"
