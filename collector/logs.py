"""Log lines: JSON for machines, colours for a person at a terminal.

Event names (`web.listening`, `outage.opened`) are stable; what varies stands in fields beside them.
Times are UTC. An exception is structured text without the local variables of its frames, for these
hold secrets; a `Secret` among the fields prints as `***`. What libraries log through the standard
library comes out in the same shape.

What is not a terminal gets JSON: systemd's journal, a container's log, a file. Where the stream is
the journal's (sd-journal's JOURNAL_STREAM names it) each line begins with its syslog level, which
the journal takes off again, so that `journalctl -p warning` finds what it should.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

_SYSLOG = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}


def configure(
    stream: TextIO, json: bool | None = None, level: str = "info", environ: Mapping[str, str] = os.environ
) -> None:
    """Send every log line of the process to `stream`; `json` None decides by what `stream` is.

    `level` is the least that is written: debug, info, warning, error or critical.
    """
    as_json = not stream.isatty() if json is None else json
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _for_machines(_is_journal(stream, environ)) if as_json else _for_people(stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _for_machines(journal: bool) -> list[Processor]:
    structured = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    return [structured, _JournalLine(render) if journal else render]


def _for_people(colours: bool) -> list[Processor]:
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]


class _JournalLine:
    """Puts the syslog level before a rendered line, as sd-daemon(3) reads it."""

    def __init__(self, render: structlog.processors.JSONRenderer) -> None:
        self._render = render

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        level = _SYSLOG.get(str(event.get("level")), 6)
        return f"<{level}>{self._render(logger, name, event)!s}"


def _is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether `stream` is the one that systemd connected to its journal."""
    try:
        status = os.fstat(stream.fileno())
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
