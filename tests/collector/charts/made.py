"""Made curves, and a look into an SVG."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np

from collector.curves.load import LoadCurve
from collector.curves.rtt import RttCurve

BEGIN_MS = 1_767_225_600_000
STEP_MS = 60_000
SVG = "{http://www.w3.org/2000/svg}"


def curve(
    medians: list[float | None], lost: list[float] | None = None, circuit: str = "lon-acme"
) -> RttCurve:
    """A curve with these medians in seconds (None: nothing sent) and these shares of ten packets lost."""
    n = len(medians)
    p50 = np.array([np.nan if one is None else one for one in medians], float)
    share = np.array(lost or [0.0] * n)
    sent = np.where(np.isnan(p50) & (share == 0), 0, 10)
    received = np.round(sent * (1 - share)).astype(np.int64)
    p50 = np.where(received > 0, p50, np.nan)
    end_ms = BEGIN_MS + n * STEP_MS
    at_ms = BEGIN_MS + STEP_MS * np.arange(n)
    return RttCurve(
        *(circuit, "pe", BEGIN_MS, end_ms, STEP_MS, "rounds", at_ms, sent, received),
        p5=p50 - 0.002,
        p25=p50 - 0.001,
        p50=p50,
        p75=p50 + 0.001,
        p95=p50 + 0.002,
        min=p50 - 0.003,
        max=p50 + 0.009,
        mean=p50,
        jitter=p50 / 10,
    )


def loads(values: list[float], read: int = 1) -> LoadCurve:
    """As much in as out."""
    n, found = len(values), np.array(values)
    at_ms = BEGIN_MS + STEP_MS * np.arange(n)
    return LoadCurve(
        *("c", "cpe", BEGIN_MS, BEGIN_MS + n * STEP_MS, STEP_MS, at_ms),
        *(found, found, found, found, read, 1 if read == 1 else 7 * read),
    )


def parsed(svg: str) -> ET.Element:
    """The picture, which must be well-formed and free of what a page's policy forbids."""
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title")
    for one in root.iter():
        assert one.tag != f"{SVG}script"
        assert "style" not in one.attrib
        assert not any(name.startswith("on") for name in one.attrib)
        assert not any("nan" in value or "inf" in value for value in (one.get("d") or "").split("M"))
    return root


def words(root: ET.Element) -> list[str]:
    """All texts that are drawn."""
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    """The elements of a class."""
    return [one for one in root.iter() if name in (one.get("class") or "").split()]
