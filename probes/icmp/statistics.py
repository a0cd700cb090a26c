"""How the ICMP engine is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class IcmpStatistics:
    """Everything since the engine was opened, unless said otherwise."""

    sent: int = 0
    """Requests that the kernel took."""
    received: int = 0
    """Requests that were answered in time."""
    refused: int = 0
    """Requests that the kernel did not take."""
    duplicates: int = 0
    """Further replies to an answered request."""
    late: int = 0
    """Replies after the time-out: the request stays lost."""
    strays: int = 0
    """Replies and errors that look like ours and match no request: spoofed, damaged or very late."""
    errors: int = 0
    """ICMP errors about a request of ours."""
    drops: int = 0
    """Datagrams that the receive buffers refused; raw sockets of newer kernels count each twice."""
    stamps_missing: int = 0
    """Kernel stamps that an answered request should have had and did not."""
    stamps_discarded: int = 0
    """Kernel stamps outside the bounds of their exchange: the wall clock was stepped."""
    unclaimed: int = 0
    """Rounds thrown away because nobody read `batches`."""
    buffer_bytes: int = 0
    """Receive buffers now, all sockets together, as the kernel accounts for them."""
    outstanding: int = 0
    """Requests that are out now."""
    outstanding_peak: int = 0
    """The most that were ever out at once."""
