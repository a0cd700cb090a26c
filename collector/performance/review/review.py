"""Makes the pack of a review: everything that is decided on in it, gathered for one period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

from collector.analysis.forecast import BudgetForecast, Crossing
from collector.analysis.readings import NotEnough
from collector.analysis.recommendation import Recommendation
from collector.clerk import Desk
from collector.ledger.store import oldest_ms
from collector.ledger.watched import Answers
from collector.performance.advice.recommendations import recommendations
from collector.performance.advice.returned import returned
from collector.performance.cycle.feedback import heard, satisfaction
from collector.performance.cycle.goals import actions, goals
from collector.performance.cycle.held import held, practices
from collector.performance.cycle.process import process
from collector.performance.cycle.terms import terms
from collector.performance.forecasts.forecasts import budgets, crossings
from collector.performance.kpis.kpis import kpis_now, yearly
from collector.performance.nightly.anomalies import Anomaly, anomalies
from collector.performance.review.breaches import breaches
from collector.performance.review.changed import changes, thanked
from collector.performance.review.claimed import claims
from collector.performance.review.downtime import downtimes, still_down
from collector.performance.review.gaps import gaps
from collector.performance.review.headline import headline
from collector.performance.review.pack import Pack, Pictured
from collector.performance.review.theirs import Eyes, narrowed
from collector.performance.scorecards.scorecards import cards
from collector.periods import ReportPeriod, after, before, read_period, rhythm_of
from collector.sla.calendar import local_day
from config.errors import nearest

AROUND_DAYS = 14
"""So many days before and after a finding are drawn."""
NEVER_MS = 2**62
MADE_UP = " (made up)"
"""A demo's names end so; its pack says it of the whole."""
Told = Callable[[str], None]
"""Hears which part is being gathered."""


def review(desk: Desk, label: str, carrier: str | None = None, told: Told = lambda part: None) -> Pack:
    """The pack of a period (`2026-03`, `2026-Q1`, `2026-W12`, a day); with a carrier the one that it may see.

    Raises ValueError for what is no period, LookupError for a carrier that there isn't, LedgerError.
    """
    known = desk.settings.carriers
    if carrier is not None and carrier not in known:
        raise LookupError(f"the configuration has no carrier {carrier!r}: {nearest(carrier, known)}")
    zone = desk.settings.zone
    period = read_period(label, zone, desk.now.wall_ms)
    pack = _gathered(desk, _empty(desk, period, carrier or ""), told)
    told("the period before")
    earlier = tuple(cards(desk, pack.before.label)) if pack.before_known else ()
    if carrier is not None:
        eyes = Eyes(desk.settings, carrier)
        pack = narrowed(pack, eyes)
        earlier = tuple(one for one in earlier if one.carrier == carrier)
    pack = replace(pack, gaps=tuple(gaps(pack)), thanks=tuple(thanked(pack, earlier)))
    pack = replace(pack, changed=tuple(changes(pack, earlier)))
    return replace(pack, headline=tuple(headline(pack)))


def _empty(desk: Desk, period: ReportPeriod, carrier: str) -> Pack:
    settings, now_ms = desk.settings, desk.now.wall_ms
    names = {key: one.name.removesuffix(MADE_UP) for key, one in settings.carriers.items()}
    return Pack(
        period=period,
        before=before(period, now_ms),
        rhythm=rhythm_of(period.label),
        carrier=carrier,
        carrier_name=names.get(carrier, ""),
        site=settings.site,
        made_up=settings.demo is not None,
        closed=period.end_ms <= now_ms,
        as_of_ms=min(now_ms, period.end_ms),
        now_ms=now_ms,
        url=settings.web.url or "",
        names=names,
    )


