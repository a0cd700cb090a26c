"""What a chart shades."""

from __future__ import annotations

import json
from pathlib import Path

from collector.curves.bands import bands
from tests.collector.curves.filled import read, settings_of, write
from tests.collector.ledgers import BEGIN_MS, ledger_at
from tests.config.estate import GOOD

MINUTE_MS = 60_000
WINDOWS = """
maintenance:
  - {from: "2026-01-01 00:10", to: "2026-01-01 00:20", reason: "new <card>"}
  - {from: 2026-01-01T00:30:00Z, to: 2026-01-01T00:35:00Z, kind: power, state: disputed}
  - {from: 2026-01-01T00:30:00Z, to: 2026-01-01T00:35:00Z, carriers: [acme], kind: emergency}
"""
LATER = {"from": "2026-01-01T00:40:00Z", "to": "2026-01-01T02:00:00Z"}
EARLY = {"from": "2026-01-01T00:01:00Z", "to": "2026-01-01T00:02:00Z"}
NOTES = (
    ("maintenance", LATER | {"circuits": ["lon-acme"], "reason": "fibre work"}),
    ("maintenance", LATER | {"circuits": ["other"], "reason": "not ours"}),
    ("exclude", EARLY | {"carrier": "acme", "kind": "customer_power", "reason": "a fuse"}),
)


def test_outages_work_and_excuses_are_cut_to_the_time(tmp_path: Path) -> None:
    with ledger_at(tmp_path / "l.db") as ledger:
        for kind, body in NOTES:
            write(
                ledger,
                "INSERT INTO note (at_ms, author, kind, body) VALUES (?, 'ann', ?, ?)",
                BEGIN_MS,
                kind,
                json.dumps(body),
            )
        write(
            ledger,
            "INSERT INTO outage VALUES ('lon-01', 'lon-acme', ?, 'acme', NULL, 'timeout', 0)",
            BEGIN_MS + 50 * MINUTE_MS,
        )
        write(ledger, "INSERT INTO transition VALUES ('lon-01', 'lon-acme', ?, 'up', '')", BEGIN_MS)
        write(ledger, "INSERT INTO watermark VALUES ('lon-01', ?)", BEGIN_MS + 55 * MINUTE_MS)
    end_ms = BEGIN_MS + 60 * MINUTE_MS
    with read(tmp_path / "l.db") as reader:
        found = bands(
            reader, settings_of(tmp_path, GOOD + WINDOWS), "lon-acme", BEGIN_MS, end_ms, end_ms - MINUTE_MS
        )
    said = [
        ((one.from_ms - BEGIN_MS) // MINUTE_MS, (one.to_ms - BEGIN_MS) // MINUTE_MS, one.kind, one.label)
        for one in found
    ]
    assert said == [
        (1, 2, "excluded", "a fuse, claimed by the carrier"),
        (10, 20, "maintenance", "new <card>"),
        (30, 35, "excluded", "power, disputed"),
        (30, 35, "maintenance", "emergency maintenance"),
        (40, 60, "maintenance", "fibre work"),
        (50, 59, "outage", "timeout"),
        (55, 59, "no_data", ""),
    ]
