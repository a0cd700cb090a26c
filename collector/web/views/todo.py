"""What to do next: recommendations with their reason, evidence and date, and what following them returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import quote

from collector.analysis.recommend import RULES
from collector.analysis.recommend.words import day
from collector.analysis.recommendation import Recommendation
from collector.clerk import Desk
from collector.notebook.book import Notebook
from collector.performance.advice.recommendations import recommendations
from collector.performance.advice.returned import Money, returned
from collector.sla.calendar import DAY_MS, local_day
from collector.sla.rounding import counted
from collector.web.views.page import link, money, render
from collector.web.views.query import choice, place
from collector.web.views.sentences import recorded
from collector.web.views.view import Asked, Drawn

HERE = "/performance"
YEAR_MS = 365 * DAY_MS
ROWS = 100
"""A page's length."""
TITLES = {"now": "Now", "soon": "Soon", "plan": "Plan"}
MEANS = {
    "now": "Money or a right is lost if this waits.",
    "soon": "Worth doing this week or next.",
    "plan": "For the next review with the carrier.",
}
KINDS = {"now": "bad", "soon": "soon", "plan": "info"}
FORMS = ("", "action", "dismiss")


@dataclass(frozen=True, slots=True)
class Row:
    """A recommendation as its card has it; what isn't there is empty."""

    one: Recommendation
    until: str
    left: str
    over: bool
    amount: str
    worth: str
    """What the amount is."""
    does: str
    """What the link to where it is done reads."""
    action: str
    """Who is on it: `action 12: ann, by 9 January 2026`."""
    form: str
    """Which form stands open in it: action or dismiss."""
    to_action: str
    to_dismiss: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Group:
    """Those of one urgency."""

    urgency: str
    title: str
    means: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """A currency's tiles: label, value, what to know, kind."""

    currency: str
    tiles: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    groups: tuple[Group, ...]
    dismissed: tuple[Recommendation, ...]
    returns: tuple[Return, ...]
    total: int
    """Open ones that fit the filter."""
    first: int
    all_open: int
    at_stake: str
    """What the open ones are worth together, by currency."""
    carrier: str
    carriers: tuple[tuple[str, str], ...]
    rule: str
    rules: tuple[tuple[str, str], ...]
    in_two_weeks: str


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, LedgerError."""
    return render(
        "todo.html",
        asked,
        desk.settings,
        desk.now.wall_ms,
        title="To do",
        page=page(desk, asked),
        recorded=recorded(desk, asked),
        rules=RULES,
        kinds=KINDS,
        here=HERE,
    )


def page(desk: Desk, asked: Asked) -> Page:
    """What is shown; raises BadRequest, LedgerError."""
    found = recommendations(desk)
    open_ones = [one for one in found if not one.dismissed_by]
    there = dict.fromkeys(one.carrier for one in open_ones if one.carrier)
    carriers = sorted(
        (key, known.name if (known := desk.settings.carriers.get(key)) else key) for key in there
    )
    carrier = choice(asked.query, "carrier", ("", *desk.settings.carriers, *there))
    rule = choice(asked.query, "rule", ("", *RULES))
    some = [one for one in open_ones if carrier in {"", one.carrier} and rule in {"", one.rule}]
    first = place(asked.query, len(some))
    today = local_day(desk.now.wall_ms, desk.settings.zone)
    rows = list(_rows(desk, asked, some[first - 1 : first - 1 + ROWS], today))
    return Page(
        groups=tuple(
            Group(urgency, TITLES[urgency], MEANS[urgency], mine)
            for urgency in TITLES
            if (mine := tuple(one for one in rows if one.one.urgency == urgency))
        ),
        dismissed=tuple(one for one in found if one.dismissed_by),
        returns=tuple(_returns(desk)),
        total=len(some),
        first=first,
        all_open=len(open_ones),
        at_stake=_at_stake(some),
        carrier=carrier,
        carriers=tuple(carriers),
        rule=rule,
        rules=tuple((name, name) for name in RULES if any(one.rule == name for one in open_ones)),
        in_two_weeks=(today + timedelta(days=14)).isoformat(),
    )


def _rows(desk: Desk, asked: Asked, some: Sequence[Recommendation], today: date) -> Iterator[Row]:
    actions = _actions(Notebook(desk.reader.notes()))
    kept = {name: asked.query.get(name, "") for name in ("carrier", "rule", "first")}
    for one in some:
        left = None if one.until is None else (one.until - today).days
        anchor = quote(one.key, safe="")
        yield Row(
            one=one,
            until=day(one.until) if one.until else "",
            left="" if left is None else _left(left),
            over=left is not None and left < 0,
            amount=money(one.amount, one.currency) if one.amount is not None else "",
            worth=RULES[one.rule].worth,
            does=RULES[one.rule].does,
            action=actions.get(one.key, ""),
            form=_form(asked, one.key),
            to_action=f"{link(HERE, kept, do='action', key=one.key)}#{anchor}",
            to_dismiss=f"{link(HERE, kept, do='dismiss', key=one.key)}#{anchor}",
            anchor=one.key,
        )


def _form(asked: Asked, key: str) -> str:
    """Which form is open in a recommendation's card: the one asked for, or the one that was refused."""
    if asked.given:
        refused = {"dismiss": "key", "action": "recommendation"}.get(asked.given.get("kind", ""), "")
        return asked.given.get("kind", "") if refused and asked.given.get(refused) == key else ""
    return choice(asked.query, "do", FORMS) if asked.query.get("key") == key else ""


def _actions(notebook: Notebook) -> Mapping[str, str]:
    """Who is on which recommendation, of actions that are open."""
    return {
        one.said.recommendation: f"action {one.number}: {one.said.owner}"
        f"{f', by {day(one.said.by)}' if one.said.by else ''}"
        for one in notebook.actions.values()
        if one.said.recommendation and one.state in {"open", "doing"}
    }


def _left(days: int) -> str:
    if days < 0:
        return f"{counted(-days, 'day')} ago"
    return "today" if days == 0 else f"{counted(days, 'day')} left"


def _at_stake(some: Sequence[Recommendation]) -> str:
    """What is claimed, chased or saved by doing them; money that is gone already isn't."""
    sums: dict[str, Decimal] = {}
    for one in some:
        if one.amount is not None and one.rule in {"claim", "chase", "ticket"}:
            sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.amount
    return " and ".join(money(amount, currency) for currency, amount in sorted(sums.items()))


def _returns(desk: Desk) -> Iterator[Return]:
    """The periods that ended in the last twelve months, by currency."""
    now_ms = desk.now.wall_ms
    for currency, one in returned(desk, now_ms - YEAR_MS, now_ms).by_currency.items():
        yield Return(currency, tuple(_tiles(currency, one)))


def _tiles(currency: str, one: Money) -> Iterator[tuple[str, str, str, str]]:
    def told(amount: Decimal) -> str:
        return money(amount, currency) if amount else ""

    sent = counted(one.claims, "claim") if one.claims else "no claim was sent"
    days = f"half of it within {counted(one.days, 'day')}" if one.days is not None else ""
    yield "Due by the statements", told(one.due), "of periods in the last 12 months", ""
    yield "Claimed", told(one.claimed), sent, ""
    yield "Received", told(one.received), days, "good" if one.received else ""
    yield "Waited for", told(one.waiting), "asked for, and not here yet", ""
    yield "Still to claim", told(one.open), "before its day is over", "soon" if one.open else ""
    refused = f"and {told(one.refused)} refused" if one.refused else "not claimed, or no ticket in time"
    yield "Lapsed", told(one.lapsed), refused, "bad" if one.lapsed else ""