def _gathered(desk: Desk, pack: Pack, told: Told) -> Pack:
    """All parts, for everybody's eyes."""
    period, carrier = pack.period, pack.carrier or None
    told("outages")
    down = tuple(downtimes(desk, period, pack.before))
    told("scorecards")
    scorecards = tuple(cards(desk, period.label))
    told("goals and actions")
    aims, acts = tuple(goals(desk, carrier)), tuple(actions(desk, carrier))
    told("anomalies")
    found = tuple(_pictured(desk, one) for one in anomalies(desk, period.start_ms, pack.as_of_ms))
    told("key figures")
    own = Eyes(desk.settings, carrier).circuits if carrier else None
    figures = tuple(kpis_now(desk, at_ms=pack.as_of_ms, circuits=own))
    told("forecasts")
    newest = after(period, desk.now.wall_ms).end_ms > desk.now.wall_ms
    growing, lasting = (crossings(desk), budgets(desk, tiers=not carrier)) if newest else ([], [])
    orders, over = _orders(desk, pack, newest=newest)
    told("money and recommendations")
    return replace(
        pack,
        downtime=down,
        breaches=tuple(breaches(desk, period)),
        scorecards=scorecards,
        goals=aims,
        actions=acts,
        anomalies=found,
        kpis=figures,
        kpi_years=tuple(yearly(desk, int(period.label))) if pack.rhythm == "yearly" else (),
        crossings=tuple(one for one in growing if isinstance(one, Crossing)),
        budgets=tuple(one for one in lasting if isinstance(one, BudgetForecast)),
        recommendations=orders,
        over=over,
        still_down=still_down(desk, pack.as_of_ms),
        written=_written(desk, pack),
        claims=tuple(claims(desk, period)),
        returned=returned(desk, period.start_ms, period.end_ms, carrier),
        terms=tuple(terms(desk)),
        process=process(desk, period.start_ms, pack.as_of_ms),
        feedback=tuple(heard(desk, period.start_ms, pack.as_of_ms, carrier)),
        satisfaction=tuple(satisfaction(desk, period.start_ms, pack.as_of_ms, carrier)),
        practices=tuple(practices(desk)),
        said=tuple(held(desk, period.label)),
        before_known=_measured(desk)[0] < pack.before.end_ms,
        missing=_missing(desk, pack, (*growing, *lasting)),
    )


def _orders(desk: Desk, pack: Pack, *, newest: bool) -> tuple[tuple[Recommendation, ...], frozenset[str]]:
    """What arose in the time, in the newest pack of its rhythm after what is open now; and which is over.

    Over is what has a day that has passed; where what is open is known, all else that arose.
    """
    today = local_day(desk.now.wall_ms, pack.period.zone)
    now = {one.key: one for one in (recommendations(desk) if newest else ())}
    arose = recommendations(desk, from_ms=pack.period.start_ms, to_ms=pack.as_of_ms)
    past = {one.key: one for one in arose if one.key not in now and not one.dismissed_by}
    over = {key for key, one in past.items() if newest or (one.until is not None and one.until < today)}
    still = [one for one in (*now.values(), *past.values()) if not one.dismissed_by and one.key not in over]
    return (*still, *(one for one in past.values() if one.key in over)), frozenset(over)


def _written(desk: Desk, pack: Pack) -> dict[str, int]:
    times = pack.period.start_ms, pack.as_of_ms
    return dict(Counter(one.kind for one in desk.reader.notes() if times[0] <= one.at_ms < times[1]))


def _missing(
    desk: Desk, pack: Pack, forecasts: Sequence[Crossing | BudgetForecast | NotEnough]
) -> tuple[str, ...]:
    """What there is too little of, in sentences."""
    said = []
    since_ms, reached_ms = _measured(desk)
    if reached_ms <= pack.period.start_ms or since_ms >= pack.period.end_ms:
        said.append("nothing was measured in this time")
    elif reached_ms < pack.as_of_ms:
        day = local_day(reached_ms, pack.period.zone)
        said.append(f"the measurements reach no further than {day.isoformat()}")
    if not pack.carrier and (short := sum(isinstance(one, NotEnough) for one in forecasts)):
        said.append(f"of {short} forecasts there is too little data yet")
    return tuple(said)


def _measured(desk: Desk) -> tuple[int, int]:
    """From when until when anything was measured at all; nothing: from never."""
    with closing(Answers(desk.ledger)) as ask:
        since_ms = ask(oldest_ms)
    reached_ms = max((desk.reader.watermark(site) for site in desk.reader.sites()), default=0)
    return NEVER_MS if since_ms is None else since_ms, reached_ms


def _pictured(desk: Desk, one: Anomaly) -> Pictured:
    """With the days around it."""
    finding, at = one.finding, local_day(one.finding.at_ms, one.zone)
    around = timedelta(days=AROUND_DAYS)
    days = [
        (each.day, each.mean if finding.metric == "loss" else each.median, each.p95)
        for each in desk.reader.days(finding.circuit, finding.metric, at - around, at + around)
        if each.known
    ]
    return Pictured(one, at, tuple(days))
