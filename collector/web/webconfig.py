"""The web-config file (TLS, basic auth, headers, rate limit) in the format of Prometheus's exporter-toolkit.

One file serves every exporter of a fleet, so what is valid there is accepted here; what Python's
TLS can't do is said in a warning where leaving it out is safe, and refused where it is not
(a client certificate that is asked for and not verified proves nothing). A wrong or unknown key is an error
that names the file and the key. Relative paths start at the file's own directory.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator

from config.model import Model
from probes.values import Duration, Secret

ClientAuth = Literal[
    "NoClientCert",
    "RequestClientCert",
    "RequireAnyClientCert",
    "RequireClientCert",
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
]
Version = Literal["TLS10", "TLS11", "TLS12", "TLS13"]
Curve = Literal["CurveP256", "CurveP384", "CurveP521", "X25519"]
CIPHERS = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_AES_128_GCM_SHA256": "",
    "TLS_AES_256_GCM_SHA384": "",
    "TLS_CHACHA20_POLY1305_SHA256": "",
}
"""Go's name -> OpenSSL's. Those of TLS 1.3 can't be chosen (in Go neither) and are always on."""
_HEADERS: dict[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
"""Which headers may be set, and to what (empty: to anything), as exporter-toolkit has it."""


class WebConfigError(ValueError):
    """The web-config file can't be used; `problems` has a sentence for each reason."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _cipher(name: str) -> str:
    if name not in CIPHERS:
        raise ValueError(
            f"{name!r} is not a cipher suite that is safe to offer; right are {', '.join(CIPHERS)}"
        )
    return name


def _bcrypt_hash(secret: Secret) -> Secret:
    text = secret.reveal()
    if len(text) != 60 or not text.startswith(("$2a$", "$2b$", "$2y$")):
        raise ValueError("this is not a bcrypt hash; make one with: htpasswd -nBC 10 USER")
    return secret


class TlsConfig(Model):
    """`tls_server_config`: empty means no TLS."""

    cert: str | None = None
    key: Secret | None = None
    client_ca: str | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    client_ca_file: Path | None = None
    client_auth_type: ClientAuth = "NoClientCert"
    client_allowed_sans: tuple[str, ...] = ()
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    cipher_suites: tuple[Annotated[str, AfterValidator(_cipher)], ...] = ()
    prefer_server_cipher_suites: bool = True
    curve_preferences: tuple[Curve, ...] = ()

    @property
    def enabled(self) -> bool:
        """Whether the server speaks TLS."""
        return bool(self.cert or self.cert_file)

    @property
    def verifies_clients(self) -> bool:
        """Whether nobody gets in without a certificate that we verified."""
        return self.enabled and self.client_auth_type == "RequireAndVerifyClientCert"

    @field_validator("cert_file", "key_file", "client_ca_file")
    @classmethod
    def _beside_the_file(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return path and Path((info.context or {}).get("directory", ".")) / path

    @field_validator("client_auth_type")
    @classmethod
    def _verified_or_none(cls, kind: ClientAuth) -> ClientAuth:
        if kind in ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert"):
            raise ValueError(
                f"{kind} takes any certificate, which proves nothing; "
                "right are NoClientCert, VerifyClientCertIfGiven and RequireAndVerifyClientCert"
            )
        return kind

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        has_key, has_ca = bool(self.key or self.key_file), bool(self.client_ca or self.client_ca_file)
        wanted = self.model_fields_set & {"client_auth_type", "client_ca", "client_ca_file"}
        if self.enabled != has_key or (wanted and not self.enabled):
            raise ValueError("TLS needs a certificate (cert_file or cert) and its key (key_file or key)")
        if (self.cert and self.cert_file) or (self.key and self.key_file):
            raise ValueError("give a certificate or a key as a file or as text, not both")
        if has_ca != (self.client_auth_type != "NoClientCert"):
            raise ValueError("client_ca_file and client_auth_type belong together: give both or neither")
        if self.client_allowed_sans and not self.verifies_clients:
            raise ValueError("client_allowed_sans needs client_auth_type: RequireAndVerifyClientCert")
        return self


class HttpConfig(Model):
    """`http_server_config`: headers that every response gets; HTTP/1.1 is spoken whatever `http2` says."""

    http2: bool = True
    headers: Mapping[str, str] = {}

    @field_validator("headers")
    @classmethod
    def _allowed(cls, headers: Mapping[str, str]) -> Mapping[str, str]:
        for name, value in headers.items():
            if name not in _HEADERS:
                raise ValueError(f"{name} can't be set here; right are {', '.join(_HEADERS)}")
            if _HEADERS[name] and value not in _HEADERS[name]:
                raise ValueError(f"{name} is {value!r}; right is {' or '.join(_HEADERS[name])}")
            if not value.isprintable():
                raise ValueError(f"{name} holds a line break or another control character")
        return headers


class RateLimit(Model):
    """`rate_limit`: `burst` requests at once, then one each `interval`; 0 means no limit."""

    interval: Duration = Duration(0)
    burst: int = Field(1, ge=1)


class WebConfig(Model):
    """A whole web-config file; an empty one is plain HTTP for everybody."""

    tls_server_config: TlsConfig = TlsConfig.model_construct()
    http_server_config: HttpConfig = HttpConfig.model_construct()
    basic_auth_users: Mapping[str, Annotated[Secret, AfterValidator(_bcrypt_hash)]] = {}
    rate_limit: RateLimit = RateLimit.model_construct()

    @property
    def authenticates(self) -> bool:
        """Whether a stranger is kept out."""
        return bool(self.basic_auth_users) or self.tls_server_config.verifies_clients

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is accepted and does not do what one might think."""
        said = []
        if self.basic_auth_users and not self.tls_server_config.enabled:
            said.append("basic_auth_users without tls_server_config: passwords cross the network readable")
        if len(self.tls_server_config.curve_preferences) > 1:
            said.append("curve_preferences: only one curve can be set, so several leave the default")
        return tuple(said)

    def files(self) -> tuple[Path, ...]:
        """The files it was made from beside itself; when one changes it is read again."""
        tls = self.tls_server_config
        return tuple(path for path in (tls.cert_file, tls.key_file, tls.client_ca_file) if path)


OPEN = WebConfig()
"""Without a file: plain HTTP, no auth."""


def load(path: Path) -> WebConfig:
    """Read a web-config file; raises WebConfigError with every problem at once."""
    try:
        content = yaml.load(path.read_bytes(), _Loader)  # noqa: S506 - a SafeLoader's subclass
    except OSError as error:
        raise WebConfigError(f"{path}: can't be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise WebConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    try:
        return WebConfig.model_validate(content or {}, context={"directory": path.parent})
    except ValidationError as error:
        raise WebConfigError(*(f"{path}: {_sentence(dict(one))}" for one in error.errors())) from error


class _Loader(yaml.CSafeLoader):
    """Refuses a key given twice, of which YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key!r} is given twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def _sentence(problem: Mapping[str, Any]) -> str:
    """`key.path: what, and what would be right`; never the value, which may be a password's hash."""
    *above, last = problem["loc"] or ("",)
    where = ".".join(str(part) for part in (*above, last) if part != "")
    if problem["type"] == "extra_forbidden":
        near = get_close_matches(str(last), _keys(above), 1)
        return f"{where}: unknown key" + (f"; did you mean {near[0]}?" if near else "")
    what = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


def _keys(above: list[str]) -> list[str]:
    model: Any = WebConfig
    for part in above:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
