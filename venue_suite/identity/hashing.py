"""PINs and passwords: what is accepted, how it is kept, and how many are checked at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import Type, hash_secret_raw

from venue_suite.domain.errors import Busy, Refused

T = TypeVar("T")

PIN_LENGTH_MIN = 6
PASSWORD_LENGTH_MIN = 12
PASSWORD_KINDS_MIN = 5  # different characters
NAME_PART_LENGTH_MIN = 3
CHECKED_AT_ONCE = 3
WAITING_MAX = 48

# A PIN is short, so a guess must cost; 19 MiB keeps some checks at once within a small server.
_TIME_COST, _MEMORY_KIB = 2, 19 * 1024
_HASHER = PasswordHasher(time_cost=_TIME_COST, memory_cost=_MEMORY_KIB, parallelism=1)
# What nobody's secret hashes to, for codes that nobody has: checking it costs what a real one does.
NOBODYS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdCE$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


class PinTooWeak(Refused):
    code = "pin_too_weak"
    http_status = 400
    default_template = "This PIN can't be used: {reason}."


class PasswordTooWeak(Refused):
    code = "password_too_weak"
    http_status = 400
    default_template = "This password can't be used: {reason}."


def hash_pin(pin: str) -> str:
    """Argon2id of a PIN. Takes some 30 ms on purpose: call it outside the writer and the loop.

    Raises:
        PinTooWeak: too short, not only digits, or one that everybody tries first.
    """
    check_pin(pin)
    return _HASHER.hash(pin)


def check_pin(pin: str) -> None:
    """Raises PinTooWeak: too short, not only digits, or one that everybody tries first."""
    if len(pin) < PIN_LENGTH_MIN or not (pin.isascii() and pin.isdigit()):
        raise PinTooWeak(reason="a PIN has at least 6 digits")
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise PinTooWeak(reason="its digits are all the same or follow each other")


def hash_password(password: str, *own: str) -> str:
    """Argon2id of a password; as slow as `hash_pin`.

    Args:
        password: any text.
        own: the person's code and name, which everybody else knows too.

    Raises:
        PasswordTooWeak: too short, nearly always the same character, or a name in disguise.
    """
    check_password(password, *own)
    return _HASHER.hash(password)


def check_password(password: str, *own: str) -> None:
    """Raises PasswordTooWeak; arguments as for `hash_password`."""
    if len(password) < PASSWORD_LENGTH_MIN:
        raise PasswordTooWeak(reason="a password has at least 12 characters")
    if len(set(password.casefold())) < PASSWORD_KINDS_MIN:
        raise PasswordTooWeak(reason="it has too few different characters")
    rest = password.casefold()
    for part in sorted((" ".join(own)).casefold().split(), key=len, reverse=True):
        if len(part) >= NAME_PART_LENGTH_MIN:
            rest = rest.replace(part, "")
    if len(rest) < PASSWORD_LENGTH_MIN:
        raise PasswordTooWeak(reason="without the own number and name too little of it is left")


def pin_matches(secret: str, secret_hash: str) -> bool:
    """Compare a PIN or a password in constant time; some 30 ms, also with nobody's hash."""
    try:
        return _HASHER.verify(secret_hash or NOBODYS_HASH, secret)
    except (Argon2Error, InvalidHashError):
        return False


def slow_digest(secret: str, operation_id: str) -> bytes:
    """What an operation's fingerprint keeps of a secret: as dear to guess as the secret's hash."""
    return hash_secret_raw(
        secret.encode("utf-8", "surrogateescape"),
        operation_id.encode().rjust(8, b"-"),
        time_cost=_TIME_COST,
        memory_cost=_MEMORY_KIB,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )


class HashBench:
    """Where secrets are checked: few at once, because each takes 19 MiB and a processor.

    One per running server.
    """

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(CHECKED_AT_ONCE)
        self._taken = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place. Raises Busy: too many wait."""
        if self._taken >= CHECKED_AT_ONCE + WAITING_MAX:
            raise Busy
        self._taken += 1
        try:
            async with self._places:
                yield
        finally:
            self._taken -= 1

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Run one of this module's slow functions in a thread. Raises Busy: too many wait."""
        async with self.place():
            return await asyncio.to_thread(work, *arguments)
