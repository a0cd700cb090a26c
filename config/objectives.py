"""What a contract promises, one model a metric, and what a broken promise pays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, SerializeAsAny, model_validator

from config.errors import Path, nearest
from config.terms import (
    Later,
    Percent,
    Promise,
    Term,
    Text,
    Touches,
    WorkingTime,
    one_of,
    problem,
)
from probes.values import Duration


class Band(Term):
    """One line of a credit table."""

    below: Text | None = Field(None, description="the value is below this")
    above: Text | None = Field(None, description="the value is above this")
    start: Text | None = Field(None, alias="from", description="from this value on")
    to: Text | None = Field(None, description="up to this value")
    gives: Text = Field(description="N% of the charge, N day, N hour, or money")


class Credit(Term):
    """What is paid, in one of the forms of the schema."""

    bands: tuple[Band, ...] | None = Field(None, description="a table")
    over: Literal["downtime", "each_outage", "excess"] | None = Field(None, description="bands over what")
    per: Duration | None = Field(None, description="a unit per this time")
    gives: Text | None = Field(None, description="N% of the charge, N day, N hour, or money")
    partial: Literal["whole", "fraction", "proportional"] | None = Field(
        None, description="whole units, a begun unit counts (`fraction thereof`), or in proportion"
    )
    each: Literal["period", "outage", "day", "ticket"] | None = Field(
        None, description="over the period's total, or over each outage, day or ticket alone"
    )
    max_a_day: Text | None = Field(None, description="units of `gives` a day at most")
    per_step: Text | None = Field(None, description="a step in the objective's unit")
    each_day: bool | None = Field(None, description="a unit for each bad day")
    flat: Text | None = Field(None, description="a flat sum")
    proportional: bool | None = Field(None, description="charge x counted downtime / denominator")
    times: Text | None = Field(None, description="a factor of the proportion")
    when: Literal["breached", "always"] | None = Field(None, description="whether a breach is needed")
    base: Literal["month", "period", "access", "port"] | None = Field(None, description="which charge")

    @classmethod
    def lacking(cls, given: Mapping[str, Any]) -> list[tuple[Path, str]]:
        """A unit per time needs to know how begun units count, and over what."""
        asked = [key for key in ("partial", "each") if "per" in given and key not in given]
        return [((key,), f"{key!r} is needed with `per`: {cls.keys()[key]}") for key in asked]

    def pays_in_days(self) -> bool:
        """Whether any payout is a number of days or hours, which need a day's rate."""
        gives = [self.gives, self.flat, *(band.gives for band in self.bands or ())]
        return any(one is not None and one.rstrip("s").endswith(("day", "hour")) for one in gives)


class Rounding(Term):
    """How a measured value is rounded before it is judged."""

    places: int = Field(ge=0, le=12, description="decimal places, in the unit of the objective")
    mode: Literal["half_up", "half_even", "up", "down"] = Field("half_up", description="which way")


class ShareAbove(Term):
    """The share of sent packets above a delay."""

    LATER: ClassVar[Later | None] = Later("a share above a delay is not judged yet", Touches.VERDICT)
    share_above: Duration = Field(description="the delay")


class MeansOf(Term):
    """Statistics over the means of stretches of this length."""

    means_of: Duration = Field(description="the stretches' length")


class LostAs(Term):
    """A lost packet counts as this delay."""

    delay: Duration = Field(alias="as", description="the delay")


class PdvAt(Term):
    """Packet delay variation: a percentile of the delay above the least."""

    pdv: Annotated[Fraction, one_of("a percentile such as p99.9", scalar=lambda text: percentile(text))] = (
        Field(description="the percentile, e.g. p99.9")
    )


class Available(Term):
    """Judged while the circuit is available and its load is below a share."""

    available: bool = Field(True, description="leave out status-down and excluded time")
    utilisation_below: Annotated[
        Percent | None, Later("the load is not looked at yet: busy time is judged too", Touches.VERDICT)
    ] = Field(None, description="leave out time with more load")
    of: Literal["commit", "bandwidth"] | None = Field(None, description="of which rate")


class EachWindow(Term):
    """A verdict a window: breached when so many windows in a row miss."""

    of: Duration = Field(description="a window's length")
    in_a_row: int = Field(1, ge=1, description="so many in a row are a breach")
    within: Text | None = Field(None, description="inside which stretch, e.g. day")


class Gate(Term):
    """What must hold besides before a breach pays."""

    not_cured_within: WorkingTime | None = Field(None, description="not cured in this time")
    of: Text | None = Field(None, description="counted from, e.g. ticket")
    trailing_mean: Duration | None = Field(None, description="the mean over this time misses too")
    cure: WorkingTime | None = Field(None, description="time to cure before it pays")


