"""Which clock a configuration goes by: the system's, or the one that stands still in a demo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from config.settings import Settings
from probes.clock import Clock, StandingClock, SystemClock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def clock_of(settings: Settings) -> Clock:
    """What every command and page asks for the time, once it has read its configuration."""
    if settings.demo is None:
        return SystemClock()
    return StandingClock((settings.demo.clock - _EPOCH) // timedelta(microseconds=1) * 1000)
