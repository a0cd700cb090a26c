"""Circuit-months for the scorecards: out of statements, the nightly analysis' days, notes and claims."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from statistics import median

from collector.analysis.months import Down, Month, joined, light_rtt_seconds, repeated
from collector.claiming.book import ClaimNow, claims_now
from collector.clerk import Desk
from collector.notebook.bodies import ClaimBody, CreditBody
from collector.notebook.book import Notebook
from collector.performance.scorecards.period_statements import Issued, Json, issued
from collector.performance.scorecards.works import Work, works
from collector.scorecards import service_of
from collector.sla.calendar import DAY_MS
from collector.statement_outages import outages_of, span_ms
from config.fields import kilometres

BASELINE_DAYS = 28
"""A circuit's own baseline is the median of so many known days: its first."""
HALF_DAY_MS = DAY_MS // 2
_PAID = frozenset({"credited", "reconciled"})


@dataclass(frozen=True, slots=True)
class Days:
    """Known days of a circuit's metric, as columns: years of an estate fit into memory."""

    day: array[int]
    """Since 1970, in order."""
    known: array[int]
    median: array[float]
    mean: array[float]

    def __len__(self) -> int:
        return len(self.day)

    def between(self, first: int, last: int) -> Days:
        """Those from one day to another, both inside."""
        part = slice(bisect_left(self.day, first), bisect_right(self.day, last))
        return Days(self.day[part], self.known[part], self.median[part], self.mean[part])


@dataclass(frozen=True, slots=True)
class Repeat:
    """A fault that came back."""

    circuit: str
    outage: Down
    before: Down
    """The one that had been repaired less than 30 days ago."""


