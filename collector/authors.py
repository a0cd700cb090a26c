"""Who a command's user is."""

from __future__ import annotations

import os
import pwd


def login() -> str:
    """The Unix login of the real user: from the system's own list, as anybody can set a variable."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