def percentile(text: str) -> Fraction:
    """Read `p99.9` as 99.9 percent; raises ValueError."""
    match = re.fullmatch(r"p(\d{1,3}(?:\.\d+)?)", text)
    value = Fraction(match[1]) if match else Fraction(0)
    if not 0 < value <= 100:
        raise ValueError(f"{text!r} is not a percentile such as p95 or p99.9")
    return value


def _stat(text: str) -> str:
    if text not in {"mean", "max"}:
        percentile(text)
    return text


Stat = Annotated[
    str | ShareAbove, one_of("mean, max, a percentile or {share_above: 10ms}", ShareAbove, scalar=_stat)
]
Lost = Annotated[
    Literal["ignore", "infinite"] | LostAs,
    one_of("ignore, infinite or {as: 2000ms}", LostAs, words=["ignore", "infinite"]),
]
Of = Annotated[Literal["samples"] | MeansOf, one_of("samples or {means_of: 5m}", MeansOf, words=["samples"])]
While = Annotated[
    Literal["always", "available"] | Available,
    one_of("always, available or {available: true, ...}", Available, words=["always", "available"]),
]


class Objective(Term):
    """What every objective may say."""

    WANTS_MORE: ClassVar[bool] = False
    UNITS: ClassVar[frozenset[str]] = frozenset({"us", "ms", "s", "m", "h", "d", "bd", "%", ""})

    metric: str = Field("", description="what is measured, where the objective's name is another")
    target: Promise | None = Field(None, description="what was promised")
    credit: Annotated[Credit | None, Later("credits are not computed yet")] = Field(
        None, description="what a breach pays"
    )
    round: Rounding | None = Field(None, description="rounding before the verdict")
    dscp: Annotated[
        tuple[int, ...] | None, Later("classes of service are not told apart yet", Touches.VERDICT)
    ] = Field(None, description="only packets of these classes")
    direction: Annotated[
        Literal["forward", "reverse", "both", "worst"] | None,
        Later("directions are not told apart yet: the round trip is judged", Touches.VERDICT),
    ] = Field(None, description="only this direction")
    family: Annotated[
        Literal["4", "6", 4, 6] | None, Later("address families are not told apart yet", Touches.VERDICT)
    ] = Field(None, description="only this address family")
    each_window: Annotated[
        EachWindow | None,
        Later("a verdict a window is not given yet: the period is judged as a whole", Touches.VERDICT),
    ] = Field(None, description="a verdict a window, e.g. {of: 1h, in_a_row: 4, within: day}")
    only_if: Annotated[tuple[Gate, ...] | None, Later("gates before a breach pays are not evaluated yet")] = (
        Field(None, description="gates before a breach pays, all must hold")
    )

    @model_validator(mode="after")
    def _target_fits(self) -> Self:
        if self.target is None:
            return self
        if self.target.unit not in self.units():
            right = ", ".join(sorted(unit or "a bare number" for unit in self.units()))
            raise problem(self.target, (("target",), f"'{self.target}': the unit here is {right}"))
        if self.target.wants_more is not self.WANTS_MORE:
            better, sign = ("larger", ">=") if self.WANTS_MORE else ("smaller", "<=")
            raise problem(
                self.target, (("target",), f"'{self.target}': a {better} value is better here: use {sign}")
            )
        return self

    def units(self) -> frozenset[str]:
        """The units that a target of this objective may have."""
        return self.UNITS


class Judged(Objective):
    """An objective that this version judges; it needs a target."""

    target: Promise = Field(description="what was promised, e.g. '>= 99.9%' or '<= 45ms'")
    during: While = Field("always", alias="while", description="always | available")

    def only_available(self) -> bool:
        """Whether rounds in status-down time are left out."""
        return self.during.available if isinstance(self.during, Available) else self.during == "available"


_TIMES = frozenset({"us", "ms", "s"})


class AvailabilityObjective(Judged):
    """The share of the period that was not counted as down."""

    WANTS_MORE = True
    UNITS = frozenset({"%"})


class RttObjective(Judged):
    """Round-trip time."""

    UNITS = _TIMES
    stat: Stat = Field(description="mean | p50..p99.99 (nearest rank) | max | {share_above: 10ms}")
    of: Of = Field(description="samples (each packet) | {means_of: 5m} (a quiet and a busy stretch alike)")
    lost: Lost = Field(
        description="ignore (answered packets only) | infinite (a lost one never came) | {as: 2000ms}"
    )

    def units(self) -> frozenset[str]:
        """A share is in percent, all else is a time."""
        return frozenset({"%"}) if isinstance(self.stat, ShareAbove) else self.UNITS


