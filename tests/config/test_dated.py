"""Facts that change at a date."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.dated import Dated
from config.settings import Circuit
from tests.config.estate import GOOD, changed, load_text_at, problems_of, texts

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def circuit(directory: Path, keys: str, text: str = GOOD) -> Circuit:
    """The good file's circuit with more keys."""
    text = changed(("    contract: gold\n", f"    contract: gold\n{keys}"), text=text)
    return load_text_at(directory, text).settings.circuits["lon-acme"]


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), "a"),
        (date(2026, 4, 30), "a"),
        (date(2026, 5, 1), "b"),
        (date(2026, 6, 1), None),
        (date(2027, 1, 1), "c"),
    ],
)
def test_a_value_holds_from_its_day_until_the_next_ones(day: date, held: str | None) -> None:
    months = (
        (date(2026, 1, 1), "a"),
        (date(2026, 5, 1), "b"),
        (date(2026, 6, 1), None),
        (date(2027, 1, 1), "c"),
    )
    assert Dated(months).at(day) == held


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(DAYS, st.integers(), min_size=1, max_size=5), DAYS)
def test_the_law_of_dates(values: dict[date, int], day: date) -> None:
    dated = Dated(tuple(sorted(values.items())))
    before = [start for start in values if start <= day]
    assert dated.at(day) == (values[max(before)] if before else None)
    assert dated.since_ever().at(date.min) == values[min(values)]
    assert pickle.loads(pickle.dumps(dated)) == dated


def test_a_plain_value_holds_ever_and_looks_as_before_in_the_digest(tmp_path: Path) -> None:
    one = circuit(tmp_path, "    monthly_charge: 100.00 USD\n")
    assert str(one.on(date(1999, 1, 1)).monthly_charge) == "100.00 USD"
    assert one.model_dump(mode="json")["monthly_charge"] == "100.00 USD"
    assert one.model_dump(mode="json")["bandwidth"] is None
    assert one.days() == frozenset()


def test_all_six_facts_may_be_dated_in_any_order(tmp_path: Path) -> None:
    keys = """\
    monthly_charge: [{from: 2026-05-01, value: 200.00 USD}, {value: 100.00 USD}]
    bandwidth: [{value: {down: 100M}}, {from: 2026-05-01, value: {down: 1G}}]
    up_when: [{value: any}, {from: 2026-06-01, value: {at_least: 2}}]
    judged_by:
    - {value: {availability: [pe, far]}}
    - {from: 2026-05-01, value: {availability: [far, pe], rtt: [far]}}
"""
    text = changed(
        ("carrier: acme\n    site", "carrier: [{value: acme}, {from: 2026-05-01, value: blink}]\n    site"),
        ("pe: {icmp: 203.0.113.1}", "pe: {icmp: 203.0.113.1}\n      far: {icmp: 203.0.113.9}"),
        ("  acme: {name: Acme Telecom}\n", "  acme: {name: Acme Telecom}\n  blink: {name: Blink}\n"),
    )
    one = circuit(tmp_path, keys, text)
    april, june = one.on(date(2026, 4, 30)), one.on(date(2026, 6, 1))
    assert (april.carrier, june.carrier) == ("acme", "blink")
    assert (str(april.monthly_charge), str(june.monthly_charge)) == ("100.00 USD", "200.00 USD")
    assert [str(now.bandwidth.down) for now in (april, june) if now.bandwidth] == ["100M", "1G"]
    assert april.up_when == "any"
    assert june.up_when.at_least == 2 if not isinstance(june.up_when, str) else False
    assert (april.judges().rtt, june.judges().rtt) == (("pe", "far"), ("far",))
    assert one.days() == {date(2026, 5, 1), date(2026, 6, 1)}


def test_carrier_up_when_and_judged_by_hold_from_the_beginning_and_a_contract_does_not(
    tmp_path: Path,
) -> None:
    text = changed(
        ("carrier: acme\n    site", "carrier: [{from: 2026-05-01, value: acme}]\n    site"),
        ("    contract: gold\n", "    contract: [{from: 2026-05-01, value: gold}]\n"),
    )
    standing = load_text_at(tmp_path, text).settings.circuits["lon-acme"].on(date(2020, 1, 1))
    assert (standing.carrier, standing.contract) == ("acme", None)


def test_a_contract_may_end(tmp_path: Path) -> None:
    text = changed(("contract: gold\n", "contract: [{value: gold}, {from: 2026-05-01, value: }]\n"))
    contract = load_text_at(tmp_path, text).settings.circuits["lon-acme"].contract
    assert (contract.at(date(2026, 4, 30)), contract.at(date(2026, 5, 1))) == ("gold", None)


def test_names_are_checked_in_every_step(tmp_path: Path) -> None:
    text = changed(
        ("contract: gold\n", "contract: [{value: gold}, {from: 2026-05-01, value: goold}]\n"),
        (
            "    probes:\n",
            "    judged_by: [{value: {rtt: [pe]}}, {from: 2026-05-01, value: {rtt: [pf]}}]\n    probes:\n",
        ),
    )
    assert [one.partition(": ")[2] for one in texts(problems_of(tmp_path, text))] == [
        "circuits.lon-acme.contract[1].value: 'goold' is not in `contracts`: did you mean 'gold'?",
        "circuits.lon-acme.judged_by[1].value.rtt[0]: 'pf' is not a probe of this circuit: known here: pe",
    ]


def test_up_when_is_checked_against_the_judges_of_each_day(tmp_path: Path) -> None:
    text = changed(
        (
            "contract: gold\n",
            "contract: gold\n    up_when: [{value: any}, {from: 2026-05-01, value: {at_least: 2}}]\n",
        )
    )
    assert [one.text for one in problems_of(tmp_path, text)] == [
        "2 can never be up, as 1 of the probes judge availability"
    ]
