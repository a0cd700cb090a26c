"""A review's pack as one HTML file: no script, nothing fetched, fit for paper, as long as its rhythm is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from collector.analysis.forecast import BudgetForecast
from collector.analysis.kpis import limit, shown
from collector.analysis.money import by_currency
from collector.analysis.recommend.words import length as in_words
from collector.analysis.recommendation import Recommendation
from collector.analysis.scorecard import Card, Figure
from collector.charts.palette import stylesheet
from collector.performance.forecasts.words import difference
from collector.performance.forecasts.words import tier as tier_words
from collector.performance.kpis.look import AMISS, RANK, KpiNow
from collector.performance.review.changed import said_before
from collector.performance.review.claimed import Claim
from collector.performance.review.figure_words import name_of, told
from collector.performance.review.headline import rank
from collector.performance.review.kpi_words import others_of, worst_of
from collector.performance.review.pack import PARTS, TITLES, Pack, Pictured
from collector.reports.as_html import STATES
from collector.reports.review import pictures
from collector.reports.words import amount, counted, day, day_and_time, length
from collector.sla.calendar import DAY_MS, local_day, rfc3339
from probes.shown import clean

LONGEST = 4_000
DRAWN = {"daily": 2, "weekly": 4, "monthly": 6}
"""So many findings are drawn, the greatest first; of longer times ten. The others stand as sentences."""
MOST_DRAWN, MOST_TOLD = 10, 12
SHORT_TODO, ALIKE = 4, 3
RATINGS = {
    "critical": ("✗", "critical", "bad"),
    "warning": ("!", "warning", "open"),
    "off target": ("–", "off target", "open"),
    "good": ("✓", "good", "good"),
    "unknown": ("?", "unknown", "none"),
}
STANDINGS = {
    "on target": ("✓", "good"),
    "reached": ("✓", "good"),
    "open": ("·", "none"),
    "overdue": ("✗", "bad"),
    "missed": ("✗", "bad"),
    "dropped": ("–", "none"),
}
VERDICTS = {"better": ("✓", "good"), "worse": ("✗", "bad")}
YEARS = {"useful": ("✓", "good"), "not enough data": ("?", "none")}


def as_html(pack: Pack) -> str:
    """The whole file."""
    styles = Markup(_style() + stylesheet())  # noqa: S704 - our own
    template = _environment().get_template("review.html")
    found = sorted(pack.anomalies, key=rank)
    drawn = [one for one in found if is_drawn(one)][: DRAWN.get(pack.rhythm, MOST_DRAWN)]
    others = [one for one in found if one not in drawn]
    short = pack.rhythm in PARTS
    return template.render(
        pack=pack,
        period=pack.period,
        title=title(pack),
        styles=styles,
        parts=PARTS.get(pack.rhythm),
        services=[one for one in services(pack) if len(one[1]) > 1 or pack.carrier],
        alone=[] if pack.carrier else [some[0] for _, some in services(pack) if len(some) == 1],
        drawn=drawn,
        listed=others[:MOST_TOLD],
        more=max(0, len(others) - MOST_TOLD),
        scores=sorted(pack.satisfaction, key=lambda one: (one.mean, one.month, one.site)),
        figures=sorted(pack.kpis, key=lambda one: RANK[one.worst]),
        orders=orders(pack.to_do, ALIKE if not short else SHORT_TODO)[: SHORT_TODO if short else None],
        over=() if short else orders(pack.was_to_do, ALIKE),
        at_risk=at_risk(pack.budgets),
        growing=[one for one in pack.crossings if one.likely is not None],
        claimed=claimed(pack),
        then=said_before(pack),
    )


def is_drawn(one: Pictured) -> bool:
    """Whether days show it: a level that stayed, or lay elsewhere for a day and more."""
    finding = one.finding
    lasted_ms = DAY_MS if finding.until_ms is None else finding.until_ms - finding.at_ms
    return bool(one.days) and (finding.kind == "shift" or lasted_ms >= DAY_MS)


def title(pack: Pack) -> str:
    """`Quarterly business review, July to September 2026`."""
    spoken = pack.period.spoken
    return f"{TITLES[pack.rhythm]}, {spoken}"


def services(pack: Pack) -> list[tuple[str, list[Card]]]:
    """The scorecards by service, the best first; those of several carriers before those of one."""
    found: dict[str, list[Card]] = {}
    for card in pack.scorecards:
        found.setdefault(card.service, []).append(card)
    ordered = [(name, sorted(some, key=_best)) for name, some in found.items()]
    return sorted(ordered, key=lambda one: (len(one[1]) < 2, one[0]))


def orders(some: Sequence[Recommendation], alike: int) -> list[tuple[Recommendation, list[str]]]:
    """So many recommendations of a rule and urgency; the last of them has the circuits of the others."""
    found: dict[tuple[str, str], list[Recommendation]] = {}
    for one in some:
        found.setdefault((one.urgency, one.rule), []).append(one)
    first = {one.key for group in found.values() for one in group[:alike]}
    more = {
        group[alike - 1].key: [name for one in group[alike:] for name in one.circuits]
        for group in found.values()
        if len(group) > alike
    }
    return [(one, more.get(one.key, [])) for one in some if one.key in first]


def _best(card: Card) -> tuple[int, float, str]:
    return card.rank or 99, -(card.score or 0.0), card.carrier


def rows(cards: Sequence[Card]) -> list[tuple[str, list[Figure | None]]]:
    """A row for each figure of which anything is known: its name, and each card's."""
    names = dict.fromkeys(one.name for card in cards for one in card.figures)
    found = [(name, [card.figure(name) for card in cards]) for name in names]
    return [(name, some) for name, some in found if any(one and one.value is not None for one in some)]


