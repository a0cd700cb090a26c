"""The user-based security of SNMP v3, as one user at one agent sees it (RFC 3412 section 6, RFC 3414).

Keys and ciphers are pysnmp's; what a message looks like and what an answer means is ours, because
pysnmp's engine takes over ten times the CPU of this and tells of a wrong answer in its log alone.

An agent is known by its engine, with the count of its boots and its clock. All three are learnt from
its first report and kept; a report that says otherwise (another engine stands there now, its clock
was set) is learnt from, and the question is asked once more.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import importlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from probes.clock import NS_PER_SECOND, Instant
from probes.model import Failure, Reason
from probes.snmp.ber import MalformedError, Oid, Reader, Tag, integer, octets, sequence
from probes.snmp.credentials import Credentials
from probes.snmp.message import VERSION_3, Pdu, PduType, get, read_pdu

_AUTH_FLAG, _PRIVACY_FLAG, _REPORTABLE_FLAG = 1, 2, 4
_USM = 3
_NEVER = Instant(0, 0)
_LARGEST = 65_507
"""The largest UDP datagram, which is what we can receive."""
_WINDOW_SECONDS = 150
AUTH_PROTOCOLS = {
    "md5": (1, 3, 6, 1, 6, 3, 10, 1, 1, 2),
    "sha": (1, 3, 6, 1, 6, 3, 10, 1, 1, 3),
    "sha224": (1, 3, 6, 1, 6, 3, 10, 1, 1, 4),
    "sha256": (1, 3, 6, 1, 6, 3, 10, 1, 1, 5),
    "sha384": (1, 3, 6, 1, 6, 3, 10, 1, 1, 6),
    "sha512": (1, 3, 6, 1, 6, 3, 10, 1, 1, 7),
}
PRIVACY_PROTOCOLS = {
    "des": (1, 3, 6, 1, 6, 3, 10, 1, 2, 2),
    "aes128": (1, 3, 6, 1, 6, 3, 10, 1, 2, 4),
    "aes192": (1, 3, 6, 1, 4, 1, 9, 12, 6, 1, 1),
    "aes256": (1, 3, 6, 1, 4, 1, 9, 12, 6, 1, 2),
    "aes192c": (1, 3, 6, 1, 4, 1, 9, 12, 6, 1, 101),
    "aes256c": (1, 3, 6, 1, 4, 1, 9, 12, 6, 1, 102),
}
"""Our words for the protocols to the names that pysnmp knows them by."""
_HASH = {"sha": "sha1"}
_USM_STATS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
_UNKNOWN_CONTEXT: Oid = (1, 3, 6, 1, 6, 3, 12, 1, 5, 0)
_NOT_IN_TIME, _UNKNOWN_ENGINE = 2, 4
_SAYS = {
    1: "the agent does not offer this user so much security (unsupportedSecLevels): auth or privacy too many",
    _NOT_IN_TIME: "the agent says again and again that our clock is not its own (notInTimeWindows)",
    3: "the agent does not know the user (unknownUserNames)",
    _UNKNOWN_ENGINE: "the agent says again and again that it is another engine (unknownEngineIDs)",
    5: "the agent could not verify who asks (wrongDigests): pass phrase or algorithm of auth is another",
    6: "the agent could not decrypt (decryptionErrors): pass phrase or algorithm of privacy is another",
}
"""usmStats of RFC 3414 section 5, by their last arc but one."""


class StrangeError(Exception):
    """A datagram that is no answer to what was asked; `failure` says what it was."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.failure = Failure(reason, detail)


class AgainError(Exception):
    """The answer taught something that was missing: the question is to be asked once more."""


class RefusedError(Exception):
    """The agent answered that it won't answer; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Keys:
    """A user's keys at one engine, with what they are used by (pysnmp's services); empty where not used."""

    auth: bytes = b""
    digest: str = ""
    digest_size: int = 0
    privacy: Any = None
    cipher: Any = None
    block: int = 1


@dataclass(frozen=True, slots=True)
class Engine:
    """An agent's engine: its identity, the count of its boots, and its clock (s) at a moment of ours."""

    id: bytes
    boots: int = 0
    time: int = 0
    at: Instant = _NEVER

    def time_at(self, now: Instant) -> int:
        """Its clock as it should stand now."""
        return self.time + max(0, now - self.at) // NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class _Message:
    """A v3 message taken apart, its scoped PDU still closed."""

    message_id: int
    flags: int
    engine: bytes
    boots: int
    time: int
    user: bytes
    digest: bytes
    digest_at: int
    salt: bytes
    scoped: Reader


