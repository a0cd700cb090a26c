"""Names that a person gives, held against the configuration; and whose clocks and tickets they mean. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from collector.analysis.recommend.rules import RULES
from collector.periods import read_period, rhythm_of
from collector.sla.calendar import local_day
from config.bounds import KINDS, Bound, Measure
from config.errors import nearest
from config.settings import Settings


def check_known(
    settings: Settings,
    *,
    circuits: Iterable[str] = (),
    sites: Iterable[str] = (),
    carriers: Iterable[str] = (),
) -> None:
    """Raise ValueError for a name that isn't in the configuration, and say what comes nearest."""
    known: dict[str, tuple[Iterable[str], Mapping[str, object]]] = {
        "circuit": (circuits, settings.circuits),
        "site": (sites, settings.sites),
        "carrier": (carriers, settings.carriers),
    }
    for what, (names, there) in known.items():
        for name in names:
            if name not in there:
                raise ValueError(f"the configuration has no {what} {name!r}: {nearest(name, there)}")


def zone_of(settings: Settings, circuits: Iterable[str], sites: Iterable[str] = ()) -> str | None:
    """The one zone of all that is named; None where there are several, or none is named."""
    places = {*sites, *(settings.circuits[name].site for name in circuits if name in settings.circuits)}
    zones = {settings.sites[place].timezone for place in places if place in settings.sites}
    return zones.pop() if len(zones) == 1 else None


def carrier_of(settings: Settings, circuits: Sequence[str], now_ms: int) -> str | None:
    """Whose circuits these are today; None without any. Raises ValueError where they are several's."""
    found = {
        settings.circuits[name].on(local_day(now_ms, zone_of(settings, [name]) or "UTC")).carrier
        for name in circuits
    }
    if len(found) > 1:
        raise ValueError(
            f"these circuits are of {' and '.join(sorted(found))}: say whose ticket it is (`carrier`)"
        )
    return next(iter(found), None)


def measure_of(settings: Settings, metric: str, day: date) -> Measure | None:
    """What is measured for a metric or a key of `kpis`; None where there is no such thing (any more)."""
    known = settings.kpis.get(metric)
    if known is not None:
        definition = known.on(day)
        return definition.measure if definition else None
    return next((one for one in KINDS if one == metric), None)


def check_metric(settings: Settings, metric: str | None, target: str | None, day: date) -> None:
    """Raise ValueError for a metric that nothing measures, and a target that it can't have."""
    if metric is None:
        return
    measure = measure_of(settings, metric, day)
    if measure is None:
        known = nearest(metric, [*KINDS, *settings.kpis])
        raise ValueError(f"metric: {metric!r} is no metric and no key of `kpis`: {known}")
    if target is not None:
        try:
            misfit = Bound.parse(target).misfit(measure)
        except ValueError as error:
            misfit = str(error)
        if misfit:
            raise ValueError(f"target: {misfit}")


def check_period(text: str | None) -> None:
    """Raise ValueError for a time that no review has: they are of a day, week, month, quarter or year."""
    if text is None:
        return
    if rhythm_of(text) == "once":
        raise ValueError(f"period: {text!r} is none of 2026-10-03, 2026-W40, 2026-10, 2026-Q3, 2026")
    try:
        read_period(text, "UTC", 0)
    except ValueError as error:
        raise ValueError(f"period: {error}") from None


def check_key(key: str | None) -> None:
    """Raise ValueError for what can be no recommendation's key, such as `claim:acme/EUR:2026-04`."""
    if key is None:
        return
    rule, *rest = key.split(":")
    if rule not in RULES:
        raise ValueError(f"key: {key!r} is no recommendation's, {rule!r} is no rule: {nearest(rule, RULES)}")
    if len(rest) < 2:
        raise ValueError(f"key: {key!r} is not whole: RULE:ABOUT:PERIOD, as `linkledger todo -v` tells it")
