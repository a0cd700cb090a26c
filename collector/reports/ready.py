"""Makes a scheduled report once all that it rests on is there; runs in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.clerk import Desk
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.ledger.revisions import RevisionKey
from collector.lowly import be_lowly
from collector.performance.review.review import review
from collector.periods import ReportPeriod, read_period
from collector.reports.making import Wanted, chosen, make
from collector.reports.render import Rendered, render, shows_pictures
from collector.reports.report import Report
from collector.reports.review import rendering
from collector.reports.summary import headline, summarised
from collector.reports.words import amount, counted, day
from collector.settling import PATIENCE_MS
from collector.sla.calendar import local_day
from collector.sla.rules import cycle_of
from collector.statements import Bench
from config.reports import ReportSettings
from config.settings import Settings
from probes.clock import Instant

NICENESS = 10
PATIENT_MS = PATIENCE_MS + 3_600_000
"""So long after its end a period's report waits for what is missing; then it says so, and goes out."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report that isn't made yet, and what it waits for."""

    why: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report that can be sent."""

    period: str
    subject: str
    text: str
    """A mail's text: the summary."""
    files: tuple[Rendered, ...]


def prepare(
    settings: Settings, ledger: Path, now: Instant, entry: ReportSettings, label: str
) -> Prepared | Waiting:
    """The report of a period as files, or what it still waits for.

    Raises ValueError, LookupError, LedgerError, ChildProcessError, PdfUnavailable.
    """
    be_lowly(NICENESS)
    zone = entry.timezone or settings.zone
    period = read_period(label, zone, now.wall_ms)
    if now.wall_ms < period.end_ms + PATIENT_MS:
        why = next(_missing(settings, ledger, now, period, wanted_by(entry, label)), "")
        if why:
            return Waiting(why)
    return prepared(settings, ledger, now, entry, label)


def prepared(settings: Settings, ledger: Path, now: Instant, entry: ReportSettings, label: str) -> Prepared:
    """The same at once, with what there is. Raises the same."""
    if entry.pack == "review":
        return _review(settings, ledger, now, entry, label)
    report = make(settings, ledger, now, wanted_by(entry, label), workers=1)
    files = tuple(render(report, form) for form in entry.formats)
    return Prepared(label, subject(report), text(report), files)


def _review(settings: Settings, ledger: Path, now: Instant, entry: ReportSettings, label: str) -> Prepared:
    with reading(ledger):
        pack = review(Desk(settings, ledger, now), label, entry.for_carrier)
    files = tuple(rendering.render(pack, form) for form in entry.formats if form != "csv")
    return Prepared(label, rendering.subject(pack), rendering.text(pack), files)


def wanted_by(entry: ReportSettings, label: str) -> Wanted:
    """What a configured report is about."""
    return Wanted(
        label,
        carriers=entry.carriers or ((entry.for_carrier,) if entry.for_carrier else ()),
        circuits=entry.circuits or (),
        zone=entry.timezone,
        pictures=any(shows_pictures(form) for form in entry.formats),
    )


def _missing(
    settings: Settings, ledger: Path, now: Instant, period: ReportPeriod, wanted: Wanted
) -> Iterator[str]:
    """What is still to come of a period, in a sentence each."""
    with reading(ledger), SqliteReader(ledger) as reader:
        names = list(chosen(settings, wanted, reader.sites(), period))
        for site in dict.fromkeys(settings.circuits[name].site for name in names):
            if reader.watermark(site) < period.end_ms:
                yield f"the measurements of {site} have not reached the period's end yet"
        yield from _unissued(settings, reader, now, period, names)


def _unissued(
    settings: Settings, reader: SqliteReader, now: Instant, period: ReportPeriod, names: Sequence[str]
) -> Iterator[str]:
    """Statements of contracts' own periods that have no number yet: their data may still come."""
    bench = Bench(settings, reader, now.wall_ms)
    judged = [name for name in names if settings.circuits[name].contract.values]
    for one in bench.causes(judged, period.text):
        cut = one.period
        terms = settings.contracts[one.contract].terms_on(local_day(cut.start_ms, cut.zone))
        key = RevisionKey(one.scope, one.contract, cut.start_ms, cut.end_ms)
        if (
            cut.end_ms <= now.wall_ms
            and cycle_of(terms).owns(cut)
            and reader.revisions_of(key).issued is None
        ):
            yield f"the statement of {one.scope} for {cut.label} is not issued yet"


def subject(report: Report) -> str:
    """`October 2026: 2 of 5 circuits did not get what was promised`."""
    told = headline(summarised(report)).rstrip(".")
    return f"{'Made up: ' if report.made_up else ''}{report.period.spoken}: {told}"


def text(report: Report) -> str:
    """The summary as plain text, for those who read mail on a telephone."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    summary = summarised(report)
    if report.made_up:
        yield "Made up: a demonstration."
        yield ""
    yield f"Circuits and contracts, {report.period.spoken}"
    yield ""
    yield headline(summary)
    for bad in summary.worst:
        yield ""
        yield f"{bad.chapter.scope}:"
        yield from (f"  {reason}" for reason in bad.reasons)
    yield ""
    for money in summary.money:
        due, received = amount(money.due, money.currency), amount(money.received, money.currency)
        yield f"Credit due {due}, received {received}."
    if summary.lapses:
        first = summary.lapses[0]
        worth = amount(first.claim.claimable, first.claim.currency)
        lapses = counted(len(summary.lapses), "credit")
        before = day(first.before_ms, report.period.zone)
        yield f"{lapses} still to be claimed, the first before {before}: {worth}."
    yield summary.quality
    if not report.closed:
        yield "Not final: of some circuits no statement is issued yet."
    if report.url:
        yield ""
        yield f"{report.url.rstrip('/')}/reports"
