"""Prints lock files as requirements with hashes, which every pip can install.

    python tests/setup/pins.py pylock.toml > pins.txt
    pip install --no-deps --require-hashes -r pins.txt

pip learned to read `pylock.toml` (PEP 751) years after Debian 12's. Unlike the lock's own addresses
this leaves it to the machine's pip configuration where to fetch from; the hashes say what is right.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def requirements(lock: Mapping[str, Any]) -> Iterator[str]:
    """A requirement for each package of a PEP 751 lock, with the hash of each of its files."""
    for package in lock["packages"]:
        files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
        marker = f" ; {package['marker']}" if "marker" in package else ""
        hashes = "".join(f" --hash=sha256:{file['hashes']['sha256']}" for file in files)
        yield f"{package['name']}=={package['version']}{marker}{hashes}"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(*requirements(tomllib.loads(Path(name).read_text())), sep="\n")
