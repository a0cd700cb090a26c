"""Key figures as configuration: what is looked at, what it should be, who answers for it, and why.

A definition changes over time (`versions`), and each says who approved it, so that a figure of last year
is read with the bounds of last year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from config.bounds import KINDS, Bound, Kind, Limit, Measure, Span, Statistic
from config.errors import Path
from config.fields import Day
from config.model import Model
from config.terms import one_of, problem
from probes.values import Duration

Names = tuple[str, ...]
STEP_MS, DAY_MS = 300_000, 86_400_000
LEVELS = ("business", "service", "operational")
BOUNDS = ("target", "warning", "critical")


SPANS: tuple[Span, ...] = get_args(Span)


def _duration(text: str) -> Duration:
    try:
        return Duration.parse(text)
    except ValueError:
        raise ValueError(f"{text!r} is not {_OVER}") from None


_OVER = "day, week, month, quarter, year or a time such as 5m, 1h or 30d"
Over = Annotated[Span | Duration, one_of(_OVER, words=SPANS, scalar=_duration)]


class Approved(Model):
    """Who said that a definition holds, and when."""

    by: str = Field(description="who")
    on: Day = Field(description="on which day")


class KpiVersion(Model):
    """A definition, from a day on; what it leaves out stays as it stands beside `versions`."""

    start: Day | None = Field(None, alias="from", description="from which day on; left out: ever since")
    approved: Approved | None = Field(None, description="who approved it")
    because: str | None = Field(None, description="why it was changed")
    definition: str | None = Field(None, description="what it is, in a sentence")
    measure: Measure | None = Field(None, description="what is measured")
    statistic: Statistic | None = Field(
        None, description="of many values which; left out: the measure's usual one"
    )
    over: Over | None = Field(
        None,
        description="of how long a time it is: day, week, month, quarter or year of the calendar so far, "
        "or the last 5m, 1h, 30d",
    )
    target: Limit | None = Field(None, description="what it should be, such as >= 99.95% or <= 30ms")
    warning: Limit | None = Field(None, description="the threshold of worry, such as > 70%")
    critical: Limit | None = Field(None, description="the threshold of trouble, such as > 85%")


@dataclass(frozen=True, slots=True)
class Definition:
    """A key figure as it stands from a day on, filled in; None: it isn't said."""

    measure: Measure
    start: date | None
    statistic: Statistic | None
    over: Span | Duration | None
    target: Bound | None
    warning: Bound | None
    critical: Bound | None
    definition: str
    approved: Approved | None
    because: str
    limits: Mapping[str, float]
    """Each bound's number in the measure's own unit, by key: what values are held against."""

    @property
    def kind(self) -> Kind:
        """How its measure is written and read."""
        return KINDS[self.measure]


class Kpi(KpiVersion):
    """A key figure; what stands beside `versions` holds in each of them that doesn't say otherwise."""

    name: str | None = Field(None, description="how people call it; left out: its key")
    owner: str | None = Field(None, description="who answers for it")
    level: Literal["business", "service", "operational"] | None = Field(None, description="for whom it is")
    serves: str | None = Field(None, description="the aim that it serves, in a sentence")
    review: Literal["daily", "weekly", "monthly", "quarterly", "yearly"] | None = Field(
        None, description="how often it is looked at"
    )
    circuits: Names | None = Field(None, description="only these; left out: all that the rest leaves")
    carriers: Names | None = Field(None, description="only circuits of these carriers")
    sites: Names | None = Field(None, description="only circuits of these sites")
    services: Names | None = Field(None, description="only circuits of these service words")
    probe: str | None = Field(
        None,
        description="of `tls_days`: the circuits' probe of this name; left out: all that show a certificate",
    )
    benchmark: str | None = Field(
        None,
        description="the industry's figure beside it, such as y1541/class-0; left out: by service",
    )
    versions: tuple[KpiVersion, ...] = Field((), description="definitions over time, the oldest first")

    def definitions(self) -> tuple[Definition, ...]:
        """Every version filled in, the oldest first; without `versions` the one there is."""
        versions = self.versions or (self,)
        return tuple(_filled(self, one, first=one is versions[0]) for one in versions)

    def on(self, day: date) -> Definition | None:
        """What holds on a day; None before the first version."""
        held = None
        for one in self.definitions():
            if one.start is None or one.start <= day:
                held = one
        return held

    def is_about(self, circuit: str, carrier: str, site: str, service: str | None) -> bool:
        """Whether a circuit is one of those that it is of."""
        wanted = ((self.circuits, circuit), (self.carriers, carrier), (self.sites, site))
        if self.services is not None and service not in self.services:
            return False
        return all(names is None or word in names for names, word in wanted)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if found := [*_dates(self), *(fault for place in _places(self) for fault in _faults(self, place))]:
            raise problem(self, *dict.fromkeys(found))
        return self


def _said(version: KpiVersion, kpi: Kpi, key: str) -> Any:  # noqa: ANN401 - whatever the key's type is
    own = getattr(version, key)
    return own if own is not None else getattr(kpi, key)


