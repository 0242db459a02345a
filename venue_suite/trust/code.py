"""The six digits that a station and the server show, derived from both their keys.

Whoever stands between the two must speak with two keys of their own, so that the codes differ. They
can't look for keys or nonces that make them equal: the station commits to its nonce and its key
before it knows the server's, and the server gives its nonce before it knows the station's. What is
left is one chance in a million for each time that a manager compares.
"""

from __future__ import annotations

from hashlib import sha256

from venue_suite.trust.certificates import PublicKey, public_bytes

_COMMITMENT = b"venue-suite pairing 1, commitment"
_CODE = b"venue-suite pairing 1, code"
NONCE_BYTES = 32


def commit(nonce: bytes, station_key: PublicKey) -> bytes:
    """The station's commitment to its nonce and key, 32 bytes."""
    return _digest(_COMMITMENT, nonce, public_bytes(station_key))


def derive_code(
    station_nonce: bytes,
    server_nonce: bytes,
    station_key: PublicKey,
    authority_key: PublicKey,
    said: tuple[str, str],
) -> str:
    """Six digits.

    Args:
        said: name and kind that the station gives itself.
    """
    keys = (public_bytes(station_key), public_bytes(authority_key))
    digest = _digest(_CODE, station_nonce, server_nonce, *keys, *(one.encode() for one in said))
    return f"{int.from_bytes(digest[:8], 'big') % 10**6:06}"


def _digest(*parts: bytes) -> bytes:
    """SHA-256 over parts that can't run into each other."""
    return sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()