@dataclass
class MonthMaker:
    """Makes circuit-months of statements; what it reads is read once."""

    desk: Desk
    claims: Sequence[ClaimNow] = ()
    waited: Mapping[tuple[str, str, str], Fraction] = field(default_factory=dict)
    """Days from each claim to its credit, by scope, contract and period; those that were paid."""
    issued: Sequence[Issued] = ()
    _works: dict[str, list[Work]] = field(default_factory=dict)
    _outages: dict[str, list[Down]] = field(default_factory=dict)
    _days: dict[tuple[str, str], Days] = field(default_factory=dict)
    _baselines: dict[str, float | None] = field(default_factory=dict)

    @classmethod
    def of(cls, desk: Desk) -> MonthMaker:
        """With all claims, work and outages that the ledger knows; raises LedgerError."""
        claims = claims_now(desk.settings, desk.reader, desk.now.wall_ms)
        made = cls(desk, claims, _waited(desk, claims), issued(desk))
        for one in works(desk):
            made._works.setdefault(one.circuit, []).append(one)
        for each in made.issued:
            made.learn(each.told)
        return made

    def learn(self, told: Json) -> None:
        """Take a statement's outages: a fault is a repeat of one that an earlier statement tells of."""
        self._outages.setdefault(told["circuit"], []).extend(outages_of(told))

    def months(self, statements: Iterable[Json]) -> list[Month]:
        """A circuit-month each; those that were computed just now are learned first."""
        told = list(statements)
        for one in told:
            if one.get("revision") is None:
                self.learn(one)
        return [self._month(one) for one in told]

    def repeats(self, scope: str, start_ms: int, end_ms: int) -> list[Repeat]:
        """The repeat faults of a circuit that begin in a time, in order."""
        outages = joined(dict.fromkeys(self._outages.get(scope, ())))
        found = (Repeat(scope, one, before) for before, one in repeated(outages))
        return [each for each in found if start_ms <= each.outage.start_ms < end_ms]

    def _month(self, told: Json) -> Month:
        scope, circuits = str(told["circuit"]), tuple(told["circuits"])
        start_ms, end_ms = span_ms(told)
        settings = self.desk.settings
        first = settings.circuits.get(circuits[0])
        verdicts = {one["verdict"] for one in told["objectives"]}
        done = [one for name in circuits for one in self._works.get(name, ())]
        owed = [one for one in done if one.kept is not None and start_ms <= one.start_ms < end_ms]
        return Month(
            circuit=scope,
            carrier=str(told["carrier"]),
            service=service_of(settings, circuits),
            site=first.site if first else "",
            start_ms=start_ms,
            end_ms=end_ms,
            up_seconds=float(told["seconds"]["up"]),
            down_seconds=float(told["seconds"]["down"]),
            outages=tuple(outages_of(told)),
            repeats=len(self.repeats(scope, start_ms, end_ms)),
            judged=bool(verdicts & {"met", "breached"}),
            breached="breached" in verdicts,
            rtt_seconds=self._rtt(circuits, start_ms, end_ms),
            baseline_rtt_seconds=_mean([self._baseline(name) for name in circuits]),
            light_rtt_seconds=_mean([self._light(name) for name in circuits]),
            loss_ratio=self._loss(told, circuits, start_ms, end_ms),
            jitter_seconds=self._average("jitter", circuits, start_ms, end_ms),
            works_owed=len(owed),
            works_kept=sum(one.kept is True for one in owed),
            credit_days=tuple(float(one) for one in self.credit_days(told)),
        )

    def credit_days(self, told: Json) -> list[Fraction]:
        """Days from the claim to its credit, exactly; empty while there is none."""
        key = (told["circuit"], told["contract"], told["period"]["label"])
        return [self.waited[key]] if key in self.waited else []

    # --- what the nightly analysis knows

    def _rtt(self, circuits: Sequence[str], start_ms: int, end_ms: int) -> float | None:
        found = [self._within("rtt", name, start_ms, end_ms) for name in circuits]
        return _mean([median(some.median) for some in found if len(some)])

    def _average(self, metric: str, circuits: Sequence[str], start_ms: int, end_ms: int) -> float | None:
        """The mean over the time that is known."""
        found = [self._within(metric, name, start_ms, end_ms) for name in circuits]
        known = sum(sum(some.known) for some in found)
        total = sum(mean * n for some in found for mean, n in zip(some.mean, some.known, strict=True))
        return total / known if known else None

    def _loss(self, told: Json, circuits: Sequence[str], start_ms: int, end_ms: int) -> float | None:
        """By the analysis; where it never looked, as the statement measured it."""
        found = self._average("loss", circuits, start_ms, end_ms)
        return _stated_loss(told) if found is None else found

    def _within(self, metric: str, name: str, start_ms: int, end_ms: int) -> Days:
        """The known days of a month: half a day from its edges no zone matters."""
        first, last = (start_ms + HALF_DAY_MS) // DAY_MS, (end_ms - HALF_DAY_MS) // DAY_MS
        return self._known_days(metric, name).between(first, last)

    def _known_days(self, metric: str, name: str) -> Days:
        if (metric, name) not in self._days:
            columns = zip(*(row for row in self.desk.reader.day_rows(name, metric) if row[1]), strict=True)
            day, known, middle, mean = tuple(columns) or ((), (), (), ())
            self._days[metric, name] = Days(
                array("l", day), array("l", known), array("d", middle), array("d", mean)
            )
        return self._days[metric, name]

    def _baseline(self, name: str) -> float | None:
        """The median of the circuit's first known days; None while there are fewer."""
        if name not in self._baselines:
            first = self._known_days("rtt", name).median[:BASELINE_DAYS]
            self._baselines[name] = median(first) if len(first) == BASELINE_DAYS else None
        return self._baselines[name]

    def _light(self, name: str) -> float | None:
        circuit = self.desk.settings.circuits.get(name)
        far = circuit.distance if circuit else None
        return light_rtt_seconds(float(kilometres(far))) if far else None


def _stated_loss(told: Json) -> float | None:
    found = [
        float(one["measured"]) / 100
        for one in told["objectives"]
        if one.get("metric") == "loss" and one["unit"] == "%" and one["measured"] not in {None, "infinite"}
    ]
    return _mean(found)


def _mean(values: Sequence[float | None]) -> float | None:
    """None where one of them isn't known: the others alone would be another figure."""
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def _waited(desk: Desk, claims: Iterable[ClaimNow]) -> dict[tuple[str, str, str], Fraction]:
    """How long each claim waited: until its first credit note's date, else until a person said so."""
    notebook = Notebook(desk.reader.notes())
    noted = {note.id: _issued_ms(body, note.at_ms) for note, body in notebook.credits}
    said = {note.id: note.at_ms for note, body in notebook.claims if _says_paid(body)}
    found = {}
    for one in claims:
        times = [noted[note] for note in one.credit_notes if note in noted]
        times = times or [said[note] for note in one.notes if note in said]
        if times and one.submitted_ms is not None:
            found[one.key] = Fraction(max(0, min(times) - one.submitted_ms), DAY_MS)
    return found


def _issued_ms(body: CreditBody, noted_ms: int) -> int:
    if body.issued is None:
        return noted_ms
    at = datetime(body.issued.year, body.issued.month, body.issued.day, tzinfo=UTC)
    return int(at.timestamp()) * 1000


def _says_paid(body: ClaimBody) -> bool:
    return body.state in _PAID
