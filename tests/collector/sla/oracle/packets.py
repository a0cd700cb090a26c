"""Delay, loss and jitter over the packets of a period's rounds."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import sqrt
from typing import Any

from tests.collector.sla.oracle.clocks import duration
from tests.collector.sla.oracle.facts import Facts, instant_offset
from tests.collector.sla.oracle.sets import both, joined, length, less
from tests.collector.sla.oracle.status import Round, rounds_of

INFINITE = "infinite"
Figure = Fraction | str | None


def judged_rounds(facts: Facts, rule: Mapping[str, Any]) -> list[Round]:
    """The rounds of the period that the objective looks at."""
    begin, end = facts.period
    found = [one for one in rounds_of(facts.history) if begin <= one["span"][0] < end]
    if rule.get("while") == "available":
        off_hours = less([facts.period], facts.hours)
        out = [*facts.down, *facts.excluded, *off_hours]
        found = [one for one in found if not both([one["span"]], out)]
    return found


def delays(rounds: list[Round]) -> list[Fraction | None]:
    """Every packet whose delay is known, None for a lost one."""
    found: list[Fraction | None] = []
    for one in rounds:
        if one.get("rtt_ms"):
            found += [None if text is None else Fraction(text) for text in one["rtt_ms"]]
        else:
            found += [None] * (one["sent"] - one["received"])
    return found


def measured(facts: Facts, metric: str, rule: Mapping[str, Any]) -> Figure:
    """The objective's value: ms, or percent."""
    rounds = judged_rounds(facts, rule)
    if metric == "loss":
        sent = sum(one["sent"] for one in rounds)
        return Fraction(100 * (sent - sum(one["received"] for one in rounds)), sent) if sent else None
    if metric == "jitter":
        return jitter(rule["definition"], delays(rounds), neighbours(rounds))
    if rule.get("of", "samples") != "samples":
        return of_means(facts, rounds, rule)
    return stat_of(rule["stat"], with_lost(delays(rounds), rule["lost"]), rounds)


def with_lost(packets: list[Fraction | None], lost: Any) -> list[Fraction | str]:  # noqa: ANN401 - YAML
    """The samples, where a lost one counts as the contract says."""
    if lost == "ignore":
        return [one for one in packets if one is not None]
    stand_in: Fraction | str = INFINITE if lost == INFINITE else Fraction(duration(lost["as"]))
    return [stand_in if one is None else one for one in packets]


def stat_of(stat: Any, samples: list[Fraction | str], rounds: list[Round]) -> Figure:  # noqa: ANN401 - YAML
    """mean, max, a percentile or a share."""
    if isinstance(stat, Mapping):
        limit = Fraction(duration(stat["share_above"]))
        sent = sum(one["sent"] for one in rounds)
        over = sum(1 for one in samples if one == INFINITE or Fraction(one) > limit)
        return Fraction(100 * over, sent) if sent else None
    if not samples:
        return None
    if stat == "mean":
        if INFINITE in samples:
            return INFINITE
        return sum((Fraction(one) for one in samples), Fraction(0)) / len(samples)
    finite = sorted(Fraction(one) for one in samples if one != INFINITE)
    ordered: list[Fraction | str] = [*finite, *[INFINITE] * (len(samples) - len(finite))]
    need = 1 if stat == "max" else Fraction(stat[1:]) / 100
    for place, one in enumerate(ordered, 1):
        if place >= need * len(ordered):
            return one
    raise AssertionError


def of_means(facts: Facts, rounds: list[Round], rule: Mapping[str, Any]) -> Figure:
    """The stat over the means of windows of the clock."""
    unit = duration(rule["of"]["means_of"])
    windows: dict[int, list[Round]] = {}
    for one in rounds:
        at = one["span"][0]
        windows.setdefault((at + instant_offset(at, facts.zone)) // unit, []).append(one)
    means = []
    for own in windows.values():
        mean = stat_of("mean", with_lost(delays(own), rule["lost"]), own)
        if mean is not None:
            means.append(mean)
    return stat_of(rule["stat"], means, rounds)


def neighbours(rounds: list[Round]) -> list[Fraction]:
    """D(i) - D(i-1) of packets next to each other; a lost one or a gap between rounds parts them."""
    found: list[Fraction] = []
    before: Fraction | None = None
    end = None
    for one in rounds:
        if one["span"][0] != end or not one["sent"]:
            before = None
        for text in one["rtt_ms"] or [None]:
            now = None if text is None else Fraction(text)
            if before is not None and now is not None:
                found.append(now - before)
            before = now
        end = one["span"][1]
    return found


def known_share(facts: Facts) -> Fraction:
    """Percent of the service hours in which packets were sent, or that a note takes out."""
    asked = both([facts.period], facts.hours)
    having = joined([*facts.excluded, *(one["span"] for one in rounds_of(facts.history) if one["sent"])])
    return Fraction(100 * length(both(having, asked)), length(asked)) if asked else Fraction(0)


def jitter(definition: Any, packets: list[Fraction | None], pairs: list[Fraction]) -> Figure:  # noqa: ANN401 - YAML
    """By one of the definitions."""
    got = [one for one in packets if one is not None]
    if definition == "ipdv_mean":
        return sum((abs(one) for one in pairs), Fraction(0)) / len(pairs) if pairs else None
    if definition == "rfc3550":
        now = Fraction(0)
        for one in pairs:
            now += (abs(one) - now) / 16
        return now if pairs else None
    if not got:
        return None
    if definition == "range":
        return max(got) - min(got)
    if definition == "stddev":
        mean = sum(got, Fraction(0)) / len(got)
        return Fraction(sqrt(sum(((one - mean) ** 2 for one in got), Fraction(0)) / len(got)))
    over = [one - min(got) for one in got]
    return stat_of(definition["pdv"], list(over), [])
