"""The web-config file as it is now: read again when it or a certificate changes."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import structlog

from collector.web import tls
from collector.web.webconfig import OPEN, WebConfig, WebConfigError, load

_log = structlog.get_logger()
Fingerprint = tuple[tuple[int, int, int] | None, ...]


class LiveConfig:
    """Settings of the moment; a changed file that is bad keeps the old ones and says so.

    `objection` says why a configuration may not be used (empty: it may), so that a changed file can't
    take away the auth without which the address may not be listened on. Asked once a request and
    once a handshake, so it looks at the files' times and reads them when those differ.
    """

    def __init__(self, path: Path | None, objection: Callable[[WebConfig], str]) -> None:
        """Read the file; raises WebConfigError."""
        self._path = path
        self._objection = objection
        self._config, self._context = self._read()
        self._seen = self._fingerprint(self._config)
        self.problem = ""
        """Why the newest file is not in force; empty when it is."""

    @property
    def context(self) -> ssl.SSLContext | None:
        """The TLS context of now; None where the server speaks plain HTTP."""
        self._refresh()
        return self._context

    @property
    def config(self) -> WebConfig:
        """The settings of now."""
        self._refresh()
        return self._config

    def _read(self) -> tuple[WebConfig, ssl.SSLContext | None]:
        config = load(self._path) if self._path else OPEN
        objection = self._objection(config)
        if objection:
            raise WebConfigError(objection)
        speaks_tls = config.tls_server_config.enabled
        return config, tls.context(config.tls_server_config) if speaks_tls else None

    def _refresh(self) -> None:
        seen = self._fingerprint(self._config)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            config, context = self._read()
            if (context is None) != (self._context is None):
                raise WebConfigError(f"{self._path}: TLS is switched on or off only by a restart")
        except WebConfigError as error:
            self.problem = f"{'; '.join(error.problems)} (the settings from before stay in force)"
            _log.error("web.config_rejected", problems=error.problems)
        else:
            self._config, self._context, self.problem = config, context, ""
            self._seen = self._fingerprint(config)
            _log.info("web.config_changed", file=str(self._path))

    def _fingerprint(self, config: WebConfig) -> Fingerprint:
        paths = (self._path, *config.files()) if self._path else ()
        return tuple(_stamp(path) for path in paths)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
