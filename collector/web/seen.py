"""What the daemon knows at this moment, as the circuits' page is given it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from collector.claims_open import ClaimLine
from collector.web.sources import CircuitNow, CreditNow, DeadlineNow, FigureNow, OutputStatistics
from config.settings import Settings
from probes.model import Round


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to show at one moment; `rounds` are the last ones by (circuit, probe)."""

    settings: Settings
    circuits: Sequence[CircuitNow]
    figures: Sequence[FigureNow]
    rounds: Mapping[tuple[str, str], Round]
    reasons: Sequence[str]
    now_ms: int
    outputs: Sequence[OutputStatistics] = ()
    credits: Sequence[CreditNow] = ()
    deadlines: Sequence[DeadlineNow] = ()
    claims: Sequence[ClaimLine] = ()
    """Open claims, as the newest sweep found them."""
    sparks: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The last 24 hours by circuit, as paths of RTT and loss; empty before the first look."""
