"""SNMP v3's security without a network: two users of one engine, one of them playing the agent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.clock import NS_PER_SECOND, Instant
from probes.model import Reason
from probes.snmp.ber import MalformedError, Oid, Tag, integer, object_identifier, sequence, tlv
from probes.snmp.credentials import Credentials
from probes.snmp.message import PduType, get
from probes.snmp.usm import AgainError, Engine, RefusedError, StrangeError, User, _master, derive

NOW = Instant(0, 1_000 * NS_PER_SECOND)
ENGINE = bytes.fromhex("80001f8804666972737400")
BOOTS, TIME, MESSAGE = 5, 700, 4711
STATS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
ALL_AUTH = ("md5", "sha", "sha224", "sha256", "sha384", "sha512")
ALL_PRIVACY = ("des", "aes128", "aes192", "aes256", "aes192c", "aes256c")


def credentials(
    auth: str | None = "sha256", privacy: str | None = "aes128", phrase: str = "good enough"
) -> Credentials:
    """A user's credentials."""
    keys = {"auth": auth and {auth: phrase}, "privacy": privacy and {privacy: phrase}}
    return Credentials.model_validate({"version": 3, "user": "poller", **keys})


def user(who: Credentials, engine: bytes = ENGINE, boots: int = BOOTS, time: int = TIME) -> User:
    """A user who knows the engine."""
    one = User(who)
    one.engine = Engine(engine, boots, time, NOW)
    one._keys = derive(who, engine) if who.auth else one._keys
    return one


def pdu(kind: PduType = PduType.RESPONSE, oid: Oid = (1, 3, 6, 1)) -> bytes:
    """An answer of one counter."""
    pair = sequence(object_identifier(oid), integer(9, Tag.COUNTER32))
    return tlv(kind, integer(1) + integer(0) + integer(0) + sequence(pair))


def reply(agent: User, body: bytes | None = None, *, flags: int | None = None, now: Instant = NOW) -> bytes:
    """What the agent sends."""
    assert agent.engine is not None
    level = agent._flags if flags is None else flags
    return agent._wrap(body or pdu(), MESSAGE, agent.engine, level, b"poller", now)


def seconds_later(seconds: int) -> Instant:
    """So long after NOW."""
    return NOW.plus(seconds * NS_PER_SECOND)


@pytest.mark.parametrize("privacy", [None, *ALL_PRIVACY])
@pytest.mark.parametrize("auth", ALL_AUTH)
def test_what_is_packed_with_any_algorithms_is_unpacked(auth: str, privacy: str | None) -> None:
    who = credentials(auth, privacy)
    packed = reply(user(who))
    assert (pdu() in packed) == (privacy is None)
    assert user(who).unpack(packed, MESSAGE, 1, NOW).varbinds[0][1].content == 9


def test_the_digest_of_a_pass_phrase_is_the_standards() -> None:
    assert _master("maplesyrup", "md5").hex() == "9faf3283884e92834ebc9847d8edd963"
    assert _master("maplesyrup", "sha1").hex() == "9fb5cc0381497b3793528939ff788d5d79145211"


def test_keys_are_localized_as_the_standard_shows() -> None:
    engine = bytes.fromhex("000000000000000000000002")
    assert (
        derive(credentials("md5", None, "maplesyrup"), engine).auth.hex()
        == "526f5eed9fcce26f8964c2930787d82b"
    )
    assert derive(credentials("sha", None, "maplesyrup"), engine).auth.hex() == (
        "6695febc9288e36282235fc7151f128497b38f3f"
    )


def test_an_unknown_agent_is_asked_for_its_engine_without_a_secret() -> None:
    one = User(credentials())
    packed = one.pack(get(1, [(1, 3, 6, 1)]), MESSAGE, NOW)
    assert b"poller" not in packed
    with pytest.raises(AgainError):
        one.unpack(reply(user(credentials()), pdu(PduType.REPORT, (*STATS, 4, 0)), flags=0), MESSAGE, 1, NOW)
    assert one.engine == Engine(ENGINE, BOOTS, TIME, NOW)


def test_a_device_that_was_swapped_is_learnt_anew() -> None:
    one = user(credentials(), b"\x80old engine")
    with pytest.raises(AgainError):
        one.unpack(reply(user(credentials()), pdu(PduType.REPORT, (*STATS, 4, 0)), flags=0), MESSAGE, 1, NOW)
    assert one.engine is not None
    assert one.engine.id == ENGINE
    assert one._keys.auth == b""


