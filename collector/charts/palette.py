"""Colours of charts, and the classes under which a page's style sheet may set others."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """A colour for each thing that a chart draws; each is also the class `c-NAME` (`_` as `-`).

    Lines and marks have a contrast of 3:1 at least against `paper` (WCAG 1.4.11), texts of 4.5:1.
    """

    paper: str
    ink: str
    quiet: str
    grid: str
    wide: str
    """The band from p5 to p95."""
    narrow: str
    """The band from p25 to p75."""
    loss0: str
    loss1: str
    loss2: str
    loss3: str
    loss4: str
    loss5: str
    outage: str
    unknown: str
    no_data: str
    maintenance: str
    excluded: str
    up: str
    down: str
    receive: str
    transmit: str
    usual: str
    """The edges of what is usual at that time of the week."""


LIGHT = Palette(
    paper="#ffffff",
    ink="#1a1f26",
    quiet="#566070",
    grid="#e3e7ec",
    wide="#d3dbe6",
    narrow="#a9b8cc",
    loss0="#1a7f37",
    loss1="#0b7fab",
    loss2="#1d4ed8",
    loss3="#7e22ce",
    loss4="#c026a3",
    loss5="#c81e1e",
    outage="#c81e1e",
    unknown="#a16207",
    no_data="#7b8694",
    maintenance="#1756a9",
    excluded="#6b4fb3",
    up="#2f7d4a",
    down="#c81e1e",
    receive="#1756a9",
    transmit="#b45309",
    usual="#5b6675",
)
DARK = Palette(
    paper="#1a1f26",
    ink="#e6e9ee",
    quiet="#a3adbb",
    grid="#303844",
    wide="#323d4c",
    narrow="#506079",
    loss0="#5fd07f",
    loss1="#4cc3ee",
    loss2="#85a8ff",
    loss3="#c39bff",
    loss4="#f58be0",
    loss5="#ff8078",
    outage="#ff6b63",
    unknown="#efc866",
    no_data="#77828f",
    maintenance="#6fa8ff",
    excluded="#b79bff",
    up="#55b877",
    down="#ff8078",
    receive="#7db4ff",
    transmit="#f4a850",
    usual="#9aa6b5",
)
PRINT = LIGHT
"""Paper is light."""


def stylesheet(dark: str = "@media (prefers-color-scheme: dark)") -> str:
    """The classes for both colour schemes: for a page's style sheet or a report's `<style>`.

    `dark` is what stands around the rules of the dark scheme.
    """
    return f"{_rules(LIGHT)}\n{dark} {{\n{_rules(DARK)}\n}}\n"


def _rules(palette: Palette) -> str:
    lines = [f".chart {{ color: {palette.ink}; }}"]
    for name, colour in asdict(palette).items():
        word = name.replace("_", "-")
        lines.append(f".chart .c-{word} {{ fill: {colour}; }}")
        lines.append(f".chart .s-{word} {{ stroke: {colour}; }}")
    return "\n".join(lines)
