"""What is otherwise than in the period before, in sentences with their figures. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collector.analysis.scorecard import Card, Figure
from collector.performance.review.downtime import Downtime
from collector.performance.review.figure_words import differs, name_of, service_of, told
from collector.performance.review.pack import Pack
from collector.sla.rounding import counted, joined
from collector.times import span

_BEFORE = {
    "daily": "the day before",
    "weekly": "the week before",
    "monthly": "the month before",
    "quarterly": "the quarter before",
    "yearly": "the year before",
}


def changes(pack: Pack, earlier: Sequence[Card]) -> Iterator[str]:
    """What was down, carrier by carrier, and which figures moved by more than noise."""
    then = said_before(pack)
    if not pack.before_known:
        yield f"nothing was measured {then}: there is nothing to compare with"
    for one in pack.downtime:
        yield _downtime(pack.names.get(one.carrier, one.carrier), one, then if pack.before_known else "")
    if pack.still_down:
        yield f"still down: {joined(pack.still_down)}"
    for name, now, past in _moved(pack, earlier):
        way = "rose" if (now.value or 0) > (past.value or 0) else "fell"
        better = "for the better" if _is_better(now, past) else "for the worse"
        from_to = f"from {told(past.value, past.unit)} to {told(now.value, now.unit)}"
        yield f"{name}: {name_of(now.name)} {way} {from_to}, beyond noise and {better}"
    if pack.anomalies:
        worse = sum(one.finding.worse for one in pack.anomalies)
        found = counted(len(pack.anomalies), "change")
        yield f"{found} of level or habit found, {worse} for the worse"
    if pack.written:
        kinds = sorted(pack.written.items(), key=lambda one: (-one[1], one[0]))
        listed = ", ".join(f"{kind} {number}" for kind, number in kinds)
        yield f"{counted(sum(pack.written.values()), 'note')} written ({listed})"


def thanked(pack: Pack, earlier: Sequence[Card]) -> Iterator[str]:
    """What is better beyond noise than in the period before or after an action, and thanks that were said."""
    then = said_before(pack)
    for name, now, past in _moved(pack, earlier):
        if _is_better(now, past):
            figures = f"{told(now.value, now.unit)} instead of {told(past.value, past.unit)} {then}"
            yield f"{name}: {name_of(now.name)} {figures}"
    for action in pack.acts:
        if action.effect is not None and action.effect.verdict == "better":
            yield f"{action.what}: {action.effect.sentence}"
    for one in pack.said:
        if one.thanks:
            yield one.thanks


def said_before(pack: Pack) -> str:
    """`the month before`."""
    return _BEFORE.get(pack.rhythm, "the time before")


def _downtime(name: str, one: Downtime, then: str) -> str:
    now = _down(one.outages, one.down_ms)
    return f"{name}: {now}; {_down(one.before_outages, one.before_ms)} {then}" if then else f"{name}: {now}"


def _down(outages: int, down_ms: int) -> str:
    return f"{counted(outages, 'outage')}, {span(down_ms // 1000)} down" if outages else "no outage"


def _moved(pack: Pack, earlier: Sequence[Card]) -> Iterator[tuple[str, Figure, Figure]]:
    """Figures whose intervals lie apart by what matters, (of whom, now, then)."""
    past: Mapping[tuple[str, str], Card] = {(one.carrier, one.service): one for one in earlier}
    for card in pack.scorecards:
        old = past.get((card.carrier, card.service))
        for now in card.figures if old else ():
            then = old.figure(now.name) if old else None
            if then is not None and _apart(now, then):
                name = service_of(pack.names.get(card.carrier, card.carrier), card.service)
                yield name, now, then


def _apart(now: Figure, then: Figure) -> bool:
    if now.low is None or now.high is None or then.low is None or then.high is None:
        return False
    if not differs(now.name, now.unit, now.value or 0.0, then.value or 0.0):
        return False
    return now.low > then.high or now.high < then.low


def _is_better(now: Figure, then: Figure) -> bool:
    return ((now.value or 0) > (then.value or 0)) is now.higher_is_better
