"""A disk that remembers what was written and not synced, and can tell what a power cut leaves.

SQLite works on real files through a VFS of ours. Beside them stands what is durable. A cut keeps of
everything that was not synced a random part: whole sectors of 512 bytes, older versions of them,
torn ones; of a file's length and of the names in the folder some moment between the last sync and
now, since file systems keep those in order.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import apsw

SECTOR_BYTES = 512
# With its first sync of one of these that it may have created, SQLite syncs the folder too.
_JOURNALS = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL


@dataclass(eq=False)
class Inode:
    """A file whatever its name. `pending`: writes (offset, bytes) and truncations (size, None)."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def write(self, offset: int, data: bytes) -> None:
        self.pending.append((offset, data))

    def truncate(self, size: int) -> None:
        self.pending.append((size, None))

    def sync(self) -> None:
        for offset, data in self.pending:
            _apply(self.durable, offset, data)
        self.pending.clear()

    def after_cut(self, chance: Random) -> bytes:
        """What of the file is found after a power cut now."""
        if not self.pending:
            return bytes(self.durable)
        found = bytearray(self.durable)
        versions: dict[int, list[bytes]] = {}
        sizes = [len(found)]
        for offset, data in self.pending:
            before = len(found)
            _apply(found, offset, data)
            sizes.append(len(found))
            end = offset + len(data) if data is not None else max(before, offset)
            for sector in range(min(offset, before) // SECTOR_BYTES, -(-end // SECTOR_BYTES)):
                start = sector * SECTOR_BYTES
                old = _padded(self.durable[start : start + SECTOR_BYTES])
                versions.setdefault(sector, [old]).append(
                    _padded(found[start : start + SECTOR_BYTES])
                )
        left = bytearray(max(sizes))
        left[: len(self.durable)] = self.durable
        for sector, known in versions.items():
            start = sector * SECTOR_BYTES
            left[start : start + SECTOR_BYTES] = _choose(known, chance)
        return bytes(left[: chance.choice(sizes)])


class Disk:
    """The files of one folder, as SQLite uses them and as a power cut would leave them.

    Args:
        folder: what is in it now is durable.
        name: of the VFS.
    """

    def __init__(self, folder: Path, name: str = "power-cut") -> None:
        self.folder = folder
        self.events = 0
        self.before_event: Callable[[str], None] = lambda what: None
        self._lock = threading.RLock()
        self._names: dict[str, Inode] = {}
        for file in folder.iterdir():
            self._names[file.name] = Inode(bytearray(file.read_bytes()))
        self._durable_names = dict(self._names)
        self._pending_names: list[tuple[str, Inode | None]] = []
        self._vfs = _Vfs(self, name)

    def __enter__(self) -> Disk:
        """From now on SQLite opens its files here unless it is told otherwise."""
        self._default = str(apsw.vfs_details()[0]["zName"])
        apsw.set_default_vfs(self._vfs.name)
        return self

    def __exit__(self, *_: object) -> None:
        apsw.set_default_vfs(self._default)
        self._vfs.unregister()

    def cut(self, target: Path, chance: Random) -> None:
        """Put into `target` what a power cut at this moment leaves."""
        with self._lock:
            names = dict(self._durable_names)
            for name, inode in self._pending_names[: chance.randint(0, len(self._pending_names))]:
                _rename(names, name, inode)
            target.mkdir(parents=True)
            for name, inode in names.items():
                (target / name).write_bytes(inode.after_cut(chance))

    # --- what SQLite does --------------------------------------------------------------------

    def event(self, what: str, do: Callable[[], None]) -> None:
        """Something that changes the disk; a cut may come just before it."""
        self.before_event(what)
        with self._lock:
            self.events += 1
            do()

    def open(self, name: str) -> Inode:
        """The file of this name; created if there is none."""
        with self._lock:
            if name not in self._names:
                self._set_name(name, Inode())
            return self._names[name]

    def delete(self, name: str, synced: bool) -> None:
        with self._lock:
            self._set_name(name, None)
            if synced:
                self.sync_names()

    def sync_names(self) -> None:
        self._durable_names = dict(self._names)
        self._pending_names.clear()

    def _set_name(self, name: str, inode: Inode | None) -> None:
        _rename(self._names, name, inode)
        self._pending_names.append((name, inode))


class _Vfs(apsw.VFS):
    """The system's own VFS, with a note of everything. Its methods have SQLite's names."""

    def __init__(self, disk: Disk, name: str) -> None:
        super().__init__(name, "unix")
        self.name = name
        self._disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802
        file = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "")
        if file.parent != self._disk.folder or flags[0] & apsw.SQLITE_OPEN_READONLY:
            return _ReadOnlyFile("unix", name, flags)
        return _File(self._disk, file.name, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        def do() -> None:
            super(_Vfs, self).xDelete(filename, syncdir)
            self._disk.delete(Path(filename).name, syncdir)

        self._disk.event(f"delete {_kind(filename)}", do)


class _ReadOnlyFile(apsw.VFSFile):
    """A file that nobody writes through here."""

    def xLock(self, level: int) -> None:  # noqa: N802
        """At its end a connection would like to write. SQLite takes a no as it comes; but what is
        raised here reaches the caller, unless it says that somebody else is at it."""
        try:
            super().xLock(level)
        except apsw.IOError as error:
            raise apsw.BusyError("it is open for reading only") from error


class _File(apsw.VFSFile):
    """One open file. A sync goes no further than the note: the real file dies with the test."""

    def __init__(self, disk: Disk, own_name: str, name: Any, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self._disk = disk
        self._inode = disk.open(own_name)
        self._kind = _kind(own_name)
        self._syncs_names = bool(flags[0] & _JOURNALS and flags[0] & apsw.SQLITE_OPEN_CREATE)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        def do() -> None:
            super(_File, self).xWrite(data, offset)
            self._inode.write(offset, bytes(data))

        self._disk.event(f"write {self._kind}", do)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        def do() -> None:
            super(_File, self).xTruncate(newsize)
            self._inode.truncate(newsize)

        self._disk.event(f"truncate {self._kind}", do)

    def xSync(self, flags: int) -> None:  # noqa: N802
        def do() -> None:
            self._inode.sync()
            if self._syncs_names:
                self._disk.sync_names()
                self._syncs_names = False

        self._disk.event(f"sync {self._kind}", do)


def _kind(name: str) -> str:
    """`-wal` and `-journal` are what SQLite calls them; the file itself has no such word."""
    return name.rpartition("-")[2] if "-" in Path(name).name else "file"


def _rename(names: dict[str, Inode], name: str, inode: Inode | None) -> None:
    if inode is None:
        names.pop(name, None)
    else:
        names[name] = inode


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        if offset <= len(content):
            del content[offset:]
        else:
            content.extend(bytes(offset - len(content)))
        return
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _padded(data: bytes | bytearray) -> bytes:
    return bytes(data).ljust(SECTOR_BYTES, b"\0")


def _choose(versions: list[bytes], chance: Random) -> bytes:
    """The old sector or one of its newer versions, each with even chance; sometimes a torn one."""
    if chance.random() < 0.5:
        return versions[0]
    newer = chance.randrange(1, len(versions))
    kept = versions[newer]
    if chance.random() < 0.1:
        at = chance.randrange(SECTOR_BYTES)
        return kept[:at] + versions[newer - 1][at:]
    return kept
