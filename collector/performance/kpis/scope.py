"""Which circuits a key figure is of, and which of them have a probe that tells of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from config.bounds import Measure
from config.kpis import Kpi, measures
from config.settings import Settings


def circuits_of(settings: Settings, kpi: Kpi, day: date, kept: Collection[str]) -> list[str]:
    """The circuits that a key figure is of on a day, in the configuration's order.

    `kept`: the sites whose rounds the ledger has; several hosts may share a configuration, and each tells
    of its own circuits. A ledger that has none yet is about this host's site.
    """
    sites = set(kept) or {settings.site}
    return [
        name
        for name, one in settings.circuits.items()
        if one.site in sites and kpi.is_about(name, one.carrier.at(day) or "", one.site, one.service)
    ]


def measurable(
    settings: Settings, measure: Measure, circuits: Sequence[str], probe: str | None = None
) -> list[str]:
    """Those of some circuits that have a probe which tells of the measure; with `probe`, one of that name."""
    return [
        name
        for name in circuits
        if any(
            measures(one.kind, one.options, measure)
            for key, one in settings.circuits[name].probes.items()
            if probe in {None, key}
        )
    ]
