"""The reports of the daemon: on a schedule to mailboxes and folders, and for the page when it asks.

A report is made in a process of its own. What became of it is in the ledger before anything else
happens, so that a restart goes on where it was: at least once, and never again to who acknowledged it.
"""

from __future__ import annotations

import asyncio
from asyncio import wrap_future
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog

from collector.apart import in_a_process
from collector.bare import bare
from collector.clerk import Desk
from collector.ledger.deliveries import Delivered, deliveries, put
from collector.ledger.errors import LedgerError
from collector.ledger.ledger import Ledger
from collector.ledger.opening import reading
from collector.ledger.store import oldest_ms
from collector.ledger.watched import Answers
from collector.performance.review.review import review
from collector.periods import past_periods
from collector.reports.as_pdf import PdfUnavailable
from collector.reports.making import Wanted, make
from collector.reports.ready import Prepared, Waiting, prepare
from collector.reports.render import Form, Rendered, render, shows_pictures
from collector.reports.review import rendering
from collector.reports.review.rendering import Form as ReviewForm
from collector.reports.schedule import back_off_ms, is_newer, newest_due
from collector.reports.sending import Problem, deliver, receivers
from collector.web.sources import ReportNow
from config.reports import ReportSettings
from config.settings import Settings
from probes.clock import NS_PER_SECOND, Clock, Instant

log = structlog.get_logger()

LOOK_NS = 20 * NS_PER_SECOND
WAIT_MS = 600_000
"""So long after a look at a period that isn't settled yet there is another."""


class Reporting:
    """Makes and sends what is due; one report at a time."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        ledger: Ledger,
        clock: Clock,
        trouble: Callable[[str, str], None],
    ) -> None:
        """`trouble(subject, sentence)` tells health; an empty sentence: all is well."""
        self._settings = settings
        self._ledger = ledger
        self._clock = clock
        self._trouble = trouble
        self._told: dict[str, str] = {}
        self._failures: Counter[str] = Counter()
        self._tried_with: dict[str, ReportSettings] = {}
        self.states: dict[str, Delivered] = {}
        """As the last look found them, by the report's name; for /metrics."""

    def statistics(self) -> list[ReportNow]:
        """Each configured report, for /metrics."""
        return [
            ReportNow(name, one.success_ms if (one := self.states.get(name)) else None, self._failures[name])
            for name in (self._settings().reports if self._settings().demo is None else ())
        ]

    async def run(self) -> None:
        """Look every twenty seconds, until cancelled."""
        while True:
            try:
                await self.look()
            except LedgerError as error:
                self._tell("reports", str(error))
            else:
                self._tell("reports", "")
            await self._clock.sleep_until(self._clock.now().mono_ns + LOOK_NS)

    async def look(self) -> None:
        """Send what is due and may be tried now. Raises LedgerError."""
        settings = self._settings()
        reports = settings.reports if settings.demo is None else {}
        self._forget(reports)
        if not reports:
            return
        known = await asyncio.to_thread(_states, self._ledger.path)
        self.states = {name: one for name, one in known.items() if name in reports}
        for name, entry in reports.items():
            now_ms = self._clock.now().wall_ms
            zone = entry.timezone or settings.zone
            due = newest_due(entry.every, entry.at, entry.days_after, zone, now_ms)
            before = known.get(name)
            one = _fresh(name, due.label, before, now_ms)
            if one.sent_ms is None and (now_ms >= (one.next_ms or 0) or self._is_mended(entry, one)):
                await self._try(settings, entry, one)
            self._tell(f"report {name}", self.states[name].why if self.states[name].failures else "")

    def _forget(self, reports: Collection[str]) -> None:
        """What is no longer configured troubles nobody; the ledger still knows who had it."""
        self.states = {name: one for name, one in self.states.items() if name in reports}
        for subject in [one for one in self._told if one.startswith("report ")]:
            if subject.removeprefix("report ") not in reports:
                self._tell(subject, "")

    def _is_mended(self, entry: ReportSettings, one: Delivered) -> bool:
        """Whether a person may have changed what kept it from being sent: not to be waited out."""
        return one.for_good and self._tried_with.get(one.report) != entry

    async def _try(self, settings: Settings, entry: ReportSettings, one: Delivered) -> None:
        """Make it and send it, and keep what became of it."""
        now = self._clock.now()
        self.states[one.report] = one
        self._tried_with[one.report] = entry
        plain = entry.model_copy(update={"mail": None})
        try:
            made = await in_a_process(prepare, bare(settings), self._ledger.path, now, plain, one.period)
        except (ArithmeticError, ChildProcessError, LedgerError, LookupError, OSError, ValueError) as error:
            await self._failed(one, [Problem(f"it can't be made: {error}")])
        except PdfUnavailable as error:
            await self._failed(one, [Problem(str(error))])
        else:
            if isinstance(made, Waiting):
                await self._keep(replace(one, why=made.why, next_ms=now.wall_ms + WAIT_MS))
            else:
                await self._send(settings, entry, one, made)

    async def _send(self, settings: Settings, entry: ReportSettings, one: Delivered, made: Prepared) -> None:
        async def had(names: Collection[str]) -> None:
            now_held = self.states[one.report]
            await self._keep(replace(now_held, had=(*now_held.had, *names)))

        name = one.report
        problems = await deliver(
            name, entry, made, host=settings.host, now_ms=self._clock.now().wall_ms, had=one.had, keep=had
        )
        if problems:
            await self._failed(self.states[name], problems)
            return
        now_ms = self._clock.now().wall_ms
        await self._keep(_done(self.states[name], now_ms))
        log.info("report.sent", report=name, period=one.period, to=list(receivers(entry)))

    async def _failed(self, one: Delivered, problems: Sequence[Problem]) -> None:
        self._failures[one.report] += 1
        now_ms, failures = self._clock.now().wall_ms, one.failures + 1
        why = "; ".join(each.why for each in problems)
        for_good = all(each.for_good for each in problems)
        again = now_ms + back_off_ms(failures, for_good=for_good)
        await self._keep(
            replace(one, tried_ms=now_ms, failures=failures, next_ms=again, why=why, for_good=for_good)
        )

    async def _keep(self, one: Delivered) -> None:
        self.states[one.report] = one
        await wrap_future(self._ledger.write(partial(put, one=one)))

    def _tell(self, subject: str, problem: str) -> None:
        """Tell health, and the log where it is news."""
        if problem and self._told.get(subject) != problem:
            log.error("report.failed", report=subject.removeprefix("report "), problem=problem)
        if problem:
            self._told[subject] = problem
        else:
            self._told.pop(subject, None)
        self._trouble(subject, problem)


