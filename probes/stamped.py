"""A connected socket of one exchange: beside its data, the kernel's stamps and the ICMP errors about it.

Kernel facts that this file stands on (Linux 5.1 or later, timestamping.rst, ip(7)):
- Receive stamps come beside the data; of a TCP stream it is that of the last octet which was read.
- Transmit stamps come through the error queue. One packet is sent, so the first stamp is its own and
  needs no number (a segment that TCP repeats is stamped again).
- An ICMP error comes through the error queue too, and makes the next call on the socket fail once. The
  kernel has matched it to our addresses and ports, so it is about what was sent here.
- The kernel stamps what it receives only while some socket asks for it, and begins with a delay: whoever
  opens sockets for one exchange each keeps one open that asks (`keep_stamping`).
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import NamedTuple

from probes.failure import IcmpError
from probes.leave import RECVERR

SO_TIMESTAMPING = 65
"""SO_TIMESTAMPING_NEW: 64-bit times on every machine, also on 32-bit ARM."""
STAMPS = 1 << 1 | 1 << 3 | 1 << 4 | 1 << 11
"""SOF_TIMESTAMPING_ TX_SOFTWARE, RX_SOFTWARE, SOFTWARE, OPT_TSONLY."""
NUMBERED_STAMPS = STAMPS | 1 << 7
"""With SOF_TIMESTAMPING_OPT_ID, for sockets of many packets."""
FROM_TIMESTAMPING = 4
"""SO_EE_ORIGIN_TIMESTAMPING: an entry of the error queue that is a transmit stamp."""

_FLAGS = struct.Struct("=ii")
_TIMESPEC = struct.Struct("=qq")
_ORIGIN_AT = 4
"""Where struct sock_extended_err says who made the entry."""
_CONTROL_BYTES = 512

Control = list[tuple[int, int, bytes]]


def keep_stamping() -> socket.socket:
    """A socket that does nothing but have the kernel stamp received packets, until it is closed."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    _try_for_stamps(sock)
    return sock


def nanoseconds(stamp: bytes) -> int | None:
    """The first time in a SO_TIMESTAMPING control message, None when the kernel left it empty."""
    seconds, fraction = _TIMESPEC.unpack_from(stamp)
    ns: int = seconds * 1_000_000_000 + fraction
    return ns or None


def stamp_in(control: Control) -> int | None:
    """The kernel's stamp among the control messages of one read, None where it gave none."""
    for level, kind, value in control:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            return nanoseconds(value)
    return None


class Arrival(NamedTuple):
    """What was read at once, and the kernel's receive stamp if it gave one."""

    data: bytes
    came_ns: int | None


class StampedSocket:
    """Reads a connected socket of probes/leave.py; closing it stays the caller's business."""

    def __init__(self, sock: socket.socket) -> None:
        self.left_ns: int | None = None
        """The kernel's stamp of what was sent, once it has come."""
        self.icmp: IcmpError | None = None
        """The first ICMP error about it, if one came."""
        self._sock = sock
        self._errors = RECVERR[sock.family]
        _try_for_stamps(sock)

    @property
    def own(self) -> str:
        """Our own address."""
        address: str = self._sock.getsockname()[0]
        return address

    def send(self, data: bytes) -> None:
        """Hand `data` to the kernel, once; raises OSError."""
        self._sock.send(data)

    async def readable(self) -> None:
        """Return when there is something to `read`: data, a stamp, an error."""
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        loop.add_reader(self._sock, _wake, ready)
        try:
            await ready
        finally:
            loop.remove_reader(self._sock)

    def read(self, size: int) -> Arrival | None:
        """What has come (b"": the end of a stream, or an empty datagram), None for nothing.

        Raises OSError for an error that no ICMP error explains; one that is, is in `icmp`. Data is read
        before the error queue: whatever was stamped before the data came is then known.
        """
        try:
            data, control, _, _ = self._sock.recvmsg(size, _CONTROL_BYTES)
        except BlockingIOError:
            self.read_errors()
            return None
        except OSError:
            self.read_errors()
            if self.icmp is None:
                raise
            return None
        self.read_errors()
        return Arrival(data, stamp_in(control))

    def read_errors(self) -> None:
        """Take what waits in the error queue into `left_ns` and `icmp`."""
        while True:
            try:
                _, control, _, _ = self._sock.recvmsg(0, _CONTROL_BYTES, socket.MSG_ERRQUEUE)
            except OSError:  # BlockingIOError: the queue is empty
                return
            report = next((value for level, kind, value in control if (level, kind) == self._errors), b"")
            if report[_ORIGIN_AT : _ORIGIN_AT + 1] == bytes([FROM_TIMESTAMPING]):
                self.left_ns = self.left_ns or stamp_in(control)
            else:
                self.icmp = self.icmp or IcmpError.parse(report)


def _try_for_stamps(sock: socket.socket) -> None:
    with suppress(OSError):  # a kernel that stamps nothing: the monotonic clock has to do
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, _FLAGS.pack(STAMPS, 0))


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
