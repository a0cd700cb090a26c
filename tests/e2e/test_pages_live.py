"""A line is cut in the lab, and the page that somebody has open says so: the real daemon in a browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from collector.authors import login
from collector.ledger.reader import SqliteReader
from tests.e2e.browser import Tab, tab
from tests.e2e.daemon import Daemon, circuit, icmp, site
from tests.e2e.test_derived_sent import CONTRACT
from tests.lab import Host, Lab

pytestmark = [pytest.mark.slow, pytest.mark.root, pytest.mark.server("chromium")]

PATIENCE_MS = 20_000
PHONE: ViewportSize = {"width": 390, "height": 844}
GOLD = CONTRACT | {
    "objectives": {"availability": {"target": ">= 99.9%", "credit": {"flat": "10%"}}},
    "claim": {"ticket_within": "8h", "submit_within": "30d", "from": "period_end"},
}


@contextmanager
def browsing(host: Host) -> Iterator[Browser]:
    """Chromium on a host of the lab, where the page listens on loopback."""
    with host.enter(), sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


def ticketed(daemon: Daemon) -> list[tuple[str, str]]:
    """The tickets in the ledger: author and number."""
    with SqliteReader(daemon.ledger) as reader:
        return [(one.author, json.loads(one.body)["id"]) for one in reader.notes("ticket")]


def looked_around(desk: Tab, daemon: Daemon) -> None:
    """Every page of a daemon that measures: each has something of what was measured on it."""
    page = desk.page
    with page.expect_response(lambda one: "metric=rtt" in one.url) as curve:
        desk.open("/circuits/lon-acme?range=hour")
    expect(page.locator("#chart-rtt canvas")).to_be_visible()
    told = curve.value.json()
    assert any(one is not None and one >= 0.02 for one in told["p50"]), "the line takes 10 ms each way"
    assert any(one is not None and one > 0 for one in told["loss"]), "a point may be longer than the cut"
    expect(page.locator("main")).to_contain_text("TT-42")
    desk.open("/circuits/lon-acme/statement")
    expect(page.locator("main")).to_contain_text("gold")
    desk.open("/host")
    expect(page.locator("main")).to_contain_text("all is well")
    expect(page.locator("dl.tiles")).to_contain_text(re.compile(r"Packets leave on time\s*\d"))
    expect(page.locator("dl.tiles")).to_contain_text(re.compile(r"A commit takes\s*\d"))
    expect(page.locator("main")).to_contain_text(str(daemon.ledger))
    for path in ("/reports", "/carriers", "/claims", "/notes", "/feedback", "/circuits/lon-acme/rounds"):
        expect(desk.open(path).locator("h1")).to_be_visible()
    desk.open("/metrics")
    expect(page.locator("body")).to_contain_text('linkledger_circuit_up{site="lab",carrier="acme"')


def test_a_cut_line_stands_on_the_open_page_takes_a_ticket_in_two_taps_and_comes_back(tmp_path: Path) -> None:
    with Lab() as lab:
        edge, far = lab.host("edge"), lab.host("far")
        lines = {name: lab.wan(name, edge, far, delay_ms=10) for name in ("acme", "beta")}
        for name, network in (("acme", "203.0.113.0/24"), ("beta", "198.51.100.0/24")):
            far.answer(network)
            edge.route(network, lines[name])
        config = {
            **site(),
            "circuits": {
                "lon-acme": circuit(icmp("203.0.113.7"), contract="gold", monthly_charge="1200.00 EUR"),
                "lon-beta": circuit(icmp("198.51.100.7"), "beta"),
            },
            "contracts": {"gold": GOLD},
        }
        daemon = Daemon(tmp_path, config, edge, module="tests.e2e.restless")
        with daemon, browsing(edge) as browser:
            expect.set_options(timeout=PATIENCE_MS)
            base = f"http://127.0.0.1:{daemon.port}"
            desk = tab(browser.new_context(viewport={"width": 1280, "height": 800}), base)
            daemon.until_status("lon-acme", "up")
            page = desk.open("/")
            page.evaluate("window.opened = 'once'")
            ours, other = page.locator('tr[data-id="lon-acme"]'), page.locator('tr[data-id="lon-beta"]')
            expect(ours).to_have_class("up")
            lines["acme"].cut()
            expect(ours).to_have_class("down")
            expect(ours.locator(".cause")).to_contain_text("timeout")
            expect(other).to_have_class("up")
            waits = ours.get_by_role("link", name="no ticket yet")
            expect(waits).to_be_visible()

            phone = tab(browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True), base)
            where = waits.get_attribute("href")
            assert where
            phone.open(where).get_by_label("Their ticket number").fill("TT-42")
            phone.page.get_by_role("button", name="Record the ticket").tap()
            expect(phone.page.get_by_role("status")).to_contain_text("Recorded as note")
            assert ticketed(daemon) == [(login(), "TT-42")]

            expect(waits).to_have_count(0)
            expect(ours).to_have_class("down")
            lines["acme"].restore()
            expect(ours).to_have_class("up")
            assert page.evaluate("window.opened") == "once", "nobody loaded it again"
            looked_around(desk, daemon)
            daemon.stop()
    assert desk.wrong == []
    assert phone.wrong == []
    assert daemon.said("Traceback") == daemon.said("web.request_failed") == 0