def _fresh(name: str, period: str, before: Delivered | None, now_ms: int) -> Delivered:
    """What is known of a period's report; a new period begins anew.

    A newer one than is due was sent by hand (`report --send`), and its turn doesn't come again.
    """
    if before is not None and (before.period == period or is_newer(before.period, period)):
        return before
    return Delivered(name, period, now_ms, success_ms=before.success_ms if before else None)


def _done(one: Delivered, now_ms: int) -> Delivered:
    return replace(one, sent_ms=now_ms, success_ms=now_ms, next_ms=None, failures=0, why="", for_good=False)


def sent_by_hand(
    before: Delivered | None, name: str, period: str, had: Sequence[str], now_ms: int, *, whole: bool
) -> Delivered:
    """What is kept once a person has sent the newest period's report; `whole`: to all who get it.

    The daemon goes on with those who are left.
    """
    one = _fresh(name, period, before, now_ms)
    one = replace(one, had=tuple(dict.fromkeys((*one.had, *had))))
    return _done(one, now_ms) if whole else one


def _states(ledger: Path) -> dict[str, Delivered]:
    with closing(Answers(ledger)) as ask:
        return ask(deliveries)


# --- for the page and the API: asked of the clerk


@dataclass(frozen=True, slots=True)
class Offered:
    """A period of which there is a report."""

    label: str
    spoken: str
    from_ms: int
    to_ms: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """A configured report, and how far it is."""

    name: str
    every: str
    formats: tuple[str, ...]
    to: tuple[str, ...]
    """Folder and mailboxes."""
    period: str | None
    state: str
    """waiting, sent or failed."""
    at_ms: int | None
    """When it was sent, or last tried."""
    next_ms: int | None
    failures: int
    why: str


def offered(desk: Desk) -> list[Offered]:
    """The periods of which the ledger knows something, newest first. Raises LedgerError."""
    with closing(Answers(desk.ledger)) as ask:
        since_ms = ask(oldest_ms)
    now_ms = desk.now.wall_ms
    if since_ms is None:
        return []
    zone = desk.settings.zone
    return [
        Offered(one.label, one.spoken, one.start_ms, one.end_ms, one.end_ms <= now_ms)
        for one in past_periods(zone, since_ms, now_ms)
    ]


def delivered(desk: Desk) -> list[Delivery]:
    """How far each configured report is, as they stand in the configuration. Raises LedgerError."""
    known = _states(desk.ledger)
    return [_delivery(name, entry, known.get(name)) for name, entry in desk.settings.reports.items()]


def _delivery(name: str, entry: ReportSettings, held: Delivered | None) -> Delivery:
    whole = (name, entry.every, entry.formats, receivers(entry))
    if held is None:
        return Delivery(*whole, None, "waiting", None, None, 0, "")
    at_ms = held.tried_ms if held.sent_ms is None else held.sent_ms
    return Delivery(*whole, held.period, held.state, at_ms, held.next_ms, held.failures, held.why)


def rendered(
    desk: Desk, period: str, form: Form, carrier: str | None = None, site: str | None = None
) -> Rendered:
    """A report as a file, for the page. Raises as `make` and `render`."""
    return rendered_apart(desk.settings, desk.ledger, desk.now, period, form, carrier, site)


def rendered_apart(
    settings: Settings,
    ledger: Path,
    now: Instant,
    period: str,
    form: Form,
    carrier: str | None = None,
    site: str | None = None,
) -> Rendered:
    """The same for a process of its own: a large estate's PDF takes longer than the clerk may."""
    wanted = Wanted(period, carrier, site, pictures=shows_pictures(form))
    return render(make(settings, ledger, now, wanted, workers=0), form)


def reviewed_apart(
    settings: Settings,
    ledger: Path,
    now: Instant,
    period: str,
    form: ReviewForm,
    carrier: str | None = None,
) -> Rendered:
    """A review's pack as a file, likewise. Raises as `review`, and PdfUnavailable."""
    with reading(ledger):
        return rendering.render(review(Desk(settings, ledger, now), period, carrier), form)
