"""What was bought: diverse circuits and price lists, held against the rest of the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.estate import changed, load_text_at

OTHER = (
    "  lon-two: {{carrier: {carrier}, site: {site}, contract: gold, probes: {{pe: {{icmp: 192.0.2.2}}}}}}\n"
)
PLACES = (
    "sites:\n",
    "sites:\n  par-01: {timezone: Europe/Paris, reference: [{icmp: gateway, owner: ours}]}\n",
)


@pytest.mark.parametrize(
    ("carrier", "site", "said"),
    [
        ("beta", "lon-01", ""),
        ("acme", "lon-01", "both are of acme: one carrier's failure takes both"),
        ("beta", "par-01", "lon-two stands at par-01, not at lon-01: circuits of two sites seldom stand in"),
    ],
)
def test_a_circuit_that_can_hardly_be_diverse_is_warned_of(
    tmp_path: Path, carrier: str, site: str, said: str
) -> None:
    text = changed(
        PLACES,
        ("carriers:\n", "carriers:\n  beta: {name: Beta}\n"),
        ("circuits:\n", "circuits:\n" + OTHER.format(carrier=carrier, site=site)),
        ("    contract: gold\n    probes", "    contract: gold\n    diverse_from: [lon-two]\n    probes"),
    )
    found = [
        one.text for one in load_text_at(tmp_path, text).warnings if "the contract is with" not in one.text
    ]
    assert [one.startswith(said) for one in found] == [True] * bool(said)


def test_a_price_of_a_service_that_no_circuit_has_is_warned_of(tmp_path: Path) -> None:
    price = "prices: [{service: dai, bandwidth: 100M, monthly: 400.00 EUR}]"
    text = changed(
        ("acme: {name: Acme Telecom}", f"acme: {{name: Acme Telecom, {price}}}"),
        ("    contract: gold\n    probes", "    contract: gold\n    service: dia\n    probes"),
    )
    loaded = load_text_at(tmp_path, text)
    (found,) = loaded.warnings
    assert found.text == "no circuit has service 'dai': did you mean 'dia'?"
    (tier,) = loaded.settings.carriers["acme"].prices
    assert (tier.bandwidth.bits_per_second, str(tier.monthly)) == (100_000_000, "400.00 EUR")
