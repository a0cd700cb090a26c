"""TLS contexts from a web-config file, and one that is always the newest.

A certificate is renewed every few weeks and a daemon runs for months: each new connection is
shaken hands with by the context of that moment (as exporter-toolkit does), so a renewal needs no
restart and no signal.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from collector.web.webconfig import CIPHERS, TlsConfig, WebConfigError

_VERSIONS = {
    "TLS10": ssl.TLSVersion.TLSv1,
    "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
_CURVES = {"CurveP256": "prime256v1", "CurveP384": "secp384r1", "CurveP521": "secp521r1", "X25519": "X25519"}
_CLIENTS = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


def context(config: TlsConfig) -> ssl.SSLContext:
    """A server's context; reads the files, raises WebConfigError that names the one it could not use."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = _VERSIONS[config.min_version]
    made.maximum_version = _VERSIONS[config.max_version]
    made.verify_mode = _CLIENTS[config.client_auth_type]
    chosen = [CIPHERS[name] for name in config.cipher_suites if CIPHERS[name]]
    if chosen:
        made.set_ciphers(":".join(chosen))
    if not config.prefer_server_cipher_suites:
        made.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if len(config.curve_preferences) == 1:
        made.set_ecdh_curve(_CURVES[config.curve_preferences[0]])
    _load_certificate(made, config)
    _load_authority(made, config)
    return made


def _load_certificate(made: ssl.SSLContext, config: TlsConfig) -> None:
    key_text = config.key.reveal() if config.key else ""
    with _path(config.cert_file, config.cert or "") as cert, _path(config.key_file, key_text) as key:
        try:
            made.load_cert_chain(cert, key)
        except OSError as error:
            unreadable = [str(path) for path in (cert, key) if not os.access(path, os.R_OK)]
            why = f"{' and '.join(unreadable)} can't be read" if unreadable else error.strerror or error
            raise WebConfigError(
                f"the certificate {config.cert_file or 'in cert'} and the key "
                f"{config.key_file or 'in key'} can't be used: {why}"
            ) from error


def _load_authority(made: ssl.SSLContext, config: TlsConfig) -> None:
    if not (config.client_ca or config.client_ca_file):
        return
    try:
        made.load_verify_locations(config.client_ca_file, cadata=config.client_ca)
    except OSError as error:
        source = config.client_ca_file or "client_ca"
        raise WebConfigError(
            f"the client authority {source} can't be used: {error.strerror or error}"
        ) from error


@contextmanager
def _path(file: Path | None, text: str) -> Iterator[Path]:
    """`file`, or `text` as one that only this process can open: OpenSSL reads a key from a path alone."""
    if file:
        yield file
        return
    with os.fdopen(os.memfd_create("pem"), "w") as memory:
        memory.write(text)
        memory.flush()
        yield Path(f"/proc/self/fd/{memory.fileno()}")


class NewestContext(ssl.SSLContext):
    """Stands where a server wants one context, and hands each connection to the one that holds now."""

    _newest: Callable[[], ssl.SSLContext]

    @classmethod
    def of(cls, newest: Callable[[], ssl.SSLContext]) -> Self:
        """`newest` is asked once a connection, so it must be quick when nothing has changed."""
        made = cls(ssl.PROTOCOL_TLS_SERVER)
        made._newest = newest
        return made

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:  # noqa: ANN401 - as it came
        """What asyncio begins each handshake with."""
        return self._newest().wrap_bio(*args, **kwargs)