def _filled(kpi: Kpi, version: KpiVersion, *, first: bool) -> Definition:
    """One version over the KPI; a later one needs an approval of its own."""
    said = {key: _said(version, kpi, key) for key in ("measure", "over", "definition", "statistic", *BOUNDS)}
    said["definition"] = said["definition"] or ""
    return Definition(
        **said,
        start=version.start,
        approved=version.approved or (kpi.approved if first else None),
        because=version.because or "",
        limits={key: float(one.of(said["measure"])) for key in BOUNDS if (one := said[key]) is not None},
    )


def _places(kpi: Kpi) -> list[int | None]:
    """Where its definitions stand: the versions' numbers, or None for the KPI itself."""
    return list(range(len(kpi.versions))) or [None]


def _dates(kpi: Kpi) -> Iterator[tuple[Path, str]]:
    """Versions that begin together, out of order, or beside a `from` of the KPI itself."""
    if kpi.versions and kpi.start is not None:
        yield ("from",), "stands beside `versions`: say in each version from when on it holds"
    before = date.min
    for place, version in enumerate(kpi.versions):
        if place and version.start is None:
            yield (
                ("versions", place),
                "only the first version may leave `from` out: say from when on it holds",
            )
        elif place and version.start == before:
            text = f"another version begins on {version.start} too: keep one of them"
            yield ("versions", place, "from"), text
        elif version.start is not None and version.start < before:
            text = f"begins before the version above it, which begins on {before}: put the oldest first"
            yield ("versions", place, "from"), text
        before = version.start or before


def _faults(kpi: Kpi, place: int | None) -> Iterator[tuple[Path, str]]:
    """What doesn't fit together in one definition, each at the key that says it."""
    version = kpi if place is None else kpi.versions[place]

    def at(key: str) -> Path:
        own = place is not None and getattr(version, key) is not None
        return ("versions", place, key) if own and place is not None else (key,)

    measure: Measure | None = _said(version, kpi, "measure")
    if measure is None:
        known = ", ".join(KINDS)
        yield at("measure"), f"'measure' is required: what is measured, one of {known}"
        return
    bounds = {key: one for key in BOUNDS if (one := _said(version, kpi, key)) is not None}
    misfits = [(at(key), text) for key, one in bounds.items() if (text := one.misfit(measure))]
    yield from misfits or ((at(key), text) for key, text in _sides(bounds, measure))
    over: Span | Duration | None = _said(version, kpi, "over")
    if over is not None and (text := _over_misfit(over, measure)):
        yield at("over"), text
    if kpi.probe is not None and measure != "tls_days":
        yield ("probe",), f"goes with tls_days alone: {measure} is of the probe that judges, or that polls"
    if _said(version, kpi, "statistic") is not None and KINDS[measure].statistic is None:
        yield (
            at("statistic"),
            f"{measure} is one figure of the whole time, not a statistic of many: leave it out",
        )


def _sides(bounds: Mapping[str, Bound], measure: Measure) -> Iterator[tuple[str, str]]:
    """Thresholds on the side where the target is kept, or trouble that begins before worry."""
    target, warning, critical = (bounds.get(key) for key in BOUNDS)
    for key, one in (("warning", warning), ("critical", critical)):
        if one and target and one.upwards == target.upwards:
            side = "above" if target.upwards else "below"
            yield (
                key,
                (
                    f"{one} lies where the target {target} is kept, {side} it: "
                    f"write such as '{'<' if target.upwards else '>'} {one.text.lstrip('<>= ')}'"
                ),
            )
    if not (warning and critical):
        return
    if warning.upwards != critical.upwards:
        yield (
            "critical",
            f"{critical} and the warning {warning} look to different sides: turn one of them round",
        )
    elif critical.of(measure) == warning.of(measure) or critical.holds(warning.of(measure), measure):
        way = "above" if warning.upwards else "below"
        yield "critical", f"{critical} is reached no later than the warning {warning}: it must lie {way} that"


def _over_misfit(over: Span | Duration, measure: Measure) -> str:
    if not isinstance(over, Duration):
        return ""
    if KINDS[measure].needs_days and over.ms < DAY_MS:
        return f"of {over} {measure} tells nothing: write month, quarter, or a day (1d) and more"
    if not over.ms or over.ms % (STEP_MS if over.ms < DAY_MS else DAY_MS):
        return f"{over} is not made of whole five minutes, or from a day on of whole days: 5m, 1h, 1d, 30d"
    return ""


def lacking(kpi: Kpi, definition: Definition | None) -> list[str]:
    """What nobody said of a key figure, and somebody should: owner, target, period, approval."""
    said: dict[str, object] = {"owner": kpi.owner}
    if definition is not None:
        said |= {"target": definition.target, "period": definition.over, "approval": definition.approved}
    return [name for name, value in said.items() if value is None]


def measures(kind: str, options: object, measure: Measure) -> bool:
    """Whether a probe of a kind, with its options, tells of a measure that not every probe tells of."""
    if measure in ("utilisation", "throughput"):
        return kind == "snmp"
    if measure == "tls_days":
        return kind == "http" or (kind == "tcp" and bool(getattr(options, "tls", False)))
    return True
