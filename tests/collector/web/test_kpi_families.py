"""What /metrics says of key figures; what isn't known has a rating and no value."""

from __future__ import annotations

from collector.web.kpi_families import families_kpis
from collector.web.sources import KpiValueNow


def lines(*values: KpiValueNow) -> list[str]:
    text = b"".join(families_kpis(values, openmetrics=False)).decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_a_circuit_has_its_value_and_the_rating_that_holds() -> None:
    of = 'kpi="load",site="lon-01",carrier="acme",circuit="lon-acme"'
    assert lines(KpiValueNow("load", "lon-01", "acme", "lon-acme", 0.82, "warning")) == [
        f"linkledger_kpi_value{{{of}}} 0.82",
        f'linkledger_kpi_rating{{{of},rating="warning"}} 1',
    ]


def test_over_all_circuits_it_names_none_and_an_unknown_one_has_no_value() -> None:
    (only,) = lines(KpiValueNow("mttr", "lon-01", "", "", None, "unknown"))
    assert only.startswith('linkledger_kpi_rating{kpi="mttr",site="lon-01"')
    assert only.endswith('rating="unknown"} 1')
