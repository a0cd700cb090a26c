"""The four formats: what they hold, and that nothing from outside acts in them."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from jsonschema import validate

from collector.reports import as_pdf as pdf
from collector.reports.as_csv import HEADER, as_csv, safe
from collector.reports.as_html import as_html
from collector.reports.as_pdf import PdfUnavailable, as_pdf
from collector.reports.pdf_writer import refuse
from collector.reports.render import file_name, render
from collector.reports.report import CarrierPart, Report

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = ['<script>alert("1")</script>', "=HYPERLINK(1)", "a\x1b[31m\u202eb", "{{ 7*7 }}", "'\"><img src=x>"]


class Tags(HTMLParser):
    """What a browser would make of it."""

    VOID = frozenset({"meta", "br", "img", "hr", "link", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def hostile(report: Report) -> Report:
    """The same with names that would act where they aren't escaped."""
    parts = []
    for number, part in enumerate(report.carriers):
        name = HOSTILE[number]
        chapters = []
        for place, one in enumerate(part.chapters):
            bad = HOSTILE[place % len(HOSTILE)]
            told = json.loads(json.dumps(one.statements[0].told))
            told["steps"] = HOSTILE
            told["objectives"][0]["id"] = bad
            told["objectives"][0]["clause"] = bad
            for outage in told["outages"]:
                outage["cause"], outage["tickets"] = bad, HOSTILE
            lines = tuple(replace(line, carrier_id=bad, service=bad) for line in one.lines)
            stated = replace(one.statements[0], told=told)
            chapters.append(replace(one, scope=bad, lines=lines, statements=(stated,), pictures=()))
        parts.append(CarrierPart(part.key, name, name, tuple(chapters)))
    return replace(report, carriers=tuple(parts), filters=(("carrier", "../../etc/<b>"),))


def test_the_html_is_one_file_that_fetches_nothing_and_runs_nothing(report: Report) -> None:
    found = Tags(as_html(report))
    names = {name for name, _ in found.tags}
    assert not names & {"script", "img", "link", "iframe", "object", "form", "image", "use"}
    for _, attributes in found.tags:
        assert not {"src", "xlink:href", "style", "onload", "action"} & attributes.keys()
        assert (attributes.get("href") or "#").startswith("#")
    assert found.open == []
    style = as_html(report).partition("<style>")[2].partition("</style>")[0]
    assert not re.search(r"url\(|@import|expression", style)


