"""Goals and actions as they stand now: how far they are by the figures, what is overdue, what it brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from collector.analysis.effect import Effect
from collector.clerk import Desk
from collector.notebook.book import Notebook
from collector.notebook.managed import Change, KnownAction, KnownGoal
from collector.performance.cycle.looking import NOTHING, Looked, Value
from config.bounds import Bound

GoalStanding = Literal["open", "on target", "overdue", "reached", "missed", "dropped"]
"""What a goal's note says of it where that is settled; else `on target` where the figures keep the target
now, `overdue` where its day is over and they don't (or don't say)."""


@dataclass(frozen=True, slots=True)
class GoalNow:
    """A goal as it stands."""

    number: int
    what: str
    owner: str
    by: date
    carrier: str
    """Empty: with none in particular."""
    circuits: tuple[str, ...]
    metric: str
    target: str
    """As it was written: `>= 99.95%`; empty where none is given."""
    agreed: bool
    state: str
    """As it was noted: open, reached, missed, dropped."""
    standing: GoalStanding
    value: float | None
    """What the metric is now, in the target's unit; None where it can't be computed."""
    unit: str
    measured: str
    """The value in words with what it rests on; or why there is none."""
    gap: float | None
    """How far the value is from the target, in its unit: positive where it is short of it."""
    days_left: int
    """Until its day; negative once that is over."""
    changes: tuple[Change, ...]

    @property
    def is_open(self) -> bool:
        """Whether anything is still to be reached."""
        return self.state == "open"

    @property
    def overdue(self) -> bool:
        """Whether its day is over and it is not reached."""
        return self.standing == "overdue"


@dataclass(frozen=True, slots=True)
class ActionNow:
    """An action as it stands."""

    number: int
    what: str
    owner: str
    by: date
    carrier: str
    circuits: tuple[str, ...]
    metric: str
    goal: int | None
    recommendation: str
    state: str
    """open, doing, done, dropped."""
    overdue: bool
    """Its day is over, and it is neither done nor dropped."""
    done_ms: int | None
    effect: Effect | None
    """None until it is done, and where it names no metric."""
    strip: tuple[tuple[date, float], ...]
    """The days that the effect rests on, median over its circuits, in the effect's unit; for a drawing."""
    days_left: int
    changes: tuple[Change, ...]

    @property
    def is_open(self) -> bool:
        """Whether anything is still to be done."""
        return self.state in {"open", "doing"}


def goals(desk: Desk, carrier: str | None = None) -> list[GoalNow]:
    """Every goal as known at the desk's time: the open ones first, by their day; raises LedgerError."""
    looked = Looked(desk)
    known = (one.as_of(desk.now.wall_ms) for one in Notebook(desk.reader.notes()).goals.values())
    found = [_goal(looked, one) for one in known if one is not None and carrier in {None, one.said.carrier}]
    return sorted(found, key=lambda one: (not one.is_open, one.by, one.number))


def actions(desk: Desk, carrier: str | None = None) -> list[ActionNow]:
    """Every action: overdue, then open by their day, then done, the newest first; raises LedgerError."""
    looked, book = Looked(desk), Notebook(desk.reader.notes())
    known = (one.as_of(desk.now.wall_ms) for one in book.actions.values())
    found = [_action(looked, book, one) for one in known if one is not None]
    return sorted((one for one in found if carrier in {None, one.carrier}), key=_order)


def _goal(looked: Looked, known: KnownGoal) -> GoalNow:
    said, today = known.said, looked.today
    value = looked.value(said.metric or "", said.circuits, said.carrier or "") if said.metric else NOTHING
    gap = _gap(value, said.target or "")
    by = said.by or today
    return GoalNow(
        number=known.number,
        what=said.what or "",
        owner=said.owner or "",
        by=by,
        carrier=said.carrier or "",
        circuits=tuple(said.circuits),
        metric=said.metric or "",
        target=said.target or "",
        agreed=bool(said.agreed),
        state=known.state,
        standing=_standing(known.state, met=gap is not None and gap <= 0, over=by < today),
        value=value.value,
        unit=value.unit,
        measured=value.text,
        gap=gap,
        days_left=(by - today).days,
        changes=known.changes,
    )


def _gap(value: Value, target: str) -> float | None:
    """How far a value is short of its target; 0 and less where it keeps it."""
    if value.value is None or value.measure is None or not target:
        return None
    try:
        bound = Bound.parse(target)
        short = float(bound.of(value.measure)) - value.value
    except (ValueError, KeyError):
        return None
    if bound.holds(value.value, value.measure):
        return -abs(short)
    return abs(short) or 1e-12  # exactly at a bound that excludes it


def _standing(state: str, *, met: bool, over: bool) -> GoalStanding:
    if state in {"reached", "missed", "dropped"}:
        return cast("GoalStanding", state)
    if over:
        return "reached" if met else "overdue"
    return "on target" if met else "open"


def _action(looked: Looked, book: Notebook, known: KnownAction) -> ActionNow:
    said, today = known.said, looked.today
    goal = book.goals.get(said.goal) if said.goal is not None else None
    metric = said.metric or (goal.said.metric if goal else None) or ""
    carrier = said.carrier or (goal.said.carrier if goal else None) or ""
    circuits = tuple(said.circuits or (goal.said.circuits if goal else ()))
    done_ms = (said.done or known.since_ms("done")) if known.state == "done" else None
    moved = None
    if done_ms is not None and metric:
        written_ms = known.changes[0].at_ms
        moved = looked.moved(metric, circuits, carrier, written_ms=written_ms, done_ms=done_ms)
    by = said.by or today
    return ActionNow(
        number=known.number,
        what=said.what or "",
        owner=said.owner or "",
        by=by,
        carrier=carrier,
        circuits=circuits,
        metric=metric,
        goal=said.goal,
        recommendation=said.recommendation or "",
        state=known.state,
        overdue=known.state in {"open", "doing"} and by < today,
        done_ms=done_ms,
        effect=moved.effect if moved else None,
        strip=moved.strip if moved else (),
        days_left=(by - today).days,
        changes=known.changes,
    )


def _order(one: ActionNow) -> tuple[bool, bool, int, int]:
    day = one.by.toordinal() if one.is_open else -(one.done_ms or 0)
    return not one.overdue, not one.is_open, day, one.number
