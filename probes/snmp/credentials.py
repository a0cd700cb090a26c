"""How to ask a device: a community (SNMP v2c) or a user with keys (v3, RFC 3414 and 3826, 7860)."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from probes.values import Secret


class _OneSecret(BaseModel):
    """One key, which names the algorithm, with its pass phrase."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name, secret in self if secret is not None]
        if len(given) != 1:
            known = ", ".join(type(self).model_fields)
            raise ValueError(f"needs one of {known}, such as {{{next(iter(self))[0]}: {{file: PATH}}}}")
        return self

    @property
    def algorithm(self) -> str:
        """The key that was given."""
        return next(name for name, secret in self if secret is not None)

    @property
    def secret(self) -> Secret:
        """Its pass phrase."""
        found: Secret = next(secret for _, secret in self if secret is not None)
        return found


class Auth(_OneSecret):
    """Who we are: HMAC with a digest (RFC 7860; MD5 and SHA-1 for devices that know no better)."""

    sha256: Secret | None = Field(None, description="HMAC-SHA-256 pass phrase")
    sha224: Secret | None = Field(None, description="HMAC-SHA-224 pass phrase")
    sha384: Secret | None = Field(None, description="HMAC-SHA-384 pass phrase")
    sha512: Secret | None = Field(None, description="HMAC-SHA-512 pass phrase")
    sha: Secret | None = Field(None, description="HMAC-SHA-1 pass phrase: weak")
    md5: Secret | None = Field(None, description="HMAC-MD5 pass phrase: broken")


class Privacy(_OneSecret):
    """How what is said is hidden (RFC 3826; AES-192 and 256 by the Blumenthal draft, or as Cisco does)."""

    aes128: Secret | None = Field(None, description="AES-128 pass phrase")
    aes192: Secret | None = Field(None, description="AES-192 pass phrase (Blumenthal)")
    aes256: Secret | None = Field(None, description="AES-256 pass phrase (Blumenthal)")
    aes192c: Secret | None = Field(None, description="AES-192 pass phrase (Reeder, Cisco)")
    aes256c: Secret | None = Field(None, description="AES-256 pass phrase (Reeder, Cisco)")
    des: Secret | None = Field(None, description="DES pass phrase: broken")


class Credentials(BaseModel):
    """One entry of `credentials`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    version: Literal["2c", 3] = Field(description="2c (a community) or 3 (a user with keys)")
    community: Secret | None = Field(None, description="2c's community")
    user: str | None = Field(None, min_length=1, max_length=32, description="3's user")
    auth: Auth | None = Field(None, description="3's authentication; left out: none")
    privacy: Privacy | None = Field(None, description="3's encryption; needs auth; left out: none")
    context: str = Field("", description="3's context name")

    @model_validator(mode="after")
    def _fits_its_version(self) -> Self:
        if self.version == "2c":
            if self.community is None:
                raise ValueError("version 2c needs a community, such as {file: PATH}")
            if self.user or self.auth or self.privacy:
                raise ValueError("user, auth and privacy are version 3's")
        else:
            if self.user is None:
                raise ValueError("version 3 needs a user")
            if self.community is not None:
                raise ValueError("a community is version 2c's")
            if self.privacy is not None and self.auth is None:
                raise ValueError("privacy needs auth (RFC 3414 2.1: there is no noAuthPriv)")
        return self
