"""What a store's answer asks of us. Pure: a table from status, headers and body to an action.

| answer                                  | action                                                      |
|-----------------------------------------|-------------------------------------------------------------|
| 2xx                                     | ACCEPT; but a web page is no store: HOLD                    |
| 400, 422 that counts what it dropped    | REJECT: the rest was written, the count is put aside        |
| 400, 422 otherwise                      | SPLIT: halves, until the bad line stands alone              |
| 413                                     | SHRINK: half as much at once                                |
| 408, 425, 429, 5xx, no answer           | RETRY, with Retry-After where it is given                   |
| a time-out                              | SLOW: retry with half as much                               |
| anything else (401, 403, 404, 3xx ...)  | HOLD: a person has to change something; retried slowly      |
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from probes.shown import one_line as one_line

MAX_RETRY_AFTER_MS = 3_600_000
"""A store that asks for more patience than an hour is asked again after one."""
NAMED_AT_MOST = 99
"""InfluxDB 3 names no more than 100 bad lines; a list this long or shorter is whole."""

_DROPPED = re.compile(r"partial write.*\bdropped=(\d+)", re.DOTALL)
_AGAIN = frozenset({408, 425, 429})


class Do(StrEnum):
    """What to do with the lines that were sent."""

    ACCEPT = "accept"
    REJECT = "reject"
    SPLIT = "split"
    SHRINK = "shrink"
    RETRY = "retry"
    SLOW = "slow"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Action:
    """A decision, and why in a sentence."""

    do: Do
    why: str = ""
    retry_after_ms: int | None = None
    """How long the store wants to be left alone."""
    rejected: int = 0
    """REJECT: so many lines were not written; the others were."""


def classify(status: int, headers: Mapping[str, str], body: bytes, now_ms: int) -> Action:
    """The table above; header names in any case, `now_ms` since the epoch is for Retry-After's dates."""
    lower = {name.lower(): value for name, value in headers.items()}
    if 200 <= status < 300:
        if lower.get("content-type", "").startswith("text/html"):
            return Action(Do.HOLD, f"{status} with a web page: this URL is not a store's")
        return Action(Do.ACCEPT)
    document = _document(body)
    why = f"{status}: {_message(document, lower, body)}"
    if status in (400, 422):
        rejected = _rejected(document, why)
        return Action(Do.REJECT, why, rejected=rejected) if rejected else Action(Do.SPLIT, why)
    if status == 413:
        return Action(Do.SHRINK, why)
    if status in _AGAIN or status >= 500:
        return Action(Do.RETRY, why, retry_after_ms=retry_after_ms(lower.get("retry-after"), now_ms))
    if 300 <= status < 400:
        return Action(Do.HOLD, f"{status}: redirected to {one_line(lower.get('location', ''))}")
    return Action(Do.HOLD, why)


def retry_after_ms(value: str | None, now_ms: int) -> int | None:
    """Retry-After (RFC 9110 10.2.3), seconds or an HTTP date, as ms from now; None for anything else."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        wait = int(value) * 1000
    else:
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            return None
        wait = int(when.replace(tzinfo=when.tzinfo or UTC).timestamp() * 1000) - now_ms
    return min(max(wait, 0), MAX_RETRY_AFTER_MS)


def _document(body: bytes) -> Mapping[str, Any]:
    """The body as a JSON object, or nothing."""
    try:
        document = json.loads(body)
    except ValueError:  # also a UnicodeDecodeError
        return {}
    return document if isinstance(document, dict) else {}


def _message(document: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> str:
    """What the store said, on one line of bounded length."""
    said = document.get("message") or document.get("error") or headers.get("x-influxdb-error")
    text = str(said) if said else body.decode("utf-8", "replace")
    named = document.get("data")
    if isinstance(named, list) and named and isinstance(named[0], dict):
        text += f": {named[0].get('error_message', '')}"
    return one_line(text)


def _rejected(document: Mapping[str, Any], why: str) -> int:
    """How many lines the store left out while it wrote the rest; 0 when it does not say so.

    InfluxDB 1 and 2 end their message with `dropped=N` (0 where a line was not even understood: then
    the bad one must be looked for); InfluxDB 3 lists the bad lines, a hundred at most.
    """
    dropped = _DROPPED.search(str(document.get("message") or document.get("error") or why))
    if dropped:
        return int(dropped[1])
    named = document.get("data")
    partial = "partial write" in str(document.get("error", ""))
    return len(named) if partial and isinstance(named, list) and len(named) <= NAMED_AT_MOST else 0
