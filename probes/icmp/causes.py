"""Why a packet was not sent or not answered, in words for a person."""

from __future__ import annotations

import errno

from probes.icmp.route import is_own
from probes.icmp.wire import V4, Refusal, Version, describe
from probes.model import Failure, Reason
from probes.values import Duration


def not_sent(error: OSError) -> Failure:
    """Our own kernel refused the packet."""
    if isinstance(error, BlockingIOError):
        return Failure(Reason.LOCAL, "not sent: the send buffer stayed full")
    if error.errno == errno.EPERM:
        return Failure(
            Reason.LOCAL, "not sent: a firewall of this host refused it, or its mark needs CAP_NET_ADMIN"
        )
    return Failure(Reason.LOCAL, f"not sent: {error.strerror or error}")


def unanswered(timeout_ms: int) -> Failure:
    """The time-out passed in silence."""
    return Failure(Reason.TIMEOUT, f"unanswered within {Duration(timeout_ms)}")


def overrun(dropped: int) -> Failure:
    """The receive buffer refused datagrams while the packet was out: its answer may have been one."""
    return Failure(Reason.LOCAL, f"receive buffer overran, up to {dropped} datagrams dropped")


def refused(version: Version, refusal: Refusal, source: str) -> Failure:
    """Somebody says that the packet can't be delivered.

    Our own kernel's word is a local matter, but for one: that the next hop answered no ARP or ND is
    what it looks like when the far end of our own link has died.
    """
    text = describe(version, refusal.type, refusal.code, refusal.mtu)
    if not is_own(version, source):
        return Failure(Reason.UNREACHABLE, f"{text}, says {source or 'an unnamed router'}")
    if (refusal.type, refusal.code) == version.neighbour_silent:
        asked = "ARP" if version is V4 else "ND"
        return Failure(Reason.UNREACHABLE, f"{text}: the next hop answers no {asked}")
    return Failure(Reason.LOCAL, f"{text}, says this host ({source})")
