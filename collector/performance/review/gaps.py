"""How far the figures are from where they are to be: a goal's target, and the best of the carriers. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.scorecard import Card, Figure
from collector.performance.cycle.goals import GoalNow
from collector.performance.review.figure_words import differs, name_of, service_of, told
from collector.performance.review.pack import Gap, Pack


def gaps(pack: Pack) -> Iterator[Gap]:
    """Goals that are short of their target, then figures that are short of the best peer's beyond noise.

    A carrier is held against its peers' median instead: the best is somebody's own figure.
    """
    for goal in pack.goals:
        if goal.is_open and goal.value is not None and goal.gap is not None and goal.gap > 0:
            yield _from_target(goal, goal.value, goal.gap)
    for card in pack.scorecards:
        name = service_of(pack.names.get(card.carrier, card.carrier), card.service)
        for figure in card.figures:
            if gap := _from_peers(name, card, figure, theirs=bool(pack.carrier)):
                yield gap


def wanted_of(goal: GoalNow) -> float | None:
    """A goal's target as a number, out of its value and its gap."""
    if goal.value is None or goal.gap is None:
        return None
    return goal.value - goal.gap if wants_less(goal) else goal.value + goal.gap


def wants_less(goal: GoalNow) -> bool:
    """Whether low is good."""
    return goal.target.lstrip().startswith("<")


def _from_target(goal: GoalNow, value: float, gap: float) -> Gap:
    text = f"{goal.what}: {told(value, goal.unit)}, and the target is {goal.target}"
    wanted = value - gap if wants_less(goal) else value + gap
    about = f"goal {goal.number}"
    return Gap(about, goal.metric, goal.unit, value, wanted, gap, "target", text)


def _from_peers(name: str, card: Card, one: Figure, *, theirs: bool) -> Gap | None:
    wanted = one.peers if theirs else one.best
    if one.value is None or wanted is None or not is_short(one, wanted):
        return None
    whom = "its peers' median" if theirs else "the best peer's"
    text = f"{name}: {name_of(one.name)} {told(one.value, one.unit)}, {whom} {told(wanted, one.unit)}"
    return Gap(
        about=f"{card.carrier}, {card.service}" if card.service else card.carrier,
        figure=one.name,
        unit=one.unit,
        value=one.value,
        wanted=wanted,
        size=abs(wanted - one.value),
        against="peers' median" if theirs else "best peer",
        sentence=text,
    )


def is_short(one: Figure, wanted: float) -> bool:
    """Whether a figure is worse than that by more than noise (its whole interval is), and by what matters."""
    if one.value is None or not differs(one.name, one.unit, one.value, wanted):
        return False
    if one.higher_is_better:
        return one.high is not None and one.high < wanted
    return one.low is not None and one.low > wanted
