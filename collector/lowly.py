"""Low priority for a process that works beside the one that measures."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")


def be_lowly(niceness: int) -> None:
    """Be so nice (0 to 19) to all others, also to those of other sessions.

    Where the kernel groups processes by session (sched(7), autogroup: the default of most
    distributions) niceness counts within a session alone, and our processes have one of their own: there
    the group as a whole is made as nice. Where there is no such thing nothing is lost.
    """
    os.nice(niceness)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            AUTOGROUP.write_text(str(niceness))
