"""From the status of circuits to outages."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from collector.circuits import Change, Status
from collector.ledger.model import Outage
from collector.outages import Outages

UP, DOWN, UNKNOWN = Status.UP, Status.DOWN, Status.UNKNOWN


def test_an_outage_has_a_start_an_end_and_the_cause_of_its_first_round() -> None:
    outages = Outages("lon", {"a": "acme", "b": "beta"})
    assert outages.take("a", Change(0, UP, "answered")) == []
    begun = Outage("lon", "acme", "a", 100, None, "timeout: 10 of 10")
    assert outages.take("a", Change(100, DOWN, "timeout: 10 of 10")) == [begun]
    assert outages.take("a", Change(250, UP, "answered")) == [
        Outage("lon", "acme", "a", 100, 250, "timeout: 10 of 10")
    ]
    assert outages.open() == {}


def test_unknown_ends_an_outage_because_nobody_knows_that_it_went_on() -> None:
    outages = Outages("lon", {"a": "acme"})
    outages.take("a", Change(100, DOWN, "timeout"))
    assert [one.end_ms for one in outages.take("a", Change(150, UNKNOWN, "silence"))] == [150]
    assert outages.take("a", Change(180, UP, "answered")) == []


def test_all_circuits_of_a_site_down_together_have_a_common_cause() -> None:
    outages = Outages("lon", {"a": "acme", "b": "beta"})
    (first,) = outages.take("a", Change(100, DOWN, "timeout"))
    assert not first.common_cause
    outages.take("b", Change(105, DOWN, "timeout"))
    assert {(one.circuit, one.common_cause) for one in outages.flag()} == {("a", True), ("b", True)}
    assert outages.flag() == []
    (ended,) = outages.take("a", Change(200, UP, "answered"))
    assert ended.common_cause


def test_a_site_with_one_circuit_has_nothing_in_common() -> None:
    (only,) = Outages("lon", {"a": "acme"}).take("a", Change(100, DOWN, "timeout"))
    assert not only.common_cause


def test_the_flag_does_not_depend_on_how_the_circuits_changes_are_interleaved() -> None:
    changes = [
        ("a", Change(100, DOWN, "timeout")), ("a", Change(150, UP, "")), ("a", Change(300, DOWN, "timeout")),
        ("b", Change(120, DOWN, "timeout")), ("b", Change(130, UP, "")), ("b", Change(200, DOWN, "timeout")),
        ("a", Change(320, UP, "")), ("b", Change(250, UP, "")),
    ]  # fmt: skip
    final = []
    for order in (
        changes,
        [one for one in changes if one[0] == "b"] + [one for one in changes if one[0] == "a"],
    ):
        outages, stored = Outages("lon", {"a": "acme", "b": "beta"}), {}
        for circuit, change in order:
            changed = [*outages.take(circuit, change), *outages.flag()]
            stored.update({(one.circuit, one.start_ms): one for one in changed})
        final.append(stored)
    assert final[0] == final[1]
    assert {key for key, one in final[0].items() if one.common_cause} == {("a", 100), ("b", 120)}


def test_a_thousand_circuits_that_fail_together_are_compared_once_and_not_a_thousand_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"c{i}" for i in range(1_000)]
    outages = Outages("lon", dict.fromkeys(names, "acme"))
    together = Mock(side_effect=outages._together)
    monkeypatch.setattr(outages, "_together", together)
    for name in names:
        outages.take(name, Change(100, DOWN, "timeout"))
    assert len(outages.flag()) == 1_000
    assert together.call_count == 1
