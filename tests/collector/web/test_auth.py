"""Basic auth."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.web import auth
from collector.web.auth import Doorkeeper, TooManyGuessesError
from probes.values import Secret

COST = bcrypt.gensalt(4)


def hashed(password: str) -> Secret:
    return Secret(bcrypt.hashpw(password.encode(), COST).decode())


USERS = {"alice": hashed("wonder land"), "bob": hashed("пароль:%"), "long": hashed("x" * 72)}


def login(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The hashes that passwords were checked against."""
    seen: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, expected: bytes) -> bool:
        seen.append(expected)
        return check(password, expected)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    return seen


@pytest.mark.parametrize(
    ("header", "admitted"),
    [
        (login("alice", "wonder land"), True),
        (login("bob", "пароль:%"), True),
        (login("alice", "wonder land").replace("Basic", "bAsIc"), True),
        (login("alice", "wonderland"), False),
        (login("alice", ""), False),
        (login("alice", "\0"), False),
        (login("bob", "wonder land"), False),
        (login("mallory", "wonder land"), False),
        (login("", ""), False),
        ("", False),
        ("Basic", False),
        ("Basic !!!", False),
        ("Basic YWxpY2U=", False),
        ("Bearer YWxpY2U6eA==", False),
        (login("long", "x" * 100), True),
    ],
)
async def test_the_right_password_of_a_user_is_admitted_and_nothing_else(
    executor: ThreadPoolExecutor, header: str, admitted: bool
) -> None:
    keeper = Doorkeeper(executor)
    for _ in range(2):
        assert (await keeper.admits(USERS, header) is not None) is admitted


async def test_who_is_admitted_is_named(executor: ThreadPoolExecutor) -> None:
    keeper = Doorkeeper(executor)
    assert [await keeper.admits(USERS, login("bob", "пароль:%")) for _ in range(2)] == ["bob", "bob"]


async def test_what_was_right_once_is_not_computed_again(
    executor: ThreadPoolExecutor, checks: list[bytes]
) -> None:
    keeper = Doorkeeper(executor)
    for _ in range(3):
        assert await keeper.admits(USERS, login("alice", "wonder land"))
    assert len(checks) == 1


async def test_a_wrong_password_is_computed_each_time(
    executor: ThreadPoolExecutor, checks: list[bytes]
) -> None:
    keeper = Doorkeeper(executor)
    for _ in range(3):
        assert not await keeper.admits(USERS, login("alice", "no"))
    assert len(checks) == 3


async def test_a_name_that_nobody_has_costs_a_check_too_and_never_opens(
    executor: ThreadPoolExecutor, checks: list[bytes]
) -> None:
    keeper = Doorkeeper(executor)
    for _ in range(2):
        assert not await keeper.admits(USERS, login("mallory", "wonder land"))
    assert len(checks) == 2


async def test_a_changed_password_closes_at_once(executor: ThreadPoolExecutor) -> None:
    keeper = Doorkeeper(executor)
    assert await keeper.admits(USERS, login("alice", "wonder land"))
    assert not await keeper.admits({"alice": hashed("new")}, login("alice", "wonder land"))


async def test_only_so_many_are_remembered(
    executor: ThreadPoolExecutor, checks: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "REMEMBERED", 1)
    keeper = Doorkeeper(executor)
    for user, password in (("alice", "wonder land"), ("bob", "пароль:%"), ("alice", "wonder land")):
        assert await keeper.admits(USERS, login(user, password))
    assert len(checks) == 3


async def test_one_guess_too_many_is_turned_away_while_who_is_known_walks_in(
    executor: ThreadPoolExecutor,
) -> None:
    keeper = Doorkeeper(executor)
    assert await keeper.admits(USERS, login("alice", "wonder land"))
    busy = Event()
    executor.submit(busy.wait)
    try:
        guesses = [
            asyncio.create_task(keeper.admits(USERS, login("alice", str(n)))) for n in range(auth.WAITING)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooManyGuessesError):
            await keeper.admits(USERS, login("alice", "one more"))
        assert await keeper.admits(USERS, login("alice", "wonder land"))
    finally:
        busy.set()
    assert not any(await asyncio.gather(*guesses))


@settings(max_examples=100)
@given(header=st.text(max_size=60) | st.binary(max_size=40).map(lambda raw: f"Basic {raw.hex()}"))
def test_no_header_raises(header: str) -> None:
    with ThreadPoolExecutor(1) as executor:
        assert asyncio.run(Doorkeeper(executor).admits(USERS, header)) is None