def bound_of(one: KpiNow, key: str) -> str:
    """`≥ 99.95%`: a key figure's target or threshold; a dash where it has none."""
    bound = getattr(one.definition, key)
    return f"{bound.operator} {limit(bound, one.definition)}" if bound is not None else "–"


def at_risk(budgets: Sequence[BudgetForecast]) -> list[BudgetForecast]:
    """Budgets of downtime that may not last, the likeliest to end first."""
    found = [one for one in budgets if one.chance >= 0.1 or not one.left_seconds]
    return sorted(found, key=lambda one: (-one.chance, one.left_seconds, one.circuit))


def claimed(pack: Pack) -> list[tuple[str, str, list[str], list[str]]]:
    """Claims by carrier and state: (carrier, state, of which periods, what that comes to)."""
    groups: dict[tuple[str, str], list[Claim]] = {}
    for one in pack.claims:
        key = pack.names.get(one.carrier, one.carrier), _state(one, pack.now_ms)
        groups.setdefault(key, []).append(one)
    return [
        (*key, sorted({one.period for one in some}), [counted(len(some), "claim"), *_sums(some)])
        for key, some in sorted(groups.items())
    ]


def _state(one: Claim, now_ms: int) -> str:
    """What can't be claimed without a ticket hasn't merely been forgotten yet."""
    if one.state not in {"detected", "ticketed"} or one.claimable:
        return STATES.get(one.state, one.state)
    waits = one.state == "detected" and one.lapses_ms is not None and one.lapses_ms > now_ms
    return "waits for a ticket to be written down" if waits else "lapsed: its ticket was missing or late"


def _sums(some: Sequence[Claim]) -> list[str]:
    sums = by_currency((one.currency, one.amount) for one in some)
    return [amount(value, currency) for currency, value in sums.items()]


@cache
def _style() -> str:
    own = files("collector.reports.review").joinpath("templates", "review.css")
    base = files("collector.reports").joinpath("templates", "report.css")
    return base.read_text(encoding="utf-8") + own.read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("collector.reports.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    made.filters.update(
        lasting=length,
        svg=Markup,
        utc=rfc3339,
        day=day,
        at_ms=day_and_time,
        upper_first=lambda text: str(text)[:1].upper() + str(text)[1:],
        bare=lambda text, name: str(text).removeprefix(f"{name} ").removeprefix(f"{name}, "),
        flat=lambda text: str(text).replace("_", " "),
        in_words=in_words,
        local_day=local_day,
        plainly=lambda value: {True: "yes", False: "no", None: "–"}.get(value, value),
        signs=lambda text: str(text).replace(">=", "≥").replace("<=", "≤"),
    )
    made.globals.update(
        amount=amount,
        amiss=AMISS,
        around=pictures.around,
        bound_of=bound_of,
        before_after=pictures.before_after,
        bullet=pictures.bullet,
        counted=counted,
        difference=difference,
        history=pictures.history,
        interval=pictures.interval,
        name_of=name_of,
        others_of=others_of,
        rating_of=RATINGS.__getitem__,
        rows=rows,
        scale_of=lambda figures: pictures.shared_scale([one for one in figures if one]),
        standing_of=STANDINGS.__getitem__,
        tier_words=tier_words,
        told=told,
        shown=lambda one: shown(one.whole.value, one.definition.kind) if one.whole.value is not None else "–",
        verdict_of=lambda word: VERDICTS.get(word, ("·", "none")),
        worst_of=worst_of,
        year_of=lambda verdict: YEARS.get(verdict, ("!", "open")),
    )
    return made


def _printable(value: object) -> object:
    """Control characters and the like are nothing that a document may hold; a bound stays on its line."""
    if type(value) is not str:
        return value
    return clean(value, LONGEST).replace("≥ ", "≥\u00a0").replace("≤ ", "≤\u00a0")
