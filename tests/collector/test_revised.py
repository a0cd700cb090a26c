"""Why a statement differs from the one that was issued: causes first, then minutes and money."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from collector.ledger.records import Note
from collector.notebook.book import Notebook
from collector.revised import Basis, because, figures_digest

BASIS = Basis("1.0", "c", "f", (1,), "p", 100, "e")
AT_MS = 1_775_210_400_000
NOTES = Notebook(
    [
        Note(1, AT_MS, "ann", "ticket", '{"id": "T", "circuits": ["a"], "opened": "2026-04-03T10:00:00Z"}'),
        Note(2, AT_MS, "bob", "exclude", '{"from": "2026-04-03T10:00:00Z", "to": "2026-04-03T11:00:00Z", '
             '"kind": "x", "circuits": ["a"], "reason": "ours"}', 1),
    ]
)  # fmt: skip


def statement(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "circuit": "a", "revision": 1, "supersedes": None, "because": [], "engine": "1.0", "config": "x",
        "seconds": {"counted_down": 2820},
        "objectives": [{"id": "availability", "measured": "99.891204", "unit": "%", "verdict": "breached"}],
        "credit": {"currency": "USD", "amount": "100.00", "claimable": "100.00", "blocked_by": []},
        "claim": {"state": "eligible"}, "steps": ["one"],
    } | more  # fmt: skip


def why(
    now: dict[str, Any] | None = None, basis: Basis = BASIS, then: dict[str, Any] | None = None
) -> list[str]:
    return list(because(then or statement(), now or statement(), BASIS, basis, NOTES))


def test_where_nothing_changed_there_is_nothing_to_say() -> None:
    assert why() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"notes": (1, 2)}, "Note 2 of 2026-04-03T10:00:00Z by bob: exclude (ours)"),
        ({"notes": ()}, "Note 1 by ann was replaced by note 2 on 2026-04-03T10:00:00Z by bob (ours)"),
        ({"rounds": 101}, "1 rounds more of the period are in the ledger"),
        ({"rounds": 98}, "2 rounds fewer of the period are in the ledger"),
        ({"engine": "1.1"}, "Computed by version 1.1, then by version 1.0"),
        ({"contract": "C"}, "The contract was changed in the configuration"),
        (
            {"facts": "F"},
            "The circuit's facts (charges, dates, who judges it) were changed in the configuration",
        ),
        ({"planned": "P"}, "The planned maintenance was changed in the configuration"),
        ({"earlier": "E"}, "A statement of an earlier period was issued since"),
    ],
)
def test_each_cause_is_a_sentence(change: dict[str, Any], said: str) -> None:
    assert why(basis=replace(BASIS, **change)) == [said]


def test_a_note_that_bears_on_it_no_more_without_being_withdrawn_is_told() -> None:
    told = because(statement(), statement(), replace(BASIS, notes=(2,)), replace(BASIS, notes=()), NOTES)
    assert list(told) == ["Note 2 by bob no longer concerns it"]


def test_excuses_that_changed_with_a_note_are_not_said_to_be_the_configurations() -> None:
    assert len(why(basis=replace(BASIS, notes=(1, 2), planned="P"))) == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1620, "Counted downtime: 27 min instead of 47 min, 20 min less"),
        (2821.5, "Counted downtime: 47.03 min instead of 47 min, 0.03 min more"),
        (0, "Counted downtime: 0 min instead of 47 min, 47 min less"),
    ],
)
def test_the_difference_in_minutes_is_told(seconds: float, said: str) -> None:
    assert why(statement(seconds={"counted_down": seconds})) == [said]


@pytest.mark.parametrize(
    ("credit", "said"),
    [
        ({"amount": "75.00"}, ["Credit: 75.00 USD instead of 100.00 USD, 25.00 USD less"]),
        ({"amount": "100.01"}, ["Credit: 100.01 USD instead of 100.00 USD, 0.01 USD more"]),
        ({"currency": "EUR"}, ["Credit: 100.00 EUR instead of 100.00 USD"]),
        ({"amount": None}, ["Credit: nothing that can be said instead of 100.00 USD"]),
        ({"claimable": "0.00", "blocked_by": [{"code": "no_ticket"}]}, []),
    ],
)
def test_the_difference_in_money_is_told_and_two_currencies_are_never_subtracted(
    credit: dict[str, Any], said: list[str]
) -> None:
    assert why(statement(credit=statement()["credit"] | credit)) == said


def test_each_verdict_that_changed_is_told() -> None:
    now = statement()
    now["objectives"] = [
        {"id": "availability", "measured": None, "unit": "%", "verdict": "insufficient_data"},
        {"id": "rtt", "measured": "20.0", "unit": "ms", "verdict": "met"},
    ]
    assert why(now) == [
        "availability: no figure (insufficient_data) instead of 99.891204 % (breached)",
        "rtt: met, not judged then",
    ]


def changed(path: tuple[str, ...], value: object) -> dict[str, Any]:
    told = copy.deepcopy(statement())
    inner = told
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return told


@pytest.mark.parametrize(
    ("path", "figure"),
    [
        (("revision",), False), (("supersedes",), False), (("because",), False), (("engine",), False),
        (("config",), False), (("steps",), False), (("claim", "state"), False),
        (("credit", "claimable"), False), (("credit", "blocked_by"), False),
        (("credit", "amount"), True), (("credit", "currency"), True), (("seconds", "counted_down"), True),
        (("objectives",), True), (("circuit",), True),
    ],
)  # fmt: skip
def test_the_digest_is_of_figures_alone(path: tuple[str, ...], figure: bool) -> None:
    assert (figures_digest(changed(path, "other")) != figures_digest(statement())) is figure


def test_the_digest_knows_no_order_of_keys() -> None:
    turned = dict(reversed(statement().items()))
    assert figures_digest(turned) == figures_digest(statement())
    assert figures_digest(statement()).startswith("sha256:")


def test_a_basis_that_another_version_kept_is_read() -> None:
    kept = {
        "engine": "9", "contract": "c", "facts": "f", "notes": [1], "planned": "p", "rounds": 1,
        "earlier": "e", "moon": "full",
    }  # fmt: skip
    assert Basis.read(json.dumps(kept)) == Basis("9", "c", "f", (1,), "p", 1, "e")