class User:
    """One user at one agent: packs questions, opens answers, learns the agent's engine."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._user = (credentials.user or "").encode()
        self._flags = _AUTH_FLAG * (credentials.auth is not None)
        self._flags |= _PRIVACY_FLAG * (credentials.privacy is not None)
        self._keys = Keys()
        self.engine: Engine | None = None

    @property
    def answered_by(self) -> tuple[bytes, int] | None:
        """The engine's identity and the count of its boots."""
        return (self.engine.id, self.engine.boots) if self.engine else None

    async def ready(self) -> None:
        """Derive the keys for an engine that was learnt; a MiB is hashed for each, in a thread."""
        while self._flags and (engine := self.engine) is not None and not self._keys.auth:
            keys = await asyncio.to_thread(derive, self._credentials, engine.id)
            if self.engine is not None and self.engine.id == engine.id:  # nobody learnt another meanwhile
                self._keys = keys

    def forget(self) -> None:
        """Learn the engine anew: an agent that says nothing may be another one by now."""
        self.engine, self._keys = None, Keys()

    def pack(self, pdu: bytes, message_id: int, now: Instant) -> bytes:
        """A message with the question, or the one that asks for the agent's engine (3414 section 4)."""
        if self.engine is None:
            return self._wrap(get(message_id, ()), message_id, Engine(b""), 0, b"", now)
        return self._wrap(pdu, message_id, self.engine, self._flags, self._user, now)

    def _wrap(
        self, pdu: bytes, message_id: int, engine: Engine, flags: int, user: bytes, now: Instant
    ) -> bytes:
        boots, time, salt = engine.boots, engine.time_at(now), b""
        scoped = sequence(octets(engine.id), octets(self._credentials.context.encode()), pdu)
        if flags & _PRIVACY_FLAG:
            closed, salt_used = self._keys.cipher.encrypt_data(
                self._keys.privacy, (boots, time, None), scoped
            )
            scoped, salt = octets(bytes(closed)), bytes(salt_used)
        digest = bytes(self._keys.digest_size if flags & _AUTH_FLAG else 0)
        head = sequence(
            integer(message_id), integer(_LARGEST), octets(bytes((flags | _REPORTABLE_FLAG,))), integer(_USM)
        )
        parameters = sequence(
            octets(engine.id), integer(boots), integer(time), octets(user), octets(digest), octets(salt)
        )
        whole = sequence(integer(VERSION_3), head, octets(parameters), scoped)
        if not digest:
            return whole
        end = len(whole) - len(scoped) - len(octets(salt))
        return whole[: end - len(digest)] + self._digest(whole) + whole[end:]

    def unpack(self, data: bytes, message_id: int, most: int, now: Instant) -> Pdu:
        """The answer in `data`.

        Raises MalformedError or StrangeError (go on waiting), AgainError (ask once more) or RefusedError.
        """
        message = _take_apart(data)
        if message.message_id != message_id:
            raise StrangeError(Reason.PROTOCOL, "answers carry the id of another message")
        if message.flags & _AUTH_FLAG:
            self._verify(message, data, now)
        pdu = read_pdu(_inside(self._open(message)), most)
        if pdu.kind == PduType.REPORT:
            raise self._learn(message, pdu, now)
        if message.flags & (_AUTH_FLAG | _PRIVACY_FLAG) != self._flags:
            raise StrangeError(Reason.AUTH, "answers carry less security than was asked for")
        return pdu

    def _verify(self, message: _Message, data: bytes, now: Instant) -> None:
        """Authentic and of this moment, or StrangeError (3414 section 3.2 points 6 and 7b)."""
        engine = self.engine
        if engine is None or message.engine != engine.id or not self._keys.auth:
            raise StrangeError(Reason.AUTH, "answers come from another engine than was asked")
        end = message.digest_at + len(message.digest)
        blank = data[: message.digest_at] + bytes(len(message.digest)) + data[end:]
        if not hmac.compare_digest(self._digest(blank), message.digest):
            raise StrangeError(Reason.AUTH, "answers carry a wrong digest")
        newest = (engine.boots, engine.time_at(now))
        if message.boots < newest[0] or (
            message.boots == newest[0] and message.time < newest[1] - _WINDOW_SECONDS
        ):
            raise StrangeError(Reason.AUTH, "answers are old ones (not in the time window)")
        if (message.boots, message.time) > newest:
            self.engine = Engine(engine.id, message.boots, message.time, now)

    def _open(self, message: _Message) -> Reader:
        """The scoped PDU, decrypted where it has to be."""
        if not message.flags & _PRIVACY_FLAG:
            return message.scoped
        closed = message.scoped.octets()
        if not self._keys.cipher or len(message.salt) != 8 or len(closed) % self._keys.block:
            raise StrangeError(Reason.AUTH, "answers can't be decrypted")
        octet_string = type(self._keys.privacy)
        using = (message.boots, message.time, octet_string(message.salt))
        return Reader(bytes(self._keys.cipher.decrypt_data(self._keys.privacy, using, octet_string(closed))))

    def _learn(self, message: _Message, report: Pdu, now: Instant) -> AgainError | RefusedError:
        """What a report (3414 section 3.2) asks for: a new engine, the right time, or nothing that helps."""
        oid = report.varbinds[0][0] if report.varbinds else ()
        about = oid[-2] if oid[:-2] == _USM_STATS else 0
        known = self.engine
        if about == _UNKNOWN_ENGINE and message.engine and (known is None or known.id != message.engine):
            self.engine, self._keys = Engine(message.engine, message.boots, message.time, now), Keys()
            return AgainError(_SAYS[about])
        if about == _NOT_IN_TIME and known is not None and message.flags & _AUTH_FLAG:
            self.engine = Engine(known.id, message.boots, message.time, now)
            return AgainError(_SAYS[about])
        if about in _SAYS:
            return RefusedError(Failure(Reason.AUTH, _SAYS[about]))
        if oid == _UNKNOWN_CONTEXT:
            return RefusedError(
                Failure(Reason.MISMATCH, f"no context {self._credentials.context!r} at the agent")
            )
        return RefusedError(
            Failure(Reason.PROTOCOL, f"a report about {'.'.join(map(str, oid)) or 'nothing'}")
        )

    def _digest(self, whole: bytes) -> bytes:
        return hmac.digest(self._keys.auth, whole, self._keys.digest)[: self._keys.digest_size]


