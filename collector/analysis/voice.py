"""Mean opinion scores of many steps at once: the E-model (ITU-T G.107) for G.711, in doubles. Pure.

Contracts are judged by sla/mos.py, exactly and of each round; this is for figures that decide nothing.
"""

from __future__ import annotations

import numpy as np

from collector.analysis.readings import Floats

_BEST, _ROBUSTNESS, _WORST = 93.2, 4.3, 95.0
"""R without any fault; G.711 without concealment: Ie 0, Bpl 4.3 (G.113 Appendix I)."""
_KNEE_MS, _SLOPE, _STEEPER = 177.3, 0.024, 0.11


def scores(rtt_seconds: Floats, loss_ratio: Floats) -> Floats:
    """MOS of 1 to 4.5 by half the round trip and the loss; NaN where either isn't known. Shapes (n,)."""
    delay_ms = rtt_seconds * 500
    percent = loss_ratio * 100
    impaired = _WORST * percent / (percent + _ROBUSTNESS)
    delayed = _SLOPE * delay_ms + _STEEPER * np.maximum(0, delay_ms - _KNEE_MS)
    rating = np.clip(_BEST - impaired - delayed, 0, 100)
    found: Floats = np.maximum(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
    return found
