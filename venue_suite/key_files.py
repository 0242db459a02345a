"""The server's own private keys: one small file each in `<data>/keys`, made at the first start."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venue_suite.domain.errors import DatabaseUnusable


def read_key(file: Path) -> Ed25519PrivateKey | None:
    """The Ed25519 key in a file; None if there is no such file.

    Raises:
        DatabaseUnusable: it can't be read, or holds no key.
    """
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text().strip()))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatabaseUnusable(path=file, reason=error.strerror or error) from error
    except ValueError as error:
        raise DatabaseUnusable(path=file, reason=f"it holds no key ({error})") from error


def read_or_make_key(file: Path) -> Ed25519PrivateKey:
    """The Ed25519 key in a file, made at the first call, readable by the server alone.

    Raises:
        DatabaseUnusable: the key can't be read or kept.
    """
    key = read_key(file)
    if key is not None:
        return key
    key = Ed25519PrivateKey.generate()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _keep(file, key.private_bytes_raw().hex() + "\n")
    except OSError as error:
        raise DatabaseUnusable(path=file, reason=error.strerror or error) from error
    return key


def _keep(file: Path, text: str) -> None:
    """Write a file that has its name only once it is whole: a crash must not leave half a key."""
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
