"""Kits: what becomes of their words, and how a circuit's own probes go over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import Circuit
from config.template import Word, split
from tests.config.estate import changed, load_text_at, problems_of, texts

KITS = """\
kits:
  wan:
    pe: {icmp: "{pe}", every: 30s, packets: 5}
    web:
      http: "https://{circuit}.{site}.example/{{v1}}"
      headers: {X-Line: "{carrier_id}", X-Way: "{via.source}"}
  voice:
    far: {icmp: "{far}"}
"""
OWN = "    kit: {}\n    carrier_id: IZ/1\n    via: {{source: 192.0.2.7}}\n    pe: 203.0.113.9\n"
JUDGES = "    judged_by: {availability: [pe]}\n"


def text_of(kit: str = "wan", more: str = "", probes: str = "", kits: str = KITS) -> str:
    """The good file with kits, its circuit using them."""
    own = ("    probes:\n      pe: {icmp: 203.0.113.1}\n", f"{OWN.format(kit)}{JUDGES}{more}{probes}")
    return changed(own) + kits


def circuit(directory: Path, text: str) -> Circuit:
    """The circuit, read without a problem."""
    loaded = load_text_at(directory, text)
    assert loaded.warnings == ()
    return loaded.settings.circuits["lon-acme"]


def test_words_are_filled_from_the_circuits_own_keys(tmp_path: Path) -> None:
    one = circuit(tmp_path, text_of())
    options: Any = one.probes["web"].options
    assert one.probes["pe"].address == "203.0.113.9"
    assert one.probes["web"].address == "https://lon-acme.lon-01.example/%7Bv1%7D"
    assert {key: value.reveal() for key, value in options.headers.items()} == {
        "X-Line": "IZ/1",
        "X-Way": "192.0.2.7",
    }
    assert one.kit == ("wan",)


def test_a_circuit_may_use_several_kits(tmp_path: Path) -> None:
    one = circuit(tmp_path, text_of("[wan, voice]", "    far: 198.51.100.7\n"))
    assert list(one.probes) == ["pe", "web", "far"]


def test_a_probe_of_the_same_name_replaces_single_keys_also_inside_of_maps(tmp_path: Path) -> None:
    probes = "    probes:\n      pe: {packets: 3, every: }\n      web: {headers: {X-Way: by hand}}\n"
    one = circuit(tmp_path, text_of(probes=probes))
    options: Any = one.probes["pe"].options
    assert (one.probes["pe"].address, options.packets, str(options.every)) == ("203.0.113.9", 3, "30s")
    web: Any = one.probes["web"].options
    assert web.headers["X-Line"].reveal() == "IZ/1"
    assert str(web.headers["X-Way"]) == "by hand"


def test_a_probe_of_another_kind_replaces_the_kits_as_a_whole(tmp_path: Path) -> None:
    one = circuit(tmp_path, text_of(probes="    probes:\n      pe: {tcp: '203.0.113.9:443'}\n"))
    assert (one.probes["pe"].kind, str(one.probes["pe"].options.every)) == ("tcp", "10s")


def test_a_secret_from_another_source_replaces_the_kits(tmp_path: Path) -> None:
    kits = KITS.replace('headers: {X-Line: "{carrier_id}", X-Way: "{via.source}"}', "bearer: {file: nowhere}")
    (tmp_path / "token").write_text("t0ken")
    one = circuit(tmp_path, text_of(probes="    probes:\n      web: {bearer: {file: token}}\n", kits=kits))
    web: Any = one.probes["web"].options
    assert web.bearer.reveal() == "t0ken"


def test_precedence_is_entry_then_kit_then_defaults(tmp_path: Path) -> None:
    text = text_of(probes="    probes: {pe: {packets: 3}}\n")
    text += "defaults:\n  probes: {packets: 7, every: 7s, timeout: 1s}\n"
    text += "  circuits: {pe: 192.0.2.99, far: a.example}\n"
    options: Any = circuit(tmp_path, text).probes["pe"].options
    assert (options.packets, str(options.every), str(options.timeout)) == (3, "30s", "1s")


def test_words_and_kits_may_come_from_defaults(tmp_path: Path) -> None:
    text = (
        text_of("voice")
        .replace("    kit: voice\n", "")
        .replace("    pe: 203.0.113.9\n", "")
        .replace(JUDGES, "")
    )
    text += "defaults: {circuits: {kit: voice, far: 192.0.2.98, pe: 192.0.2.97}}\n"
    assert circuit(tmp_path, text).probes["far"].address == "192.0.2.98"


def test_a_mistake_in_a_kit_is_told_once_at_the_kit_and_names_a_circuit(tmp_path: Path) -> None:
    text = text_of(kits=KITS.replace("packets: 5", "packtes: 5"))
    again = text.replace(
        "circuits:\n",
        "circuits:\n"
        + "".join(
            f"  c{n}: {{carrier: acme, site: lon-01, contract: gold, kit: wan, pe: 192.0.2.{n}, "
            "carrier_id: x, "
            "via: {source: 192.0.2.7}, judged_by: {availability: [pe]}}\n"
            for n in range(9)
        ),
    )
    [found] = texts(problems_of(tmp_path, again))
    assert found.endswith("circuits.c0.probes.pe.packtes: unknown key 'packtes': did you mean 'packets'?")


def test_a_word_that_is_missing_is_the_only_problem_of_its_probe(tmp_path: Path) -> None:
    kits = "kits: {wan: {pe: {icmp: '{pe}'}, cpe: {path: '{cpe}'}}}\n"
    text = (
        text_of(kits=kits, more="    pe: 192.0.2.1\n")
        .replace(JUDGES, "")
        .replace("    pe: 203.0.113.9\n", "")
    )
    [found] = texts(problems_of(tmp_path, text))
    assert "lon-acme.cpe: 'cpe' is required: kit 'wan' uses it at" in found


def test_a_word_for_another_kit_is_refused_where_its_kit_is_not_used(tmp_path: Path) -> None:
    [found] = texts(problems_of(tmp_path, text_of(more="    far: 198.51.100.7\n")))
    assert found.endswith("lon-acme.far: 'far' is a word for kits, and none of this circuit's uses it")


def test_a_secret_that_a_circuit_says_for_a_kit_is_hidden_in_the_kept_text(tmp_path: Path) -> None:
    kits = KITS.replace('headers: {X-Line: "{carrier_id}", X-Way: "{via.source}"}', 'bearer: "{password}"')
    loaded = load_text_at(tmp_path, text_of(more="    password: hunter2\n", kits=kits))
    web: Any = loaded.settings.circuits["lon-acme"].probes["web"].options
    assert web.bearer.reveal() == "hunter2"
    assert "hunter2" not in loaded.text
    assert "password: '***'" in loaded.text
    assert [one.text[:18] for one in loaded.warnings] == ["a secret in plain:"]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("plain", ["plain"]),
        ("{a}", [Word("a")]),
        ("x{a.b}y{c_d}", ["x", Word("a.b"), "y", Word("c_d")]),
        ("{{a}}", ["{", "a", "}"]),
        ("{{{a}}}", ["{", Word("a"), "}"]),
    ],
)
def test_a_template_is_cut_at_its_words(text: str, pieces: list[str | Word]) -> None:
    assert split(text) == pieces


@pytest.mark.parametrize("text", ["{", "}", "{a", "a}", "{1}", "{a b}", "{}", "{{}"])
def test_a_brace_that_stands_alone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="written twice"):
        split(text)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="{}ab.\n", max_size=12))
def test_a_text_with_its_braces_doubled_is_itself(text: str) -> None:
    assert "".join(str(one) for one in split(text.replace("{", "{{").replace("}", "}}"))) == text
