"""A report's HTML as PDF, by WeasyPrint in a process of its own that may fetch nothing.

WeasyPrint is the extra `linkledger[pdf]`, and needs Pango from the system. A report embeds all that it
shows, so its process gets a fetcher that refuses every address and file: a hostile name that found a way
into the text could read nothing with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

SECONDS = 600
"""A report of a thousand circuits takes minutes."""
MISSING, BROKEN = 3, 4
"""Exit codes of the process: no WeasyPrint, no Pango."""
NO_EXTRA = "PDF needs the extra: pip install 'linkledger[pdf]'"
NO_PANGO = (
    "PDF needs Pango from the system: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


class PdfUnavailable(RuntimeError):  # noqa: N818 - what it is, like LedgerUnreadable
    """No PDF can be made here; the sentence says what to install."""


def can_pdf() -> bool:
    """Whether the extra is there; whether Pango is too shows when it is used."""
    return find_spec("weasyprint") is not None


def as_pdf(html: str) -> bytes:
    """The PDF, byte for byte the same for the same HTML; raises PdfUnavailable, ChildProcessError."""
    if not can_pdf():
        raise PdfUnavailable(NO_EXTRA)
    environ = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "SOURCE_DATE_EPOCH": "0",  # fonts carry the time at which they were cut down
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "collector.reports.pdf_writer"],
            input=html.encode(),
            capture_output=True,
            timeout=SECONDS,
            env=environ,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ChildProcessError(
            f"the PDF was not ready within {SECONDS} s: narrow the report (--carrier, --site)"
        ) from None
    if done.returncode in {MISSING, BROKEN}:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = f" ({said[-1]})" if done.returncode == BROKEN and said else ""
        raise PdfUnavailable((NO_EXTRA if done.returncode == MISSING else NO_PANGO) + why)
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ChildProcessError(f"no PDF was made: {said[-1] if said else f'code {done.returncode}'}")
    return done.stdout