class LossObjective(Judged):
    """The share of sent packets that were lost."""

    UNITS = frozenset({"%"})


class JitterObjective(Judged):
    """Delay variation."""

    UNITS = _TIMES
    definition: Annotated[
        Literal["ipdv_mean", "rfc3550", "stddev", "range"] | PdvAt,
        one_of(
            "ipdv_mean, {pdv: p99.9}, rfc3550, stddev or range",
            PdvAt,
            words=["ipdv_mean", "rfc3550", "stddev", "range"],
        ),
    ] = Field(
        description="ipdv_mean (mean step between neighbours) | {pdv: p99.9} (above the least delay) | "
        "rfc3550 (the running estimate) | stddev | range: the same packets give figures far apart"
    )
    stat: Annotated[ShareAbove | None, one_of("{share_above: 10ms}", ShareAbove)] = Field(
        None, description="{share_above: 10ms}"
    )
    lost: Annotated[
        Lost | None,
        Later("a lost packet has no delay variation: it is left out", Touches.VERDICT, ("ignore",)),
    ] = Field(None, description="what a lost packet counts as")

    def units(self) -> frozenset[str]:
        """A share is in percent, all else is a time."""
        return self.UNITS if self.stat is None else frozenset({"%"})


class LaterObjective(Objective):
    """An objective that is accepted, kept, and not judged yet."""

    LATER: ClassVar[Later | None] = Later("this metric is not judged yet", Touches.VERDICT)


class OneWayDelayObjective(LaterObjective):
    """Delay in one direction."""

    stat: Stat | None = Field(None, description="as with rtt")
    of: Of | None = Field(None, description="as with rtt")
    lost: Lost | None = Field(None, description="as with rtt")
    during: While = Field("always", alias="while", description="always | available")


class MosObjective(LaterObjective):
    """Mean opinion score (G.107)."""

    WANTS_MORE = True
    codec: str | None = Field(None, description="g711 | g729a")
    plc: bool | None = Field(None, description="packet loss concealment")
    delay: str | None = Field(None, description="where the delay comes from, e.g. half_rtt")
    method: Literal["shortcut", "full"] | None = Field(None, description="shortcut | full")
    during: While = Field("always", alias="while", description="always | available")


class Share(Term):
    """So many of the cases within a time."""

    within: WorkingTime = Field(description="the time")
    at_least: Percent = Field(description="the share")


class RepairObjective(LaterObjective):
    """How long a case takes: repair, start of repair, response or notification."""

    each: Promise | None = Field(None, description="a target for each case")
    dispatched: Promise | None = Field(None, description="a target for cases that needed a visit")
    share: Share | None = Field(None, description="a share of the cases, e.g. {within: 4h, at_least: 95%}")


class MttrObjective(LaterObjective):
    """Mean time to repair over the period's outages."""

    only: Literal["dispatched"] | None = Field(None, description="only outages that needed a visit")


class UtilisationObjective(LaterObjective):
    """Load against a rate."""

    stat: Stat | None = Field(None, description="as with rtt")
    of: Text | None = Field(None, description="of which rate: commit or bandwidth")


class ThroughputObjective(LaterObjective):
    """Measured throughput against a rate."""

    WANTS_MORE = True
    of: Text | None = Field(None, description="of which rate: commit or bandwidth")


class DeliveryObjective(LaterObjective):
    """Working days late against the due date."""

    bands: tuple[Band, ...] | None = Field(None, description="a credit table of the one-time charge")


METRICS: Mapping[str, type[Objective]] = {
    "availability": AvailabilityObjective,
    "rtt": RttObjective,
    "loss": LossObjective,
    "jitter": JitterObjective,
    "mos": MosObjective,
    "one_way_delay": OneWayDelayObjective,
    "time_to_repair": RepairObjective,
    "start_of_repair": RepairObjective,
    "response": RepairObjective,
    "notification": RepairObjective,
    "mttr": MttrObjective,
    "utilisation": UtilisationObjective,
    "throughput": ThroughputObjective,
    "delivery": DeliveryObjective,
}


def _of_metric(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    metric = str(value["metric"])
    if metric not in METRICS:
        raise problem(value, (("metric",), f"{metric!r} is no metric: {nearest(metric, list(METRICS))}"))
    return METRICS[metric].model_validate(value)


class Objectives(Term):
    """The promises by name; the name is the metric unless `metric` says another."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[SerializeAsAny[Objective], BeforeValidator(_of_metric)]]

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {
            name: {"metric": name, **body} if isinstance(body, Mapping) else body
            for name, body in value.items()
        }

    def by_name(self) -> Mapping[str, Objective]:
        """Every objective by its name, in the file's order."""
        return self.__pydantic_extra__
