"""Numbers as a line of small bars; a place without a number is a cross or left empty. Pure."""

from __future__ import annotations

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
LOST = "×"
EMPTY = " "


def sparkline(values: Sequence[float | None], lost: Sequence[bool] = ()) -> str:
    """A bar for each value, from the least to the largest; for None a cross where something was `lost`.

    Equal values are the lowest bars. Without `lost` every None is a loss.
    """
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    step = (high - low) or 1
    gone = lost or [True] * len(values)
    return "".join(
        (LOST if crossed else EMPTY) if value is None else BARS[int((value - low) * (len(BARS) - 1) / step)]
        for value, crossed in zip(values, gone, strict=True)
    )
