"""A WAN as a test holds it: what it does to packets can be changed at any time, and asked."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

Way = Literal["there", "back", "both"]
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the packets of one direction; exact, from the process that carried them."""

    entered: int
    lost: int
    """Dropped by the dice of `loss`."""
    cut: int
    """Dropped because the line was cut, also when already on their way."""
    overflowed: int
    """Dropped because a rate-limited line had a second of packets waiting."""
    duplicated: int
    reordered: int
    delivered: int


class Wan:
    """A line between two hosts, carried by a process of its own.

    `there` is the direction from the first host to the second. The same seed loses the same packets
    of a direction, counted from the first that entered.
    """

    def __init__(
        self, name: str, ends: tuple[tuple[str, str], tuple[str, str]], addresses: tuple[str, str], seed: int
    ) -> None:
        """Start the process; `ends` are (namespace, device) pairs whose devices it makes."""
        self.name = name
        self.addresses = addresses
        self.devices = (ends[0][1], ends[1][1])
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE_SECONDS)
        self._control = ours
        self._answers = ours.makefile("rb")
        words = [str(theirs.fileno()), str(seed), *(":".join(end) for end in ends)]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.lab.carrier", *words], pass_fds=[theirs.fileno()], cwd=ROOT
            )
        self._answer()

    def set(
        self,
        *,
        way: Way = "both",
        delay_ms: float | None = None,
        jitter_ms: float | None = None,
        loss: float | None = None,
        duplicate: float | None = None,
        reorder: float | None = None,
        rate_bits: float | None = None,
    ) -> None:
        """Change what is given, for packets that enter from now on; the rest stays.

        `delay_ms` is one way, so a round trip takes it twice; `jitter_ms` varies it evenly up and
        down, in order. `loss`, `duplicate` and `reorder` are ratios; `rate_bits` in bit/s, 0 for no limit.
        """
        changes = {
            "delay_ms": delay_ms,
            "jitter_ms": jitter_ms,
            "loss": loss,
            "duplicate": duplicate,
            "reorder": reorder,
            "rate_bits": rate_bits,
        }
        given = {key: value for key, value in changes.items() if value is not None}
        self._ask("set", ways=["there", "back"] if way == "both" else [way], **given)

    def cut(self) -> int:
        """Cut the line, with what is on it; returns the wall clock at that moment in ms."""
        return self._moment("cut")

    def restore(self) -> int:
        """Join the line again; returns the wall clock at that moment in ms."""
        return self._moment("restore")

    def counts(self) -> tuple[Counts, Counts]:
        """What became of the packets so far: (there, back)."""
        answer = self._ask("counts")
        return Counts(**answer["there"]), Counts(**answer["back"])

    def close(self) -> None:
        """End the process; its devices go with it."""
        self._answers.close()
        self._control.close()
        self._process.wait(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _moment(self, order: str) -> int:
        wall_ns: int = self._ask(order)["wall_ns"]
        return wall_ns // 1_000_000

    def _ask(self, order: str, **values: object) -> dict[str, Any]:
        self._control.sendall(json.dumps({"do": order, **values}).encode() + b"\n")
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise ConnectionError(f"the process of WAN {self.name} ended: exit {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer
