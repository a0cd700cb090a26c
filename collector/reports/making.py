"""Makes a report out of a ledger: statements, claims, data quality and charts, carrier by carrier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from collector.claiming.book import ClaimNow, claims_now
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.periods import ReportPeriod, read_period
from collector.reports.pictures import pictures_of
from collector.reports.quality import quality_of
from collector.reports.report import CarrierPart, Chapter, Line, Report, Stated
from collector.reports.stated import Statements, Told
from collector.reports.words import ms_of_text
from collector.sla.calendar import local_day
from config.errors import nearest
from config.settings import Settings
from probes.clock import Instant

MOST_PICTURED = 200
"""Of a larger estate only circuits that broke a promise or were down have charts."""


class UnknownName(LookupError):  # noqa: N818 - what it is, like NotFound
    """There is no such carrier, site or circuit; the sentence says which there are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is to be about; None and empty: all."""

    period: str
    carrier: str | None = None
    site: str | None = None
    carriers: tuple[str, ...] = ()
    circuits: tuple[str, ...] = ()
    keep: bool = False
    """Whether what is new of closed periods gets its number."""
    pictures: bool = True
    zone: str | None = None
    """Whose days they are; None: this host's site's."""

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """What it is narrowed to, as (word, value)."""
        named = (("carrier", self.carrier), ("site", self.site))
        many = (("carriers", ", ".join(self.carriers)), ("circuits", ", ".join(self.circuits)))
        return tuple((word, value) for word, value in (*named, *many) if value)


def make(
    settings: Settings,
    ledger: Path,
    now: Instant,
    wanted: Wanted,
    *,
    workers: int | None = None,
    told: Told = lambda done, total: None,
) -> Report:
    """The report; `told` hears of progress.

    Raises ValueError, UnknownName, LedgerError, ChildProcessError.
    """
    zone = wanted.zone or settings.zone
    period = read_period(wanted.period, zone, now.wall_ms)
    with reading(ledger), SqliteReader(ledger) as reader:
        names = list(chosen(settings, wanted, reader.sites(), period))
    judged = [name for name in names if settings.circuits[name].contract.values]
    found = Statements(settings, ledger, now, wanted.keep, workers, told).of(period, judged)
    with reading(ledger), SqliteReader(ledger) as reader:
        maker = _Maker(settings, reader, now, period, wanted)
        return maker.report(names, found)


def chosen(
    settings: Settings, wanted: Wanted, measured: Iterable[str], period: ReportPeriod
) -> Iterator[str]:
    """The circuits to report on: those of sites that this ledger measures, in service in the period."""
    sites = {settings.site, *measured}
    for word, asked, known in (
        ("carrier", (wanted.carrier, *wanted.carriers), settings.carriers),
        ("site", (wanted.site,), settings.sites),
        ("circuit", wanted.circuits, settings.circuits),
    ):
        for name in filter(None, asked):
            if name not in known:
                raise UnknownName(f"the configuration has no {word} {name!r}: {nearest(name, known)}")
    carriers = {name for name in (wanted.carrier, *wanted.carriers) if name}
    for name, one in settings.circuits.items():
        first, last = one.active.start, one.active.until
        if (
            one.site in sites
            and wanted.site in {None, one.site}
            and (not wanted.circuits or name in wanted.circuits)
            and (not carriers or _carrier(settings, name, period) in carriers)
            and (first is None or first <= local_day(period.end_ms - 1, period.zone))
            and (last is None or last >= local_day(period.start_ms, period.zone))
        ):
            yield name


def _carrier(settings: Settings, name: str, period: ReportPeriod) -> str:
    """Whose a circuit is on the first day of a period."""
    return settings.circuits[name].on(local_day(period.start_ms, period.zone)).carrier


@dataclass
class _Maker:
    settings: Settings
    reader: SqliteReader
    now: Instant
    period: ReportPeriod
    wanted: Wanted

    def report(self, names: Sequence[str], statements: Sequence[Stated]) -> Report:
        settings, period = self.settings, self.period
        over = period.end_ms <= self.now.wall_ms
        claimed = list(self._with_claims(statements))
        chapters = list(self._chapters(names, claimed))
        return Report(
            period=period,
            closed=over and all(one.closed and (one.revision or not one.own) for one in claimed),
            as_of_ms=self._as_of_ms,
            site=settings.site,
            made_up=settings.demo is not None,
            carriers=tuple(self._carriers(self._pictured(chapters))),
            filters=self.wanted.filters,
            url=settings.web.url or "",
        )

    @property
    def _as_of_ms(self) -> int:
        return min(self.now.wall_ms, self.period.end_ms)

    def _with_claims(self, statements: Iterable[Stated]) -> Iterator[Stated]:
        """The statements, each with how far its claim is."""
        claims: Mapping[tuple[str, str, int], ClaimNow] = {
            (one.scope, one.contract, one.end_ms): one
            for one in claims_now(self.settings, self.reader, self.now.wall_ms)
        }
        for one in statements:
            key = (one.told["circuit"], one.told["contract"], _end_ms(one))
            yield replace(one, claim=claims.get(key) if one.own else None)

    def _chapters(self, names: Sequence[str], statements: Iterable[Stated]) -> Iterator[Chapter]:
        """A chapter for each scope that is judged, and for each circuit that nothing judges."""
        scopes: dict[tuple[str, str], list[Stated]] = {}
        for one in statements:
            scopes.setdefault((one.told["circuit"], one.told["contract"]), []).append(one)
        covered = set()
        for (scope, contract), held in scopes.items():
            circuits = list(dict.fromkeys(name for one in held for name in one.told["circuits"]))
            covered.update(circuits)
            yield self._chapter(scope, contract, circuits, tuple(sorted(held, key=_end_ms)))
        for name in names:
            if name not in covered:
                yield self._chapter(name, "", [name], ())

    def _chapter(
        self, scope: str, contract: str, circuits: Sequence[str], statements: tuple[Stated, ...]
    ) -> Chapter:
        known = [name for name in circuits if name in self.settings.circuits]
        zone = statements[0].told["period"]["timezone"] if statements else self.period.zone
        quality = quality_of(self.reader, known, self.period.start_ms, self._as_of_ms, zone)
        if statements and not any(one.told["seconds"]["unknown"] for one in statements):
            quality = replace(quality, unknown=())  # the contract knows of all of it, which decides
        return Chapter(scope, tuple(self._line(name) for name in known), contract, statements, quality)

    def _line(self, name: str) -> Line:
        one = self.settings.circuits[name]
        return Line(name, one.site, one.carrier_id or "", one.service or "")

    def _pictured(self, chapters: Sequence[Chapter]) -> Iterator[Chapter]:
        """The same with charts, each circuit's once."""
        if not self.wanted.pictures:
            yield from chapters
            return
        few = len(chapters) <= MOST_PICTURED
        seen: set[str] = set()
        for one in chapters:
            new = [line.id for line in one.lines if line.id not in seen]
            seen.update(new)
            drawn = tuple(
                picture
                for name in (new if few or _is_telling(one) else ())
                for picture in pictures_of(self.reader, self.settings, name, self.period, self._as_of_ms)
            )
            yield replace(one, pictures=drawn)

    def _carriers(self, chapters: Iterable[Chapter]) -> Iterator[CarrierPart]:
        """The chapters by carrier, in the configuration's order; within one by site and name."""
        by_carrier: dict[str, list[Chapter]] = {}
        for one in chapters:
            by_carrier.setdefault(self._carrier_of(one), []).append(one)
        order: Callable[[str], int] = list(self.settings.carriers).index
        for key in sorted(by_carrier, key=order):
            known = self.settings.carriers[key]
            held = sorted(
                by_carrier[key], key=lambda one: (one.lines[0].site if one.lines else "", one.scope)
            )
            yield CarrierPart(key, known.name, known.account or "", tuple(held))

    def _carrier_of(self, chapter: Chapter) -> str:
        told = chapter.statements[0].told["carrier"] if chapter.statements else ""
        if told in self.settings.carriers:
            return str(told)
        return _carrier(self.settings, chapter.lines[0].id, self.period)


def _end_ms(one: Stated) -> int:
    return ms_of_text(one.told["period"]["to"])


def _is_telling(chapter: Chapter) -> bool:
    return chapter.verdict == "breached" or any(one.told["outages"] for one in chapter.statements)
