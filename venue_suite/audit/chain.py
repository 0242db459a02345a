"""The chain itself, as anybody can compute it again: no database, no server, no plugin.

An entry is a row of eleven values. Its hash is SHA-256 over the 32 bytes of the hash before it
(zeros before the first) and the row as canonical JSON: one array, UTF-8, no spaces, only `"`, `\\`
and control characters escaped. A head names one entry and its hash; it is signed with Ed25519 over
the canonical JSON of what `Head.message` shows.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = bytes(32)
HEAD_FORMAT = "venue-audit-head-1"
_CODE_CHARS = 12
_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_encode = msgspec.json.Encoder().encode


class Entry(NamedTuple):
    """One row of the chain.

    Attributes:
        seq: 1, 2, 3 ...
        at_ms: milliseconds since 1970, UTC.
        actor: who did it: `staff/7`, `station/kiosk-1`, `system/system`.
        approver: the second person, in the same form; "" without one.
        station: where; "" if nowhere in particular.
        operation_id: the operation that it was part of; "" for what the server does by itself.
        action: what was done, `sales.reprint`.
        subject: to what, `ticket/12`.
        reason: why, in the actor's words.
        before, after: canonical JSON of the values that changed; None for none.
    """

    seq: int
    at_ms: int
    actor: str
    approver: str
    station: str
    operation_id: str
    action: str
    subject: str
    reason: str
    before: str | None
    after: str | None


def hash_row(previous: bytes, row: Sequence[Any]) -> bytes:
    """The hash of an entry's eleven values after `previous`, 32 bytes."""
    return sha256(previous + _encode(row)).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """A signed statement that entry `seq` of the chain has this hash.

    Attributes:
        seq: number of the entry; 0 for a chain without entries.
        hash: its hash, hexadecimal.
        at_ms: when it was signed, milliseconds since 1970, UTC.
        occasion: why: `clock`, `export`, `z-report/17` ...
        key: fingerprint of the key.
        signature: Ed25519, hexadecimal.
    """

    seq: int
    hash: str
    at_ms: int
    occasion: str
    key: str
    signature: str = ""

    @property
    def message(self) -> bytes:
        """What is signed."""
        return _encode([HEAD_FORMAT, self.seq, self.hash, self.at_ms, self.occasion, self.key])

    @property
    def code(self) -> str:
        """Twelve characters for people and paper, `7Q4M-0XKD-9RTV`. They stand for the signature,
        so nobody without the key can prepare a second chain that has the same code."""
        try:
            signature = bytes.fromhex(self.signature)
        except ValueError:  # a spoilt one must still be called something
            signature = self.signature.encode()
        digest = sha256(signature).digest()
        letters = b32encode(digest).decode().translate(_CROCKFORD)[:_CODE_CHARS]
        return "-".join(letters[at : at + 4] for at in range(0, _CODE_CHARS, 4))

    def is_signed_by(self, public_key: bytes) -> bool:
        """Whether the signature is that of a public key of 32 bytes."""
        try:
            signature = bytes.fromhex(self.signature)
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, self.message)
        except (InvalidSignature, ValueError):
            return False
        return True


def fingerprint_of(public_key: bytes) -> str:
    """What people compare: SHA-256 of the public key, eight groups of four hexadecimal digits."""
    digits = sha256(public_key).hexdigest()[:32]
    return "-".join(digits[at : at + 4] for at in range(0, 32, 4))


def plain_code(text: str) -> str:
    """A code or fingerprint as people type it: case and separators do not count, and letters that
    look like digits are those digits."""
    typed = "".join(char for char in text.upper() if char.isalnum())
    return typed.translate(str.maketrans("OIL", "011"))
