"""Names that a person gives, held against the configuration."""

from __future__ import annotations

import pytest

from collector.notebook.naming import carrier_of, check_known, zone_of
from config.settings import Settings, Site
from tests.collector.web.estate import CIRCUITS, NOW_MS, circuit, settings


def two_places() -> Settings:
    """London and New York."""
    there = circuit().model_copy(update={"site": "nyc-01"})
    plain = settings({**CIRCUITS, "nyc-acme": there})
    sites = {**plain.sites, "nyc-01": Site(timezone="America/New_York", country="US")}
    return plain.model_copy(update={"sites": sites})


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"circuits": ["lon-acme", "nyc-acme"]}, ""),
        ({"sites": ["lon-01"], "carriers": ["acme", "bolt"]}, ""),
        ({}, ""),
        ({"circuits": ["lon-acmee"]}, "no circuit 'lon-acmee'.*lon-acme"),
        ({"circuits": ["lon-acme"], "sites": ["lon-1"]}, "no site 'lon-1'.*lon-01"),
        ({"carriers": ["amce"]}, "no carrier 'amce'.*acme"),
    ],
)
def test_a_name_that_is_not_configured_is_refused_with_the_nearest(
    named: dict[str, list[str]], said: str
) -> None:
    if not said:
        check_known(two_places(), **named)
        return
    with pytest.raises(ValueError, match=said):
        check_known(two_places(), **named)


@pytest.mark.parametrize(
    ("circuits", "sites", "zone"),
    [
        ([], [], None),
        (["lon-acme"], [], "Europe/London"),
        (["lon-acme", "lon-bolt"], ["lon-01"], "Europe/London"),
        (["nyc-acme"], [], "America/New_York"),
        (["lon-acme", "nyc-acme"], [], None),
        (["lon-acme"], ["nyc-01"], None),
        ([], ["nyc-01"], "America/New_York"),
        (["gone"], ["nowhere"], None),
        (["gone", "lon-acme"], [], "Europe/London"),
    ],
)
def test_clocks_are_those_of_the_one_zone_that_all_share(
    circuits: list[str], sites: list[str], zone: str | None
) -> None:
    assert zone_of(two_places(), circuits, sites) == zone


@pytest.mark.parametrize(
    ("circuits", "carrier"),
    [([], None), (["lon-acme"], "acme"), (["lon-acme", "lon-wave"], "acme"), (["lon-bolt"], "bolt")],
)
def test_a_ticket_is_the_circuits_carriers(circuits: list[str], carrier: str | None) -> None:
    assert carrier_of(two_places(), circuits, NOW_MS) == carrier


def test_circuits_of_several_carriers_leave_open_whose_ticket_it_is() -> None:
    with pytest.raises(ValueError, match="of acme and bolt: say whose"):
        carrier_of(two_places(), ["lon-acme", "lon-bolt"], NOW_MS)
