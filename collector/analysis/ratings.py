"""What a key figure's value is worth: good, or beyond a threshold, and since when. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rating = Literal["good", "off target", "warning", "critical", "unknown"]
"""`off target` misses the target but no threshold; `unknown` is never good."""


@dataclass(frozen=True, slots=True)
class Rated:
    """A KPI's value of one thing (a circuit, or all that it is about) at one time."""

    kpi: str
    of: str
    """A circuit's id; `` for the value over all of the KPI's circuits."""
    value: float | None
    """In the KPI's unit; None: nothing is known."""
    unit: str
    rating: Rating
    threshold: float | None
    """The one that is crossed."""
    since_ms: int | None
    """Since when it is rated so; None where that can't be said."""
    sentence: str
    """`CPE utilisation of lon-acme 82%, above its high threshold of 70%, for 45 minutes`."""
    target: float | None = None
    benchmark: str = ""
    """The industry's figure beside it, with its source; empty: none."""
    name: str = ""
    """How people call the KPI."""
    level: str = ""
    """business, service or operational; empty: it isn't said."""
    circuits: int = 1
    """Over so many it is."""
