"""Copying a SQLite database page by page while others write to it.

The copy is of one moment: the source's snapshot is held until the last page. Meanwhile its log
can't be emptied, so a copy never takes longer than `SNAPSHOT_S`, however gentle it is meant to be.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import apsw

from venue_suite.database.sqlite import BUSY_TIMEOUT_S

SNAPSHOT_S = 45.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to copy.

    Attributes:
        bytes_per_s: on average; 0 is as fast as the disk takes it.
        step_bytes: copied at a time, between two pauses.
        sync_bytes: written at most before the disk must have it. Without it the disk gets all at
            the end, and every sale waits behind that.
    """

    bytes_per_s: int = 0
    step_bytes: int = 4 * 1024 * 1024
    sync_bytes: int = 64 * 1024 * 1024


FULL_SPEED = Pace()
# Measured beside 200 sales a second: see docs/adr/0018.
BESIDE_SALES = Pace(bytes_per_s=32 * 1024 * 1024, step_bytes=256 * 1024, sync_bytes=1024 * 1024)


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied. `feed_head`: number of the last fact in it."""

    size_bytes: int
    feed_head: int
    took_s: float


def copy_database(
    source: Path,
    target: Path,
    pace: Pace = FULL_SPEED,
    pause: Callable[[float], None] = time.sleep,
) -> Copied:
    """Copy a database into an empty file, synced, and look whether the copy is sound.

    Args:
        source: may be in use; it is only read.
        target: exists and is empty.

    Raises:
        CopyUnsound: the copy is not what was read.
        apsw.Error, OSError: the disk refuses.
    """
    began_s = time.monotonic()
    reader = open_to_read(source)
    try:
        reader.execute("BEGIN")
        head = feed_head(reader)
        page_bytes: int = reader.pragma("page_size")
        size_bytes = page_bytes * reader.pragma("page_count")
        writer = apsw.Connection(str(target))
        try:
            writer.pragma("journal_mode", "off")
            writer.pragma("synchronous", "off")  # synced here, in pieces
            _copy_pages(reader, writer, target, _Brake(pace, size_bytes, page_bytes, pause))
            writer.pragma("journal_mode", "delete")  # one file, that needs no other beside it
        finally:
            writer.close()
    finally:
        reader.close()
    _check(target, head)
    return Copied(size_bytes, head, time.monotonic() - began_s)


class CopyUnsound(Exception):
    """A copy is damaged or incomplete."""


class _Brake:
    """Keeps a copy to its pace."""

    def __init__(
        self, pace: Pace, size_bytes: int, page_bytes: int, pause: Callable[[float], None]
    ) -> None:
        self.step_pages = max(1, pace.step_bytes // page_bytes)
        self.sync_pages = max(1, pace.sync_bytes // page_bytes)
        rate = max(pace.bytes_per_s, size_bytes / SNAPSHOT_S) if pace.bytes_per_s else 0
        self._page_s = page_bytes / rate if rate else 0.0
        self._pause = pause
        self._began_s = time.monotonic()
        self._done_pages = 0

    def passed(self, pages: int) -> None:
        """So many more are copied: wait until they were due."""
        self._done_pages += pages
        ahead_s = self._began_s + self._done_pages * self._page_s - time.monotonic()
        if ahead_s > 0:
            self._pause(ahead_s)


def _copy_pages(
    reader: apsw.Connection, writer: apsw.Connection, target: Path, brake: _Brake
) -> None:
    handle = os.open(target, os.O_RDONLY)
    try:
        with writer.backup("main", reader, "main") as copying:
            unsynced = 0
            while not copying.done:
                before = copying.remaining
                copying.step(brake.step_pages)
                copied = max(0, before - copying.remaining) or brake.step_pages
                unsynced += copied
                if unsynced >= brake.sync_pages:
                    os.fdatasync(handle)
                    unsynced = 0
                brake.passed(copied)
    finally:
        os.fsync(handle)
        os.close(handle)


def _check(target: Path, head: int) -> None:
    copy = open_to_read(target)
    try:
        ((finding,),) = copy.execute("PRAGMA quick_check(1)").fetchall()
        if finding != "ok":
            raise CopyUnsound(" ".join(str(finding).split()))
        if (found := feed_head(copy)) != head:
            raise CopyUnsound(f"its feed ends at {found} instead of {head}")
    finally:
        copy.close()


def open_to_read(path: Path) -> apsw.Connection:
    """A connection that can't change the file."""
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    connection.set_busy_timeout(int(BUSY_TIMEOUT_S * 1000))
    return connection


def feed_head(connection: apsw.Connection) -> int:
    """The number of the last fact; 0 where there is no feed."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'feed'").fetchone()
    if known is None:
        return 0
    ((head,),) = connection.execute("SELECT coalesce(max(seq), 0) FROM feed").fetchall()
    assert isinstance(head, int), "a feed counts in whole numbers"
    return head
