"""All rules, in the order of the file. Pure."""

from __future__ import annotations

from typing import Any

from collector.rules import circuits, health, kpis, promises, terms
from collector.rules.facts import Facts
from collector.rules.rule import RUNBOOK, Alert, Group


def groups(facts: Facts) -> list[Group]:
    """The groups of the rule file; `Facts()` are those of no configuration.

    What an alert needs is recorded above it in its own group: groups are evaluated in any order. Only a
    ticket that is missing takes the circuit's status from the other group, one evaluation old.
    """
    return [
        Group(
            "linkledger circuits",
            (
                *facts.carrier_facts,
                *circuits.recordings(),
                *circuits.alerts(facts.slowest_every_seconds, facts.url),
            ),
        ),
        Group("linkledger contracts", (*promises.recordings(), *promises.alerts(facts.url))),
        Group("linkledger terms", tuple(terms.alerts())),
        Group("linkledger key figures", tuple(kpis.alerts())),
        Group("linkledger itself", tuple(health.alerts(facts.sites, facts.stale_seconds))),
    ]


def names() -> list[str]:
    """The alerts that there are, each once."""
    rules = [rule for group in groups(Facts()) for rule in group.rules]
    return list(dict.fromkeys(rule.name for rule in rules if isinstance(rule, Alert)))


def document(facts: Facts, *, runbook: str = RUNBOOK, hasten: int = 1) -> dict[str, Any]:
    """The rule file as plain values.

    `runbook` is where docs/runbook.md can be read. `hasten` divides every time that a condition must
    hold: a test can't wait for minutes.
    """
    return {"groups": [one.plain(runbook, hasten) for one in groups(facts)]}
