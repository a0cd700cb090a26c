"""A report as a file: HTML, PDF, CSV or JSON, the same bytes whenever it is written."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Literal, get_args

from collector.reports.as_csv import as_csv
from collector.reports.as_html import as_html
from collector.reports.as_json import as_json
from collector.reports.as_pdf import as_pdf
from collector.reports.report import Report

Form = Literal["html", "pdf", "csv", "json"]
FORMS: tuple[Form, ...] = get_args(Form)
TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A report's file."""

    body: bytes
    content_type: str
    file_name: str
    etag: str = ""
    """Of a settled period's report; empty where the next one may say something else."""


def shows_pictures(form: Form) -> bool:
    """Whether charts are of any use to it."""
    return form in {"html", "pdf"}


def render(report: Report, form: Form) -> Rendered:
    """Write it; raises PdfUnavailable where PDF is asked for and can't be made here."""
    body = _body(report, form)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"' if report.closed else ""
    return Rendered(body, TYPES[form], file_name(report, form), etag)


def _body(report: Report, form: Form) -> bytes:
    if form == "pdf":
        return as_pdf(as_html(report))
    if form == "html":
        return as_html(report).encode()
    if form == "csv":
        return as_csv(report).encode()
    return (json.dumps(as_json(report), indent=2, ensure_ascii=False) + "\n").encode()


def file_name(report: Report, form: Form) -> str:
    """`linkledger-2026-10-acme.html`: safe in every file system and header."""
    narrow = (value for word, value in report.filters if word in {"carrier", "site"})
    parts = ["linkledger", report.period.label, *narrow]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(parts)).strip("-.")[:120] + f".{form}"
