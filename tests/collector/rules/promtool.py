"""Cases for `promtool test rules`: series over minutes, and how many alerts fire when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from collector.rules.facts import Facts
from collector.rules.files import RULES, written
from tests.servers.prometheus import run_rule_tests

HERE = {"site": "lon", "carrier": "acme", "circuit": "a"}
GOLD = {**HERE, "contract": "gold", "objective": "availability"}
HOST = {"instance": "edge", "job": "linkledger"}


def series(name: str, values: str, **labels: str) -> dict[str, str]:
    """One series in promtool's notation: a value a minute."""
    inside = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    return {"series": f"{name}{{{inside}}}", "values": values}


@dataclass(frozen=True)
class Case:
    """What is measured, and at which minute how many alerts of a name and matchers fire."""

    alert: str
    input: Sequence[Mapping[str, str]]
    fires: Mapping[int, int]
    matchers: str = ""

    def plain(self, step_seconds: int = 60) -> dict[str, Any]:
        """As promtool reads it; `step_seconds` is how long a minute of the case is."""
        firing = (
            f'ALERTS{{alertname="{self.alert}", alertstate="firing"{self.matchers and ", "}{self.matchers}}}'
        )
        return {
            "interval": f"{step_seconds}s",
            "name": f"{self.alert} {self.matchers}",
            "input_series": list(self.input),
            "promql_expr_test": [
                {
                    "expr": f"count({firing}) or vector(0)",
                    "eval_time": f"{minute * step_seconds}s",
                    "exp_samples": [{"labels": "{}", "value": count}],
                }
                for minute, count in self.fires.items()
            ],
        }


def problems(
    folder: Path, tests: Sequence[Mapping[str, Any]], facts: Facts | None = None, *, step_seconds: int = 60
) -> list[str]:
    """What promtool has to say about the rules with these tests."""
    text = written(facts or Facts())[RULES]
    return run_rule_tests([_put(folder, RULES, text, tests, step_seconds)])


def wrong(
    folder: Path, cases: Iterable[Case], facts: Facts | None = None, *, step_seconds: int = 60
) -> list[str]:
    """What promtool has to say about cases, each beside the rules alone that its alert rests on.

    With all rules at each minute of each case it takes ten times as long.
    """
    whole = yaml.safe_load(written(facts or Facts())[RULES])
    by_alert: dict[str, list[Mapping[str, Any]]] = {}
    for case in cases:
        by_alert.setdefault(case.alert, []).append(case.plain(step_seconds))
    return run_rule_tests(
        [
            _put(folder, f"{alert}.yml", yaml.safe_dump(_only(whole, alert)), tests, step_seconds)
            for alert, tests in by_alert.items()
        ]
    )


def _put(folder: Path, name: str, rules: str, tests: Sequence[Mapping[str, Any]], step_seconds: int) -> Path:
    (folder / name).write_text(rules)
    path = folder / f"test-{name}"
    whole = {
        "rule_files": [name],
        "evaluation_interval": f"{step_seconds}s",
        "tests": list(tests),
    }
    path.write_text(yaml.safe_dump(whole, allow_unicode=True))
    return path


def _only(whole: Mapping[str, Any], alert: str) -> dict[str, Any]:
    """The rules of an alert with the recorded series that they read, and those that these read.

    In one group, in the file's order: promtool takes groups in any, a minute of the result depends on it.
    """
    rules = [rule for group in whole["groups"] for rule in group["rules"]]
    found = [rule for rule in rules if rule.get("alert") == alert]
    for rule in found:  # it grows while we go
        found += [one for one in rules if one.get("record", "?") in rule["expr"] and one not in found]
    return {"groups": [{"name": alert, "rules": [rule for rule in rules if rule in found]}]}
