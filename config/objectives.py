"""What a contract promises, one model a metric, and what a broken promise pays."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializeAsAny,
    model_validator,
)

from config.credits import Band, Credit
from config.edges import Number
from config.errors import nearest
from config.measures import (
    Available,
    Lost,
    LostAs,
    MeansOf,
    Of,
    PdvAt,
    Rounding,
    ShareAbove,
    Stat,
    While,
    percentile,
)
from config.terms import Percent, Promise, Target, Term, WorkingTime, decimal_text, one_of, problem
from probes.values import Duration

__all__ = [
    "METRICS",
    "AvailabilityObjective",
    "Available",
    "DeliveryObjective",
    "EachWindow",
    "Gate",
    "JitterObjective",
    "Judged",
    "LossObjective",
    "Lost",
    "LostAs",
    "MeansOf",
    "MosObjective",
    "MttrObjective",
    "Objective",
    "Objectives",
    "Of",
    "OneWayDelayObjective",
    "PdvAt",
    "RepairObjective",
    "Rounding",
    "RttObjective",
    "Sampled",
    "Share",
    "ShareAbove",
    "Stat",
    "ThroughputObjective",
    "UtilisationObjective",
    "While",
    "percentile",
]


class EachWindow(Term):
    """A verdict a window: breached when so many windows in a row miss."""

    of: Duration = Field(description="a window's length")
    in_a_row: int = Field(1, ge=1, description="so many in a row are a breach")
    within: Literal["day", "period"] | None = Field(
        None, description="inside which stretch: a local day, or the period (the default)"
    )

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not self.of.ms:
            raise problem(self, (("of",), "0s is no window: write such as 1h"))
        return self


class Gate(Term):
    """What must hold besides before a breach pays."""

    not_cured_within: WorkingTime | None = Field(None, description="not cured in this time")
    of: Literal["ticket"] | None = Field(None, description="counted from when the ticket was opened")
    trailing_mean: Duration | None = Field(None, description="the mean over this time misses too")
    cure: WorkingTime | None = Field(
        None, description="the time to cure it, after an earlier breach, before it pays"
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [self.not_cured_within, self.trailing_mean, self.cure]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give one of not_cured_within, trailing_mean and cure: several gates are a list")
        if self.of is not None and self.not_cured_within is None:
            raise problem(self, (("of",), "'of' goes with `not_cured_within`"))
        return self


class Objective(Term):
    """What every objective may say."""

    WANTS_MORE: ClassVar[bool] = False
    UNITS: ClassVar[frozenset[str]] = frozenset({"us", "ms", "s", "m", "h", "d", "bd", "%", ""})
    MOST: ClassVar[Fraction | None] = None
    """The best value that can be measured where a larger one is better; None: there is no end."""

    metric: str = Field("", description="what is measured, where the objective's name is another")
    target: Promise | None = Field(None, description="what was promised")
    credit: Credit | None = Field(None, description="what a breach pays")
    round: Rounding | None = Field(None, description="rounding before the verdict")
    dscp: tuple[Annotated[int, Field(ge=0, le=63)], ...] | None = Field(
        None, min_length=1, description="only packets of these classes"
    )
    direction: Literal["forward", "reverse", "both", "worst"] | None = Field(
        None, description="only this direction; both: all packets together; worst: the worse of the two"
    )
    family: Literal["4", "6", 4, 6] | None = Field(None, description="only this address family")
    each_window: EachWindow | None = Field(
        None, description="a verdict a window, e.g. {of: 1h, in_a_row: 4, within: day}"
    )
    only_if: tuple[Gate, ...] | None = Field(
        None, min_length=1, description="gates before a breach pays, all must hold"
    )

    @model_validator(mode="after")
    def _target_fits(self) -> Self:
        found = self._misfit(self.target)
        if self.target is not None and found:
            raise problem(self.target, (("target",), found))
        return self

    def _misfit(self, target: Target | None) -> str:
        """What is wrong with a target of this metric; empty when it fits."""
        if target is None:
            return ""
        if target.unit not in self.units():
            right = ", ".join(sorted(unit or "a bare number" for unit in self.units()))
            return f"'{target}': the unit here is {right}"
        if target.wants_more is not self.WANTS_MORE:
            better, sign = ("larger", ">=") if self.WANTS_MORE else ("smaller", "<=")
            return f"'{target}': a {better} value is better here: use {sign}"
        if self.MOST is not None and not target.met_by(self.MOST):
            return f"'{target}' can't be kept: {decimal_text(self.MOST)}{target.unit} is the most there is"
        return ""

    def pays(self) -> Credit | None:
        """What it pays, wherever the contract says so; None: nothing."""
        return self.credit

    def units(self) -> frozenset[str]:
        """The units that a target of this objective may have."""
        return self.UNITS


class Judged(Objective):
    """An objective with one target."""

    target: Promise = Field(description="what was promised, e.g. '>= 99.9%' or '<= 45ms'")


class Sampled(Judged):
    """An objective over packets, which may be judged only while the circuit is available."""

    during: While = Field(
        "always",
        alias="while",
        description="always | available (neither down nor excluded) | {utilisation_below: 80%, of: commit}",
    )

    def only_available(self) -> bool:
        """Whether rounds in status-down time are left out."""
        return self.during.available if isinstance(self.during, Available) else self.during == "available"


_TIMES = frozenset({"us", "ms", "s"})
_LONG_TIMES = frozenset({"ms", "s", "m", "h", "d"})


class AvailabilityObjective(Judged):
    """The share of the period that was not counted as down."""

    WANTS_MORE = True
    UNITS = frozenset({"%"})
    MOST = Fraction(100)


class RttObjective(Sampled):
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


class LossObjective(Sampled):
    """The share of sent packets that were lost."""

    UNITS = frozenset({"%"})


class JitterObjective(Sampled):
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
    lost: Lost | None = Field(
        None, description="what a lost packet counts as in a share; left out: ignore (it has no variation)"
    )

    def units(self) -> frozenset[str]:
        """A share is in percent, all else is a time."""
        return self.UNITS if self.stat is None else frozenset({"%"})


class OneWayDelayObjective(Sampled):
    """Delay in one direction."""

    UNITS = _TIMES
    stat: Stat = Field("mean", description="as with rtt")
    of: Of = Field("samples", description="as with rtt")
    lost: Lost = Field("ignore", description="as with rtt")

    def units(self) -> frozenset[str]:
        """A share is in percent, all else is a time."""
        return frozenset({"%"}) if isinstance(self.stat, ShareAbove) else self.UNITS


def _some(ratio: Fraction) -> Fraction:
    if ratio <= 0:
        raise ValueError("a burst ratio is more than 0: 1 where losses come at random")
    return ratio


class MosObjective(Sampled):
    """Mean opinion score (G.107)."""

    WANTS_MORE = True
    UNITS = frozenset({""})
    MOST = Fraction(9, 2)
    codec: Literal["g711", "g729a"] = Field("g711", description="g711 | g729a")
    plc: bool = Field(False, description="packet loss concealment")
    delay: Literal["half_rtt", "rtt", "one_way"] = Field(
        "half_rtt", description="the delay one way: half_rtt | rtt | one_way (measured in one direction)"
    )
    method: Literal["shortcut", "full"] = Field("shortcut", description="shortcut | full")
    burst_ratio: Annotated[Number, AfterValidator(_some)] = Field(
        Fraction(1), description="how much losses come in bursts (BurstR of G.107): 1 is at random"
    )


class Share(Term):
    """So many of the cases within a time."""

    within: WorkingTime = Field(description="the time")
    at_least: Percent = Field(description="the share")


class RepairObjective(Objective):
    """How long a case takes: repair, start of repair, response or notification."""

    UNITS = _LONG_TIMES
    each: Promise | None = Field(None, description="a target for each case")
    dispatched: Promise | None = Field(None, description="a target for cases that needed a visit")
    share: Share | None = Field(None, description="a share of the cases, e.g. {within: 4h, at_least: 95%}")

    @model_validator(mode="after")
    def _targets_fit(self) -> Self:
        if self.target is not None:
            text = "say `each` (every case), `dispatched` or `share`: which cases this is about"
            raise problem(self, (("target",), text))
        if self.each is None and self.dispatched is None and self.share is None:
            raise ValueError("give each, dispatched or share, such as each: '<= 4h'")
        found = {key: self._misfit(getattr(self, key)) for key in ("each", "dispatched")}
        if any(found.values()):
            raise problem(self, *(((key,), text) for key, text in found.items() if text))
        return self


class MttrObjective(Judged):
    """Mean time to repair over the period's outages."""

    UNITS = _LONG_TIMES
    only: Literal["dispatched"] | None = Field(None, description="only outages that needed a visit")


