"""Whose socket it is, by the kernel's tables."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from collector.authors import login
from collector.web.authors import login_of, owner

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = "   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000  {uid}        0 123 1 x\n"
FOUR = "0100007F"
MAPPED = "0000000000000000FFFF00000100007F"
SIX = "00000000000000000000000001000000"


@pytest.mark.parametrize(
    ("local", "remote", "state", "ends", "uid"),
    [
        (f"{FOUR}:8000", f"{FOUR}:267A", "01", (("127.0.0.1", 0x8000), ("127.0.0.1", 9850)), 1000),
        (f"{MAPPED}:8000", f"{MAPPED}:267A", "01", (("127.0.0.1", 0x8000), ("127.0.0.1", 9850)), 1000),
        (
            f"{MAPPED}:8000",
            f"{MAPPED}:267A",
            "01",
            (("::ffff:127.0.0.1", 0x8000), ("::ffff:127.0.0.1", 9850)),
            1000,
        ),
        (f"{SIX}:8000", f"{SIX}:267A", "01", (("::1", 0x8000), ("::1", 9850)), 1000),
        (f"{FOUR}:8000", f"{FOUR}:267A", "06", (("127.0.0.1", 0x8000), ("127.0.0.1", 9850)), None),
        (f"{FOUR}:267A", f"{FOUR}:8000", "01", (("127.0.0.1", 0x8000), ("127.0.0.1", 9850)), None),
        (f"{FOUR}:8001", f"{FOUR}:267A", "01", (("127.0.0.1", 0x8000), ("127.0.0.1", 9850)), None),
    ],
)
@pytest.mark.skipif(sys.byteorder != "little", reason="the rows are written in this order")
def test_the_owner_is_that_of_the_far_end_alone(
    local: str, remote: str, state: str, ends: tuple[tuple[str, int], tuple[str, int]], uid: int | None
) -> None:
    lines = [HEAD, "nonsense\n", ROW.format(local=local, remote=remote, state=state, uid=1000)]
    assert owner(lines, *ends) == uid


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_the_kernels_own_tables_name_this_user(family: socket.AddressFamily, host: str) -> None:
    with socket.create_server((host, 0), family=family) as server, socket.socket(family) as client:
        client.connect(server.getsockname())
        theirs, ours = client.getsockname()[:2], server.getsockname()[:2]
        assert login_of((theirs, ours)) == login()
        assert login_of((ours, theirs)) in ("", login())


def test_without_tables_nobody_is_named(tmp_path: Path) -> None:
    assert login_of((("127.0.0.1", 1), ("127.0.0.1", 2)), [tmp_path / "tcp"]) == ""
    assert login_of(None) == ""
