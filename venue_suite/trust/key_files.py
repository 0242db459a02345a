"""Files that hold keys: whole or not there at all, and readable by their owner alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from venue_suite.domain.errors import VenueError

PRIVATE, PUBLIC = 0o600, 0o644


class KeysUnusable(VenueError):
    """A key or certificate can't be read or kept."""

    code = "keys_unusable"
    http_status = 503
    exit_status = 6
    default_template = "The keys in {path} can't be used: {reason}"


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """What the disk or a parser says about `path`, as a refusal that names it."""
    try:
        yield
    except OSError as error:
        raise KeysUnusable(path=path, reason=error.strerror or error) from error
    except ValueError as error:
        raise KeysUnusable(path=path, reason=error) from error


def keep(file: Path, text: str, mode: int = PRIVATE) -> None:
    """Write a file that has its name only once it is whole and on the disk. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)  # one that was left over may have other rights
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Only one process makes keys in `folder`; the others wait. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, PRIVATE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
