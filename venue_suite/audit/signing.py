"""The key that signs heads of the audit log: Ed25519, the server's own, used for nothing else."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venue_suite.audit.chain import Head, fingerprint_of
from venue_suite.key_files import read_key, read_or_make_key


class HeadSigner:
    """Signs heads.

    Attributes:
        public_key: 32 bytes.
        fingerprint: what people compare.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.fingerprint = fingerprint_of(self.public_key)

    def sign(self, seq: int, hash_hex: str, at_ms: int, occasion: str) -> Head:
        """A signed head over entry `seq` with its hash."""
        unsigned = Head(seq, hash_hex, at_ms, occasion, self.fingerprint)
        signature = self._key.sign(unsigned.message).hex()
        return Head(seq, hash_hex, at_ms, occasion, self.fingerprint, signature)


def load_or_make_signer(folder: Path) -> HeadSigner:
    """The signer whose key is in a folder, made at the first call. Raises DatabaseUnusable."""
    return HeadSigner(read_or_make_key(_file(folder)))


def load_signer(folder: Path) -> HeadSigner | None:
    """The same, or None where there is no key: an export never makes one."""
    key = read_key(_file(folder))
    return None if key is None else HeadSigner(key)


def _file(folder: Path) -> Path:
    return folder / "audit-signing.key"
