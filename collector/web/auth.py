"""Basic auth against bcrypt hashes (RFC 7617), without holding up the event loop.

A hash costs tens of milliseconds on purpose, so it is computed in one thread, one at a time, with a
bounded queue before it: a stranger who guesses keeps that thread busy and nothing else. What was
right once is remembered under a keyed digest, never as a password, so a scraper pays once.
"""

from __future__ import annotations

import asyncio
import binascii
import secrets
from collections.abc import Mapping
from concurrent.futures import Executor
from hashlib import blake2b

import bcrypt

from probes.values import Secret

REMEMBERED = 64
WAITING = 16


class TooManyGuessesError(Exception):
    """So many passwords wait to be checked that one more is turned away."""


class Doorkeeper:
    """Knows who is let in."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._pepper = secrets.token_bytes(32)
        self._right: dict[bytes, None] = {}
        self._waiting = 0

    async def admits(self, users: Mapping[str, Secret], header: str) -> str | None:
        """Whom of `users` an Authorization header names with the right password; None where nobody.

        A name that nobody has costs as much time as one that somebody has. Raises TooManyGuessesError.
        """
        login = _credentials(header)
        if login is None:
            return None
        user, password = login
        known = user in users
        expected = (users[user] if known else next(iter(users.values()))).reveal()
        digest = blake2b(b"\0".join((user.encode(), expected.encode(), password)), key=self._pepper).digest()
        if digest in self._right:
            return user if known else None
        right = await self._check(password, expected.encode()) and known
        if right:
            self._remember(digest)
        return user if right else None

    async def _check(self, password: bytes, expected: bytes) -> bool:
        if self._waiting >= WAITING:
            raise TooManyGuessesError
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, bcrypt.checkpw, password, expected)
        finally:
            self._waiting -= 1

    def _remember(self, digest: bytes) -> None:
        while len(self._right) >= REMEMBERED:
            del self._right[next(iter(self._right))]
        self._right[digest] = None


def _credentials(header: str) -> tuple[str, bytes] | None:
    """User and password of an Authorization header, None where it holds none (RFC 7617 2)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = binascii.a2b_base64(encoded.strip(), strict_mode=True).partition(b":")
        return user.decode(), password[:72]  # bcrypt reads no further
    except ValueError:
        return None
