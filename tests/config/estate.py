"""A small good configuration, and ways to change it, for the tests beside this file."""

from __future__ import annotations

from pathlib import Path

from config.errors import ConfigErrors, Problem
from config.load import Loaded, load

GOOD = """\
site: lon-01
sites:
  lon-01: {timezone: Europe/London, reference: [{icmp: gateway, owner: ours}]}
carriers:
  acme: {name: Acme Telecom}
circuits:
  lon-acme:
    carrier: acme
    site: lon-01
    contract: gold
    probes:
      pe: {icmp: 203.0.113.1}
contracts:
  gold:
    carrier: acme
    effective: 2026-01-01
    timezone: UTC
    currency: USD
    period: calendar_month
    denominator: elapsed
    outage:
      down: {loss_above: 50%, for: 60s, clear: 60s}
      clock: {start: measured, end: restored}
      across_periods: split
    unknown: {policy: exclude}
    objectives:
      availability: {target: ">= 99.9%"}
"""
HOST = "edge-1"


def changed(*pairs: tuple[str, str], text: str = GOOD) -> str:
    """The good file with parts replaced; each part must be there."""
    for old, new in pairs:
        assert old in text, f"{old!r} is not in the text"
        text = text.replace(old, new)
    return text


def load_text_at(directory: Path, text: str, environ: dict[str, str] | None = None) -> Loaded:
    """Load a text as `linkledger.yaml` of a directory."""
    path = directory / "linkledger.yaml"
    path.write_text(text)
    return load(path, host=HOST, environ=environ or {})


def problems_of(directory: Path, text: str, environ: dict[str, str] | None = None) -> tuple[Problem, ...]:
    """All problems of a text, whether or not it is refused."""
    try:
        return load_text_at(directory, text, environ).warnings
    except ConfigErrors as errors:
        return errors.problems


def texts(problems: tuple[Problem, ...]) -> list[str]:
    """`line:column: path: text` of each problem, with `warning: ` before the path of a warning."""
    return [str(one).removeprefix(f"{one.file}:") for one in problems]
