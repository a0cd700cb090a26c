"""Goals and actions with what came of them, what worked with carriers, and contract terms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from collector.clerk import Desk
from collector.notebook.managed import Change
from collector.performance.cycle.goals import ActionNow, GoalNow, actions, goals
from collector.performance.cycle.held import Practice, practices
from collector.performance.cycle.terms import TermNow, terms
from collector.sla.calendar import local_day
from collector.sla.rounding import joined
from collector.web.views.page import Clocks, Moment, render, signs
from collector.web.views.query import choice
from collector.web.views.sentences import recorded
from collector.web.views.strip import Strip, strip
from collector.web.views.terms import STAGES, TermRow, carrier_name, day, days_left, term_row
from collector.web.views.view import Asked, Drawn
from config.bounds import KINDS

HERE = "/performance/goals"
FORMS = ("", "goal", "action", "practice")
STANDINGS = {
    "open": ("open", "open"),
    "on target": ("on target", "good"),
    "overdue": ("overdue", "bad"),
    "reached": ("reached", "good"),
    "missed": ("missed", "bad"),
    "dropped": ("dropped", ""),
}
"""How a goal's standing reads, and its badge."""
VERDICTS = {"better": "good", "worse": "bad", "no more than noise": "open", "not enough data": ""}
LONGEST = 100
_SHORT = {"rtt", "mos", "mtbf", "mttr"}
_UNIT = re.compile(r"(?<=\d)(?=[a-zA-Z])")