def test_the_html_is_for_everybody(report: Report) -> None:
    found = Tags(as_html(report))
    assert ("html", {"lang": "en"}) in found.tags
    headings = [int(name[1]) for name, _ in found.tags if re.fullmatch(r"h[1-6]", name)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    cells = [attributes for name, attributes in found.tags if name == "th"]
    assert all(one.get("scope") in {"col", "row"} for one in cells)
    pictures = [attributes for name, attributes in found.tags if name == "svg"]
    assert pictures
    assert all(one.get("role") == "img" for one in pictures)
    ids = [one["id"] for _, one in found.tags if "id" in one]
    assert len(ids) == len(set(ids))
    targets = {one["href"] for name, one in found.tags if name == "a"}
    assert targets <= {f"#{one}" for one in ids}


def test_no_verdict_is_told_by_colour_alone(report: Report) -> None:
    text = " ".join("".join(Tags(as_html(report)).texts).split())
    assert "✗ not kept" in text
    assert "✓ kept" in text


def test_hostile_names_stay_text(hostile: Report) -> None:
    html = as_html(hostile)
    found = Tags(html)
    assert not {"script", "img", "b>"} & {name for name, _ in found.tags}
    assert "{{ 7*7 }}" in "".join(found.texts)
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert file_name(hostile, "html") == "linkledger-2026-01-..-..-etc-b.html"


def test_a_csv_row_is_a_circuit_and_an_objective(report: Report) -> None:
    text = as_csv(report)
    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert text.endswith("\r\n")
    assert tuple(rows[0]) == HEADER
    assert text == (GOLDEN / "january.csv").read_bytes().decode()
    assert [(one["circuit"], one["objective"], one["verdict"]) for one in rows][:2] == [
        ("ams-acme", "availability", "breached"),
        ("ber-acme", "availability", "met"),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", " =1", "\n=x"])
def test_what_a_spreadsheet_would_compute_is_made_text(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe("lon-acme") == "lon-acme"


def test_hostile_names_are_neutralised_in_every_cell(hostile: Report) -> None:
    rows = list(csv.reader(StringIO(as_csv(hostile), newline="")))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert {len(row) for row in rows} == {len(HEADER)}


def test_the_json_is_the_documented_one(report: Report) -> None:
    document = json.loads(render(report, "json").body)
    for part in document["carriers"]:
        for one in part["circuits"]:
            for told in one["statements"]:  # depend on this very version and machine
                told.pop("engine")
                told.pop("config")
                told.pop("digest")
    golden = json.loads((GOLDEN / "january.json").read_text())
    assert document == golden
    validate(document, SCHEMA)


AMOUNT = {"type": ["string", "null"], "pattern": r"^-?\d+\.\d\d$"}
SCHEMA = {
    "type": "object",
    "required": ["format", "version", "made_up", "site", "filters", "period", "summary", "carriers"],
    "properties": {
        "format": {"const": "linkledger-report"},
        "version": {"const": 1},
        "summary": {
            "properties": {
                "money": {
                    "items": {
                        "properties": dict.fromkeys(
                            ("due", "claimable", "claimed", "accepted", "received", "owed"), AMOUNT
                        )
                    }
                },
                "known_percent": {"type": ["string", "null"]},
            }
        },
    },
}


# --- PDF


@pytest.fixture(scope="module")
def written(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report as PDF, marked as a demo's."""
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    path.write_bytes(render(replace(report, made_up=True), "pdf").body)
    return path


def said(path: Path, *options: str) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", *options, path, "-"], capture_output=True, check=True, text=True
    ).stdout


@pytest.mark.slow
@pytest.mark.server("pango1.0-tools")
@pytest.mark.server("poppler-utils")
def test_a_pdf_has_pages_with_numbers_a_header_and_the_mark_of_a_demo(written: Path, tmp_path: Path) -> None:
    pages = said(written).split("\f")[:-1]
    assert len(pages) >= 4
    for number, page in enumerate(pages, 1):
        assert f"page {number} of {len(pages)}" in page
        assert "Made up: a demonstration" in page
    assert "4 of 5 circuits did not get what was promised." in pages[0]
    assert "Acme Networks plc" in pages[1]
    assert "January 2026" in pages[1]
    subprocess.run(["pdftoppm", "-r", "20", "-png", written, tmp_path / "page"], check=True)
    pictures = sorted(tmp_path.glob("page-*.png"))
    assert len(pictures) == len(pages)
    assert all(one.read_bytes()[:4] == b"\x89PNG" for one in pictures)
    about = subprocess.run(["pdfinfo", written], capture_output=True, check=True, text=True).stdout
    assert re.search(r"Tagged:\s+yes", about)
    assert re.search(r"Page size:.*A4", about)


@pytest.mark.slow
@pytest.mark.server("pango1.0-tools")
def test_a_pdf_is_the_same_bytes_and_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    html = (
        f'<h1>x</h1><img src="file://{secret}" alt="none"><link rel="attachment" href="file://{secret}">'
        '<style>@import "http://127.0.0.1:1/x.css";</style>'
    )
    first = as_pdf(html)
    assert first == as_pdf(html)
    assert b"EmbeddedFile" not in first
    with pytest.raises(ValueError, match="fetches nothing"):
        refuse(f"file://{secret}")


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    monkeypatch.setattr(pdf, "can_pdf", lambda: False)
    with pytest.raises(PdfUnavailable, match=re.escape("pip install 'linkledger[pdf]'")):
        render(report, "pdf")


@pytest.mark.parametrize(
    ("code", "error", "told"),
    [
        (3, b"", "pip install 'linkledger[pdf]'"),
        (4, b"cannot load library 'libpango'\n", "apt-get install libpango-1.0-0"),
    ],
)
def test_without_pango_the_error_names_the_package(
    monkeypatch: pytest.MonkeyPatch, code: int, error: bytes, told: str
) -> None:
    done = subprocess.CompletedProcess([], code, b"", error)
    monkeypatch.setattr("collector.reports.as_pdf.subprocess.run", lambda *args, **more: done)
    with pytest.raises(PdfUnavailable, match=re.escape(told)):
        as_pdf("<p>x")


def test_a_process_that_dies_makes_no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], -9, b"", b"")
    monkeypatch.setattr("collector.reports.as_pdf.subprocess.run", lambda *args, **more: done)
    with pytest.raises(ChildProcessError, match="no PDF was made: code -9"):
        as_pdf("<p>x")