def derive(credentials: Credentials, engine: bytes) -> Keys:
    """Both keys of a user at an engine (3414 section 2.6): 5 to 20 ms of CPU, less for a known pass phrase.

    It also imports pysnmp, which takes about 100 ms: for a thread.
    """
    service = importlib.import_module("pysnmp.proto.secmod.rfc3414.service").SnmpUSMSecurityModel
    octet_string = importlib.import_module("pysnmp.proto.rfc1902").OctetString
    auth, privacy = credentials.auth, credentials.privacy
    if auth is None:
        return Keys()
    digest, at = _HASH.get(auth.algorithm, auth.algorithm), octet_string(engine)
    name = AUTH_PROTOCOLS[auth.algorithm]
    authenticator = service.AUTH_SERVICES[name]
    auth_key = authenticator.localize_key(octet_string(_master(auth.secret.reveal(), digest)), at)
    if privacy is None:
        return Keys(bytes(auth_key), digest, authenticator.digest_length)
    cipher = service.PRIV_SERVICES[PRIVACY_PROTOCOLS[privacy.algorithm]]
    privacy_key = octet_string(
        cipher.localize_key(name, octet_string(_master(privacy.secret.reveal(), digest)), at)
    )
    cipher.encrypt_data(privacy_key, (0, 0, None), bytes(8))  # its first use imports for 5 ms more
    return Keys(
        auth=bytes(auth_key),
        digest=digest,
        digest_size=authenticator.digest_length,
        privacy=privacy_key,
        cipher=cipher,
        block=8 if privacy.algorithm == "des" else 1,
    )


@lru_cache(maxsize=256)
def _master(pass_phrase: str, digest: str) -> bytes:
    """The digest of the pass phrase, repeated to a MiB (3414 appendix A.2); others run meanwhile."""
    phrase = pass_phrase.encode()
    return hashlib.new(digest, (phrase * (2**20 // max(1, len(phrase)) + 1))[: 2**20]).digest()


def _take_apart(data: bytes) -> _Message:
    reader = Reader(data).enter()
    if (version := reader.integer()) != VERSION_3:
        raise MalformedError(f"a message of version {version} where {VERSION_3} belongs")
    head = reader.enter()
    message_id, _, flags, model = head.integer(), head.integer(), head.octets(), head.integer()
    if len(flags) != 1 or model != _USM:
        raise MalformedError(f"security model {model} where {_USM} (USM) belongs")
    secured = reader.enter(Tag.OCTETS).enter()
    engine, boots, time, user = secured.octets(), secured.integer(), secured.integer(), secured.octets()
    digest = secured.octets()
    digest_at = secured.at - len(digest)
    return _Message(
        message_id, flags[0], engine, boots, time, user, digest, digest_at, secured.octets(), reader
    )


def _inside(scoped: Reader) -> Reader:
    """The reader of a scoped PDU, standing before the PDU."""
    reader = scoped.enter()
    reader.octets()
    reader.octets()
    return reader
