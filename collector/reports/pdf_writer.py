"""The process that makes a PDF: HTML on stdin, PDF on stdout; see as_pdf.py."""

from __future__ import annotations

import gc
import hashlib
import sys
from typing import Any, NoReturn

from collector.lowly import be_lowly
from collector.reports.as_pdf import BROKEN, MISSING

NICENESS = 10


def main() -> None:
    """Write the PDF, or leave with a code that says what is missing."""
    be_lowly(NICENESS)
    try:
        import weasyprint
    except ImportError:
        sys.exit(MISSING)
    except OSError as error:  # the libraries that it loads aren't there
        sys.stderr.write(f"{str(error).splitlines()[0]}\n")
        sys.exit(BROKEN)
    gc.disable()  # all that is made lives until the end: to look for garbage takes a fifth of the time
    html = sys.stdin.buffer.read().decode()
    document = weasyprint.HTML(string=html, url_fetcher=_fetcher())
    made: Any = document.write_pdf(pdf_identifier=hashlib.sha256(html.encode()).digest()[:16], pdf_tags=True)
    sys.stdout.buffer.write(made)


def _fetcher() -> object:
    """What WeasyPrint is to fetch with."""
    from weasyprint.urls import URLFetcher

    fetcher = URLFetcher(allowed_protocols=())
    fetcher.fetch = refuse
    return fetcher


def refuse(url: str, *args: object, **more: object) -> NoReturn:
    """Fetch nothing: WeasyPrint tells what it couldn't have, and goes on without."""
    raise ValueError(f"a report holds all that it shows, and fetches nothing: {url[:100]!r}")


if __name__ == "__main__":
    main()
