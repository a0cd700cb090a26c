"""Cases for `promtool test rules`: series over minutes, and how many alerts fire when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    (folder / RULES).write_text(written(facts or Facts())[RULES])
    path = folder / "rules.test.yml"
    whole = {"rule_files": [RULES], "evaluation_interval": f"{step_seconds}s", "tests": list(tests)}
    path.write_text(yaml.safe_dump(whole, allow_unicode=True))
    return run_rule_tests(path)