class UtilisationObjective(Judged):
    """Load against a rate."""

    UNITS = frozenset({"%"})
    stat: Stat = Field("mean", description="as with rtt, over the measurements of the load")
    of: Literal["commit", "bandwidth"] = Field("bandwidth", description="of which rate: commit or bandwidth")


class ThroughputObjective(Judged):
    """Measured throughput against a rate."""

    WANTS_MORE = True
    UNITS = frozenset({"%"})
    stat: Stat = Field("mean", description="as with rtt, over the measurements")
    of: Literal["commit", "bandwidth"] = Field("bandwidth", description="of which rate: commit or bandwidth")


class DeliveryObjective(Judged):
    """Working days late against the circuit's `due`; it pays of the one-time charge."""

    UNITS = frozenset({"bd"})
    bands: tuple[Band, ...] | None = Field(
        None, min_length=1, description="a credit table of the one-time charge; or write `credit`"
    )

    @model_validator(mode="after")
    def _one_table(self) -> Self:
        if self.bands is not None and self.credit is not None:
            raise problem(self, (("bands",), "stands beside `credit`: keep one of them"))
        return self

    def pays(self) -> Credit | None:
        """The credit, or the one that `bands` alone stands for."""
        return self.credit or (Credit(bands=self.bands) if self.bands else None)


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
