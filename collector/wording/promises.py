"""What is promised: each objective, what of the measurements it looks at, and when it is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from collector.sla.wording import percent
from collector.wording.lines import Line, Part, at_the_edge, cited, listed, promised, sentence, spoken
from config.contract import Terms
from config.edges import decimal
from config.measures import Available, Lost, LostAs, MeansOf, PdvAt, ShareAbove
from config.objectives import (
    EachWindow,
    Gate,
    JitterObjective,
    MosObjective,
    MttrObjective,
    Objective,
    OneWayDelayObjective,
    RepairObjective,
    RttObjective,
    Sampled,
    ThroughputObjective,
    UtilisationObjective,
)
from config.terms import Term, decimal_text

_METRICS = {
    "availability": "Availability is 1 less counted downtime, divided as said above, kept inside 0% and 100%",
    "loss": "Loss is the share of all sent packets that never came back",
    "time_to_repair": "Each outage that belongs to the period is a case; how long it lasted is judged after "
    "exclusions, whatever the minimum says",
    "start_of_repair": "Each ticket is a case: from its opening until the repair began",
    "response": "Each ticket is a case: from its opening until the carrier acknowledged it",
    "notification": "Each outage is a case: from its measured start until the carrier told us of it",
    "mttr": "The mean of the counted time over all outages that count; without any the promise is kept",
    "delivery": "Working days from the circuit's `due` until its delivery; one that isn't delivered yet is "
    "late until today",
}
_JITTER = {
    "ipdv_mean": "the mean step between the delays of neighbouring packets, up or down; a lost packet breaks "
    "the pair",
    "rfc3550": "the running estimate of RFC 3550, as it stands at the end",
    "stddev": "the standard deviation of the delays (of the population)",
    "range": "the largest delay less the least",
}
_DELAYS = {
    "half_rtt": "half of the round-trip time is taken for the delay one way",
    "rtt": "the whole round-trip time is taken for the delay",
    "one_way": "the delay measured in one direction is taken",
}
_CODECS = {"g711": "G.711", "g729a": "G.729A"}
_MODES = {
    "half_up": "half up",
    "half_even": "half to the even digit",
    "up": "always up",
    "down": "always down",
}
_DIRECTIONS = {
    "forward": "Only the forward direction is judged.",
    "reverse": "Only the reverse direction is judged.",
    "both": "The packets of both directions are judged together.",
    "worst": "Each direction is judged, and the worse one decides.",
}
_RATES = {"commit": "the committed rate", "bandwidth": "the bandwidth"}


def promises(terms: Terms) -> Part:
    """Every objective with its rules."""
    found = terms.objectives.by_name() if terms.objectives else {}
    lines = [Line(_promise(name, one), tuple(_rules(one))) for name, one in found.items()]
    lines.append(
        Line(
            cited(
                "A figure is compared exactly, before it is shortened for display: 99.949699% shows as "
                "99.950% and is still below 99.95%.",
                terms.objectives,
            )
        )
    )
    return Part("What is promised", tuple(lines))


def _promise(name: str, one: Objective) -> str:
    metric = "" if one.metric == name else f" ({one.metric})"
    if isinstance(one, RepairObjective):
        text = "; ".join(_cases(one))
    elif one.target is not None:
        text = f"{promised(one.target)}; {at_the_edge(one.target)}"
    else:
        text = "nothing"
    return cited(f"{name}{metric} must be {text}.", one)


def _cases(one: RepairObjective) -> Iterator[str]:
    if one.each is not None:
        others = " that needed no visit" if one.dispatched else ""
        yield f"{promised(one.each)} in each case{others}; {at_the_edge(one.each)}"
    if one.dispatched is not None:
        yield (
            f"{promised(one.dispatched)} in each case that needed a visit (a dispatched ticket); "
            f"{at_the_edge(one.dispatched)}"
        )
    if one.share is not None:
        share, clause = one.share, f" (clause {one.share.clause})" if one.share.clause else ""
        yield f"{spoken(share.within)} or less in at least {percent(share.at_least)} of the cases{clause}"


def _rules(one: Objective) -> Iterator[str]:
    yield sentence(what_is_measured(one))
    if isinstance(one, RepairObjective):
        yield "Without any case the promise is kept. A moment that nobody noted leaves its case unknown."
    yield from _packets(one)
    if isinstance(one, Sampled):
        yield _during(one)
    yield _rounded(one)
    if one.each_window is not None:
        yield cited(_windows(one.each_window), one.each_window)
    yield from (cited(_gate(gate), gate) for gate in one.only_if or ())
    if one.only_if is not None and len(one.only_if) > 1:
        yield "All of these must hold."


def what_is_measured(one: Objective) -> str:
    """How its figure is made, in a sentence without its full stop."""
    for kind, say in _FIGURES.items():
        if isinstance(one, kind):
            return say(one)
    return _METRICS.get(one.metric, one.metric)


def _delay(one: Objective) -> str:
    assert isinstance(one, RttObjective | OneWayDelayObjective)  # noqa: S101 - _FIGURES calls no other
    what = "round-trip time" if isinstance(one, RttObjective) else "delay in one direction"
    if isinstance(one.stat, ShareAbove):
        above = f"The share of sent packets whose {what} is above {spoken(one.stat.share_above)}"
        text = cited(f"{above} (that itself is not above).", one.stat, _term(one.lost))
        return f"{text} {_lost(one.lost, share=True)}"
    text = cited(f"{_statistic(one.stat)} {what}{_of(one.of)}.", _term(one.of), _term(one.lost))
    return f"{text} {_lost(one.lost, share=False)}"


def _term(value: object) -> Term | None:
    """What may say its clause: a map, not a word."""
    return value if isinstance(value, Term) else None


def _statistic(stat: str) -> str:
    named = {"mean": "The mean", "max": "The largest"}
    return named.get(stat) or (
        f"The {stat.removeprefix('p')}th percentile (nearest rank: the smallest value that at least "
        f"{stat.removeprefix('p')}% of all do not exceed) of the"
    )


def _of(of: str | MeansOf) -> str:
    if isinstance(of, MeansOf):
        time = spoken(of.means_of)
        return f", taken over the means of stretches of {time}: a quiet and a busy one weigh alike"
    return " over all packets of the period, each weighing the same"


def _lost(lost: Lost, *, share: bool) -> str:
    if isinstance(lost, LostAs):
        return f"A lost packet counts as {spoken(lost.delay)}."
    if lost == "ignore":
        what = (
            "is not above, and stays among the sent ones"
            if share
            else "is left out: only answers have a delay"
        )
        return f"A lost packet {what}."
    what = (
        "counts as above" if share else "counts as one that never came: the figure can be infinite, a breach"
    )
    return f"A lost packet {what}."


def _jitter(one: Objective) -> str:
    assert isinstance(one, JitterObjective)  # noqa: S101 - _FIGURES calls no other
    how = one.definition
    if isinstance(how, PdvAt):
        rank = decimal_text(how.pdv)
        means = f"the {rank}th percentile of the delay above the period's least one"
    else:
        means = _JITTER[how]
    text = cited(f"Jitter is {means}.", _term(how), _term(one.lost))
    if one.stat is None:
        return text
    lost = one.lost or "ignore"
    above = cited(f"Judged is the share of it above {spoken(one.stat.share_above)}.", one.stat)
    return f"{text} {above} {_lost(lost, share=True)}"


def _mos(one: Objective) -> str:
    assert isinstance(one, MosObjective)  # noqa: S101 - _FIGURES calls no other
    conceals = "with" if one.plc else "without"
    how = "the shortcut" if one.method == "shortcut" else "the full delay term"
    burst = decimal(one.burst_ratio)
    bursts = "taken as random" if one.burst_ratio == 1 else f"taken as bursts (BurstR {burst})"
    return (
        f"The mean opinion score of ITU-T G.107 by {how}, for {_CODECS[one.codec]} {conceals} packet loss "
        f"concealment, losses {bursts}: computed for each round that has an answer, then the mean; "
        f"{_DELAYS[one.delay]}"
    )


def _rate(one: Objective) -> str:
    assert isinstance(one, UtilisationObjective | ThroughputObjective)  # noqa: S101 - as above
    what = "load" if isinstance(one, UtilisationObjective) else "throughput"
    if isinstance(one.stat, ShareAbove):
        return cited(f"The share of measurements above {spoken(one.stat.share_above)}.", one.stat)
    worse = "; the worse of receive and transmit" if what == "load" and one.direction is None else ""
    return f"{_statistic(one.stat)} {what} over all measurements, in percent of {_RATES[one.of]}{worse}"


def _mttr(one: Objective) -> str:
    assert isinstance(one, MttrObjective)  # noqa: S101 - _FIGURES calls no other
    only = "; only outages whose ticket needed a visit" if one.only else ""
    return f"{_METRICS['mttr']}{only}"


_FIGURES: Mapping[type[Objective], Callable[[Objective], str]] = {
    RttObjective: _delay,
    OneWayDelayObjective: _delay,
    JitterObjective: _jitter,
    MosObjective: _mos,
    UtilisationObjective: _rate,
    ThroughputObjective: _rate,
    MttrObjective: _mttr,
}


def _packets(one: Objective) -> Iterator[str]:
    if one.dscp is not None:
        yield f"Only packets marked with DSCP {listed(map(str, one.dscp), 'or')} are judged."
    if one.direction is not None:
        yield _DIRECTIONS[one.direction]
    if one.family is not None:
        yield f"Only IPv{one.family} is judged."


def _during(one: Sampled) -> str:
    during = one.during
    if not isinstance(during, Available):
        if during == "available":
            return (
                "Packets sent while the circuit is down, however shortly, or in excluded time are left out."
            )
        return "All packets of the period are judged, also those sent while the circuit is down."
    parts = []
    if during.available:
        parts.append("while the circuit is down or in excluded time")
    if during.utilisation_below is not None:
        rate = _RATES[during.of or "bandwidth"]
        full = f"{percent(during.utilisation_below)} of {rate} or more"
        parts.append(f"while the load is {full}")
    if not parts:
        return cited("All packets of the period are judged.", during)
    return cited(f"Packets sent {', and those sent '.join(parts)}, are left out.", during)


def _rounded(one: Objective) -> str:
    if one.round is None:
        return "The figure is not rounded before it is judged."
    places = one.round.places
    number = f"{places} decimal place{'' if places == 1 else 's'}" if places else "a whole number"
    return cited(
        f"The figure is rounded to {number}, {_MODES[one.round.mode]}, before it is judged.", one.round
    )


def _windows(rule: EachWindow) -> str:
    inside = "one local day (a row does not cross midnight)" if rule.within == "day" else "the period"
    row = (
        f"broken once {rule.in_a_row} in a row miss it inside {inside}"
        if rule.in_a_row > 1
        else "broken once any of them misses it"
    )
    return (
        f"There is a verdict for each {spoken(rule.of)} of local clock time: the promise is {row}; one "
        "without data ends a row."
    )


def _gate(gate: Gate) -> str:
    if gate.not_cured_within is not None:
        return (
            f"A breach pays only if some ticket of the period was not cured within "
            f"{spoken(gate.not_cured_within)} of its opening; without a ticket it pays nothing."
        )
    if gate.trailing_mean is not None:
        return (
            f"A breach pays only if the figure over the {spoken(gate.trailing_mean)} that end with the "
            "period misses the target too."
        )
    return (
        f"A breach pays only if it was broken in an earlier period too, which ended "
        f"{spoken(gate.cure or '')} "
        "or more before this one does: so long the carrier has to cure it."
    )
