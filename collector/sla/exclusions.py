"""What people's notes take out of the count, how far, and why not further."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from collector.sla.calendar import day_start_ms, local_day, moment
from collector.sla.deadlines import later_ms
from collector.sla.evidence import Excuse
from collector.sla.hours import weekly
from collector.sla.reckoning import Excluded
from collector.sla.rounding import in_words, shown_time
from collector.sla.rules import Rules, Window
from collector.sla.spans import Spans
from config.outage import Exclude, Exclusion

Effect = Literal["numerator", "both", "window"]

_DOES = {
    "numerator": "not counted as down",
    "both": "not counted as down, and downtime in it leaves the denominator too",
    "window": "left out of downtime and denominator",
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the contract makes of one note."""

    excuse: Excuse
    effect: Effect | None
    """None where the contract excludes nothing of this kind."""
    time: Spans
    """What of it is excluded."""
    because: str
    """Why the rest of it counts; empty where nothing is left to count."""

    def words(self, zone: str) -> str:
        """A sentence: how far it excludes, and why not further."""
        text = self.because
        if self.time and self.effect:
            rest = f"; the rest counts: {text}" if text else ""
            text = f"{shown_time(self.time.total_ms)} {_DOES[self.effect]}{rest}"
        else:
            text = f"counts as downtime: {text}"
        start, end = moment(self.excuse.start_ms, zone), moment(self.excuse.end_ms, zone)
        return f"{_spoken(self.excuse.kind).capitalize()} from {start} to {end}: {text}"


def excluded_of(
    exclude: Exclude | None,
    excuses: Sequence[Excuse],
    rules: Rules,
    off_hours: Spans,
    *,
    disputed: bool = False,
) -> Excluded:
    """The time that the contract takes out, each instant by one effect alone.

    `off_hours` is time outside of the service hours: it is out anyway. With `disputed` the notes that
    we dispute take effect too.
    """
    found = rulings(exclude, excuses, rules, disputed=disputed)

    def time(effect: Effect) -> Spans:
        return Spans.of(pair for one in found if one.effect == effect for pair in one.time) - off_hours

    return Excluded(time("numerator"), time("both"), time("window"), off_hours).ranked()


def why(
    exclude: Exclude | None,
    excuses: Sequence[Excuse],
    rules: Rules,
    window: Window,
    *,
    disputed: bool = False,
) -> tuple[str, ...]:
    """A sentence for each note that touches the judged time: how far it excludes, and why not further.

    All notes are looked at, also those of other periods, since they may have used up an allowance.
    """
    return tuple(
        one.words(rules.zone)
        for one in rulings(exclude, excuses, rules, disputed=disputed)
        if one.excuse.start_ms < window.end_ms and one.excuse.end_ms > window.start_ms
    )


def rulings(
    exclude: Exclude | None, excuses: Sequence[Excuse], rules: Rules, *, disputed: bool = False
) -> tuple[Ruling, ...]:
    """What becomes of each note, in order of their starts, which is that in which allowances are used."""
    kinds = (exclude.__pydantic_extra__ if exclude else None) or {}
    allowances = {
        kind: _Allowance(how.allowance.duration.ms, rules.zone)
        for kind, how in kinds.items()
        if isinstance(how, Exclusion) and how.allowance is not None
    }
    ordered = sorted(
        excuses, key=lambda one: (one.start_ms, one.end_ms, one.kind, one.state, one.announced_ms or 0)
    )
    return tuple(_ruling(one, kinds.get(one.kind), allowances, rules, disputed=disputed) for one in ordered)


def _ruling(
    excuse: Excuse,
    how: Exclusion | str | None,
    allowances: dict[str, _Allowance],
    rules: Rules,
    *,
    disputed: bool,
) -> Ruling:
    if not isinstance(how, Exclusion):
        return Ruling(excuse, None, Spans(), f"the contract doesn't exclude {_spoken(excuse.kind)}")
    if refused := _refused(excuse, how, rules, disputed=disputed):
        return Ruling(excuse, how.effect, Spans(), refused)
    time, reasons = Spans.of([(excuse.start_ms, excuse.end_ms)]), []
    if how.windows is not None:
        inside = weekly(how.windows, rules.zone, excuse.start_ms, excuse.end_ms)
        if inside != time:
            reasons.append(f"outside of its windows ({', '.join(map(str, how.windows))} in {rules.zone})")
        time = inside
    if how.allowance is not None:
        allowed = allowances[excuse.kind].use(time)
        if allowed != time:
            reasons.append(f"the allowance of {in_words(how.allowance.duration)} a year is used up")
        time = allowed
    return Ruling(excuse, how.effect, time, ", and ".join(reasons))


def _refused(excuse: Excuse, how: Exclusion, rules: Rules, *, disputed: bool) -> str:
    """Why a note takes no effect at all; empty when it may."""
    if excuse.state == "disputed" and not disputed:
        return "it is disputed"
    if how.notice is None:
        return ""
    needed = f"{in_words(how.notice)} before its start is needed"
    if excuse.announced_ms is None:
        return f"nothing says when it was announced, and {needed}"
    if later_ms(excuse.announced_ms, how.notice, rules.business) > excuse.start_ms:
        return f"announced too late, at {moment(excuse.announced_ms, rules.zone)}: {needed}"
    return ""


@dataclass(slots=True)
class _Allowance:
    """What one kind of note may exclude in a local year, used up in the order in which it is asked."""

    ms: int
    zone: str
    used: dict[int, int] = field(default_factory=dict)
    taken: Spans = field(default_factory=Spans)

    def use(self, time: Spans) -> Spans:
        """What of `time` is allowed; what was taken before costs nothing again."""
        for year, part in _years(time - self.taken, self.zone):
            left = self.ms - self.used.get(year, 0)
            allowed = part - part.without_first(left)
            self.used[year] = self.used.get(year, 0) + allowed.total_ms
            self.taken |= allowed
        return time & self.taken


def _years(time: Spans, zone: str) -> Iterator[tuple[int, Spans]]:
    """What of `time` lies in each local year."""
    while time:
        year = local_day(time.pairs[0][0], zone).year
        begin, end = day_start_ms(date(year, 1, 1), zone), day_start_ms(date(year + 1, 1, 1), zone)
        yield year, time.clip(begin, end)
        time = time.clip(end, time.pairs[-1][1])


def _spoken(kind: str) -> str:
    return kind.replace("_", " ")
