"""Names that a person gives, held against the configuration; and whose clocks and tickets they mean. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from collector.sla.calendar import local_day
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
