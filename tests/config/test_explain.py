"""Where each value comes from, who judges, and what the probes send."""

from __future__ import annotations

import pytest

from config.entries import NOBODY
from config.explain import Explanation, Layer, explain
from config.load import load_draft
from config.room import MONTH_MS
from config.settings import ProbeSettings
from config.traffic import FORMULAS, Traffic, monthly, total
from probes import PROBES, probe_kind
from tests.config.test_load import EXAMPLES, HOSTS, SECRETS

ESTATE = next(path for path in EXAMPLES if path.stem == "estate")


def explanation(name: str) -> Explanation:
    """What the example estate says of a circuit."""
    loaded, draft = load_draft(ESTATE, host=HOSTS["estate"], environ=SECRETS)
    return explain(draft, loaded.settings.circuits[name], name)


def line_of(part: str, file: str = "estate.yaml") -> str:
    """The place of the line of an example that begins so."""
    path = ESTATE.parent / file
    lines = path.read_text().splitlines()
    return f"{path}:{next(n for n, line in enumerate(lines, 1) if line.strip().startswith(part))}"


@pytest.mark.parametrize(
    ("circuit", "key", "value", "layer", "places"),
    [
        ("fra-south", "carrier", "acme", Layer.ROW, [line_of("fra-south", "estate.csv")]),
        ("fra-south", "kit", "wan, shop", Layer.ROW, [line_of("fra-south", "estate.csv")]),
        ("fra-north", "kit", "wan", Layer.DEFAULTS, [line_of("kit: wan")]),
        ("fra-north", "labels.estate", "retail", Layer.DEFAULTS, [line_of("labels: {estate")]),
        ("fra-north", "labels.floor", "2", Layer.ROW, [line_of("fra-north", "estate.csv")]),
        ("fra-north", "up_when", "any", Layer.BUILT_IN, []),
        (
            *("fra-north", "probes.pe.icmp", "203.0.113.1", Layer.KIT),
            [line_of("pe:  {icmp"), line_of("fra-north", "estate.csv")],
        ),
        ("fra-north", "probes.cpe.credentials", "core", Layer.KIT, [line_of("cpe: {snmp")]),
        ("fra-north", "probes.pe.packets", "10", Layer.DEFAULTS, [line_of("probes: {packets")]),
        ("fra-north", "probes.pe.size", "56", Layer.BUILT_IN, []),
        ("lon-hq", "probes.pe.packets", "20", Layer.ENTRY, [line_of("pe: {packets: 20}")]),
        ("lon-hq", "carrier", "blink", Layer.ENTRY, [line_of("carrier: [{value")]),
        ("lon-hq", "carrier from 2026-05-01", "acme", Layer.ENTRY, [line_of("carrier: [{value")]),
        (
            "muc-east",
            "monthly_charge from 2026-07-01",
            "750.00 EUR",
            Layer.ROW,
            [line_of("muc-east", "estate.csv")],
        ),
    ],
)
def test_each_value_names_its_layer_and_its_places(
    circuit: str, key: str, value: str, layer: Layer, places: list[str]
) -> None:
    [said] = [one for one in explanation(circuit).values if one.key == key]
    assert (said.value, said.layer, list(said.places)) == (value, layer, places)


def test_each_value_is_told_once_and_no_secret_is() -> None:
    told = explanation("fra-south")
    keys = [one.key for one in told.values]
    assert len(keys) == len(set(keys))
    assert "pass phrase" not in repr(told)


def test_who_judges_is_told_for_each_question() -> None:
    [judges] = explanation("lon-hq").judges
    assert (judges.since, judges.up_when) == ("", "any")
    assert judges.judged_by == {"availability": "pe", "rtt": "pe", "loss": "pe", "jitter": "pe"}


REQUIRED: dict[str, dict[str, object]] = {
    "dns": {"query": "example.com"},
    "snmp": {"credentials": NOBODY, "interface": "eth0"},
}


def probe(kind: str, address: str = "192.0.2.1", **options: object) -> ProbeSettings:
    """A probe of a kind; it runs once in thirty days divided by its `every`."""
    given = REQUIRED.get(kind, {}) | options
    model = probe_kind(kind).options.model_validate(given)
    return ProbeSettings(name="a", kind=kind, address=address, options=model)


def rounds(one: ProbeSettings) -> int:
    """How many there are in a month."""
    return MONTH_MS // one.options.every.ms


@pytest.mark.parametrize(
    ("one", "round_"),
    [
        (probe("icmp", packets=10, size=56), Traffic(10, 840, 10, 840)),
        (probe("icmp", "2001:db8::1", packets=1, size=56), Traffic(1, 104, 1, 104)),
        (probe("tcp", "192.0.2.1:80"), Traffic(4, 216, 3, 164)),
        (probe("tcp", "[2001:db8::1]:80"), Traffic(4, 296, 3, 224)),
        (probe("tcp", "192.0.2.1:443", tls=True), Traffic(7, 1072, 7, 5372)),
        (probe("dns"), Traffic(1, 28 + 29 + 11, 1, 28 + 1232, at_most=True)),
        (probe("snmp"), Traffic(1, 28 + 60 + 340, 1, 28 + 60 + 510, at_most=True)),
        (probe("http", "http://a/", method="HEAD"), Traffic(6, 216 + 300 + 104, 4, 164 + 552, at_most=True)),
    ],
)
def test_the_traffic_of_a_round_is_as_documented(one: ProbeSettings, round_: Traffic) -> None:
    assert monthly(one) == round_ * rounds(one)


def test_a_body_counts_up_to_its_limit_and_each_time_it_is_followed() -> None:
    once, twice = (
        probe("http", "http://a/", body_limit="1M"),
        probe("http", "http://a/", body_limit="1M", follow=1),
    )
    assert monthly(once).bytes_in > 1_000_000 * rounds(once)
    assert monthly(twice).bytes_in == 2 * monthly(once).bytes_in
    assert monthly(once).at_most


def test_every_kind_has_a_formula() -> None:
    assert FORMULAS.keys() == PROBES.keys()
    everything = [probe(kind) for kind in PROBES]
    assert total(everything).packets_out == sum(monthly(one).packets_out for one in everything)
    assert total([]) == Traffic()
