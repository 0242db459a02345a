"""Files that are either whole or not there, also after a power cut.

The order is always the same: write under another name, sync the file, give it its name, sync the
folder. What has lost power anywhere in between is found under the other name and removed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from tempfile import mkstemp

from venue_suite.upgrade.errors import NoRoom

_MB = 1024 * 1024


@contextmanager
def unfinished(folder: Path, mark: str) -> Iterator[Path]:
    """A new empty file of a name that nobody has, for the owner only; gone afterwards, unless it
    was given its final name.

    Args:
        mark: what its name begins with, so that `remove_unfinished` finds it.
    """
    handle, name = mkstemp(prefix=mark, dir=folder)
    fcntl.flock(handle, fcntl.LOCK_EX)  # somebody works on it: see `remove_unfinished`
    try:
        yield Path(name)
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(name + ending).unlink(missing_ok=True)
        os.close(handle)


def remove_unfinished(folder: Path, mark: str) -> None:
    """Remove what a kill or a power cut left half-made, and nothing that somebody works on."""
    for file in folder.glob(f"{escape(mark)}*"):
        with suppress(FileNotFoundError, BlockingIOError):
            handle = os.open(file, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.unlink()
            finally:
                os.close(handle)


def sync_file(file: Path) -> None:
    """Its content is on the disk when this returns."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """The names in it are on the disk when this returns."""
    sync_file(folder)


def put_in_place(file: Path, target: Path) -> None:
    """Replace `target` by a file of the same folder, at one moment; both are whole till then."""
    sync_file(file)
    file.rename(target)
    sync_folder(target.parent)


def give_name(file: Path, target: Path) -> None:
    """Give a finished file a name that nothing has yet. Raises FileExistsError.

    A hard link can't replace anything; where the file system has none (a memory stick), the name
    is looked at first.
    """
    sync_file(file)
    try:
        os.link(file, target)
    except FileExistsError:
        raise
    except OSError:
        if target.exists():
            raise FileExistsError(str(target)) from None
        file.rename(target)
    sync_folder(target.parent)


def empty_and_remove(file: Path) -> None:
    """Remove a file so that not even a power cut brings its content back."""
    with suppress(FileNotFoundError):
        handle = os.open(file, os.O_WRONLY)
        try:
            os.ftruncate(handle, 0)
            os.fsync(handle)
        finally:
            os.close(handle)
        file.unlink(missing_ok=True)


def take_after(file: Path, original: Path) -> None:
    """Give a file owner and mode of the one that it will replace."""
    file.chmod(original.stat().st_mode & 0o777)
    give_to_owner_of(original, file)


def give_to_owner_of(original: Path, *files: Path) -> None:
    """An administrator may make what the service's own user must read and replace afterwards."""
    wanted = original.stat()
    for file in files:
        found = file.stat()
        if (found.st_uid, found.st_gid) != (wanted.st_uid, wanted.st_gid):
            os.chown(file, wanted.st_uid, wanted.st_gid)


def demand_room(folder: Path, needed_bytes: int) -> None:
    """Raises NoRoom."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise NoRoom(folder=folder, needed=-(-needed_bytes // _MB), free=free_bytes // _MB)
