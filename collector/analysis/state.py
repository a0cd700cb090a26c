"""How the nightly analysis goes, as the page and /metrics are told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnomalyNow:
    """A metric of a circuit that isn't as it was, for the worse, and that somebody should look at."""

    site: str
    carrier: str
    circuit: str
    metric: str
    """rtt, loss, jitter or utilisation."""


@dataclass(frozen=True, slots=True)
class AnalysisNow:
    """How the nightly analysis goes."""

    enabled: bool = False
    last_success_ms: int | None = None
    """When it last came to its end; None before that."""
    looked_ms: int | None = None
    """When that one began, and so up to when it looked."""
    seconds: float | None = None
    """How long that one took."""
    open: tuple[AnomalyNow, ...] = ()
    """What it found that goes on, each metric of a circuit once."""
