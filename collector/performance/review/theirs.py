"""What a carrier may see of a review's pack: its own figures, and of everybody else a median without a name.

Left out whole: what we think of money that wasn't asked for, how we work, what we know works, what to do
next, contract terms ahead of a renewal, growth that a carrier would sell to (how full lines are, too), and
how we weigh and rate carriers. Whatever text remains is held against every other carrier's and circuit's
name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from collector.analysis.scorecard import Card
from collector.performance.cycle.feedback import Heard
from collector.performance.cycle.goals import ActionNow, GoalNow
from collector.performance.cycle.held import Said
from collector.performance.kpis.look import KpiNow
from collector.performance.review.claimed import Claim
from collector.performance.review.pack import Pack
from config.settings import Settings

LEFT_OUT = "(left out here, as it names somebody else)"
GROWTH = frozenset({"utilisation", "throughput"})
"""How full a line is: who sells larger ones needn't hear it from us."""


@dataclass(frozen=True)
class Eyes:
    """A carrier's, over a configuration."""

    settings: Settings
    carrier: str

    @cached_property
    def circuits(self) -> frozenset[str]:
        """Those that are its own, or once were."""
        return frozenset(
            name for name, one in self.settings.circuits.items() if self.carrier in one.carrier.values
        )

    @cached_property
    def _foreign(self) -> re.Pattern[str]:
        names = sorted({one for one in self._others() if one}, key=lambda one: (-len(one), one))
        return re.compile(
            "|".join(rf"(?<![\w-]){re.escape(one)}(?![\w-])" for one in names) or r"(?!)", re.IGNORECASE
        )

    def _others(self) -> Iterator[str]:
        for key, one in self.settings.carriers.items():
            if key != self.carrier:
                yield from (key, one.name, one.name.partition(" (")[0], one.account or "")
        own = set[str]()
        for name, held in self.settings.circuits.items():
            if name in self.circuits:
                own.update(held.contract.values)
            else:
                yield from (name, held.carrier_id or "")
        for name, held in self.settings.circuits.items():
            if name not in self.circuits:
                yield from (one for one in held.contract.values if one not in own)

    def may_read(self, text: str) -> bool:
        """Whether nobody else is named in it."""
        return not self._foreign.search(text)

    def readable(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Those that name nobody else."""
        return tuple(one for one in texts if self.may_read(one))


def narrowed(pack: Pack, eyes: Eyes) -> Pack:
    """The pack as that carrier may have it; headline and changes are made of it afterwards."""
    own = eyes.circuits
    goals = tuple(_goal(one, eyes) for one in pack.goals if _agreed(one, eyes))
    shared = {one.number for one in goals}
    return replace(
        pack,
        downtime=tuple(one for one in pack.downtime if one.carrier == eyes.carrier),
        breaches=tuple(replace(one, credit=None) for one in pack.breaches if one.carrier == eyes.carrier),
        scorecards=tuple(_card(one, eyes) for one in pack.scorecards if one.carrier == eyes.carrier),
        goals=goals,
        actions=tuple(_action(one, eyes) for one in pack.actions if _shared(one, shared, eyes)),
        recommendations=(),
        over=frozenset(),
        anomalies=tuple(
            replace(one, anomaly=replace(one.anomaly, near=()))
            for one in pack.anomalies
            if one.finding.circuit in own and one.finding.metric not in GROWTH and eyes.may_read(one.sentence)
        ),
        kpis=tuple(_kpi(one) for one in pack.kpis if _is_theirs(one, eyes)),
        kpi_years=(),
        crossings=(),
        budgets=tuple(replace(one, tiers=()) for one in pack.budgets if one.circuit in own),
        terms=(),
        process=None,
        feedback=tuple(_heard(one, eyes) for one in pack.feedback if _about_them(one, eyes)),
        satisfaction=tuple(one for one in pack.satisfaction if one.carrier == eyes.carrier),
        practices=(),
        claims=tuple(
            _claim(one) for one in pack.claims if one.carrier == eyes.carrier and one.known_to_carrier
        ),
        returned=None,
        still_down=tuple(one for one in pack.still_down if one in own),
        written={},
        said=tuple(_said(one, eyes) for one in pack.said if one.carrier == eyes.carrier),
        missing=eyes.readable(pack.missing),
        names={key: name for key, name in pack.names.items() if key == eyes.carrier},
    )


def _card(card: Card, eyes: Eyes) -> Card:
    """Without one peer's own figure (the best), where peers serve, what is due but not asked for, and
    what we make of it: the weights, the rank, the tier.
    """
    return replace(
        card,
        figures=tuple(replace(one, best=None, points=None, weight=0) for one in card.figures),
        rank=None,
        shared=False,
        tier="",
        tier_reason="",
        due={},
        fairness=(),
    )


def _is_theirs(one: KpiNow, eyes: Eyes) -> bool:
    """Of its own circuits alone, and nothing that it would sell to."""
    texts = (one.name, one.definition.definition, *(each.sentence for each in (one.whole, *one.each)))
    return (
        one.definition.measure not in GROWTH
        and {each.of for each in one.each} <= eyes.circuits
        and all(map(eyes.may_read, texts))
    )


def _kpi(one: KpiNow) -> KpiNow:
    """Without who answers for it here, what it is for, and how we came to its bounds."""
    ours = dict.fromkeys(("owner", "serves", "level", "review", "approved", "because"))
    definition = replace(one.definition, approved=None, because="")
    kpi = one.kpi.model_copy(update={**ours, "versions": (), "circuits": None, "carriers": None})
    return replace(one, kpi=kpi, definition=definition, unmeasured=0)


def _claim(one: Claim) -> Claim:
    """Without what we do next and by when."""
    return replace(one, next_step="", lapses_ms=None)


def _said(one: Said, eyes: Eyes) -> Said:
    """What was said, without the words that name somebody else."""
    said, thanks, reply = (
        text if eyes.may_read(text) else LEFT_OUT for text in (one.said, one.thanks, one.reply)
    )
    return replace(one, said=said, thanks=thanks, reply=reply)


def _agreed(goal: GoalNow, eyes: Eyes) -> bool:
    whole = " ".join((goal.what, goal.measured, *goal.circuits))
    return goal.carrier == eyes.carrier and goal.agreed and eyes.may_read(whole)


def _goal(goal: GoalNow, eyes: Eyes) -> GoalNow:
    return replace(
        goal, changes=tuple(one for one in goal.changes if eyes.may_read(f"{one.reason} {one.given}"))
    )


def _shared(action: ActionNow, goals: set[int], eyes: Eyes) -> bool:
    """What serves a goal that both have agreed to; all else is our own affair."""
    return (
        action.goal in goals
        and action.carrier in {"", eyes.carrier}
        and set(action.circuits) <= eyes.circuits
        and eyes.may_read(action.what)
    )


def _action(action: ActionNow, eyes: Eyes) -> ActionNow:
    changes = tuple(one for one in action.changes if eyes.may_read(f"{one.reason} {one.given}"))
    return replace(action, recommendation="", changes=changes)


def _about_them(heard: Heard, eyes: Eyes) -> bool:
    """Feedback on one of its circuits; or on a site where its own are all that there are."""
    mine = heard.circuit in eyes.circuits or (not heard.circuit and set(heard.carriers) == {eyes.carrier})
    return mine and eyes.may_read(heard.text)


def _heard(heard: Heard, eyes: Eyes) -> Heard:
    measured = tuple(
        one for one in heard.measured if one.circuit in eyes.circuits and eyes.may_read(one.text)
    )
    return replace(heard, carriers=(eyes.carrier,), measured=measured, who="")
