"""A network in which each target fails in another way: for what a probe says of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.lab import Host, Lab


class ErrorLab(NamedTuple):
    """`target` is far's address, `router` that of the router on the way.

    198.51.100.9 is refused by the router, nobody has 203.0.113.9 on our own cable, and there is no
    route to 192.0.2.9.
    """

    edge: Host
    far: Host
    target: str
    router: str


@contextmanager
def error_lab() -> Iterator[ErrorLab]:
    """edge -- router -- far."""
    with Lab() as lab:
        edge, router, far = lab.host("edge"), lab.router("router"), lab.host("far")
        near, beyond = lab.link(edge, router), lab.link(router, far)
        edge.route("10.64.0.0/16", near)
        far.route("10.64.0.0/16", beyond)
        router.ip("route", "add", "unreachable", "198.51.100.0/24")
        edge.route("198.51.100.0/24", near)
        edge.ip("route", "add", "203.0.113.0/24", "dev", near.devices[0])
        for key in ("mcast_solicit=1", "retrans_time_ms=20"):
            edge.run(["sysctl", "-q", "-w", f"net.ipv4.neigh.{near.devices[0]}.{key}"])
        yield ErrorLab(edge, far, beyond.addresses[1], near.addresses[1])
