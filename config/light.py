"""What the quick commands need of a configuration: where it is, and where its ledger is.

`status` answers before pydantic, or even PyYAML, would be imported. A file in the usual form is
looked through line by line; in any other form it is parsed as a whole. No problem is told here: that
is for `check` and `load`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

VARIABLE = "LINKLEDGER_CONFIG"
LOCAL = Path("linkledger.yaml")
SYSTEM = Path("/etc/linkledger/linkledger.yaml")
DEFAULT_LEDGER = Path("/var/lib/linkledger/ledger.db")
STARTER_LEDGER = Path("linkledger-data/ledger.db")
"""Of `run` without a configuration, in the current directory."""

_USUAL_TOP = re.compile(r"#|---$|- |[a-z_]+:( |$)")
"""How a line of the usual form begins when it isn't indented."""
_USUAL_PAIR = re.compile(r"([a-z_]+): +([A-Za-z0-9/._~-][A-Za-z0-9/._~ -]*?)( +#.*)?")
_USUAL_CLOCK = re.compile(r"demo: +\{ *clock: +[\"']?([0-9T:Z.+-]+)[\"']? *\}( +#.*)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def find_config(
    explicit: Path | None, environ: Mapping[str, str] = os.environ, directory: Path = Path()
) -> Path | None:
    """The configuration to use: `-c`, $LINKLEDGER_CONFIG, ./linkledger.yaml, then the system's.

    What was asked for by name is given back even if it isn't there, so that its absence is told.
    """
    if explicit is not None:
        return explicit
    if named := environ.get(VARIABLE):
        return Path(named)
    return next((path for path in (directory / LOCAL, SYSTEM) if path.exists()), None)


def ledger_path(path: Path) -> Path:
    """Where the ledger of the configuration `path` is; relative to the file that says so.

    Raises OSError or UnicodeDecodeError when the file can't be read.
    """
    lines = path.read_text("utf-8-sig").splitlines()
    try:
        found = _scan(lines)
    except _UnusualError:
        return _parse(path)
    return path.parent / found if found else DEFAULT_LEDGER


def demo_clock_ns(path: Path) -> int | None:
    """Where a demo's clock stands, in ns since 1970; None for a configuration that is no demo's.

    An included file makes no demo of it here. Raises OSError or UnicodeDecodeError.
    """
    lines = [line for line in path.read_text("utf-8-sig").splitlines() if line.startswith("demo:")]
    if not lines:
        return None
    match = _USUAL_CLOCK.fullmatch(lines[0])
    text = match[1] if match else _parsed_clock(path)
    try:
        stands = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (stands - _EPOCH) // timedelta(microseconds=1) * 1000 if stands.tzinfo else None


class _UnusualError(Exception):
    """The lines are in a form that only a parser understands."""


def _scan(lines: list[str]) -> str | None:
    """`ledger.path`, None when it is left out."""
    tops = [(number, line) for number, line in enumerate(lines) if line and line[0] != " "]
    if not all(_USUAL_TOP.match(line) for _, line in tops):
        raise _UnusualError
    sections = [number for number, line in tops if line.startswith("ledger:")]
    pairs = dict(pair for number in sections for pair in _pairs(lines, number))
    if "path" in pairs:
        return pairs["path"]
    if len(sections) > 1 or any(line.startswith("include:") for _, line in tops):
        raise _UnusualError
    return None


def _pairs(lines: list[str], number: int) -> Iterator[tuple[str, str]]:
    """The keys and values of the section that begins in a line."""
    rest = lines[number].removeprefix("ledger:").strip()
    below: Iterable[str]
    if rest.startswith("{") and rest.endswith("}"):
        below = rest[1:-1].split(",")
    elif not rest or rest.startswith("#"):
        below = _indented(lines[number + 1 :])
    else:
        raise _UnusualError
    for one in below:
        match = _USUAL_PAIR.fullmatch(one.strip())
        if match is None:
            raise _UnusualError
        yield match[1], match[2]


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        text = line.strip()
        if text and not text.startswith("#"):
            if line[0] != " ":
                return
            yield text


def _parse(path: Path) -> Path:
    from config.errors import Problems
    from config.files import read
    from config.tree import Map

    ledger = read(path, Problems()).root.get("ledger")
    value = ledger.get("path") if isinstance(ledger, Map) else None
    if not isinstance(ledger, Map) or not isinstance(value, str):
        return DEFAULT_LEDGER
    return Path(ledger.value_place("path").file).parent / value


def _parsed_clock(path: Path) -> str | None:
    from config.errors import Problems
    from config.files import read
    from config.tree import Map

    demo = read(path, Problems()).root.get("demo")
    value = demo.get("clock") if isinstance(demo, Map) else None
    return str(value) if value else None
