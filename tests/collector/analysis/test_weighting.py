"""Like is held against like: common sites, or every circuit alike."""

from __future__ import annotations

from collector.analysis.months import Month
from collector.analysis.weighting import weighed
from tests.collector.analysis.made_months import MONTH_SECONDS, month

FOUR = ("lon", "par", "ber", "rom")


def at(carrier: str, *sites: str) -> list[Month]:
    """A circuit at each site; two at one that is named twice."""
    return [month(f"{place}-{site}-{carrier}", carrier, site=site) for place, site in enumerate(sites)]


def test_four_common_sites_are_compared_and_the_others_left_out() -> None:
    found = weighed([*at("acme", *FOUR, "nyc"), *at("bolt", *FOUR)])
    assert found.common == ("ber", "lon", "par", "rom")
    assert [len(found.carriers[name]) for name in ("acme", "bolt")] == [4, 4]
    assert "1 circuit elsewhere is left out of its figures." in found.said["acme"]
    assert found.said["bolt"] == ("Compared over the 4 sites that all serve, each weighing alike.",)


def test_a_common_site_with_two_circuits_weighs_as_much_as_one_with_one() -> None:
    found = weighed([*at("acme", "lon", *FOUR), *at("bolt", *FOUR)])
    weights = dict(zip(found.carriers["acme"], found.weights["acme"], strict=True))
    known = {name: weight * MONTH_SECONDS for name, weight in weights.items()}
    assert known["0-lon-acme"] + known["1-lon-acme"] == known["2-par-acme"] == known["3-ber-acme"]


def test_with_fewer_common_sites_every_circuit_counts_and_it_is_said_where_they_differ() -> None:
    found = weighed([*at("acme", "lon", "par", "ber"), *at("bolt", "lon", "par")])
    assert found.common == ()
    assert found.weights == {"acme": [1, 1, 1], "bolt": [1, 1]}
    assert found.said["acme"][0] == "It serves 1 site that no other does: ber."
    assert found.said["bolt"][0] == "Others serve 1 site that it doesn't: ber."


def test_common_sites_that_are_few_of_a_carriers_are_no_ground() -> None:
    many = [f"far-{number}" for number in range(9)]
    found = weighed([*at("acme", *FOUR, *many), *at("bolt", *FOUR)])
    assert found.common == ()
    assert "far-0, far-1, far-2, far-3 and 5 more" in found.said["acme"][0]


def test_one_carrier_alone_is_compared_with_nobody() -> None:
    assert weighed(at("acme", "lon")).said == {"acme": ()}


def test_no_sentence_names_another_carrier() -> None:
    found = weighed([*at("acme", *FOUR, "nyc"), *at("bolt", "rio")])
    assert not any("bolt" in text for text in found.said["acme"])


def test_a_site_of_which_nothing_is_known_weighs_nothing() -> None:
    dark = [month("9-lon-bolt", "bolt", site="lon", up_seconds=0.0), *at("bolt", "par", "ber", "rom")]
    found = weighed([*at("acme", *FOUR), *dark])
    assert found.weights["bolt"][-1] == 0
