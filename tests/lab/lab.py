"""The lab: hosts, the cables between them, and the lines of carriers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from itertools import count
from typing import Any, Self

from probes.clock import SystemClock
from tests.lab import netns
from tests.lab.wan import Wan

POLLS = 10_000
"""So often is asked, a millisecond or more each, before a link counts as dead."""
_numbers = count(1)
"""Numbers every lab of this process, so that two at once don't share names."""


class Host:
    """A machine with a network of its own."""

    def __init__(self, name: str, namespace: str) -> None:
        """Stands for the namespace; `Lab.host` makes it."""
        self.name = name
        self.namespace = namespace
        self._children: list[subprocess.Popen[bytes]] = []

    def run(self, argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
        """Run a command here to its end, its output captured as text."""
        defaults = {"capture_output": True, "text": True, "check": True, "timeout": 60}
        return subprocess.run(netns.inside(self.namespace, argv), **(defaults | options))

    def popen(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
        """Start a command here; it is killed with the lab if it still runs."""
        child = subprocess.Popen(netns.inside(self.namespace, argv), **options)
        self._children.append(child)
        return child

    def enter(self) -> AbstractContextManager[None]:
        """The calling thread is on this host within the block: sockets opened there stay there."""
        return netns.entered(self.namespace)

    def ip(self, *words: str) -> str:
        """An `ip` command on this host, for example `ip("route", "show")`."""
        return netns.command("ip", "-n", self.namespace, *words)

    def answer(self, network: str) -> None:
        """Answer for every address of `network`, as if each were a machine."""
        self.ip("route", "add", "local", network, "dev", "lo")

    def route(self, network: str, through: Link | Wan, *, metric: int = 0) -> None:
        """Send `network` over the cable or line `through`; the smallest metric wins."""
        self.ip("route", "add", *self._way(network, through, metric))

    def unroute(self, network: str, through: Link | Wan, *, metric: int = 0) -> None:
        """Take a route away again, as a routing protocol does when a line has failed."""
        self.ip("route", "del", *self._way(network, through, metric))

    def forward(self) -> None:
        """Be a router."""
        self.run(["sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"])

    def stop(self) -> None:
        """Kill what still runs here."""
        for child in self._children:
            if child.poll() is None:
                child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe:
                    pipe.close()

    def _way(self, network: str, through: Link | Wan, metric: int) -> list[str]:
        devices = self.ip("-br", "link")
        near = next(
            end
            for end in (0, 1)
            if f"{through.devices[end]}@" in devices or f"{through.devices[end]} " in devices
        )
        hop = through.addresses[1 - near]
        return [network, "via", hop, "dev", through.devices[near], "metric", str(metric)]


class Link:
    """A cable between two hosts; `cut` and `restore` return the wall clock in ms."""

    def __init__(self, ends: tuple[Host, Host], devices: tuple[str, str], addresses: tuple[str, str]) -> None:
        """Stands for a veth pair; `Lab.link` makes it."""
        self.ends, self.devices, self.addresses = ends, devices, addresses
        self._routes: list[str] = []

    def cut(self) -> int:
        """Pull the cable: the second host's end is down, so the first one's loses its carrier."""
        self._routes = self.ends[1].ip("route", "show", "dev", self.devices[1], "proto", "boot").splitlines()
        self.ends[1].ip("link", "set", self.devices[1], "down")
        return SystemClock().now().wall_ms

    def restore(self) -> int:
        """Plug it in again; the routes that the kernel forgot with it come back."""
        self.ends[1].ip("link", "set", self.devices[1], "up")
        for route in self._routes:
            self.ends[1].ip("route", "add", *route.split(), "dev", self.devices[1])
        self.until_up()
        return SystemClock().now().wall_ms

    def until_up(self) -> None:
        """Wait until both ends carry: a device that was set up drops all until the kernel's own work
        has got round to it, up to a second later.
        """
        for host, device in zip(self.ends, self.devices, strict=True):
            for _ in range(POLLS):
                if " UP " in host.ip("-br", "link", "show", "dev", device):
                    break
            else:
                raise TimeoutError(f"{device} of {host.name} never came up")


class Lab:
    """Everything made through it is gone at the end of its block, whatever happened inside."""

    def __init__(self) -> None:
        """Remove what a killed lab left behind; make nothing yet."""
        netns.remove_leftovers()
        self._stack = ExitStack()
        self._prefix = f"{netns.PREFIX}{os.getpid()}-{next(_numbers)}"
        self._networks = count()

    def host(self, name: str) -> Host:
        """A machine with nothing but loopback."""
        namespace = f"{self._prefix}-{name}"
        self._stack.callback(netns.delete, namespace)
        netns.add(namespace)
        host = Host(name, namespace)
        self._stack.callback(host.stop)
        return host

    def router(self, name: str) -> Host:
        """A machine that forwards."""
        host = self.host(name)
        host.forward()
        return host

    def link(self, first: Host, second: Host) -> Link:
        """A cable; each end's device is named after the other host."""
        devices, addresses = (second.name, first.name), self._pair()
        netns.command(
            *("ip", "link", "add", devices[0], "netns", first.namespace, "type", "veth"),
            *("peer", "name", devices[1], "netns", second.namespace),
        )
        self._configure((first, second), devices, addresses)
        made = Link((first, second), devices, addresses)
        made.until_up()
        return made

    def wan(
        self, name: str, first: Host, second: Host, *, delay_ms: float = 0.0, loss: float = 0.0, seed: int = 1
    ) -> Wan:
        """A carrier's line; the device at both ends is `name`. More of it with `Wan.set`."""
        addresses = self._pair()
        ends = ((first.namespace, name), (second.namespace, name))
        wan = self._stack.enter_context(Wan(name, ends, addresses, seed))
        self._configure((first, second), (name, name), addresses)
        wan.set(delay_ms=delay_ms, loss=loss)
        return wan

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _pair(self) -> tuple[str, str]:
        number = next(self._networks)
        return f"10.64.{number}.1", f"10.64.{number}.2"

    @staticmethod
    def _configure(hosts: tuple[Host, Host], devices: tuple[str, str], addresses: tuple[str, str]) -> None:
        for host, device, address in zip(hosts, devices, addresses, strict=True):
            # No link-local address: a line that nobody uses shall carry and count nothing.
            host.ip("link", "set", device, "addrgenmode", "none")
            host.ip("addr", "add", f"{address}/30", "dev", device)
        for host, device in zip(hosts, devices, strict=True):
            host.ip("link", "set", device, "up")
