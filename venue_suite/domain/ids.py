"""Identifiers that clients make: unique without asking anybody, sortable by time."""

from __future__ import annotations

from collections.abc import Callable

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32


def make_ulid(time_ms: int, random_bytes: Callable[[int], bytes]) -> str:
    """A ULID: 26 characters, the first ten sort by `time_ms` (milliseconds since 1970)."""
    number = ((time_ms & (1 << 48) - 1) << 80) | int.from_bytes(random_bytes(10), "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
