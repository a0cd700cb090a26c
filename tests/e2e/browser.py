"""Debian's Chromium, and a made-up estate that the real daemon serves, for tests of the pages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from collector.demo.making import make
from tests.servers.processes import free_port

CIRCUITS, DAYS = 6, 45
"""So much of the made-up estate is enough to see every page with something on it."""
AXE = Axe()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One a module: while it is open, Playwright's own event loop stands in the way of other tests'."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        yield started
        started.close()


@dataclass
class Tab:
    """A page of the browser, and all that went wrong in it."""

    page: Page
    base: str
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a local address; fails on any answer but 200."""
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status, answer.text()[:500])
        return self.page

    def barriers(self) -> list[str]:
        """What axe-core finds in the way of a person: the rule and the first place of each."""
        found = AXE.run(self.page).response["violations"]
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0].get('failureSummary', '')}"
            for one in found
        ]


def tab(context: BrowserContext, base: str) -> Tab:
    """A new page that collects errors."""
    made = Tab(context.new_page(), base)
    made.page.on("pageerror", lambda error: made.wrong.append(str(error)))
    made.page.on(
        "console", lambda said: made.wrong.append(said.text) if said.type in ("error", "warning") else None
    )
    return made


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `linkledger run` serves a small demo: a URL."""
    folder: Path = tmp_path_factory.mktemp("made-up")
    listen = f"127.0.0.1:{free_port()}"
    demo = make(folder, listen=listen, circuits=CIRCUITS, days=DAYS)
    command = [sys.executable, "-m", "collector", "run", "-c", str(demo.config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as daemon:
        assert daemon.stdout is not None
        said = daemon.stdout.readline().decode()  # it says where it is once it listens
        try:
            urllib.request.urlopen(f"http://{listen}/-/healthy", timeout=20).close()
            yield f"http://{listen}"
        except OSError as error:
            raise AssertionError(said) from error
        finally:
            daemon.terminate()
            daemon.wait(20)


@pytest.fixture
def desk(browser: Browser, made_up: str) -> Iterator[Tab]:
    """A page as at a desk; what it said on its console fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    made = tab(context, made_up)
    yield made
    context.close()
    assert made.wrong == []


@pytest.fixture
def plain(browser: Browser, made_up: str) -> Iterator[Tab]:
    """A page of a phone without JavaScript."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    yield tab(context, made_up)
    context.close()