@dataclass(frozen=True, slots=True)
class Past:
    """One change of a goal or an action."""

    when: Moment
    author: str
    says: str
    why: str


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal as its card has it."""

    one: GoalNow
    by: str
    left: str
    badge: tuple[str, str]
    aim: str
    """`RTT ≤ 30 ms`; empty where it names none."""
    now: str
    gap: str
    """`1.6 ms short of it`; empty where nothing is to be said."""
    whom: str
    past: tuple[Past, ...]
    actions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action as its card has it."""

    one: ActionNow
    by: str
    left: str
    done: str
    whom: str
    verdict: str
    """The badge's kind."""
    strip: Strip | None
    past: tuple[Past, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    goals: tuple[GoalRow, ...]
    settled: tuple[GoalRow, ...]
    groups: tuple[tuple[str, tuple[ActionRow, ...]], ...]
    """Actions by state, those that are empty left out."""
    practices: tuple[tuple[str, tuple[Practice, ...]], ...]
    topics: tuple[tuple[str, str], ...]
    topic: str
    search: str
    terms: tuple[TermRow, ...]
    tiles: tuple[tuple[str, str, str, str], ...]
    carrier: str
    carriers: tuple[tuple[str, str], ...]
    circuits: tuple[tuple[str, str], ...]
    metrics: tuple[tuple[str, str], ...]
    form: str
    about: int | None
    """The goal or action that the form adds to; None: it writes a new one."""
    goal_pairs: tuple[tuple[str, str], ...]
    now: str
    """What the clock shows, as a form's time field takes it."""


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, LedgerError."""
    return render(
        *("goals.html", asked, desk.settings, desk.now.wall_ms),
        title="Goals", page=page(desk, asked), recorded=recorded(desk, asked), here=HERE,
    )  # fmt: skip


def page(desk: Desk, asked: Asked) -> Page:
    """What is shown; raises BadRequest, LedgerError."""
    settings, query = desk.settings, asked.query
    clocks = Clocks(settings, desk.now.wall_ms)
    named = tuple((key, one.name) for key, one in settings.carriers.items())
    carrier = choice(query, "carrier", ("", *settings.carriers))
    aims, acts = goals(desk, carrier or None), actions(desk, carrier or None)
    rows = [_goal(clocks, one, acts) for one in aims]
    known = practices(desk)
    topic = choice(query, "topic", ("", *dict.fromkeys(one.topic for one in known)))
    search = query.get("q", "")[:LONGEST]
    form, about = _form(asked, aims, acts)
    due = terms(desk)
    return Page(
        goals=tuple(one for one in rows if one.one.is_open),
        settled=tuple(one for one in rows if not one.one.is_open),
        groups=tuple(_groups(clocks, acts)),
        practices=tuple(_practices(clocks, known, carrier, topic, search)),
        topics=tuple((one, one) for one in sorted({one.topic for one in known})),
        topic=topic,
        search=search,
        terms=tuple(term_row(clocks, one) for one in due if carrier in {"", one.carrier}),
        tiles=tuple(_tiles(aims, acts, due)),
        carrier=carrier,
        carriers=named,
        circuits=tuple((one, one) for one in settings.circuits),
        metrics=tuple((one, one) for one in (*KINDS, *settings.kpis)),
        form=form,
        about=about,
        goal_pairs=tuple((str(one.number), f"{one.number}: {one.what}") for one in aims if one.is_open),
        now=clocks.at(desk.now.wall_ms).iso[:16] + "Z",
    )


def _form(asked: Asked, aims: Sequence[GoalNow], acts: Sequence[ActionNow]) -> tuple[str, int | None]:
    """Which form is open and what it adds to: the one asked for, or the one that was refused."""
    given = asked.given or asked.query
    form = given.get("kind", "") if asked.given else choice(asked.query, "do", FORMS)
    number = given.get("of", "")
    known = [one.number for one in aims] + [one.number for one in acts]
    return (form if form in FORMS else ""), next((one for one in known if str(one) == number), None)


# --- goals


def _goal(clocks: Clocks, one: GoalNow, acts: Sequence[ActionNow]) -> GoalRow:
    return GoalRow(
        one=one,
        by=day(one.by),
        left=days_left(one.days_left) if one.is_open else "",
        badge=STANDINGS[one.standing],
        aim=_aim(clocks, one),
        now=one.measured,
        gap=_gap(one),
        whom=_whom(clocks, one.carrier, one.circuits),
        past=_past(clocks, one.changes),
        actions=tuple(each.number for each in acts if each.goal == one.number),
    )


def _aim(clocks: Clocks, one: GoalNow) -> str:
    """A key figure by its name, a metric as people write it, and a space before a unit."""
    kpi = clocks.settings.kpis.get(one.metric)
    metric = one.metric.upper() if one.metric in _SHORT else one.metric
    return f"{(kpi and kpi.name) or metric} {_UNIT.sub(' ', signs(one.target))}".strip()


def _gap(one: GoalNow) -> str:
    if one.gap is None:
        return ""
    number = float(f"{abs(one.gap):.2g}")
    size = f"{number:g}{'' if one.unit in {'', '%'} else ' '}{one.unit}"
    return f"{size} short of it" if one.gap > 0 else f"keeps it by {size}"


def _past(clocks: Clocks, changes: Sequence[Change]) -> tuple[Past, ...]:
    return tuple(
        Past(clocks.at(one.at_ms), one.author, "; ".join(_said(one)) or "written down", one.reason)
        for one in reversed(changes)
    )


def _said(change: Change) -> Iterator[str]:
    """What a later note says anew: `target ≤ 30ms → ≤ 34ms`."""
    if not change.before:
        return
    for name, value in change.given.items():
        before = change.before.get(name)
        if name == "state" or not (before or before is False):
            yield f"{_NAMES.get(name, name)} {_told(value)}"
        elif before != value:
            yield f"{_NAMES.get(name, name)} {_told(before)} → {_told(value)}"


_NAMES = {"by": "day", "agreed": "agreed by the carrier:"}


def _told(value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, tuple):
        return joined(value) if value else "none"
    return signs(str(value))


# --- actions


def _groups(clocks: Clocks, acts: Sequence[ActionNow]) -> Iterator[tuple[str, tuple[ActionRow, ...]]]:
    states: Mapping[str, list[ActionNow]] = {"Overdue": [], "Open": [], "Done": [], "Dropped": []}
    for one in acts:
        name = "Overdue" if one.overdue else "Open" if one.is_open else one.state.capitalize()
        states[name].append(one)
    for name, found in states.items():
        if found:
            yield name, tuple(_action(clocks, one) for one in found)


def _action(clocks: Clocks, one: ActionNow) -> ActionRow:
    zone = str(clocks.zone())
    done = local_day(one.done_ms, zone) if one.done_ms is not None else None
    return ActionRow(
        one=one,
        by=day(one.by),
        left=days_left(one.days_left) if one.is_open else "",
        done=day(done) if done else "",
        whom=_whom(clocks, one.carrier, one.circuits),
        verdict=VERDICTS[one.effect.verdict] if one.effect else "",
        strip=strip(one.strip, done, one.effect) if done and one.effect else None,
        past=_past(clocks, one.changes),
    )


# --- practices and terms


def _practices(
    clocks: Clocks, known: Sequence[Practice], carrier: str, topic: str, search: str
) -> Iterator[tuple[str, tuple[Practice, ...]]]:
    """By carrier; `search` is looked for in topics and texts."""
    found = [
        one
        for one in known
        if carrier in {"", one.carrier}
        and topic in {"", one.topic}
        and search.casefold() in f"{one.topic} {one.text}".casefold()
    ]
    for key in dict.fromkeys(one.carrier for one in found):
        yield carrier_name(clocks, key), tuple(one for one in found if one.carrier == key)


def _tiles(
    aims: Sequence[GoalNow], acts: Sequence[ActionNow], due: Sequence[TermNow]
) -> Iterator[tuple[str, str, str, str]]:
    """Label, value, what to know, kind."""
    open_goals = [one for one in aims if one.is_open]
    late = sum(one.overdue for one in open_goals)
    on = sum(one.standing in {"on target", "reached"} for one in open_goals)
    yield "Open goals", str(len(open_goals)), f"{on} on target" + (f", {late} overdue" if late else ""), ""
    open_acts = [one for one in acts if one.is_open]
    overdue = sum(one.overdue for one in acts)
    yield "Open actions", str(len(open_acts)), f"{overdue} overdue", "bad" if overdue else ""
    told = [one.effect.verdict for one in acts if one.effect]
    better = told.count("better")
    yield "Actions that helped", f"{better} of {len(told)}" if told else "", "by more than noise", ""
    near = [one for one in due if one.stage in {"30", "60", "90", "120"}]
    first = f"first {near[0].circuit}, {days_left(near[0].days_left)}" if near else ""
    kind = STAGES[near[0].stage] if near else ""
    yield "Notices within 120 days", str(len(near)), first, kind if kind != "open" else ""


def _whom(clocks: Clocks, carrier: str, circuits: Sequence[str]) -> str:
    return ", ".join(filter(None, (carrier_name(clocks, carrier) if carrier else "", joined(circuits))))
