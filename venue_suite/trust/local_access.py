"""How commands on the server's machine reach it while it runs: a file that only its owner reads."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path

import msgspec

from venue_suite.trust.key_files import KeysUnusable, keep, naming

FILE = "local-access.json"


class LocalAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Where the running server is, and a token that it takes from this machine alone."""

    address: str
    token: str


def open_access(folder: Path, address: str) -> LocalAccess:
    """For a server that has started. Blocking. Raises KeysUnusable."""
    access = LocalAccess(address=address, token=secrets.token_hex(32))
    with naming(folder / FILE):
        keep(folder / FILE, msgspec.json.encode(access).decode())
    return access


def close_access(folder: Path, access: LocalAccess) -> None:
    """For a server that stops; another's file, which started meanwhile, is left alone. Blocking."""
    with contextlib.suppress(OSError, KeysUnusable):
        if read_access(folder) == access:
            (folder / FILE).unlink()


def read_access(folder: Path) -> LocalAccess | None:
    """What the last server left; it may not run any more. Blocking. Raises KeysUnusable."""
    file = folder / FILE
    with naming(file):
        if not file.exists():
            return None
        return msgspec.json.decode(file.read_bytes(), type=LocalAccess)
