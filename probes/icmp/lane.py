"""Which socket a packet takes: one for each IP version, and in datagram mode a new one now and then."""

from __future__ import annotations

from probes.clock import NS_PER_SECOND
from probes.icmp.flight import Packet
from probes.icmp.socket import IcmpSocket, Mode, PingPermissionError, open_socket
from probes.icmp.wire import V4, V6, Version
from probes.model import Failure, Reason

ROTATE_NS = 10 * NS_PER_SECOND
"""How long a datagram socket is used: its port is the packets' id, and a NAT that dropped an id's

session goes on refusing that id alone, while a new one gets through.
"""
CROWDED = 32_768
"""A datagram socket with so many packets away is left for a new one: it has 65,536 sequence numbers."""
_STAMP_BYTES = 1_024
_REPLY_BYTES = 1_024
"""What the kernel books in the receive buffer for a small datagram, rounded up."""


class Lane:
    """A socket and what is out on it."""

    def __init__(self, sock: IcmpSocket, opened_ns: int) -> None:
        self.socket = sock
        self.opened_ns = opened_ns
        self.awaiting: dict[int, Packet] = {}
        """Packets by the number that their transmit stamp will have."""
        self.flying = 0
        self.sequence = 0
        self.listening = False
        self.drops = sock.drops()
        self.room = sock.buffer_bytes() // 4
        """Bytes that may wait unread between two sends: the rest of the buffer is for the unforeseen."""
        self.unread = 0
        """Bytes that may have come in since the socket was last read to its end."""

    def launch(self, packet: Packet, size: int) -> bool:
        """A packet with `size` bytes of payload has left; False once the room for answers is used up."""
        packet.lane, packet.drops = self, self.drops
        self.awaiting[packet.stamp_id] = packet
        self.flying += 1
        self.unread += _STAMP_BYTES + _REPLY_BYTES + 2 * size
        return self.unread < self.room

    def land(self, packet: Packet) -> None:
        """A packet that left here is settled; its stamp, if it never came, is not waited for."""
        packet.lane = None
        self.flying -= 1
        if self.awaiting.get(packet.stamp_id) is packet:
            del self.awaiting[packet.stamp_id]

    def next_label(self, number: int) -> int:
        """The next id and sequence number on a socket that puts its own id, `number`, into packets."""
        self.sequence = (self.sequence + 1) & 0xFFFF
        return number << 16 | self.sequence

    def realign(self) -> None:
        """Number stamps afresh after a send that failed; stamps still under way are given up."""
        self.awaiting.clear()
        self.socket.realign()


class Lanes:
    """The sockets in use and, in datagram mode, those that only wait for their last answers."""

    def __init__(self, mode: Mode, prefix: bytes, now_ns: int) -> None:
        self._mode = mode
        self._prefix = prefix
        self._retired: list[Lane] = []
        self._current = {version.family: self._open(version, now_ns) for version in (V4, V6)}

    def take(self, version: Version) -> Lane | Failure:
        """The lane for a packet that leaves now, or why there is none."""
        return self._current[version.family]

    def rotate(self, now_ns: int) -> None:
        """Open new datagram sockets where it is time to."""
        for family, lane in self._current.items():
            if isinstance(lane, Failure) or lane.socket.raw:
                continue
            if now_ns - lane.opened_ns < ROTATE_NS and lane.flying < CROWDED:
                continue
            try:
                fresh = self._open(lane.socket.version, now_ns)
            except PingPermissionError:  # the right was taken away meanwhile: so does the old one
                continue
            if isinstance(fresh, Lane):  # else out of descriptors: the old one still serves
                self._retired.append(lane)
                self._current[family] = fresh

    def open(self) -> list[Lane]:
        """All lanes on which something may arrive."""
        return [lane for lane in self._current.values() if isinstance(lane, Lane)] + self._retired

    def idle(self) -> list[Lane]:
        """Retired lanes on which nothing is out any more; they are the caller's to close."""
        idle = [lane for lane in self._retired if not lane.flying]
        self._retired = [lane for lane in self._retired if lane.flying]
        return idle

    def forget(self) -> None:
        """The caller has closed all sockets."""
        self._current = dict.fromkeys(self._current, Failure(Reason.LOCAL, "the engine is closed"))
        self._retired = []

    def _open(self, version: Version, now_ns: int) -> Lane | Failure:
        sock = open_socket(version, self._mode, self._prefix)
        return sock if isinstance(sock, Failure) else Lane(sock, now_ns)
