"""Ticket tokens: what stands in the QR code, signed so that a gate can check it alone.

A token is `VS1:` and 91 bytes as one number in base 44, big end first, 134 digits:

    version 1 | key id 4 | ticket 8 | generation 1 | performance 4 | from 4 | until 4 | admits 1
    | signature 64

Numbers are big-endian, times are UTC seconds since 1970. The signature is Ed25519 over all that
stands before it. The digits are those that a QR code packs tightly, without the space, which
scanners, programs and people trim. 138 characters fit version 6 (41 modules) at level M.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

from venue_suite.domain.errors import Refused
from venue_suite.key_files import read_or_make_key

PREFIX = "VS1:"
_VERSION = 1
_BODY = struct.Struct(">B4sQBIIIB")
_SIGNATURE_BYTES = 64
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+-./:"
_DIGIT_COUNT = 134  # 44**134 is just above 256**91
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_PAIR_COUNT = len(_PAIRS)
_PAIRS_PER_WORD = 5
_WORD = _PAIR_COUNT**_PAIRS_PER_WORD
TOKEN_CHARS = len(PREFIX) + _DIGIT_COUNT


class TokenNotRecognised(Refused):
    """Not a ticket code of this suite at all, or cut off, or changed."""

    code = "token_not_recognised"
    default_template = "This code is not a ticket."


class TokenForeign(TokenNotRecognised):
    """A well-formed ticket code that this venue did not sign."""

    code = "token_foreign"
    default_template = "This ticket was not issued by this venue."


@dataclass(frozen=True, slots=True)
class TicketToken:
    """What a token says.

    Attributes:
        ticket_id: the ticket's key at its venue.
        generation: 1 for the first paper; a reprint counts up and makes the old one void.
        performance_id: 0 where the ticket is not bound to one.
        valid_from, valid_until: aware UTC, whole seconds.
        admits: people, 1 to 255.
    """

    ticket_id: int
    generation: int
    performance_id: int
    valid_from: datetime
    valid_until: datetime
    admits: int = 1


class TicketSigner:
    """Signs with the venue's own key.

    Args:
        private_key: the venue's ticket signing key.
    """

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        # libsodium signs and verifies in half the time, and lets other threads run meanwhile.
        _, self._secret = crypto_sign_seed_keypair(private_key.private_bytes_raw())
        self.public_key = private_key.public_key().public_bytes_raw()
        self.key_id = key_id_of(self.public_key)

    @property
    def fingerprint(self) -> str:
        """For people to compare: `7F3A-91C2`."""
        digest = self.key_id.hex().upper()
        return f"{digest[:4]}-{digest[4:8]}"

    def sign(self, token: TicketToken) -> str:
        """The text for the QR code."""
        body = _BODY.pack(
            _VERSION,
            self.key_id,
            token.ticket_id,
            token.generation,
            token.performance_id,
            int(token.valid_from.timestamp()),
            int(token.valid_until.timestamp()),
            token.admits,
        )
        signature = crypto_sign(body, self._secret)[:_SIGNATURE_BYTES]
        return PREFIX + encode_digits(body + signature)


def read_token(text: str, public_keys: Mapping[bytes, bytes]) -> TicketToken:
    """Check and open a scanned code.

    Args:
        text: what the scanner read; hostile.
        public_keys: key id -> Ed25519 public key of every key this venue has signed with.

    Raises:
        TokenNotRecognised: garbage, cut off, or changed on the way.
        TokenForeign: signed with a key that is not this venue's.
    """
    data = _unpack(text)
    body, signature = data[: _BODY.size], data[_BODY.size :]
    version, key_id, ticket, generation, performance, start, end, admits = _BODY.unpack(body)
    if version != _VERSION:
        raise TokenNotRecognised
    public = public_keys.get(key_id)
    if public is None:
        raise TokenForeign
    try:
        crypto_sign_open(signature + body, public)
    except BadSignatureError:
        raise TokenNotRecognised from None
    return TicketToken(
        ticket,
        generation,
        performance,
        datetime.fromtimestamp(start, UTC),
        datetime.fromtimestamp(end, UTC),
        admits,
    )


def _unpack(text: str) -> bytes:
    if len(text) != TOKEN_CHARS or not text.startswith(PREFIX):
        raise TokenNotRecognised
    try:
        return decode_digits(text.removeprefix(PREFIX))
    except ValueError:
        raise TokenNotRecognised from None


def key_id_of(public_key: bytes) -> bytes:
    """Four bytes that name a public key."""
    return sha256(public_key).digest()[:4]


def load_or_make_key(folder: Path) -> Ed25519PrivateKey:
    """The venue's ticket key in `folder`, made at the first call, readable by the server alone.

    Raises:
        DatabaseUnusable: the key can't be read or kept.
    """
    return read_or_make_key(folder / "ticket-signing.key")


def encode_digits(data: bytes) -> str:
    """The bytes of a token as 134 digits of base 44."""
    number = int.from_bytes(data, "big")
    pairs = []
    # In two steps: dividing the whole number is dear, dividing what fits into a word is not.
    for _ in range(0, _DIGIT_COUNT, 2 * _PAIRS_PER_WORD):
        number, word = divmod(number, _WORD)
        for _ in range(_PAIRS_PER_WORD):
            word, pair = divmod(word, _PAIR_COUNT)
            pairs.append(_PAIRS[pair])
    pairs.reverse()
    return "".join(pairs)[-_DIGIT_COUNT:]


def decode_digits(text: str) -> bytes:
    """The reverse. Raises ValueError for anything that `encode_digits` can't have made."""
    number = 0
    for char in text:
        number = number * len(_DIGITS) + _DIGITS.index(char)
    size = _BODY.size + _SIGNATURE_BYTES
    if number >= 256**size:
        raise ValueError("a number that no token has")
    return number.to_bytes(size, "big")