def test_an_agents_clock_that_was_set_is_learnt_from_an_authentic_report_only() -> None:
    one, agent = user(credentials()), user(credentials(), boots=BOOTS + 1, time=3)
    report = pdu(PduType.REPORT, (*STATS, 2, 0))
    with pytest.raises(RefusedError, match="notInTimeWindows"):
        one.unpack(reply(agent, report, flags=0), MESSAGE, 1, NOW)
    assert one.engine is not None
    assert one.engine.boots == BOOTS
    with pytest.raises(AgainError):
        one.unpack(reply(agent, report, flags=1), MESSAGE, 1, NOW)
    assert (one.engine.boots, one.engine.time) == (BOOTS + 1, 3)


@pytest.mark.parametrize(
    ("about", "says", "reason"),
    [
        ((*STATS, 1, 0), "unsupportedSecLevels", Reason.AUTH),
        ((*STATS, 3, 0), "does not know the user", Reason.AUTH),
        ((*STATS, 4, 0), "again and again that it is another engine", Reason.AUTH),
        ((*STATS, 5, 0), "wrongDigests", Reason.AUTH),
        ((*STATS, 6, 0), "decryptionErrors", Reason.AUTH),
        ((1, 3, 6, 1, 6, 3, 12, 1, 5, 0), "no context ''", Reason.MISMATCH),
        ((1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0), "a report about 1.3.6.1.6.3.11", Reason.PROTOCOL),
    ],
)
def test_a_report_that_nothing_helps_against_is_a_refusal(about: Oid, says: str, reason: Reason) -> None:
    with pytest.raises(RefusedError, match=says) as refused:
        user(credentials()).unpack(
            reply(user(credentials()), pdu(PduType.REPORT, about), flags=0), MESSAGE, 1, NOW
        )
    assert refused.value.failure.reason is reason


@pytest.mark.parametrize(
    ("agent", "flags", "now", "says"),
    [
        (user(credentials(phrase="another phrase")), None, NOW, "a wrong digest"),
        (user(credentials(), b"\x80other"), None, NOW, "another engine"),
        (user(credentials()), 1, NOW, "less security"),
        (user(credentials()), 0, NOW, "less security"),
        (user(credentials(), boots=BOOTS - 1), None, NOW, "old ones"),
        (user(credentials(), time=TIME - 151), None, NOW, "old ones"),
    ],
)
def test_an_answer_that_can_be_forged_or_replayed_is_none(
    agent: User, flags: int | None, now: Instant, says: str
) -> None:
    with pytest.raises(StrangeError, match=says) as strange:
        user(credentials()).unpack(reply(agent, flags=flags, now=now), MESSAGE, 1, now)
    assert strange.value.failure.reason is Reason.AUTH


def test_an_answer_to_another_message_is_none() -> None:
    with pytest.raises(StrangeError, match="id of another message"):
        user(credentials()).unpack(reply(user(credentials())), MESSAGE + 1, 1, NOW)


def test_an_agents_clock_goes_on_between_questions() -> None:
    one, later = user(credentials()), seconds_later(10_000)
    agent = user(credentials(), time=TIME + 9_900)
    assert one.unpack(reply(agent), MESSAGE, 1, later).kind == PduType.RESPONSE
    assert one.engine is not None
    assert one.engine.time_at(later) == TIME + 10_000
    ahead = user(credentials(), time=TIME + 10_400)
    one.unpack(reply(ahead), MESSAGE, 1, later)
    assert one.engine.time_at(later) == TIME + 10_400


def test_an_answer_of_version_2c_is_none() -> None:
    with pytest.raises(MalformedError, match="version 1 where 3"):
        user(credentials()).unpack(sequence(integer(1)), MESSAGE, 1, NOW)


@given(place=st.integers(0, 400), octet=st.integers(0, 255))
def test_an_authentic_answer_with_one_wrong_octet_is_never_read(place: int, octet: int) -> None:
    packed = bytearray(reply(AGENT))
    place %= len(packed)
    if packed[place] == octet:
        return
    packed[place] = octet
    with pytest.raises((MalformedError, StrangeError)):
        user_again().unpack(bytes(packed), MESSAGE, 1, NOW)


AGENT = user(credentials())
KEYS = AGENT._keys


def user_again() -> User:
    """One more user of the engine, whose keys are derived already."""
    one = User(credentials())
    one.engine, one._keys = Engine(ENGINE, BOOTS, TIME, NOW), KEYS
    return one
