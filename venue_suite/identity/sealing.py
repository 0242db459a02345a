"""Secrets that the server must read again are encrypted: a copy of the database tells none."""

from __future__ import annotations

import base64
import os
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from venue_suite.domain.errors import DatabaseUnusable
from venue_suite.key_files import read_or_make_key

NONCE_BYTES = 12
FILE_NAME = "sealing.key"


class KeyLost(DatabaseUnusable):
    """What is encrypted was encrypted with another key than the one that is here."""

    code = "key_lost"
    default_template = "The key that {path} was encrypted with is not here any more."


class Sealer:
    """Encrypts with AES-256-GCM.

    Args:
        key: 32 random bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, secret: bytes, purpose: str) -> str:
        """Encrypt. `purpose` is bound to it: it opens nowhere else."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret, purpose.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, purpose: str) -> bytes:
        """The secret again. Raises KeyLost: another key, another purpose, or damage."""
        try:
            data = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise KeyLost(path=purpose) from error


def load_sealer(folder: Path) -> Sealer:
    """The venue's sealer; its key lies beside the other keys and is made at the first start.
    Blocking.

    Raises:
        DatabaseUnusable: the key can't be read or kept.
    """
    seed = read_or_make_key(folder / FILE_NAME).private_bytes_raw()
    return Sealer(sha256(b"sealing of stored secrets" + seed).digest())
