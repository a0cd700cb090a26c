"""Notes of reviews as sentences: goals, actions, what was said, what worked, what was put aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from collector.notebook.body import Body
from collector.notebook.management import ActionBody, DismissBody, GoalBody, PracticeBody, ReviewBody
from collector.sla.rounding import joined
from collector.web.views.page import Clocks, signs


def carrier_name(clocks: Clocks, key: str) -> str:
    """A carrier as people call it; its key where it isn't configured any more."""
    known = clocks.settings.carriers.get(key)
    return known.name if known else key


def _begins(clocks: Clocks, body: GoalBody | ActionBody) -> Iterator[str]:
    """What both have; of an update only what is new."""
    name = body.KIND.capitalize()
    head = f"{name} {body.of}" if body.of is not None else name
    yield f"{head}: {body.what}" if body.what else head
    if body.carrier:
        yield f"with {carrier_name(clocks, body.carrier)}"
    if body.circuits:
        yield f"for {joined(body.circuits)}"
    if body.owner:
        yield f"{body.owner} answers for it"
    if body.by is not None:
        yield f"by {body.by}"


def _goal(clocks: Clocks, body: GoalBody) -> Iterator[str]:
    yield from _begins(clocks, body)
    if body.metric or body.target:
        yield " ".join(filter(None, (body.metric, signs(body.target or ""))))
    if body.agreed is not None:
        yield "the carrier agrees" if body.agreed else "the carrier hasn't agreed"
    if body.state:
        yield body.state


def _action(clocks: Clocks, body: ActionBody) -> Iterator[str]:
    yield from _begins(clocks, body)
    if body.metric:
        yield f"to move {body.metric}"
    if body.goal is not None:
        yield f"for goal {body.goal}"
    if body.recommendation:
        yield f"as {body.recommendation} recommends"
    if body.done is not None:
        yield f"done {clocks.at(body.done, _site(clocks, body)).local}"
    elif body.state:
        yield body.state


def _review(clocks: Clocks, body: ReviewBody) -> Iterator[str]:
    with_whom = f" with {carrier_name(clocks, body.carrier)}" if body.carrier else ""
    held = f", held {clocks.at(body.held).local}" if body.held is not None else ""
    yield f"Review of {body.period}{with_whom}{held}"
    if body.present:
        yield f"present: {joined(body.present)}"
    if body.said:
        yield f"“{body.said}”"
    if body.thanks:
        yield f"thanks: “{body.thanks}”"
    if body.reply:
        yield f"their reply: “{body.reply}”"


def _practice(clocks: Clocks, body: PracticeBody) -> Iterator[str]:
    yield f"What works with {carrier_name(clocks, body.carrier)} ({body.topic}): {body.text}"


def _dismiss(_clocks: Clocks, body: DismissBody) -> Iterator[str]:
    until = f" until {body.until}" if body.until else ""
    yield f"Recommendation {body.key} put aside{until}"


def _site(clocks: Clocks, body: ActionBody) -> str:
    """On whose clocks its times are told: those of its first circuit's site."""
    known = next((clocks.settings.circuits[one] for one in body.circuits
                  if one in clocks.settings.circuits), None)  # fmt: skip
    return known.site if known else ""


TELLERS: Mapping[type[Body], Callable[..., Iterator[str]]] = {
    GoalBody: _goal,
    ActionBody: _action,
    ReviewBody: _review,
    PracticeBody: _practice,
    DismissBody: _dismiss,
}
