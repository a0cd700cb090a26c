"""A review's pack as a file, and as the mail that brings it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal, get_args

from collector.performance.review.as_json import as_json
from collector.performance.review.pack import Pack
from collector.reports.as_pdf import as_pdf
from collector.reports.render import TYPES, Rendered
from collector.reports.review.as_html import as_html, title

Form = Literal["html", "pdf", "json"]
FORMS: tuple[Form, ...] = get_args(Form)
TOLD = 5
"""So many recommendations stand in the mail itself."""


def render(pack: Pack, form: Form) -> Rendered:
    """Write it; raises PdfUnavailable where PDF is asked for and can't be made here.

    It has no etag: goals and actions of a closed time move on.
    """
    return Rendered(_body(pack, form), TYPES[form], file_name(pack, form))


def _body(pack: Pack, form: Form) -> bytes:
    if form == "pdf":
        return as_pdf(as_html(pack))
    if form == "html":
        return as_html(pack).encode()
    return (json.dumps(as_json(pack), indent=2, ensure_ascii=False) + "\n").encode()


def file_name(pack: Pack, form: Form) -> str:
    """`linkledger-review-2026-Q3-acme.html`: safe in every file system and header."""
    parts = ["linkledger-review", pack.period.label, *filter(None, [pack.carrier])]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(parts)).strip("-.")[:120] + f".{form}"


def subject(pack: Pack) -> str:
    """`Monthly review, March 2026: 3 promises broken on 2 circuits ...`."""
    first = pack.headline[0].rstrip(".") if pack.headline else "nothing is known"
    return f"{'Made up: ' if pack.made_up else ''}{title(pack)}: {first}"


def text(pack: Pack) -> str:
    """The minute's sentences as plain text, for those who read mail on a telephone."""
    return "\n".join(_lines(pack)) + "\n"


def _lines(pack: Pack) -> Iterator[str]:
    if pack.made_up:
        yield "Made up: a demonstration."
        yield ""
    yield title(pack) + (f", with {pack.carrier_name}" if pack.carrier else "")
    for one in pack.headline:
        yield ""
        yield one
    for heading, lines in (
        ("What changed", pack.changed),
        ("To do", [one.text for one in pack.recommendations[:5]]),
    ):
        if lines:
            yield ""
            yield f"{heading}:"
            yield from (f"- {one}" for one in lines)
    for one in pack.missing:
        yield ""
        yield f"{one[:1].upper()}{one[1:]}."
    if pack.url and not pack.carrier:
        yield ""
        yield f"{pack.url.rstrip('/')}/performance/reviews/{pack.period.label}"
