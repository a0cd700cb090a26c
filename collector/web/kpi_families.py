"""What /metrics says of key figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collector.web.sources import KpiValueNow
from collector.web.textformat import Family, family, labels, sample

VALUE = Family(
    "linkledger_kpi_value",
    "gauge",
    "A key figure in seconds, ratios or bytes a second; without a circuit it is over all of its circuits.",
)
RATING = Family(
    "linkledger_kpi_rating",
    "gauge",
    "1 for what a key figure is worth now: good, off target, warning, critical or unknown.",
)


def families_kpis(values: Sequence[KpiValueNow], openmetrics: bool) -> Iterator[bytes]:
    """Their families, in pieces."""
    yield from family(VALUE, openmetrics, tuple(values), _value)
    yield from family(RATING, openmetrics, tuple(values), _rating)


def _of(now: KpiValueNow) -> dict[str, str]:
    return {"kpi": now.kpi, "site": now.site, "carrier": now.carrier, "circuit": now.circuit}


def _value(now: KpiValueNow) -> str:
    return sample(VALUE.name, labels(**_of(now)), now.value)


def _rating(now: KpiValueNow) -> str:
    return sample(RATING.name, labels(**_of(now), rating=now.rating), 1)
