"""What several probes' tests share."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.stamped import StampedSocket, keep_stamping
from tests.probes.peers import CA


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    """The certificate of the authority that signs the peers' certificates."""
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


@pytest.fixture(scope="module")
def kernel_stamps() -> Iterator[None]:
    """The kernel stamps what it receives; a busy machine takes its time to begin once a socket asks."""
    with keep_stamping(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.connect(sock.getsockname())
        itself = StampedSocket(sock)
        for _ in range(1_000_000):
            itself.send(b"stamp")
            arrival = itself.read(16)
            if arrival is not None and arrival.came_ns is not None:
                break
        yield
