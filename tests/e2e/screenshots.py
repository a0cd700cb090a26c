"""Makes the README's pictures of the page from a demo: `python -m tests.e2e.screenshots [DIR]`.

The demo is whole (a year of 40 circuits) and its seed is fixed: the pictures change only with the page.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from collector.demo.making import make
from tests.servers.processes import free_port

DOCS = Path(__file__).parents[2] / "docs"
COLOURS, MOST_BYTES = 256, 120_000
"""A page has few colours, and a README has many readers."""
LOOKS = 30


@dataclass(frozen=True)
class Picture:
    """One file: which page, in which window."""

    name: str
    path: str
    size: tuple[int, int] = (1280, 800)
    theme: str = "light"
    ready: str = "main h1"
    """Taken once this is there."""


PICTURES = (
    Picture("page-circuits.png", "/", ready="#circuits .spark"),
    Picture(
        "page-circuit.png",
        "/circuits/mil-alder-dia?from=2025-06-01T00:00:00Z&to=2025-07-20T00:00:00Z",
        (1280, 970),
        ready="#chart-rtt .flag",
    ),
    Picture("page-claims.png", "/claims", theme="dark"),
    Picture("page-performance.png", "/performance"),
    Picture("page-carriers.png", "/carriers?period=2025-Q3", ready=".scores .points"),
    Picture("page-phone.png", "/outages/sto-cinnabar-broadband/2025-12-31T23:32:00Z", (390, 844)),
)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Where the daemon shows a demo: a URL."""
    listen = f"127.0.0.1:{free_port()}"
    demo = make(folder, listen=listen)
    command = [sys.executable, "-m", "collector", "run", "-c", str(demo.config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as daemon:
        assert daemon.stdout is not None
        daemon.stdout.readline()  # it says where it is once it listens
        try:
            urllib.request.urlopen(f"http://{listen}/-/healthy", timeout=60).close()
            yield f"http://{listen}"
        finally:
            daemon.terminate()
            daemon.wait(20)


def taken(browser: Browser, base: str, one: Picture) -> bytes:
    """A page as PNG with a palette."""
    width, height = one.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if one.theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(base + one.path, wait_until="networkidle")
    for _ in range(LOOKS):  # the lists' small curves are drawn in the background after the start
        if page.locator(one.ready).count():
            break
        page.wait_for_timeout(2_000)
        page.reload(wait_until="networkidle")
    page.locator(one.ready).first.wait_for()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement?.blur()")
    picture = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    small.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def main() -> None:
    """Write them all; fails on one that is too large."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    with tempfile.TemporaryDirectory() as demo, served(Path(demo)) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        for one in PICTURES:
            data = taken(browser, base, one)
            if len(data) > MOST_BYTES:
                raise SystemExit(f"{one.name} has {len(data)} bytes, of {MOST_BYTES} at most")
            (folder / one.name).write_bytes(data)
            print(f"{one.name}: {len(data) // 1000} kB")
        browser.close()


if __name__ == "__main__":
    main()
