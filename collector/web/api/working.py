"""Endpoints at work: their function is found, its answer becomes bytes. Runs beside the event loop."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

from collector.clerk import Desk
from collector.web.api.endpoint import Answer, Given
from collector.web.packing import Packed, packed
from collector.web.seen import Seen
from collector.web.views.view import Drawn

JSON = "application/json"


def from_ledger(desk: Desk, work: str, given: Given, *, gzip: bool) -> Packed:
    """The answer of an endpoint that reads the ledger; raises BadParameter, NotFound, LedgerError."""
    return _packed(_function(work)(desk, given), gzip=gzip)


def from_now(seen: Seen, work: str, given: Given, *, gzip: bool) -> Packed:
    """The answer of a live one."""
    return _packed(_function(work)(seen, given), gzip=gzip)


def note_from_ledger(desk: Desk, number: int) -> Packed:
    """A note as the list tells it."""
    return _packed(_function("noted:note")(desk, number), gzip=False)


def _function(work: str) -> Callable[..., Answer]:
    module, _, name = work.partition(":")
    found: Callable[..., Answer] = getattr(import_module(f"{__package__}.{module}"), name)
    return found


def _packed(answer: Answer, *, gzip: bool) -> Packed:
    return packed(Drawn(encoded(answer.document), JSON, answer.etag), gzip=gzip)


def encoded(document: Any) -> bytes:  # noqa: ANN401 - JSON
    """JSON without spaces; no NaN, which is none, and no lone surrogates, which UTF-8 hasn't."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
