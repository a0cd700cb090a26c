"""What /metrics is told of contract terms and actions, as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeNow:
    """Until when notice of a circuit's contract must be given."""

    site: str
    carrier: str
    circuit: str
    at_seconds: float
    """Unix time: the end of the last day."""


@dataclass(frozen=True, slots=True)
class ManagedNow:
    """What people have to decide in time, as last looked at."""

    notices: tuple[NoticeNow, ...] = ()
    overdue: int | None = None
    """Actions whose day is over; None before the first look."""
