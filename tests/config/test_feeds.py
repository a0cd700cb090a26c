"""What a circuit's probes and facts can answer of its contract. The refusals stand in bad/contract-*.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.estate import GOOD, changed, load_text_at, problems_of, texts

DOWN = "down: {loss_above: 50%, for: 60s, clear: 60s}"
PROMISE = 'availability: {target: ">= 99.9%"}'
PROBE = "pe: {icmp: 203.0.113.1}"


@pytest.mark.parametrize(
    "rule",
    [
        "{loss_above: 50%, interval: 10s, consecutive: 10}",
        "{loss_above: 50%, interval: 30s, consecutive: 10}",
        "{loss_above: 1%, over: 10s}",
        "{loss_above: 50%, seconds: 10, within: 10s}",
        "{any: [{loss_at_least: 100%}, {loss_above: 1%, over: 2h}]}",
    ],
)
def test_a_rule_that_the_probes_can_feed_is_no_problem(tmp_path: Path, rule: str) -> None:
    assert problems_of(tmp_path, changed((DOWN, f"down: {rule}"))) == ()


def test_only_the_probes_that_judge_feed_a_rule(tmp_path: Path) -> None:
    text = changed(
        (DOWN, "down: {loss_above: 50%, interval: 1s, consecutive: 10}"),
        (PROBE, "pe: {icmp: 203.0.113.1, every: 1s, packets: 1}\n      far: {icmp: 203.0.113.2, every: 7s}"),
        ("    contract: gold\n", "    contract: gold\n    judged_by: {availability: [pe]}\n"),
    )
    assert problems_of(tmp_path, text) == ()
    [problem] = problems_of(tmp_path, text.replace("[pe]", "[pe, far]"))
    assert "probe 'far' has a round every 7s" in problem.text


def test_a_class_of_service_is_fed_by_one_probe_of_it(tmp_path: Path) -> None:
    probes = f"{PROBE}\n      voice: {{icmp: 203.0.113.1, dscp: 46}}"
    text = changed(
        (PROMISE, f'{PROMISE}\n      loss: {{target: "<= 1%", dscp: [34, 46]}}'),
        (PROBE, probes),
        ("    contract: gold\n", "    contract: gold\n    judged_by: {availability: [pe], loss: least}\n"),
    )
    assert problems_of(tmp_path, text) == ()


@pytest.mark.parametrize(
    ("objective", "said"),
    [
        (
            'utilisation: {target: "<= 80%"}',
            [
                "contract 'gold', objectives.utilisation: no probe measures the load (snmp does): "
                "it will have no figure"
            ],
        ),
        (
            'utilisation: {target: "<= 80%", of: commit}',
            [
                "contract 'gold', objectives.utilisation: no probe measures the load (snmp does): "
                "it will have no figure",
                "contract 'gold', objectives.utilisation: of commit, but the circuit has no "
                "bandwidth.commit: it will have no figure",
            ],
        ),
        (
            'loss: {target: "<= 1%", while: {utilisation_below: 80%}}',
            [
                "contract 'gold', objectives.loss: no probe measures the load (snmp does): "
                "it will have no figure"
            ],
        ),
        (
            'one_way_delay: {target: "<= 20ms", direction: forward}',
            [
                "contract 'gold', objectives.one_way_delay: no probe measures one way (stamp does): "
                "it will have no figure"
            ],
        ),
        (
            'delivery: {target: "<= 0bd"}',
            [
                "contract 'gold', objectives.delivery: the circuit has no `due`: add the day on which it was "
                "to be delivered"
            ],
        ),
        (
            'delivery: {target: "<= 0bd", bands: [{above: 0bd, gives: 10%}]}',
            [
                "contract 'gold', objectives.delivery: the circuit has no `due`: add the day on which it was "
                "to be delivered",
                "contract 'gold': credits are shares of one_time_charge, which the circuit doesn't say: "
                "none can be computed",
            ],
        ),
        (
            'loss: {target: "<= 1%", credit: {flat: 5%}}',
            [
                "contract 'gold': credits are shares of monthly_charge, which the circuit doesn't say: "
                "none can be computed"
            ],
        ),
        (
            'loss: {target: "<= 1%", credit: {flat: 5%, base: port}}',
            [
                "contract 'gold': credits are shares of port_charge, which the circuit doesn't say: "
                "none can be computed"
            ],
        ),
        (
            'loss: {target: "<= 1%", credit: {proportional: true}}',
            [
                "contract 'gold': credits are shares of monthly_charge, which the circuit doesn't say: "
                "none can be computed"
            ],
        ),
        ('loss: {target: "<= 1%", credit: {flat: 5.00}}', []),
    ],
)
def test_figures_and_money_that_will_be_missing_are_warned_of(
    tmp_path: Path, objective: str, said: list[str]
) -> None:
    found = problems_of(tmp_path, changed((PROMISE, f"{PROMISE}\n      {objective}")))
    assert [one.text for one in found] == said
    assert not any(one.is_error for one in found)


def test_a_circuit_with_its_facts_has_nothing_to_be_warned_of(tmp_path: Path) -> None:
    text = changed(
        (PROMISE, f'{PROMISE}\n      delivery: {{target: "<= 0bd", bands: [{{above: 0bd, gives: 10%}}]}}'),
        (
            "    contract: gold\n",
            "    contract: gold\n    one_time_charge: 500.00 USD\n    due: 2026-02-02\n"
            "    delivered: 2026-02-04\n    access_charge: 10.00 USD\n    port_charge: 20.00 USD\n",
        ),
    )
    circuit = load_text_at(tmp_path, text).settings.circuits["lon-acme"]
    assert problems_of(tmp_path, text) == ()
    assert (str(circuit.due), str(circuit.delivered)) == ("2026-02-02", "2026-02-04")
    charges = (circuit.one_time_charge, circuit.access_charge, circuit.port_charge)
    assert [str(one) for one in charges] == ["500.00 USD", "10.00 USD", "20.00 USD"]


def test_a_charge_in_another_currency_than_the_contracts_is_warned_of(tmp_path: Path) -> None:
    text = changed(("    contract: gold\n", "    contract: gold\n    monthly_charge: 900.00 GBP\n"))
    assert texts(problems_of(tmp_path, text)) == [
        "10:15: warning: circuits.lon-acme.contract: contract 'gold': pays in USD, and a charge of the "
        "circuit is in GBP"
    ]
    assert problems_of(tmp_path, text.replace("currency: USD", "currency: circuit")) == ()


def test_a_pair_of_which_none_is_under_the_contract_is_warned_of(tmp_path: Path) -> None:
    second = "  lon-b: {carrier: acme, site: lon-01, contract: gold, probes: {pe: {icmp: 203.0.113.9}}}\n"
    third = second.replace("lon-b", "lon-c")
    text = changed(("contracts:\n", f"{second}{third}contracts:\n"))
    paired = text.replace("unknown:", "scope: {pair: [lon-b, lon-c]}\n    unknown:")
    assert problems_of(tmp_path, paired) == ()
    others = paired.replace("site: lon-01, contract: gold", "site: lon-01")
    assert [one.text for one in problems_of(tmp_path, others) if "pair" in one.path] == [
        "none of them has contract 'gold': nothing is judged by it"
    ]
    assert problems_of(tmp_path, GOOD) == ()
