"""What a new contract asks, and the file that the answers make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.contracts_file import load_contract
from config.decisions import decisions
from config.errors import ConfigErrors, Problems
from config.errors import Path as Key
from config.kinds import kinds
from config.new_contract import (
    contract_text,
    keep,
    own_terms,
    questions,
    read_value,
    refusal,
    summaries,
    terms_of,
    written,
)
from config.tree import parse, plain

KIND = "bands-on-availability"
OWN = {"carrier": "acme", "effective": "2026-01-01"}


def asked(kind: str) -> list[str]:
    """The names of a kind's questions."""
    return [one.name for one in questions(terms_of(kind))]


def test_every_kind_has_one_sentence() -> None:
    assert list(summaries()) == list(kinds())
    assert all(text.endswith(".") and "\n" not in text for text in summaries().values())


def test_only_a_paper_says_carrier_date_and_document() -> None:
    assert {"carrier", "effective", "document"}.isdisjoint(terms_of(KIND))
    assert "carrier" not in asked(KIND)


def test_the_questions_stand_in_a_contracts_order() -> None:
    assert asked(KIND) == [
        *("timezone", "currency", "period", "denominator", "outage.clock.start", "outage.clock.end"),
        *("outage.across_periods", "unknown.policy"),
        *("objectives.availability.target", "objectives.availability.credit.bands"),
        *("claim.ticket_within", "claim.submit_within"),
    ]


@pytest.mark.parametrize("kind", kinds())
def test_every_decision_of_a_kind_is_asked_with_its_own_value_first(kind: str) -> None:
    terms = terms_of(kind)
    found = {one.key: one for one in questions(terms)}
    assert set(decisions(terms)) <= found.keys()
    for one in found.values():
        assert one.text
        if one.default is not None:
            assert refusal(terms, one.key, read_value(written(one.default))) == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("USD", "USD"),
        (" >= 99.9% ", ">= 99.9%"),
        ("5bd", "5bd"),
        ("12", 12),
        ("'12'", "12"),
        ("-", None),
        ("", None),
        ("[a, b]", ["a", "b"]),
        ("{periods: 2}", {"periods": 2}),
        ("'{'", "{"),
    ],
)
def test_an_answer_is_read_as_a_file_would_have_it(text: str, value: object) -> None:
    assert read_value(text) == value


def test_an_answer_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_value("[a")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (("timezone",), "Mars", "'Mars' is not an IANA time zone"),
        (("objectives", "availability", "target"), "<= 99%", "a larger value is better here: use >="),
        (("outage", "across_periods"), "never", "split"),
        (("claim", "submit_within"), "5bd", ""),
        (("currency",), "GBP", ""),
    ],
)
def test_an_answer_that_doesnt_fit_is_refused_alone(key: Key, value: object, said: str) -> None:
    found = refusal(terms_of(KIND), key, value)
    assert said in found
    assert bool(found) is bool(said)


def test_a_band_table_with_a_gap_is_refused_as_an_answer() -> None:
    key = ("objectives", "availability", "credit", "bands")
    bands = [{"from": "99.5%", "to": "99.9%", "gives": "5%"}, {"from": "98%", "to": "99%", "gives": "10%"}]
    assert "no band" in refusal(terms_of(KIND), key, bands)


def test_what_is_taken_out_is_empty_and_what_never_was_is_left_out() -> None:
    terms = {"claim": {"submit_within": "30d", "from": "period_end"}}
    answers: dict[Key, Any] = {("claim", "submit_within"): None, ("claim", "ticket_within"): None}
    assert own_terms(terms, answers) == {"claim": {"submit_within": None, "from": None}}
    kept: dict[Key, Any] = {("claim", "submit_within"): "5bd"}
    assert own_terms(terms, kept) == {"claim": {"submit_within": "5bd"}}


def test_the_file_says_what_each_answer_decides() -> None:
    comments: dict[Key, str] = {("outage", "across_periods"): "Which month?"}
    own: dict[str, Any] = OWN | {
        "outage": {"across_periods": "split"},
        "holidays": [],
        "exclude": {"odd key": "counts"},
        "caps": None,
    }
    assert contract_text("gold", KIND, own, comments).splitlines()[3:] == [
        "contracts:",
        "  gold:",
        "    extends: kinds/bands-on-availability",
        "    carrier: acme",
        "    effective: 2026-01-01",
        "    outage:",
        "      # Which month?",
        "      across_periods: split",
        "    holidays: []",
        "    exclude:",
        '      "odd key": counts',
        "    caps:",
    ]


def test_a_table_has_a_line_for_each_band() -> None:
    own: dict[str, Any] = {
        "credit": {"bands": [{"below": "99.9%", "gives": "5%"}, {"below": "99%", "gives": "1 day"}]}
    }
    assert contract_text("gold", KIND, own, {}).splitlines()[-3:] == [
        "      bands:",
        "        - {below: 99.9%, gives: 5%}",
        "        - {below: 99%, gives: 1 day}",
    ]


scalars = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1) | st.booleans()
values = st.recursive(
    scalars,
    lambda one: (
        st.lists(one, max_size=3)
        | st.dictionaries(st.text("ab: #-{", min_size=1), one, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(["a", "b-c", "d e"]), values, min_size=1))
def test_whatever_is_answered_reads_back_the_same(own: dict[str, Any]) -> None:
    problems = Problems()
    found = parse(contract_text("gold", KIND, own, {}), "f", problems)
    assert found is not None
    assert not problems.has_errors
    read = plain(found)["contracts"]["gold"]
    assert read.pop("extends") == f"kinds/{KIND}"
    assert read == own


def test_a_good_contract_is_kept_and_nothing_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "gold.yaml"
    made = keep(contract_text("gold", KIND, OWN, {}), "gold", out, replace=False)
    assert made == load_contract(out)[1]
    assert list(tmp_path.iterdir()) == [out]
    assert out.stat().st_mode & 0o600 == 0o600


def test_a_bad_contract_is_not_kept_and_names_the_file_it_would_have_been(tmp_path: Path) -> None:
    out = tmp_path / "gold.yaml"
    with pytest.raises(ConfigErrors) as refused:
        keep(contract_text("gold", KIND, OWN | {"timezone": "Mars"}, {}), "gold", out, replace=False)
    assert str(refused.value).startswith(f"{out}:9:")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_came_meanwhile_is_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "gold.yaml"
    out.write_text("mine")
    text = contract_text("gold", KIND, OWN, {})
    with pytest.raises(FileExistsError):
        keep(text, "gold", out, replace=False)
    assert out.read_text() == "mine"
    keep(text, "gold", out, replace=True)
    assert out.read_text() == text
    assert list(tmp_path.iterdir()) == [out]
