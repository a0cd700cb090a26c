"""Probe entries: kinds, options, rhythm, and what `defaults` give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.entries import timing_problem
from config.settings import Circuit, ProbeSettings
from probes.icmp.engine import IcmpEngine
from probes.model import ProbeOptions
from probes.values import Duration
from tests.config.estate import GOOD, changed, load_text_at, problems_of, texts


def probe(directory: Path, entry: str, defaults: str = "") -> ProbeSettings:
    """The probe that an entry makes."""
    text = changed(("{icmp: 203.0.113.1}", entry)) + defaults
    return load_text_at(directory, text).settings.circuits["lon-acme"].probes["pe"]


def icmp(every: str, timeout: str, packets: int) -> ProbeOptions:
    """Options of an ICMP probe."""
    return IcmpEngine.options.model_validate(
        {"every": Duration.parse(every), "timeout": Duration.parse(timeout), "packets": packets}
    )


@pytest.mark.parametrize(
    ("every", "timeout", "packets", "is_task", "key"),
    [
        ("10s", "2s", 10, False, None),
        ("100ms", "2s", 10, False, None),
        ("99ms", "2s", 1, False, "every"),
        ("1d", "2s", 1, False, None),
        ("25h", "2s", 1, False, "every"),
        ("10s", "60s", 10, False, None),
        ("10s", "61s", 10, False, "timeout"),
        ("10s", "0ms", 10, False, "timeout"),
        ("10s", "10s", 1, True, None),
        ("10s", "10001ms", 1, True, "timeout"),
        ("1s", "2s", 100, False, None),
        ("1s", "2s", 101, False, "packets"),
    ],
)
def test_the_rhythm_of_a_probe_has_bounds(
    every: str, timeout: str, packets: int, is_task: bool, key: str | None
) -> None:
    wrong = timing_problem(icmp(every, timeout, packets), is_task)
    assert (wrong[0] if wrong else None) == key


def test_the_target_is_kept_in_its_usual_spelling(tmp_path: Path) -> None:
    assert probe(tmp_path, "{icmp: '2001:DB8:0::1'}").address == "2001:db8::1"
    assert probe(tmp_path, "{icmp: gateway}").address == "gateway"
    assert probe(tmp_path, "{tcp: '203.0.113.10:443'}").address == "203.0.113.10:443"
    assert probe(tmp_path, "{tcp: '[2001:db8::1]:443'}").address == "[2001:db8::1]:443"


def test_proves_is_path_unless_it_says_service(tmp_path: Path) -> None:
    assert probe(tmp_path, "{icmp: gateway}").proves == "path"
    assert probe(tmp_path, "{icmp: gateway, proves: service}").proves == "service"


def test_defaults_apply_to_the_keys_that_the_kind_has_and_the_entry_wins(tmp_path: Path) -> None:
    defaults = "defaults: {probes: {every: 5s, packets: 5, timeout: 1s, proves: service}}\n"
    one = probe(tmp_path, "{icmp: gateway, packets: 3}", defaults)
    assert (str(one.options.every), one.options.packets_a_round, str(one.options.timeout)) == ("5s", 3, "1s")
    assert one.proves == "service"
    other = probe(tmp_path, "{tcp: 'gateway:80', timeout: 2s}", defaults)
    assert (str(other.options.every), other.options.packets_a_round, str(other.options.timeout)) == (
        "5s",
        1,
        "2s",
    )


def test_a_tcp_probe_waits_no_longer_than_every_unless_told(tmp_path: Path) -> None:
    assert str(probe(tmp_path, "{tcp: 'gateway:80', every: 1s}").options.timeout) == "1s"
    assert str(probe(tmp_path, "{icmp: gateway, every: 1s, packets: 1}").options.timeout) == "2s"


def test_equal_options_are_one_value_however_many_probes_have_them(tmp_path: Path) -> None:
    text = changed(
        (
            "pe: {icmp: 203.0.113.1}",
            "pe: {icmp: 192.0.2.1, packets: 2}\n      far: {icmp: 192.0.2.2, packets: 2}",
        ),
        ("    contract: gold\n", "    contract: gold\n    judged_by: {availability: [pe]}\n"),
    )
    probes = load_text_at(tmp_path, text).settings.circuits["lon-acme"].probes
    assert probes["pe"].options is probes["far"].options


def test_a_relative_path_among_options_starts_at_its_file(tmp_path: Path) -> None:
    options = probe(tmp_path, "{tcp: 'gateway:443', tls: true, tls_ca_file: ca.pem}").options
    assert options.model_dump()["tls_ca_file"] == tmp_path / "ca.pem"


def circuit(directory: Path, defaults: str, keys: str = "") -> Circuit:
    """The circuit with these defaults and keys."""
    text = changed(("    contract: gold\n", f"    contract: gold\n{keys}"))
    return load_text_at(directory, f"{text}defaults:\n{defaults}").settings.circuits["lon-acme"]


def test_defaults_of_a_section_apply_as_a_whole_key(tmp_path: Path) -> None:
    defaults = "  circuits: {via: {mark: 1}, service: dia}\n"
    assert circuit(tmp_path, defaults).via.mark == 1
    assert circuit(tmp_path, defaults, "    via: {source: 192.0.2.1}\n").via.mark is None
    assert circuit(tmp_path, defaults, "    service: lte\n").service == "lte"


def test_labels_are_added_to_those_of_defaults(tmp_path: Path) -> None:
    defaults = "  circuits: {labels: {a: x, b: y}}\n  sites: {labels: {region: emea}}\n"
    assert circuit(tmp_path, defaults).labels == {"a": "x", "b": "y"}
    assert circuit(tmp_path, defaults, "    labels: {b: z, c: z}\n").labels == {"a": "x", "b": "z", "c": "z"}


def test_contracts_have_defaults_too(tmp_path: Path) -> None:
    text = changed(("    currency: USD\n", ""), ("    timezone: UTC\n", ""))
    text += "defaults: {contracts: {currency: EUR, timezone: UTC}}\n"
    assert load_text_at(tmp_path, text).settings.contracts["gold"].currency == "EUR"


def test_a_site_may_have_all_from_defaults(tmp_path: Path) -> None:
    text = changed(
        ("lon-01: {timezone: Europe/London, reference: [{icmp: gateway, owner: ours}]}", "lon-01:")
    )
    text += (
        "defaults:\n  sites: {timezone: UTC, reference: [{tcp: 'gateway:22'}]}\n"
        "  references: {owner: ours, packets: 4, every: 20s}\n"
    )
    loaded = load_text_at(tmp_path, text)
    site = loaded.settings.sites["lon-01"]
    assert loaded.warnings == ()
    assert site.timezone == "UTC"
    [reference] = site.reference or ()
    assert (reference.owner, reference.probe.kind, str(reference.probe.options.every)) == (
        "ours",
        "tcp",
        "20s",
    )


def test_a_mistake_in_defaults_is_told_once_however_many_inherit_it(tmp_path: Path) -> None:
    more = "".join(
        f"  c{n}: {{carrier: acme, site: lon-01, contract: gold, probes: {{a: {{icmp: gateway}}}}}}\n"
        for n in range(9)
    )
    text = changed(("circuits:\n", f"circuits:\n{more}"))
    text += "defaults:\n  circuits: {via: {mark: -1}, contract: goold}\n  probes: {packets: 0}\n"
    found = texts(problems_of(tmp_path, text))
    assert found == [
        "38:26: defaults.circuits.via.mark: must be at least 0",
        "39:21: defaults.probes.packets: must be at least 1",
    ]


def test_a_wrong_name_in_defaults_is_told_where_it_stands(tmp_path: Path) -> None:
    text = changed(("    contract: gold\n", "")) + "defaults: {circuits: {contract: goold}}\n"
    assert texts(problems_of(tmp_path, text)) == [
        "27:33: circuits.lon-acme.contract: 'goold' is not in `contracts`: did you mean 'gold'?"
    ]


def test_the_good_file_is_good(tmp_path: Path) -> None:
    assert problems_of(tmp_path, GOOD) == ()
