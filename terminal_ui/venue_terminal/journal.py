"""What was asked of the server and not yet answered, kept in a file over a crash of this console.

A change is written here before its first byte is sent. After a restart it is asked again with the
same operation id, so the server gives the stored answer instead of doing it twice.

Every running console has a file of its own and holds a lock on it; a file that nobody locks was
left by a console that died, and is adopted.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import IO, Any

import msgspec

from venue_suite.domain.errors import VenueError


class JournalUnusable(VenueError):
    """The state folder can't be written, so no tender may be sent."""

    code = "journal_unusable"
    exit_status = 2
    default_template = "The console can't write its journal {path}: {reason}"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One change.

    Attributes:
        operation_id: under which it is (or will be) sent.
        kind: which screen understands it, for example `sales.tender`.
        path, body: the request; empty until it is sent.
        details: what the screen needs to go on, JSON values only.
        sent: False while it has only been prepared.
    """

    operation_id: str
    kind: str
    path: str = ""
    body: dict[str, Any] = {}
    details: dict[str, Any] = {}
    sent: bool = False


class Journal:
    """One unfinished change of this console, in `folder`."""

    def __init__(self, folder: Path, name: str = "") -> None:
        self._folder = folder
        self._path = folder / f"{name or f'{os.getpid()}-{time.monotonic_ns()}'}.json"
        self._lock: IO[bytes] | None = None
        self.damaged: list[Path] = []

    def save(self, entry: Entry) -> None:
        """Replace what is kept; on disk when this returns.

        Raises:
            JournalUnusable: it could not be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = _take_lock(self._path.with_suffix(".lock"))
            _write_durably(self._path, msgspec.json.encode(entry))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise JournalUnusable(path=self._path, reason=reason) from error

    def clear(self) -> None:
        """Nothing is unfinished any more."""
        # An entry that can't be removed is asked again at the next start, and answered from memory.
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the lock; an entry that is still kept will be adopted by the next console."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
            self._path.with_suffix(".lock").unlink(missing_ok=True)

    def adopt(self) -> Entry | None:
        """The unfinished change of a console that died, now this console's own; None without one.

        A file that can't be read is put aside and named in `damaged`.

        Raises:
            JournalUnusable: the folder can't be read or written.
        """
        try:
            self._sweep()
            for path in sorted(self._folder.glob("*.json")):
                entry = self._take_over(path) if path != self._path else None
                if entry is not None:
                    return entry
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise JournalUnusable(path=self._folder, reason=reason) from error
        return None

    def _sweep(self) -> None:
        """Remove the locks of consoles that died with nothing unfinished."""
        for lock_path in self._folder.glob("*.lock"):
            if lock_path.with_suffix(".json").exists():
                continue
            lock = _take_lock(lock_path)
            if lock is not None:
                lock.close()
                lock_path.unlink(missing_ok=True)

    def _take_over(self, path: Path) -> Entry | None:
        """Another console's entry, unless that console is still running."""
        lock_path = path.with_suffix(".lock")
        lock = _take_lock(lock_path)
        if lock is None:
            return None
        with lock:
            entry = self._read(path)
            if entry is not None:
                self.save(entry)
                path.unlink(missing_ok=True)
            lock_path.unlink(missing_ok=True)
        return entry

    def _read(self, path: Path) -> Entry | None:
        try:
            return msgspec.json.decode(path.read_bytes(), type=Entry)
        except FileNotFoundError:
            return None  # another console was faster
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            aside = path.with_suffix(".damaged")
            path.rename(aside)
            self.damaged.append(aside)
            return None


def _take_lock(path: Path) -> IO[bytes] | None:
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _write_durably(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
