"""A claim's pack: the letter and what it rests on, the same bytes whenever it is made.

What goes into it is a list of writers: each is given the claim, and gives files. More evidence is
another writer.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.claiming.choosing import Claim, Line
from collector.claiming.letter import letter, theirs
from collector.sla.calendar import EPOCH, rfc3339
from collector.statement_text import blocks
from collector.text_blocks import Sentences, plain
from config.settings import Settings

Json = Mapping[str, Any]
MANIFEST = "MANIFEST"
OUTAGES = (
    "circuit", "carrier_id", "from", "to", "down_seconds", "excluded_seconds", "contractual_seconds",
    "counted_seconds", "lost_to_late_ticket_seconds", "tickets", "cause",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@")
_EARLIEST_ZIP = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pack:
    """What writers are given. `template` is the letter's, told under `template_name`."""

    settings: Settings
    claim: Claim
    template: str
    template_name: str
    sender: str | None = None

    @property
    def reference(self) -> str:
        """Ours: the carrier, the period, and a digest of the revisions that are claimed by."""
        claim = self.claim
        named = [[one.scope, one.contract, one.revision, one.digest, str(one.amount)] for one in claim.lines]
        short = hashlib.sha256(json.dumps(named).encode()).hexdigest()[:8]
        return f"{claim.carrier}-{claim.period}-{short}"

    def file_name(self) -> str:
        """The zip's name where none is given."""
        return f"claim-{_safe(self.claim.carrier)}-{_safe(self.claim.period)}.zip"


Writer = Callable[[Pack], Iterator[tuple[str, str]]]
"""Gives the files of a part: path inside the pack, and text."""


def _letter(pack: Pack) -> Iterator[tuple[str, str]]:
    text = letter(
        pack.settings, pack.claim, pack.reference,
        template=pack.template, name=pack.template_name, sender=pack.sender,
    )  # fmt: skip
    yield "letter.txt", text


def _statements(pack: Pack) -> Iterator[tuple[str, str]]:
    for name, one in _named(pack.claim.lines):
        yield f"statements/{name}.json", _as_json(one.statement)
        yield f"statements/{name}.txt", plain(list(blocks(one.statement, steps=True)))


def _outages(pack: Pack) -> Iterator[tuple[str, str]]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(OUTAGES)
    for one in pack.claim.lines:
        ids = " ".join(theirs(pack.settings, name) for name in one.circuits)
        for outage in one.statement["outages"]:
            writer.writerow([_cell(cell) for cell in (one.scope, ids, *_outage(outage))])
    yield "outages.csv", text.getvalue()


def _outage(one: Json) -> Iterator[object]:
    clock = one["clock"]
    yield from (one["from"], one["to"], one["down_seconds"], one["excluded_seconds"])
    yield from (clock["contractual_seconds"], one["counted_seconds"], clock["lost_to_late_ticket_seconds"])
    yield from (" ".join(map(str, one["tickets"])), one["cause"])


def _cell(value: object) -> object:
    """A spreadsheet must not take another's words for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _arithmetic(pack: Pack) -> Iterator[tuple[str, str]]:
    parts = [
        Sentences(f"{one.scope}, {pack.claim.period}, by {one.contract}, revision {one.revision}",
                  list(one.statement["steps"]), numbered=True)
        for one in pack.claim.lines
    ]  # fmt: skip
    sums = [
        f"{' + '.join(str(one.amount) for one in pack.claim.lines if one.currency == currency)} {currency}"
        f" = {total} {currency}"
        for currency, total in pack.claim.totals.items()
    ]
    yield "arithmetic.txt", plain([*parts, Sentences("What is claimed", sums)])


def _for_programs(pack: Pack) -> Iterator[tuple[str, str]]:
    yield "claim.json", _as_json(as_json(pack))


WRITERS: Sequence[Writer] = (_letter, _statements, _outages, _arithmetic, _for_programs)


def as_json(pack: Pack) -> dict[str, Any]:
    """A claim as other programs read it."""
    claim = pack.claim
    return {
        "reference": pack.reference,
        "carrier": claim.carrier,
        "period": {
            "label": claim.period,
            "from": rfc3339(claim.start_ms),
            "to": rfc3339(claim.end_ms),
            "timezone": claim.zone,
        },
        "totals": [{"currency": currency, "amount": str(sum_)} for currency, sum_ in claim.totals.items()],
        "lines": [
            {
                "circuit": one.scope,
                "circuits": list(one.circuits),
                "carrier_ids": [theirs(pack.settings, name) for name in one.circuits],
                "contract": one.contract,
                "revision": one.revision,
                "digest": one.digest,
                "currency": one.currency,
                "credit": one.statement["credit"]["amount"],
                "claimed": str(one.amount),
                "submit_deadline": None if one.deadline_ms is None else rfc3339(one.deadline_ms),
            }
            for one in claim.lines
        ],
    }


def files_of(pack: Pack, writers: Sequence[Writer] = WRITERS) -> dict[str, bytes]:
    """The pack's files by path, MANIFEST last; `sha256sum -c MANIFEST` checks them. Raises LetterError."""
    found = {path: text.encode() for writer in writers for path, text in writer(pack)}
    digests = (f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(found.items()))
    return found | {MANIFEST: "".join(digests).encode()}


def zipped(pack: Pack, writers: Sequence[Writer] = WRITERS) -> bytes:
    """The pack as a zip whose files are all of the period's end. Raises LetterError."""
    dated = max(EPOCH + timedelta(milliseconds=pack.claim.end_ms), _EARLIEST_ZIP)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in files_of(pack, writers).items():
            entry = zipfile.ZipInfo(path, dated.timetuple()[:6])
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _named(lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    """Each line with a file name of its own; a scope's name may hold what no file name should."""
    taken: set[str] = set()
    for one in lines:
        name = _safe(one.scope)
        number = 2
        while name.lower() in taken:
            name, number = f"{_safe(one.scope)}-{number}", number + 1
        taken.add(name.lower())
        yield name, one


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._") or "_"
